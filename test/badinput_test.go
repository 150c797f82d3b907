//go:build e2e

package test

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/smithy-go"
)

// Every kind of bad input gets AWS's code, status and a message that names
// what is wrong; afterwards the server still answers and has lost nothing.
func TestBadInput(t *testing.T) {
	p := start(t, "serve", "--data", t.TempDir())
	if status, body, _ := awsJSON(t, p.url, "Logs_20140328.CreateLogGroup", `{"logGroupName":"kept"}`); status != 200 {
		t.Fatalf("create group: %d %s", status, body)
	}
	f := func(target, body string, wantStatus int, want ...string) {
		t.Helper()
		status, got, h := awsJSON(t, p.url, target, body)
		if status != wantStatus {
			t.Errorf("%s %.80s: status %d, want %d: %s", target, body, status, wantStatus, got)
		}
		for _, w := range want {
			if !strings.Contains(got+h.Get("X-Amzn-Query-Error"), w) {
				t.Errorf("%s %.80s: answer lacks %q: %s", target, body, w, got)
			}
		}
		if h.Get("X-Amzn-Requestid") == "" {
			t.Errorf("%s %.80s: no request id", target, body)
		}
	}
	const cw, cl = "GraniteServiceVersion20100801.", "Logs_20140328."
	f(cl+"NoSuchOperation", `{}`, 404, "UnknownOperationException")
	f(cw+"NoSuchOperation", `{}`, 404, "UnknownOperationException")
	f(cw+"PutInsightRule", `{"RuleName":"x","RuleDefinition":"{}"}`, 400, "PutInsightRule")
	f(cl+"PutLogEvents", `{`, 400, "SerializationException")
	f(cl+"PutLogEvents", `[]`, 400, "SerializationException")
	f(cl+"PutLogEvents", `{"logGroupName":7}`, 400, "logGroupName")
	f(cl+"PutLogEvents", `{"logGroupName":"kept","logStreamName":"s","logEvents":[{"timestamp":"x","message":"m"}]}`, 400, "timestamp")
	f(cl+"PutLogEvents", `{"logStreamName":"s","logEvents":[{"timestamp":1,"message":"m"}]}`, 400, "logGroupName")
	f(cl+"PutLogEvents", `{"logGroupName":"none","logStreamName":"s","logEvents":[{"timestamp":1,"message":"m"}]}`, 400, "ResourceNotFoundException")
	f(cl+"PutLogEvents", `{"logGroupName":"kept","logStreamName":"s","logEvents":[]}`, 400, "logEvents")
	f(cl+"CreateLogGroup", `{"logGroupName":"sp ace"}`, 400, "logGroupName")
	f(cl+"CreateLogGroup", `{"logGroupName":"`+strings.Repeat("g", 513)+`"}`, 400, "logGroupName")
	f(cl+"PutRetentionPolicy", `{"logGroupName":"kept","retentionInDays":2}`, 400, "retentionInDays")
	f(cl+"FilterLogEvents", `{"logGroupName":"kept","filterPattern":"{ $.a = "}`, 400, "InvalidParameterException")
	f(cl+"StartQuery", `{"logGroupName":"kept","startTime":0,"endTime":10,"queryString":"fields @message | sort"}`, 400, "MalformedQueryException", "queryCompileError", "startCharOffset")
	f(cl+"StartQuery", `{"logGroupName":"kept","startTime":0,"endTime":10,"queryString":"frobnicate @message"}`, 400, "MalformedQueryException", "frobnicate")
	f(cl+"StartQuery", `{"logGroupName":"kept","startTime":0,"endTime":10,"queryLanguage":"SQL","queryString":"select 1"}`, 400, "SQL")
	f(cw+"PutMetricData", `{"Namespace":"N","MetricData":[{"MetricName":"m","Value":"NaN"}]}`, 400, "InvalidParameterValue", "MetricData.member.1.Value")
	f(cw+"PutMetricData", `{"Namespace":"N","MetricData":[{"Value":1}]}`, 400, "MissingParameter", "MetricName")
	f(cw+"PutMetricData", `{"MetricData":[{"MetricName":"m","Value":1}]}`, 400, "MissingParameter", "Namespace")
	f(cw+"PutMetricData", `{"Namespace":"N","MetricData":[{"MetricName":"m","Value":1,"Values":[1]}]}`, 400, "InvalidParameter", "mutually exclusive")
	f(cw+"PutMetricData", `{"Namespace":"N","MetricData":[{"MetricName":"m","Value":1,"Timestamp":1000000000}]}`, 400, "InvalidParameterValue", "Timestamp")
	f(cw+"PutMetricData", `{"Namespace":"N","MetricData":[{"MetricName":"m","Value":1e200}]}`, 400, "InvalidParameterValue", "Value")
	f(cw+"GetMetricData", `{"StartTime":1000,"EndTime":10,"MetricDataQueries":[{"Id":"a","MetricStat":{"Metric":{"Namespace":"n","MetricName":"m"},"Period":60,"Stat":"Sum"}}]}`, 400, "ValidationError", "EndTime")
	f(cw+"GetMetricData", `{"StartTime":1000,"EndTime":2000,"MetricDataQueries":[{"Id":"A","MetricStat":{"Metric":{"Namespace":"n","MetricName":"m"},"Period":60,"Stat":"Sum"}}]}`, 400, "ValidationError", "metricDataQueries.1.member.id")
	f(cw+"GetMetricData", `{"StartTime":1000,"EndTime":2000,"MetricDataQueries":[{"Id":"a","MetricStat":{"Metric":{"Namespace":"n","MetricName":"m"},"Period":61,"Stat":"Sum"}}]}`, 400, "ValidationError", "metricStat.period")
	f(cw+"GetMetricData", `{"StartTime":1000,"EndTime":2000,"MetricDataQueries":[{"Id":"a","MetricStat":{"Metric":{"Namespace":"n","MetricName":"m"},"Period":60,"Stat":"median"}}]}`, 400, "median")

	raw := func(what, method, path string, h map[string]string, body []byte, wantStatus int, want string) {
		t.Helper()
		req, err := http.NewRequest(method, p.url+path, bytes.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		for k, v := range h {
			req.Header.Set(k, v)
		}
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatalf("%s: %v", what, err)
		}
		defer resp.Body.Close()
		var b bytes.Buffer
		b.ReadFrom(resp.Body)
		if resp.StatusCode != wantStatus || !strings.Contains(b.String(), want) {
			t.Errorf("%s: %d %.200q, want %d and %q", what, resp.StatusCode, b.String(), wantStatus, want)
		}
	}
	form := map[string]string{"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"}
	cbor := map[string]string{"Smithy-Protocol": "rpc-v2-cbor", "Content-Type": "application/cbor"}
	raw("query: unknown action", "POST", "/", form, []byte("Action=Nope&Version=2010-08-01"), 400, "<Code>InvalidAction</Code>")
	raw("query: bad number", "POST", "/", form, []byte("Action=PutMetricData&Namespace=N&MetricData.member.1.MetricName=m&MetricData.member.1.Value=abc"), 400, "MetricData.member.1.Value")
	raw("query: percent garbage", "POST", "/", form, []byte("Action=ListMetrics&Namespace=%zz"), 400, "<Error>")
	raw("query: GET works", "GET", "/?Action=ListMetrics&Version=2010-08-01", nil, nil, 200, "<ListMetricsResult")
	raw("cbor: garbage", "POST", "/service/GraniteServiceVersion20100801/operation/ListMetrics", cbor, []byte{0xff, 0x00, 0x9f}, 400, "")
	raw("cbor: a length beyond the body", "POST", "/service/GraniteServiceVersion20100801/operation/ListMetrics", cbor, []byte{0xbb, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}, 400, "")
	raw("cbor: unknown operation", "POST", "/service/GraniteServiceVersion20100801/operation/Nope", cbor, []byte{0xa0}, 404, "")
	raw("gzip: not gzip", "POST", "/", map[string]string{"Content-Type": "application/x-amz-json-1.0", "X-Amz-Target": cw + "PutMetricData", "Content-Encoding": "gzip"}, []byte("plain"), 400, "")
	var bomb bytes.Buffer
	z := gzip.NewWriter(&bomb)
	zeros := make([]byte, 1<<20)
	for range 64 {
		z.Write(zeros)
	}
	z.Close()
	raw("gzip: bomb", "POST", "/", map[string]string{"Content-Type": "application/x-amz-json-1.0", "X-Amz-Target": cw + "PutMetricData", "Content-Encoding": "gzip"}, bomb.Bytes(), 413, "RequestEntityTooLarge")
	raw("oversize body", "POST", "/", map[string]string{"Content-Type": "application/x-amz-json-1.1", "X-Amz-Target": cl + "PutLogEvents"}, bytes.Repeat([]byte(" "), 64<<20), 413, "RequestEntityTooLarge")
	deep := []byte(strings.Repeat(`{"a":`, 100000))
	raw("deep nesting", "POST", "/", map[string]string{"Content-Type": "application/x-amz-json-1.1", "X-Amz-Target": cl + "PutLogEvents"}, deep, 400, "SerializationException")

	if status, body, _ := awsJSON(t, p.url, cl+"DescribeLogGroups", `{}`); status != 200 || !strings.Contains(body, `"kept"`) {
		t.Fatalf("after all that: %d %s", status, body)
	}
	if status, _ := get(t, p.url+"/healthz"); status != 200 {
		t.Fatalf("healthz after all that: %d", status)
	}
	if status, body := get(t, p.url+"/metrics"); status != 200 || !strings.Contains(body, "skywatch_") {
		t.Fatalf("/metrics: %d %.200s", status, body)
	}
}

