package main

import (
	"bytes"
	"context"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
)

// Metrics keep CloudWatch's retention, so this data is of now.
func TestMetrics(t *testing.T) {
	s := startServer(t, t.TempDir(), "127.0.0.1:0", anyAge)
	isolate(t, s)
	client, err := (&remoteFlags{Region: "us-east-1", AccessKey: "a", SecretKey: "b"}).metricsClient(os.Getenv)
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now().UTC().Truncate(time.Minute)
	at := now.Add(-10 * time.Minute)
	var data []types.MetricDatum
	for job, values := range map[string][]float64{"load": {10, 20, 30}, "store": {5}} {
		for i, v := range values {
			data = append(data, types.MetricDatum{
				MetricName: aws.String("rows"), Timestamp: aws.Time(at.Add(time.Duration(i) * 20 * time.Second)), Value: aws.Float64(v),
				Dimensions: []types.Dimension{{Name: aws.String("Job"), Value: &job}},
			})
		}
	}
	data = append(data, types.MetricDatum{MetricName: aws.String("errors"), Timestamp: &at, Value: aws.Float64(0.5)})
	if _, err := client.PutMetricData(context.Background(), &cloudwatch.PutMetricDataInput{Namespace: aws.String("etl"), MetricData: data}); err != nil {
		t.Fatal(err)
	}
	f := func(want string, args ...string) {
		t.Helper()
		var out, errs bytes.Buffer
		con := &console{out: &out, err: &errs, now: func() time.Time { return now }}
		run(context.Background(), append([]string{"metrics"}, args...), con)
		got := strings.ReplaceAll(out.String()+errs.String(), at.Format(time.RFC3339), "T")
		if got != want {
			t.Errorf("%v:\n%s\nwant:\n%s", args, got, want)
		}
	}
	f("namespace  metric  dimensions\n---------  ------  ----------\netl        errors  \netl        rows    Job=load\netl        rows    Job=store\n", "list", "-n", "etl")
	f("namespace,metric,dimensions\netl,rows,Job=load\n", "list", "-m", "rows", "-d", "Job=load", "-o", "csv")
	f("[]\n", "list", "-d", "Other", "-o", "json")
	f(`{"timestamp":"T","dimensions":"Job=load","Sum":60,"p50":20}`+"\n"+`{"timestamp":"T","dimensions":"Job=store","Sum":5,"p50":5}`+"\n",
		"get", "-n", "etl", "-m", "rows", "-s", "Sum,p50", "--period", "1m", "--since", "1h", "-o", "ndjson")
	f("timestamp,dimensions,Average\nT,Job=store,5\n", "get", "-n", "etl", "-m", "rows", "-d", "Job=store", "--period", "60s", "-o", "csv")
	f("timestamp             dimensions  Maximum\n--------------------  ----------  -------\nT                  0.5\n", "get", "-n", "etl", "-m", "errors", "--exact", "-s", "Maximum", "--period", "1m")
	f("skywatch: namespace etl has no metric rows without dimensions\n", "get", "-n", "etl", "-m", "rows", "--exact")
	f("skywatch: say which metric: --namespace and --metric\n", "get")
	f("skywatch: --period 1.5s: want whole seconds: 1, 5, 10, 30 or a multiple of 60\n", "get", "-n", "etl", "-m", "rows", "--period", "1500ms")
	f("skywatch: --dimension \"=x\": want NAME=VALUE or NAME\n", "list", "-d", "=x")
}
