//go:build e2e

package test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	cwtypes "github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	logtypes "github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"
	"github.com/aws/smithy-go"
)

// The mission's own script, with every Python that has boto3: Debian's speaks
// the Query protocol, a current one JSON.
func TestMissionScriptWithBoto3(t *testing.T) {
	hasBoto3 := func(p string) bool { _, err := tryRun(nil, p, "-c", "import boto3"); return err == nil }
	for _, python := range installed(t, "python3 with boto3", hasBoto3, "/usr/bin/python3", "python3") {
		t.Run(strings.ReplaceAll(python, "/", "_"), func(t *testing.T) {
			p := start(t, "serve", "--data", t.TempDir())
			if out := run(t, nil, python, "clients/mission.py", p.url); !strings.Contains(out, "ok boto3") {
				t.Fatalf("unexpected output:\n%s", out)
			}
		})
	}
}

func TestJavaScriptSDK(t *testing.T) {
	p := start(t, "serve", "--data", t.TempDir())
	if out := run(t, nil, "node", "clients/sdk.mjs", p.url); !strings.Contains(out, "ok javascript") {
		t.Fatalf("unexpected output:\n%s", out)
	}
}

func TestAWSCLI(t *testing.T) {
	works := func(p string) bool { _, err := tryRun(nil, p, "--version"); return err == nil }
	for _, cli := range installed(t, "the AWS CLI", works, "/usr/bin/aws", "aws") {
		t.Run(strings.ReplaceAll(cli, "/", "_"), func(t *testing.T) {
			p := start(t, "serve", "--data", t.TempDir())
			env := []string{
				"AWS_ACCESS_KEY_ID=test", "AWS_SECRET_ACCESS_KEY=test", "AWS_DEFAULT_REGION=us-east-1",
				"AWS_PAGER=", "AWS_EC2_METADATA_DISABLED=true", "AWS_CONFIG_FILE=/dev/null", "AWS_MAX_ATTEMPTS=1",
			}
			aws := func(args ...string) string {
				t.Helper()
				return run(t, env, cli, append([]string{"--endpoint-url", p.url}, args...)...)
			}
			want := func(got, want string) {
				t.Helper()
				if strings.TrimSpace(got) != want {
					t.Fatalf("got %q, want %q", got, want)
				}
			}
			aws("cloudwatch", "put-metric-data", "--namespace", "CLI", "--metric-name", "Rows", "--dimensions", "Job=a,Stage=raw", "--unit", "Count", "--value", "41")
			aws("cloudwatch", "put-metric-data", "--namespace", "CLI", "--metric-name", "Rows", "--dimensions", "Job=a,Stage=raw", "--unit", "Count", "--value", "1")
			want(aws("cloudwatch", "list-metrics", "--namespace", "CLI", "--query", "Metrics[].MetricName", "--output", "text"), "Rows")
			since, until := time.Now().Add(-time.Hour).UTC().Format(time.RFC3339), time.Now().Add(time.Minute).UTC().Format(time.RFC3339)
			want(aws("cloudwatch", "get-metric-statistics", "--namespace", "CLI", "--metric-name", "Rows", "--dimensions", "Name=Job,Value=a", "Name=Stage,Value=raw",
				"--start-time", since, "--end-time", until, "--period", "3600", "--statistics", "Sum", "--query", "sum(Datapoints[].Sum)"), "42.0")
			want(aws("cloudwatch", "get-metric-data", "--start-time", since, "--end-time", until, "--metric-data-queries",
				`[{"Id":"a","MetricStat":{"Metric":{"Namespace":"CLI","MetricName":"Rows","Dimensions":[{"Name":"Job","Value":"a"},{"Name":"Stage","Value":"raw"}]},"Period":3600,"Stat":"SampleCount"}}]`,
				"--query", "sum(MetricDataResults[0].Values)"), "2.0")

			aws("logs", "create-log-group", "--log-group-name", "/cli/app")
			aws("logs", "create-log-stream", "--log-group-name", "/cli/app", "--log-stream-name", "s")
			ms := time.Now().UnixMilli()
			aws("logs", "put-log-events", "--log-group-name", "/cli/app", "--log-stream-name", "s", "--log-events",
				fmt.Sprintf(`[{"timestamp":%d,"message":"one ERROR"},{"timestamp":%d,"message":"two fine"}]`, ms, ms+1))
			want(aws("logs", "filter-log-events", "--log-group-name", "/cli/app", "--filter-pattern", "ERROR", "--query", "events[].message", "--output", "text"), "one ERROR")
			want(aws("logs", "describe-log-groups", "--query", "logGroups[].logGroupName", "--output", "text"), "/cli/app")
			want(aws("logs", "get-log-events", "--log-group-name", "/cli/app", "--log-stream-name", "s", "--query", "events[].message", "--output", "text"), "one ERROR\ttwo fine")

			out, err := tryRun(env, cli, "--endpoint-url", p.url, "logs", "delete-log-group", "--log-group-name", "/none")
			if err == nil || !strings.Contains(out, "ResourceNotFoundException") {
				t.Fatalf("deleting an unknown group: %v\n%s", err, out)
			}
		})
	}
}

