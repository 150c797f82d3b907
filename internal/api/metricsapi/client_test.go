package metricsapi

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
	"github.com/aws/smithy-go"
	"github.com/aws/smithy-go/traits"
	smithyhttp "github.com/aws/smithy-go/transport/http"
	"github.com/aws/smithy-go/transport/http/protocol/awsjson"
	"github.com/aws/smithy-go/transport/http/protocol/awsquery"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"skywatch/internal/metrics"
	"skywatch/internal/scope"
)

var serviceSchema = smithy.NewServiceSchema(smithy.NewSchema(
	smithy.ShapeID{Namespace: "com.amazonaws.cloudwatch", Name: "GraniteServiceVersion20100801"},
	smithy.ShapeTypeService, 0, &traits.AWSQueryCompatible{}), "2010-08-01")

// clients returns the SDK's client of a server in each protocol.
func clients(t *testing.T, f *fixture) map[string]*cloudwatch.Client {
	srv := httptest.NewServer(f.mux)
	t.Cleanup(srv.Close)
	with := func(p smithyhttp.ClientProtocol) *cloudwatch.Client {
		return cloudwatch.New(cloudwatch.Options{
			BaseEndpoint: &srv.URL,
			Region:       "eu-central-1",
			Credentials:  credentials.NewStaticCredentialsProvider("AKIDEXAMPLE", "secret", ""),
			Retryer:      aws.NopRetryer{},
		}, func(o *cloudwatch.Options) {
			if p != nil {
				o.Protocol = p
			}
		})
	}
	return map[string]*cloudwatch.Client{
		"cbor":  with(nil), // the SDK's own choice
		"json":  with(awsjson.New10(serviceSchema)),
		"query": with(awsquery.New(serviceSchema)),
	}
}

func TestSDKClientsInEveryProtocol(t *testing.T) {
	ctx := context.Background()
	f := newFixture()
	at := f.now.Add(-5 * time.Minute)
	for name, c := range clients(t, f) {
		t.Run(name, func(t *testing.T) {
			ns := "Test/" + name
			dims := []types.Dimension{{Name: aws.String("Fn"), Value: aws.String("a & b <c>")}}
			var data []types.MetricDatum
			for i := range 300 { // beyond the size from which the SDK compresses
				data = append(data, types.MetricDatum{
					MetricName: aws.String("M"), Dimensions: dims, Unit: types.StandardUnitMilliseconds,
					Timestamp: aws.Time(at), Value: aws.Float64(float64(i) + 0.5),
				})
			}
			if _, err := c.PutMetricData(ctx, &cloudwatch.PutMetricDataInput{Namespace: &ns, MetricData: data}); err != nil {
				t.Fatal(err)
			}
			list, err := c.ListMetrics(ctx, &cloudwatch.ListMetricsInput{Namespace: &ns})
			if err != nil {
				t.Fatal(err)
			}
			want := []types.Metric{{Namespace: &ns, MetricName: aws.String("M"), Dimensions: dims}}
			if d := cmp.Diff(want, list.Metrics, cmpopts.IgnoreUnexported(types.Metric{}, types.Dimension{})); d != "" {
				t.Error(d)
			}
			stats, err := c.GetMetricStatistics(ctx, &cloudwatch.GetMetricStatisticsInput{
				Namespace: &ns, MetricName: aws.String("M"), Dimensions: dims, Period: aws.Int32(60),
				StartTime: aws.Time(at.Add(-time.Hour)), EndTime: aws.Time(f.now),
				Statistics: []types.Statistic{"Sum", "SampleCount"},
			})
			if err != nil {
				t.Fatal(err)
			}
			if p := stats.Datapoints; len(p) != 1 || *p[0].Sum != 300*150 || *p[0].SampleCount != 300 || !p[0].Timestamp.Equal(at) || p[0].Average != nil {
				t.Errorf("statistics %+v", p)
			}
			_, err = c.GetMetricStatistics(ctx, &cloudwatch.GetMetricStatisticsInput{
				Namespace: &ns, MetricName: aws.String("M"), Period: aws.Int32(60),
				StartTime: aws.Time(f.now), EndTime: aws.Time(at), Statistics: []types.Statistic{"Sum"},
			})
			var combination *types.InvalidParameterCombinationException
			if !errors.As(err, &combination) {
				t.Errorf("error %v", err)
			}
			if got := f.scopes(t, ns); len(got) != 1 || got[0] != (scope.Scope{Account: "000000000000", Region: "eu-central-1"}) {
				t.Errorf("stored under %v", got)
			}
		})
	}
}

func (f *fixture) scopes(t *testing.T, namespace string) []scope.Scope {
	series, err := f.store.Find(context.Background(), metrics.Filter{Namespace: namespace})
	if err != nil {
		t.Fatal(err)
	}
	var out []scope.Scope
	for _, s := range series {
		out = append(out, s.Key.Scope)
	}
	return out
}

func TestListMetricsPages(t *testing.T) {
	ctx := context.Background()
	f := newFixture()
	c := clients(t, f)["cbor"]
	for i := range 1203 {
		_, err := c.PutMetricData(ctx, &cloudwatch.PutMetricDataInput{Namespace: aws.String("N"), MetricData: []types.MetricDatum{{
			MetricName: aws.String(fmt.Sprintf("m%d", i%3)), Value: aws.Float64(1), Unit: []types.StandardUnit{"Count", "Bytes"}[i%2],
			Dimensions: []types.Dimension{{Name: aws.String("d"), Value: aws.String(fmt.Sprint(i / 2))}},
		}}})
		if err != nil {
			t.Fatal(err)
		}
	}
	seen := map[string]bool{}
	var pages []int
	p := cloudwatch.NewListMetricsPaginator(c, &cloudwatch.ListMetricsInput{Namespace: aws.String("N")})
	for p.HasMorePages() {
		page, err := p.NextPage(ctx)
		if err != nil {
			t.Fatal(err)
		}
		pages = append(pages, len(page.Metrics))
		for _, m := range page.Metrics {
			k := *m.MetricName + "|" + *m.Dimensions[0].Value
			if seen[k] {
				t.Fatalf("%s came twice", k)
			}
			seen[k] = true
		}
	}
	if len(seen) != 1203 || len(pages) != 3 || pages[0] != 500 || pages[1] != 500 {
		t.Errorf("%d metrics on pages %v", len(seen), pages)
	}
}