// A client that sends its request byte by byte, or never ends it, is cut off.
func TestSlowClientIsCutOff(t *testing.T) {
	p := start(t, "serve", "--data", t.TempDir())
	c, err := net.Dial("tcp", strings.TrimPrefix(p.url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	fmt.Fprintf(c, "POST / HTTP/1.1\r\nHost: x\r\n") // and never the end of the headers
	c.SetReadDeadline(time.Now().Add(60 * time.Second))
	var b [1]byte
	for {
		if _, err = c.Read(b[:]); err != nil {
			break
		}
	}
	var ne net.Error
	if errors.As(err, &ne) && ne.Timeout() {
		t.Fatal("the server still holds a connection that never finished its headers")
	}
}

func TestCredentials(t *testing.T) {
	dir := t.TempDir()
	conf := filepath.Join(dir, "skywatch.yaml")
	os.WriteFile(conf, []byte("credentials:\n  - accessKeyId: AKIDEXAMPLE\n    secretAccessKey: wJalrXUtnFEMI\n    account: \"123456789012\"\n"), 0o600)
	p := start(t, "serve", "--data", filepath.Join(dir, "data"), "--config", conf)
	ctx := context.Background()
	list := func(key, secret string) error {
		cw := cloudwatch.NewFromConfig(aws.Config{Region: "us-east-1", Credentials: credentials.NewStaticCredentialsProvider(key, secret, ""), BaseEndpoint: &p.url, RetryMaxAttempts: 1})
		_, err := cw.ListMetrics(ctx, &cloudwatch.ListMetricsInput{})
		return err
	}
	if err := list("AKIDEXAMPLE", "wJalrXUtnFEMI"); err != nil {
		t.Fatalf("right signature: %v", err)
	}
	var api smithy.APIError
	if err := list("AKIDEXAMPLE", "wrong"); !errors.As(err, &api) || !strings.Contains(api.ErrorCode(), "Signature") {
		t.Errorf("wrong secret: %v", err)
	}
	if err := list("AKIDOTHER", "wJalrXUtnFEMI"); !errors.As(err, &api) || api.ErrorCode() != "UnrecognizedClientException" && api.ErrorCode() != "InvalidClientTokenId" {
		t.Errorf("unknown key: %v", err)
	}
	if status, body, _ := awsJSON(t, p.url, "Logs_20140328.DescribeLogGroups", `{}`); status/100 != 4 || !strings.Contains(body, "MissingAuthenticationToken") {
		t.Errorf("unsigned: %d %s", status, body)
	}
	if status, _ := get(t, p.url+"/ui/api/fleet/lambda"); status != 401 && status != 403 {
		t.Errorf("the UI's data without signing in: status %d", status)
	}
	if strings.Contains(p.output(), "wJalrXUtnFEMI") {
		t.Error("the secret is in the server's output")
	}
}

// What cannot work is refused at start, in one line that says why.
func TestRefusedAtStart(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	os.WriteFile(file, nil, 0o600)
	bad := filepath.Join(dir, "bad.yaml")
	os.WriteFile(bad, []byte("credentails: []\n"), 0o600)
	f := func(want string, args ...string) {
		t.Helper()
		cmd := exec.Command(binary(t), args...)
		timer := time.AfterFunc(20*time.Second, func() { cmd.Process.Kill() })
		defer timer.Stop()
		out, err := cmd.CombinedOutput()
		if err == nil || !strings.Contains(string(out), want) {
			t.Errorf("skywatch %v: err %v, output %q, want it to name %q", args, err, out, want)
		}
	}
	f("credentials", "serve", "--listen", "0.0.0.0:0", "--data", filepath.Join(dir, "d"))
	f(file, "serve", "--listen", "127.0.0.1:0", "--data", file)
	f("/proc/", "serve", "--listen", "127.0.0.1:0", "--data", "/proc/skywatch")
	f("credentails", "serve", "--listen", "127.0.0.1:0", "--data", filepath.Join(dir, "d"), "--config", bad)
	f("256.0.0.1", "serve", "--listen", "256.0.0.1:1", "--data", filepath.Join(dir, "d"))

	held := filepath.Join(dir, "held")
	start(t, "serve", "--data", held)
	f(held, "serve", "--listen", "127.0.0.1:0", "--data", held)
}
