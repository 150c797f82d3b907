package awswire_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http/httptest"
	"net/url"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	logstypes "github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"
	"github.com/aws/smithy-go"
	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"skywatch/internal/api/operations"
	"skywatch/internal/awswire"
)

// encodeInput returns the body that the SDK sends for an input.
func encodeInput(tb testing.TB, svc *awswire.Service, op string, p awswire.Protocol, in smithy.Serializable) []byte {
	tb.Helper()
	schema := smithy.NewOperationSchema(
		smithy.NewSchema(smithy.ShapeID{Namespace: svc.ShapeNamespace, Name: op}, smithy.ShapeTypeOperation, 0),
		awswire.SchemaOf(in), nil)
	req := smithyhttp.NewStackRequest().(*smithyhttp.Request)
	if err := clientProtocols(svc)[p].SerializeRequest(middleware.WithOperationName(context.Background(), op), schema, in, req); err != nil {
		tb.Fatal(err)
	}
	if s := req.GetStream(); s != nil {
		if b, _ := io.ReadAll(s); len(b) > 0 {
			return b
		}
	}
	switch p {
	case awswire.CBOR:
		return []byte{0xa0}
	case awswire.Query:
		return []byte(url.Values{"Action": {op}, "Version": {svc.Version}}.Encode())
	}
	return []byte("{}")
}

// bigPutLogEvents is a full batch of Lambda lines, about 1 MiB.
func bigPutLogEvents() *cloudwatchlogs.PutLogEventsInput {
	rng := rand.New(rand.NewPCG(1, 1))
	in := &cloudwatchlogs.PutLogEventsInput{LogGroupName: aws.String("/aws/lambda/orders"), LogStreamName: aws.String("2026/01/10/[$LATEST]0123456789abcdef")}
	for i := range 10_000 {
		msg := fmt.Sprintf("REPORT RequestId: %016x%016x\tDuration: %.2f ms\tBilled Duration: 13 ms\n", rng.Uint64(), rng.Uint64(), rng.Float64()*100)
		if i%4 == 0 {
			msg = fmt.Sprintf(`{"level":"INFO","path":"C:\\x","message":"order %d accepted","ms":%d}`, rng.IntN(1e6), rng.IntN(500))
		}
		in.LogEvents = append(in.LogEvents, logstypes.InputLogEvent{Message: &msg, Timestamp: aws.Int64(1768046400000 + int64(i))})
	}
	return in
}

// bigPutMetricData is a full request of an agent: 1000 data of 3 dimensions.
func bigPutMetricData() *cloudwatch.PutMetricDataInput {
	rng := rand.New(rand.NewPCG(1, 1))
	in := &cloudwatch.PutMetricDataInput{Namespace: aws.String("CWAgent")}
	for i := range 1000 {
		in.MetricData = append(in.MetricData, types.MetricDatum{
			MetricName: aws.String(fmt.Sprint("metric_", i%20)),
			Dimensions: []types.Dimension{
				{Name: aws.String("InstanceId"), Value: aws.String(fmt.Sprintf("i-%016x", i/20))},
				{Name: aws.String("ImageId"), Value: aws.String("ami-0123456789")},
				{Name: aws.String("InstanceType"), Value: aws.String("m7g.large")},
			},
			Timestamp: aws.Time(time.Unix(1768046400, 0)),
			Unit:      types.StandardUnitMilliseconds,
			Value:     aws.Float64(rng.Float64() * 100),
		})
	}
	return in
}

func benchmarkDecode(b *testing.B, svc *awswire.Service, op string, p awswire.Protocol, in smithy.Serializable) {
	body := encodeInput(b, svc, op, p, in)
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := awswire.DecodeInput(svc, op, p, body); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkDecodePutLogEvents(b *testing.B) {
	benchmarkDecode(b, operations.Logs(), "PutLogEvents", awswire.JSON, bigPutLogEvents())
}

func BenchmarkDecodePutMetricData(b *testing.B) {
	svc := operations.CloudWatch()
	for _, p := range protocolsOf(svc) {
		b.Run(p.String(), func(b *testing.B) { benchmarkDecode(b, svc, "PutMetricData", p, bigPutMetricData()) })
	}
}

// BenchmarkEncodeGetMetricData writes 300 series of 180 datapoints.
func BenchmarkEncodeGetMetricData(b *testing.B) {
	svc := operations.CloudWatch()
	out := &cloudwatch.GetMetricDataOutput{}
	for i := range 300 {
		r := types.MetricDataResult{Id: aws.String(fmt.Sprint("m", i)), Label: aws.String("Duration"), StatusCode: types.StatusCodeComplete}
		for j := range 180 {
			r.Timestamps = append(r.Timestamps, time.Unix(1768046400+int64(j)*60, 0))
			r.Values = append(r.Values, float64(i)*1.37+float64(j))
		}
		out.MetricDataResults = append(out.MetricDataResults, r)
	}
	for _, p := range protocolsOf(svc) {
		b.Run(p.String(), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				b.SetBytes(int64(len(awswire.EncodeOutput(svc, "GetMetricData", p, out))))
			}
		})
	}
}

// BenchmarkServePutLogEvents is a whole request through the mux, unsigned.
func BenchmarkServePutLogEvents(b *testing.B) {
	svc := operations.Logs()
	events := 0
	awswire.Handle(svc, "PutLogEvents", func(_ context.Context, in *cloudwatchlogs.PutLogEventsInput) (*cloudwatchlogs.PutLogEventsOutput, error) {
		events += len(in.LogEvents)
		return &cloudwatchlogs.PutLogEventsOutput{}, nil
	})
	mux := awswire.NewMux(awswire.Options{})
	mux.Register(svc)
	body := encodeInput(b, svc, "PutLogEvents", awswire.JSON, bigPutLogEvents())
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	for b.Loop() {
		req := httptest.NewRequest("POST", "/", bytes.NewReader(body))
		req.Header.Set("X-Amz-Target", "Logs_20140328.PutLogEvents")
		w := httptest.NewRecorder()
		mux.ServeHTTP(w, req)
		if w.Code != 200 {
			b.Fatal(w.Body)
		}
	}
	b.ReportMetric(float64(events)/b.Elapsed().Seconds(), "events/s")
}