// TestGetMetricDataPagesAddUp reads random requests whole and in pages of
// random size: the pages must add up to the whole, also while new data arrives
// between them at times already given.
func TestGetMetricDataPagesAddUp(t *testing.T) {
	ctx := context.Background()
	for seed := range uint64(30) {
		rng := rand.New(rand.NewPCG(seed, 0))
		f := newFixture()
		c := clients(t, f)["json"]
		units := []types.StandardUnit{"Count", "Bytes", "None"}
		for m := range 4 {
			var data []types.MetricDatum
			for range rng.IntN(60) {
				data = append(data, types.MetricDatum{
					MetricName: aws.String(fmt.Sprint("m", m)), Unit: units[rng.IntN(len(units))], Value: aws.Float64(float64(rng.IntN(100))),
					Timestamp: aws.Time(f.now.Add(-time.Duration(rng.IntN(90)) * time.Minute)),
				})
			}
			if len(data) == 0 {
				continue
			}
			if _, err := c.PutMetricData(ctx, &cloudwatch.PutMetricDataInput{Namespace: aws.String("N"), MetricData: data}); err != nil {
				t.Fatal(err)
			}
		}
		in := &cloudwatch.GetMetricDataInput{
			StartTime: aws.Time(f.now.Add(-100 * time.Minute)), EndTime: aws.Time(f.now),
			ScanBy: []types.ScanBy{types.ScanByTimestampAscending, types.ScanByTimestampDescending}[rng.IntN(2)],
		}
		for m := range 4 {
			in.MetricDataQueries = append(in.MetricDataQueries, types.MetricDataQuery{Id: aws.String(fmt.Sprint("q", m)), MetricStat: &types.MetricStat{
				Metric: &types.Metric{Namespace: aws.String("N"), MetricName: aws.String(fmt.Sprint("m", m))},
				Period: aws.Int32(60), Stat: aws.String("Sum"),
			}})
		}
		type point struct {
			id string
			t  int64
			v  float64
		}
		read := func() (points []point, pages int) {
			p := cloudwatch.NewGetMetricDataPaginator(c, in)
			for p.HasMorePages() {
				out, err := p.NextPage(ctx)
				if err != nil {
					t.Fatalf("seed %d: %v", seed, err)
				}
				pages++
				for _, r := range out.MetricDataResults {
					for i := range r.Values {
						points = append(points, point{*r.Id, r.Timestamps[i].UnixMilli(), r.Values[i]})
					}
					if (r.StatusCode == types.StatusCodePartialData) && out.NextToken == nil {
						t.Fatalf("seed %d: partial data without a token", seed)
					}
				}
				f.now = f.now.Add(20 * time.Second) // the grid must not move between pages
			}
			return points, pages
		}
		whole, pages := read()
		if pages != 1 {
			t.Fatalf("seed %d: the whole came in %d pages", seed, pages)
		}
		size := 1 + rng.IntN(20)
		in.MaxDatapoints = aws.Int32(int32(size))
		paged, pages := read()
		if d := cmp.Diff(whole, paged, cmp.AllowUnexported(point{})); d != "" {
			t.Fatalf("seed %d, pages of %d: %s", seed, size, d)
		}
		if want := int(math.Ceil(float64(len(whole)) / float64(size))); pages < want {
			t.Fatalf("seed %d: %d pages of %d for %d datapoints", seed, pages, size, len(whole))
		}
	}
}

func TestPutMetricDataIsAllOrNothing(t *testing.T) {
	f := newFixture()
	c := clients(t, f)["cbor"]
	data := make([]types.MetricDatum, maxData)
	for i := range data {
		data[i] = types.MetricDatum{MetricName: aws.String("m"), Value: aws.Float64(1)}
	}
	put := func() error {
		_, err := c.PutMetricData(context.Background(), &cloudwatch.PutMetricDataInput{Namespace: aws.String("N"), MetricData: data})
		return err
	}
	data[maxData-1].Unit = "Fortnights"
	if err := put(); err == nil || f.calls != 0 {
		t.Errorf("error %v, %d calls to the store", err, f.calls)
	}
	data[maxData-1].Unit = ""
	data = append(data, data[0])
	var invalid *types.InvalidParameterValueException
	if err := put(); !errors.As(err, &invalid) || f.calls != 0 {
		t.Errorf("1001 data: error %v, %d calls to the store", err, f.calls)
	}
	data = data[:maxData]
	if err := put(); err != nil || f.calls != 1 {
		t.Errorf("error %v, %d calls to the store", err, f.calls)
	}
}

func TestTokensFromOutside(t *testing.T) {
	var d dataToken
	for _, s := range []string{"", "?", "bTE", "bTF7", sealToken("x"), sealToken(map[string]any{"Query": 1.5})} {
		if openToken(s, &d) {
			t.Errorf("%q opens as %+v", s, d)
		}
	}
	want := dataToken{Request: math.MaxUint64, Now: 1, Query: 2, Last: -3, Given: 4}
	if !openToken(sealToken(want), &d) || d != want {
		t.Errorf("got %+v, want %+v", d, want)
	}
}