func TestGoSDK(t *testing.T) {
	p := start(t, "serve", "--data", t.TempDir())
	ctx := context.Background()
	cfg := aws.Config{Region: "eu-central-1", Credentials: credentials.NewStaticCredentialsProvider("test", "test", ""), BaseEndpoint: &p.url, RetryMaxAttempts: 1}
	cw, cl := cloudwatch.NewFromConfig(cfg), cloudwatchlogs.NewFromConfig(cfg)

	minute := time.Now().Truncate(time.Minute).Add(-2 * time.Minute)
	var data []cwtypes.MetricDatum
	for i := range 1000 { // large enough that the SDK compresses the body
		data = append(data, cwtypes.MetricDatum{
			MetricName: aws.String("Latency"), Unit: cwtypes.StandardUnitMilliseconds, Timestamp: aws.Time(minute),
			Dimensions: []cwtypes.Dimension{{Name: aws.String("Job"), Value: aws.String("etl-with-a-longish-name")}},
			Value:      aws.Float64(float64(i + 1)),
		})
	}
	if _, err := cw.PutMetricData(ctx, &cloudwatch.PutMetricDataInput{Namespace: aws.String("Go"), MetricData: data}); err != nil {
		t.Fatal(err)
	}
	st, err := cw.GetMetricStatistics(ctx, &cloudwatch.GetMetricStatisticsInput{
		Namespace: aws.String("Go"), MetricName: aws.String("Latency"), Dimensions: data[0].Dimensions,
		StartTime: aws.Time(minute.Add(-time.Hour)), EndTime: aws.Time(minute.Add(time.Minute)), Period: aws.Int32(60), ExtendedStatistics: []string{"p95", "tm90"},
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(st.Datapoints) != 1 || !st.Datapoints[0].Timestamp.Equal(minute) {
		t.Fatalf("datapoints %+v, want one at %v", st.Datapoints, minute)
	}
	if p95 := st.Datapoints[0].ExtendedStatistics["p95"]; p95 < 940 || p95 > 960 {
		t.Fatalf("p95 of 1..1000 is %v, want 950 within 1 %%", p95)
	}
	_, err = cw.PutMetricData(ctx, &cloudwatch.PutMetricDataInput{Namespace: aws.String("Go"), MetricData: append(data, data[0])})
	var api smithy.APIError
	if !errors.As(err, &api) || api.ErrorCode() != "InvalidParameterValue" {
		t.Fatalf("1001 data: got %v, want InvalidParameterValue", err)
	}
	_, err = cw.DescribeInsightRules(ctx, &cloudwatch.DescribeInsightRulesInput{})
	if !errors.As(err, &api) || !strings.Contains(api.ErrorMessage(), "DescribeInsightRules") {
		t.Fatalf("an operation without handler: got %v, want an AWS error that names it", err)
	}

	group := aws.String("/go/app")
	if _, err := cl.CreateLogGroup(ctx, &cloudwatchlogs.CreateLogGroupInput{LogGroupName: group}); err != nil {
		t.Fatal(err)
	}
	var exists *logtypes.ResourceAlreadyExistsException
	if _, err := cl.CreateLogGroup(ctx, &cloudwatchlogs.CreateLogGroupInput{LogGroupName: group}); !errors.As(err, &exists) {
		t.Fatalf("creating a group twice: got %v", err)
	}
	if _, err := cl.CreateLogStream(ctx, &cloudwatchlogs.CreateLogStreamInput{LogGroupName: group, LogStreamName: aws.String("s")}); err != nil {
		t.Fatal(err)
	}
	var events []logtypes.InputLogEvent
	for i := range 5000 {
		events = append(events, logtypes.InputLogEvent{Timestamp: aws.Int64(minute.UnixMilli() + int64(i)), Message: aws.String(fmt.Sprintf("line %d of five thousand", i))})
	}
	if _, err := cl.PutLogEvents(ctx, &cloudwatchlogs.PutLogEventsInput{LogGroupName: group, LogStreamName: aws.String("s"), LogEvents: events}); err != nil {
		t.Fatal(err)
	}
	var n int
	for pages := cloudwatchlogs.NewFilterLogEventsPaginator(cl, &cloudwatchlogs.FilterLogEventsInput{LogGroupName: group}); pages.HasMorePages(); {
		page, err := pages.NextPage(ctx)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range page.Events {
			if want := fmt.Sprintf("line %d of five thousand", n); *e.Message != want {
				t.Fatalf("event %d is %q, want %q", n, *e.Message, want)
			}
			n++
		}
	}
	if n != len(events) {
		t.Fatalf("read %d events back, want %d", n, len(events))
	}
	q, err := cl.StartQuery(ctx, &cloudwatchlogs.StartQueryInput{
		LogGroupName: group, StartTime: aws.Int64(minute.Unix() - 60), EndTime: aws.Int64(minute.Unix() + 60),
		QueryString: aws.String(`parse @message "line * of" as n | filter n >= 4990 | stats count(*) as c, max(n) as m`),
	})
	if err != nil {
		t.Fatal(err)
	}
	var res *cloudwatchlogs.GetQueryResultsOutput
	for res == nil || res.Status == logtypes.QueryStatusRunning || res.Status == logtypes.QueryStatusScheduled {
		if res, err = cl.GetQueryResults(ctx, &cloudwatchlogs.GetQueryResultsInput{QueryId: q.QueryId}); err != nil {
			t.Fatal(err)
		}
	}
	var row bytes.Buffer
	for _, c := range res.Results[0] {
		fmt.Fprintf(&row, "%s=%s ", *c.Field, *c.Value)
	}
	if row.String() != "c=10 m=4999 " {
		t.Fatalf("query row %q", row.String())
	}
}

// The same data seen from another Region and account is not there: scopes never mix.
func TestScopesNeverMix(t *testing.T) {
	p := start(t, "serve", "--data", t.TempDir())
	ctx := context.Background()
	client := func(region string) *cloudwatchlogs.Client {
		return cloudwatchlogs.NewFromConfig(aws.Config{Region: region, Credentials: credentials.NewStaticCredentialsProvider("test", "test", ""), BaseEndpoint: &p.url})
	}
	if _, err := client("us-east-1").CreateLogGroup(ctx, &cloudwatchlogs.CreateLogGroupInput{LogGroupName: aws.String("g")}); err != nil {
		t.Fatal(err)
	}
	for region, want := range map[string]int{"us-east-1": 1, "ap-northeast-2": 0} {
		out, err := client(region).DescribeLogGroups(ctx, &cloudwatchlogs.DescribeLogGroupsInput{})
		if err != nil {
			t.Fatal(err)
		}
		if len(out.LogGroups) != want {
			t.Errorf("%s lists %d groups, want %d", region, len(out.LogGroups), want)
		}
	}
}
