package metricsapi

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"

	"skywatch/internal/metrics"
)

type discard struct{}

func (discard) PutMetricData(context.Context, []metrics.Datum) error { return nil }

// BenchmarkPutMetricData checks and converts a full request.
func BenchmarkPutMetricData(b *testing.B) {
	f := newFixture()
	a := &api{Config{Ingest: discard{}, Now: func() time.Time { return f.now }}}
	in := &cloudwatch.PutMetricDataInput{Namespace: aws.String("CWAgent")}
	for i := range maxData {
		in.MetricData = append(in.MetricData, types.MetricDatum{
			MetricName: aws.String(fmt.Sprint("metric_", i%20)),
			Dimensions: []types.Dimension{
				{Name: aws.String("InstanceId"), Value: aws.String(fmt.Sprintf("i-%016x", i/20))},
				{Name: aws.String("ImageId"), Value: aws.String("ami-0123456789")},
				{Name: aws.String("InstanceType"), Value: aws.String("m7g.large")},
			},
			Timestamp: aws.Time(f.now), Unit: types.StandardUnitMilliseconds, Value: aws.Float64(float64(i)),
		})
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := a.putMetricData(context.Background(), in); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.N)*maxData/b.Elapsed().Seconds(), "data/s")
}

// BenchmarkGetMetricData answers 300 series of 180 datapoints from memory,
// without the wire.
func BenchmarkGetMetricData(b *testing.B) {
	f := newFixture()
	a := &api{Config{Ingest: f, Index: f.store, Selector: f.store, Now: func() time.Time { return f.now }}}
	in := &cloudwatch.GetMetricDataInput{StartTime: aws.Time(f.now.Add(-3 * time.Hour)), EndTime: aws.Time(f.now)}
	for i := range 300 {
		name := fmt.Sprint("m", i)
		var data []metrics.Datum
		for j := range 180 {
			data = append(data, metrics.Datum{Key: metrics.Key{Namespace: "N", Name: name}, Unit: "None", Resolution: 60,
				Timestamp: f.now.Add(-time.Duration(j+1) * time.Minute).UnixMilli(), Stats: metrics.StatisticSet{Count: 1, Sum: 1, Min: 1, Max: 1}})
		}
		if err := f.store.Append(context.Background(), 0, data); err != nil {
			b.Fatal(err)
		}
		in.MetricDataQueries = append(in.MetricDataQueries, types.MetricDataQuery{Id: &name, MetricStat: &types.MetricStat{
			Metric: &types.Metric{Namespace: aws.String("N"), MetricName: &name}, Period: aws.Int32(60), Stat: aws.String("Sum")}})
	}
	b.ReportAllocs()
	for b.Loop() {
		out, err := a.getMetricData(context.Background(), in)
		if err != nil || len(out.MetricDataResults) != 300 || len(out.MetricDataResults[299].Values) != 180 {
			b.Fatal(err, len(out.MetricDataResults))
		}
	}
}
