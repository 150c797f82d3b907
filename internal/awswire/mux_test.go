package awswire_test

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"regexp"
	"sort"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	cwtypes "github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	logstypes "github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"

	"skywatch/internal/api/operations"
	"skywatch/internal/awswire"
	"skywatch/internal/scripttest"
)

// errOutOfSpace is a store's error that MapError knows.
var errOutOfSpace = errors.New("device full")

// newTestMux serves both services with handlers that fail in every way: what
// is asked for decides.
func newTestMux(opts awswire.Options) *awswire.Mux {
	cw, logs := operations.CloudWatch(), operations.Logs()
	awswire.Handle(cw, "DescribeAlarmsForMetric", func(ctx context.Context, in *cloudwatch.DescribeAlarmsForMetricInput) (*cloudwatch.DescribeAlarmsForMetricOutput, error) {
		switch name := aws.ToString(in.MetricName); name {
		case "value":
			return nil, awswire.InvalidParameterValue("The value %s is invalid.", "<x & y>")
		case "wrapped":
			return nil, fmt.Errorf("while testing: %w", awswire.ValidationError("wrapped"))
		case "fields":
			return nil, &awswire.Error{Code: "ResourceNotFoundException", Message: "no such thing", Fields: map[string]string{"ResourceType": "Alarm", "ResourceId": "a"}}
		case "unmodelled":
			return nil, awswire.Errorf("TeapotException", "short and stout")
		case "typed":
			return nil, &cwtypes.DashboardInvalidInputError{Message: aws.String("bad body"), DashboardValidationMessages: []cwtypes.DashboardValidationMessage{{DataPath: aws.String("/w/0"), Message: aws.String("no \"x\"")}}}
		case "resource":
			return nil, fmt.Errorf("wrapped: %w", &cwtypes.ResourceNotFound{Message: aws.String("gone")})
		case "full":
			return nil, fmt.Errorf("append: %w", errOutOfSpace)
		case "internal":
			return nil, errors.New("secret detail")
		case "panic":
			panic("secret detail")
		case "neither":
			return nil, nil
		case "cancel":
			return nil, fmt.Errorf("scan: %w", context.Canceled)
		case "throttle":
			return nil, awswire.Throttling("Rate exceeded")
		case "info":
			i := awswire.Info(ctx)
			awswire.ResponseHeader(ctx).Set("X-Test", fmt.Sprint(i.Scope, " ", i.AccessKeyID, " ", i.Authenticated, " ", i.Operation, " ", i.Protocol, " ", i.SourceIP))
		}
		return &cloudwatch.DescribeAlarmsForMetricOutput{MetricAlarms: []cwtypes.MetricAlarm{}}, nil
	})
	awswire.Handle(cw, "DeleteAlarms", func(context.Context, *cloudwatch.DeleteAlarmsInput) (*cloudwatch.DeleteAlarmsOutput, error) {
		return &cloudwatch.DeleteAlarmsOutput{}, nil
	})
	awswire.Handle(logs, "StartQuery", func(ctx context.Context, in *cloudwatchlogs.StartQueryInput) (*cloudwatchlogs.StartQueryOutput, error) {
		switch aws.ToString(in.QueryString) {
		case "typed":
			return nil, &logstypes.MalformedQueryException{Message: aws.String("unexpected x"), QueryCompileError: &logstypes.QueryCompileError{
				Message: aws.String("x"), Location: &logstypes.QueryCompileErrorLocation{StartCharOffset: aws.Int32(3), EndCharOffset: aws.Int32(4)}}}
		case "missing":
			return nil, awswire.NotFound("Log group 'x' does not exist")
		case "full":
			return nil, errOutOfSpace
		case "internal":
			return nil, errors.New("secret detail")
		}
		return &cloudwatchlogs.StartQueryOutput{QueryId: aws.String("12\n\"3\"")}, nil
	})
	awswire.HandleRows(logs, "PutLogEvents", logEvents, func(context.Context, *cloudwatchlogs.PutLogEventsInput, *awswire.Rows) (*cloudwatchlogs.PutLogEventsOutput, error) {
		return &cloudwatchlogs.PutLogEventsOutput{}, nil
	})
	opts.MapError = func(err error) error {
		if errors.Is(err, errOutOfSpace) {
			return awswire.Unavailable("The server is out of space.")
		}
		return err
	}
	opts.Logger = slog.New(slog.DiscardHandler)
	mux := awswire.NewMux(opts)
	mux.Register(cw)
	mux.Register(logs)
	return mux
}

var requestID = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}`)

// TestWire runs testdata/*.wire: raw requests (request line, headers, blank
// line, body) and their answers. A body that begins with "hex:" is given in hex;
// an answer in CBOR is shown with everything but printable ASCII escaped.
func TestWire(t *testing.T) {
	scripttest.Run(t, "testdata/*.wire", func(t *testing.T) scripttest.Answer {
		mux := newTestMux(awswire.Options{})
		return func(input string) string {
			_, request, _ := strings.Cut(input, "\n")
			return exchange(t, mux, request)
		}
	})
}

func exchange(t *testing.T, mux *awswire.Mux, request string) string {
	t.Helper()
	head, body, _ := strings.Cut(request, "\n\n")
	body = strings.TrimSuffix(body, "\n")
	if h, ok := strings.CutPrefix(body, "hex:"); ok {
		b, err := hex.DecodeString(strings.ReplaceAll(h, " ", ""))
		if err != nil {
			t.Fatal(err)
		}
		body = string(b)
	}
	raw := strings.ReplaceAll(strings.TrimSuffix(head, "\n"), "\n", "\r\n") + fmt.Sprintf("\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n", len(body)) + body
	req, err := http.ReadRequest(bufio.NewReader(strings.NewReader(raw)))
	if err != nil {
		t.Fatalf("%v in %q", err, raw)
	}
	req.RemoteAddr = "192.0.2.7:4711"
	w := httptest.NewRecorder()
	mux.ServeHTTP(w, req)
	var b strings.Builder
	fmt.Fprintf(&b, "%d %s\n", w.Code, http.StatusText(w.Code))
	id := w.Header().Get("X-Amzn-Requestid")
	if !requestID.MatchString(id) {
		t.Errorf("request id %q", id)
	}
	var names []string
	for n := range w.Header() {
		if n != "X-Amzn-Requestid" && n != "Content-Length" {
			names = append(names, n)
		}
	}
	sort.Strings(names)
	for _, n := range names {
		fmt.Fprintf(&b, "%s: %s\n", n, w.Header().Get(n))
	}
	text := strings.ReplaceAll(w.Body.String(), id, "<id>")
	if w.Header().Get("Content-Type") == "application/cbor" {
		text = printable(text)
	}
	if text != "" {
		b.WriteString("\n" + strings.TrimSuffix(text, "\n") + "\n")
	}
	return b.String()
}

func printable(s string) string {
	var b strings.Builder
	for _, c := range []byte(s) {
		if ' ' <= c && c < 0x7f && c != '\\' {
			b.WriteByte(c)
		} else {
			fmt.Fprintf(&b, `\x%02x`, c)
		}
	}
	return b.String()
}

func TestIsAWSRequest(t *testing.T) {
	f := func(want bool, method, target string, headers ...string) {
		t.Helper()
		r := httptest.NewRequest(method, target, nil)
		for i := 0; i < len(headers); i += 2 {
			r.Header.Set(headers[i], headers[i+1])
		}
		if got := awswire.IsAWSRequest(r); got != want {
			t.Errorf("%s %s %v: got %v", method, target, headers, got)
		}
	}
	f(true, "POST", "/", "X-Amz-Target", "Logs_20140328.PutLogEvents")
	f(true, "POST", "/base/", "X-Amz-Target", "Logs_20140328.PutLogEvents")
	f(true, "POST", "/service/GraniteServiceVersion20100801/operation/ListMetrics")
	f(true, "POST", "/a/b/service/GraniteServiceVersion20100801/operation/ListMetrics")
	f(true, "POST", "/", "Content-Type", "application/x-www-form-urlencoded; charset=utf-8")
	f(true, "POST", "/", "Content-Type", "application/x-amz-json-1.1")
	f(true, "GET", "/?Action=ListMetrics&Version=2010-08-01")
	f(true, "GET", "/?Version=2010-08-01&Action=ListMetrics")
	f(true, "POST", "/", "Authorization", "AWS4-HMAC-SHA256 Credential=x")
	f(false, "GET", "/")
	f(false, "GET", "/?tab=Action")
	f(false, "GET", "/lambda?Action=x")
	f(false, "POST", "/ui/api/signin", "Content-Type", "application/json")
	f(false, "GET", "/assets/operation/x.js")
}

// gzipped compresses b.
func gzipped(b []byte) []byte {
	var z bytes.Buffer
	w := gzip.NewWriter(&z)
	w.Write(b)
	w.Close()
	return z.Bytes()
}

func post(mux *awswire.Mux, target string, body []byte, headers ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest("POST", "/", bytes.NewReader(body))
	r.Header.Set("X-Amz-Target", target)
	for i := 0; i < len(headers); i += 2 {
		r.Header.Add(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	mux.ServeHTTP(w, r)
	return w
}

func TestBodies(t *testing.T) {
	mux := newTestMux(awswire.Options{})
	const target = "GraniteServiceVersion20100801.DeleteAlarms"
	names := []byte(`{"AlarmNames":["` + strings.Repeat("a", 1000) + `"]}`)
	fill := func(n int) []byte { return append(bytes.Repeat([]byte(" "), n-2), "{}"...) }
	f := func(wantStatus int, wantError string, body []byte, headers ...string) {
		t.Helper()
		w := post(mux, target, body, headers...)
		if w.Code != wantStatus || !strings.Contains(w.Body.String(), wantError) {
			t.Errorf("got %d %s, want %d %s", w.Code, w.Body, wantStatus, wantError)
		}
	}
	f(200, "{}", nil)
	f(200, "{}", names)
	f(200, "{}", gzipped(names), "Content-Encoding", "gzip")
	f(200, "{}", gzipped(names), "Content-Encoding", "amz-1.0, gzip")
	f(200, "{}", names, "Content-Encoding", "amz-1.0")
	f(400, "MalformedHttpRequestException", names, "Content-Encoding", "gzip")
	f(400, "MalformedHttpRequestException", gzipped(names)[:60], "Content-Encoding", "gzip")
	f(400, `\"br\" is not supported`, names, "Content-Encoding", "br")
	f(400, "compressed twice", gzipped(gzipped(names)), "Content-Encoding", "gzip", "Content-Encoding", "gzip")
	f(200, "{}", fill(1<<20))
	f(413, "RequestEntityTooLargeException", fill(1<<20+1))
	f(200, "{}", gzipped(fill(8<<20)), "Content-Encoding", "gzip")
	f(413, "after decompression", gzipped(fill(8<<20+1)), "Content-Encoding", "gzip")

	// A body of unknown length, and one that ends early.
	r := httptest.NewRequest("POST", "/", io.MultiReader(bytes.NewReader(fill(1<<20)), strings.NewReader("  ")))
	r.Header.Set("X-Amz-Target", target)
	r.ContentLength = -1
	w := httptest.NewRecorder()
	mux.ServeHTTP(w, r)
	if w.Code != 413 {
		t.Errorf("long body of unknown length: %d %s", w.Code, w.Body)
	}
	r = httptest.NewRequest("POST", "/", io.MultiReader(strings.NewReader("{"), failingReader{}))
	r.Header.Set("X-Amz-Target", target)
	w = httptest.NewRecorder()
	mux.ServeHTTP(w, r)
	if w.Code != 400 || !strings.Contains(w.Body.String(), "RequestAbortedException") {
		t.Errorf("body that ends early: %d %s", w.Code, w.Body)
	}
}

type failingReader struct{}

func (failingReader) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

func TestDecodedSizeIsBounded(t *testing.T) {
	mux := newTestMux(awswire.Options{})
	events := append([]byte(`{"logEvents":[{}`), bytes.Repeat([]byte(",{}"), 2_500_000)...)
	if w := post(mux, "Logs_20140328.PutLogEvents", append(events, "]}"...)); w.Code != 200 {
		t.Errorf("2.5 M empty events: %d %.200s", w.Code, w.Body)
	}
	// One byte of CBOR for each structure of a hundred bytes and more.
	svc := operations.CloudWatch()
	many := append([]byte{0xbf, 0x6a}, "MetricData"...)
	many = append(many, 0x9f)
	many = append(many, bytes.Repeat([]byte{0xa0}, 1_000_000)...)
	many = append(many, 0xff, 0xff)
	_, err := awswire.DecodeInput(svc, "PutMetricData", awswire.CBOR, many)
	if err == nil || !strings.Contains(err.Error(), "decodes to more than 64 MiB") {
		t.Errorf("a million empty structures: %v", err)
	}
	deep := bytes.Repeat([]byte("["), 1<<20)
	if w := post(mux, "GraniteServiceVersion20100801.DeleteAlarms", append([]byte(`{"x":`), deep[:1000]...)); w.Code != 400 {
		t.Errorf("deep nesting: %d %s", w.Code, w.Body)
	}
}

func TestScopeOfRequests(t *testing.T) {
	auth := awswire.Auth{Keys: map[string]awswire.Key{"AKIDMAPPED": {Account: "111122223333"}}}
	mux := newTestMux(awswire.Options{Auth: auth, DefaultAccount: "999999999999", DefaultRegion: "ap-northeast-2"})
	f := func(want string, headers ...string) {
		t.Helper()
		w := post(mux, "GraniteServiceVersion20100801.DescribeAlarmsForMetric", []byte(`{"MetricName":"info"}`), headers...)
		if got := w.Header().Get("X-Test"); w.Code != 200 || got != want+" DescribeAlarmsForMetric json 192.0.2.1" {
			t.Errorf("%v: %d %q %s", headers, w.Code, got, w.Body)
		}
	}
	sig := func(key, region string) string {
		return "AWS4-HMAC-SHA256 Credential=" + key + "/20260110/" + region + "/monitoring/aws4_request, SignedHeaders=host, Signature=00"
	}
	f("999999999999/ap-northeast-2  false")
	f("111111111111/eu-west-1  false", awswire.ScopeHeader, "111111111111/eu-west-1")
	f("999999999999/eu-west-3 AKIDANY false", "Authorization", sig("AKIDANY", "eu-west-3"))
	f("111122223333/eu-west-3 AKIDMAPPED false", "Authorization", sig("AKIDMAPPED", "eu-west-3"))
	f("111122223333/eu-west-3 AKIDMAPPED false", "Authorization", sig("AKIDMAPPED", "eu-west-3"), awswire.ScopeHeader, "111111111111/eu-west-1")
	f("999999999999/ap-northeast-2  false", "Authorization", "AWS4-HMAC-SHA256 nonsense")
	f("999999999999/ap-northeast-2  false", "Authorization", sig("AKIDANY", "eu west"))
	for _, bad := range []string{"111111111111", "1/eu-west-1", "111111111111/", "11111111111x/eu-west-1", "111111111111/eu west"} {
		w := post(mux, "GraniteServiceVersion20100801.DeleteAlarms", nil, awswire.ScopeHeader, bad)
		if w.Code != 400 {
			t.Errorf("scope %q: %d", bad, w.Code)
		}
	}
}

func TestOnRequest(t *testing.T) {
	var got []awswire.Request
	mux := newTestMux(awswire.Options{OnRequest: func(r awswire.Request) { got = append(got, r) }})
	post(mux, "Logs_20140328.StartQuery", []byte(`{}`))
	post(mux, "Logs_20140328.StartQuery", []byte(`{"queryString":"internal"}`))
	post(mux, "Logs_20140328.Nonsense", nil)
	for _, body := range []string{`{"queryString":"internal"}`, "{}"} {
		r := httptest.NewRequest("POST", "/", strings.NewReader(body)).WithContext(canceled())
		r.Header.Set("X-Amz-Target", "Logs_20140328.StartQuery")
		w := httptest.NewRecorder()
		mux.ServeHTTP(w, r)
		if want := map[bool]int{true: 200, false: 503}[body == "{}"]; w.Code != want {
			t.Errorf("%s after the context has ended: %d, want %d", body, w.Code, want)
		}
	}
	want := []string{
		"CloudWatch Logs StartQuery 200  2 23",
		"CloudWatch Logs StartQuery 500 InternalFailure 26 72",
		"CloudWatch Logs  404 UnknownOperationException 0 107",
		"CloudWatch Logs StartQuery 499 ServiceUnavailableException 26 101",
		"CloudWatch Logs StartQuery 200  2 23",
	}
	for i, r := range got {
		if s := fmt.Sprint(r.Service, " ", r.Operation, " ", r.Status, " ", r.Error, " ", r.BytesIn, " ", r.BytesOut); s != want[i] {
			t.Errorf("request %d: %q, want %q", i, s, want[i])
		}
	}
	if len(got) != len(want) {
		t.Errorf("%d requests, want %d", len(got), len(want))
	}
}

func canceled() context.Context {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	return ctx
}

func TestHandleRefusesMistakes(t *testing.T) {
	f := func(name string, register func(svc *awswire.Service)) {
		t.Helper()
		defer func() {
			if recover() == nil {
				t.Errorf("%s: no panic", name)
			}
		}()
		register(operations.CloudWatch())
	}
	f("unknown operation", func(svc *awswire.Service) {
		awswire.Handle(svc, "Nonsense", func(context.Context, *cloudwatch.DeleteAlarmsInput) (*cloudwatch.DeleteAlarmsOutput, error) {
			return nil, nil
		})
	})
	f("wrong input", func(svc *awswire.Service) {
		awswire.Handle(svc, "ListMetrics", func(context.Context, *cloudwatch.DeleteAlarmsInput) (*cloudwatch.DeleteAlarmsOutput, error) {
			return nil, nil
		})
	})
	f("no output", func(svc *awswire.Service) {
		awswire.Handle(svc, "DeleteAlarms", func(context.Context, *cloudwatch.DeleteAlarmsInput) (*int, error) { return nil, nil })
	})
}
