package client

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"net"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/google/go-cmp/cmp"
	"github.com/klauspost/compress/gzip"

	"skywatch/internal/estate"
)

// call is a request as the server saw it.
type call struct {
	target string
	header http.Header
	body   []byte
}

// server answers with the given handlers in turn, the last one for ever.
func server(t *testing.T, answers ...http.HandlerFunc) (url string, calls func() []call) {
	t.Helper()
	var mu sync.Mutex
	var seen []call
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var body io.Reader = r.Body
		if r.Header.Get("Content-Encoding") == "gzip" {
			z, err := gzip.NewReader(r.Body)
			if err != nil {
				t.Error(err)
				return
			}
			body = z
		}
		b, err := io.ReadAll(body)
		if err != nil {
			t.Error(err)
		}
		mu.Lock()
		n := len(seen)
		seen = append(seen, call{r.Header.Get("X-Amz-Target"), r.Header, b})
		mu.Unlock()
		answers[min(n, len(answers)-1)](w, r)
	}))
	t.Cleanup(s.Close)
	return s.URL, func() []call {
		mu.Lock()
		defer mu.Unlock()
		return append([]call(nil), seen...)
	}
}

func answer(status int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		io.WriteString(w, body)
	}
}

func newClient(t *testing.T, cfg Config) *Client {
	t.Helper()
	cfg.MinPause, cfg.MaxPause = time.Microsecond, time.Millisecond
	c, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

var (
	ctx    = context.Background()
	events = estate.LogBatch{Group: "/aws/lambda/f", Stream: "2026/11/18/[$LATEST]ab", Events: []estate.Event{
		{Timestamp: 1000, Message: []byte("a\tb \"c\"\n")}, {Timestamp: 2000, Message: []byte("é\x00\xff")},
	}}
	data = estate.MetricBatch{Namespace: "AWS/Lambda", Data: []estate.Datum{
		{Name: "Duration", Dimensions: []estate.Dimension{{Name: "FunctionName", Value: "f"}}, Unit: "Milliseconds", Timestamp: 60_000, Values: []float64{1.25, 3}, Counts: []float64{2, 1}},
		{Name: "One", Timestamp: 60_500, Values: []float64{-0.5}},
		{Name: "Set", Unit: "Count", Timestamp: 60_000, Statistics: estate.Statistics{SampleCount: 3, Sum: 6.5, Minimum: 1, Maximum: 4}},
	}}
)

func TestRequests(t *testing.T) {
	url, calls := server(t, answer(200, "{}"))
	c := newClient(t, Config{Endpoint: url, Account: "123456789012", Region: "eu-west-1"})
	for _, err := range []error{
		c.CreateLogGroup(ctx, "g"),
		c.CreateLogStream(ctx, "g", "s"),
		c.PutMetricData(ctx, data),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	if n, err := c.PutLogEvents(ctx, events); n != 0 || err != nil {
		t.Fatal(n, err)
	}
	want := []struct{ target, contentType, body string }{
		{"Logs_20140328.CreateLogGroup", "application/x-amz-json-1.1", `{"logGroupName":"g"}`},
		{"Logs_20140328.CreateLogStream", "application/x-amz-json-1.1", `{"logGroupName":"g","logStreamName":"s"}`},
		{"GraniteServiceVersion20100801.PutMetricData", "application/x-amz-json-1.0", `{"Namespace":"AWS/Lambda","MetricData":[` +
			`{"MetricName":"Duration","Dimensions":[{"Name":"FunctionName","Value":"f"}],"Timestamp":60,"Unit":"Milliseconds","Values":[1.25,3],"Counts":[2,1]},` +
			`{"MetricName":"One","Timestamp":60.500,"Value":-0.5},` +
			`{"MetricName":"Set","Timestamp":60,"Unit":"Count","StatisticValues":{"SampleCount":3,"Sum":6.5,"Minimum":1,"Maximum":4}}]}`},
		{"Logs_20140328.PutLogEvents", "application/x-amz-json-1.1", `{"logGroupName":"/aws/lambda/f","logStreamName":"2026/11/18/[$LATEST]ab","logEvents":[` +
			`{"timestamp":1000,"message":"a\tb \"c\"\n"},{"timestamp":2000,"message":"é\u0000` + "\ufffd" + `"}]}`},
	}
	got := calls()
	if len(got) != len(want) {
		t.Fatalf("got %d calls, want %d", len(got), len(want))
	}
	for i, w := range want {
		if got[i].target != w.target || got[i].header.Get("Content-Type") != w.contentType {
			t.Errorf("call %d: got %s as %s, want %s as %s", i, got[i].target, got[i].header.Get("Content-Type"), w.target, w.contentType)
		}
		if diff := cmp.Diff(w.body, string(got[i].body)); diff != "" {
			t.Errorf("%s: body (-want +got):\n%s", w.target, diff)
		}
		if s := got[i].header.Get("X-Skywatch-Scope"); s != "123456789012/eu-west-1" {
			t.Errorf("%s: scope %q", w.target, s)
		}
		if got[i].header.Get("Authorization") != "" {
			t.Errorf("%s: signed without credentials", w.target)
		}
	}
}

func TestSigned(t *testing.T) {
	url, calls := server(t, answer(200, "{}"))
	c := newClient(t, Config{Endpoint: url, Region: "ap-northeast-2", Credentials: aws.Credentials{AccessKeyID: "AKIDEXAMPLE", SecretAccessKey: "secret", SessionToken: "token"}})
	if err := c.PutMetricData(ctx, data); err != nil {
		t.Fatal(err)
	}
	if err := c.CreateLogGroup(ctx, "g"); err != nil {
		t.Fatal(err)
	}
	for i, service := range []string{"monitoring", "logs"} {
		h := calls()[i].header
		auth := h.Get("Authorization")
		if !strings.HasPrefix(auth, "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/") || !strings.Contains(auth, "/ap-northeast-2/"+service+"/aws4_request") ||
			!strings.Contains(auth, "x-amz-target") || h.Get("X-Amz-Security-Token") != "token" {
			t.Errorf("call %d: Authorization %q", i, auth)
		}
		if h.Get("X-Skywatch-Scope") != "" {
			t.Errorf("call %d: names a scope although it is signed", i)
		}
	}
}

func TestGzip(t *testing.T) {
	url, calls := server(t, answer(200, "{}"))
	c := newClient(t, Config{Endpoint: url, Gzip: true})
	big := estate.LogBatch{Group: "g", Stream: "s", Events: []estate.Event{{Timestamp: 1, Message: []byte(strings.Repeat("x", 20_000))}}}
	for _, b := range []estate.LogBatch{events, big} {
		if _, err := c.PutLogEvents(ctx, b); err != nil {
			t.Fatal(err)
		}
	}
	for i, want := range []string{"", "gzip"} {
		if got := calls()[i].header.Get("Content-Encoding"); got != want {
			t.Errorf("call %d: Content-Encoding %q, want %q", i, got, want)
		}
	}
	if !json.Valid(calls()[1].body) || len(calls()[1].body) < 20_000 {
		t.Error("the compressed body does not unpack to the request")
	}
}

// TestFaults sends through every fault that may pass and wants one success.
func TestFaults(t *testing.T) {
	broken := func(w http.ResponseWriter, _ *http.Request) {
		conn, _, err := w.(http.Hijacker).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		conn.Close()
	}
	torn := func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "100")
		io.WriteString(w, "{")
	}
	url, calls := server(t,
		answer(500, `{"__type":"InternalFailure"}`),
		answer(503, "not json"),
		answer(400, `{"__type":"ThrottlingException","message":"Rate exceeded"}`),
		answer(400, `{"__type":"com.amazonaws.cloudwatch#Throttling","Message":"Rate exceeded"}`),
		answer(429, ``),
		broken, torn,
		answer(200, "{}"))
	c := newClient(t, Config{Endpoint: url})
	if _, err := c.PutLogEvents(ctx, events); err != nil {
		t.Fatal(err)
	}
	got := calls()
	// net/http itself may repeat a request whose kept connection broke.
	if len(got) < 8 {
		t.Fatalf("got %d attempts, want at least 8", len(got))
	}
	for i := range got {
		if string(got[i].body) != string(got[0].body) {
			t.Errorf("attempt %d sent another body", i)
		}
	}
}

func TestRefused(t *testing.T) {
	f := func(status int, body, code, message string) {
		t.Helper()
		url, calls := server(t, answer(status, body))
		_, err := newClient(t, Config{Endpoint: url}).PutLogEvents(ctx, events)
		var e *APIError
		if !errors.As(err, &e) || e.Status != status || e.Code != code || e.Message != message || e.Operation != "PutLogEvents" {
			t.Errorf("%d %s: got error %v", status, body, err)
		}
		if n := len(calls()); n != 1 {
			t.Errorf("%d %s: sent %d times", status, body, n)
		}
	}
	f(400, `{"__type":"ResourceNotFoundException","message":"no group"}`, "ResourceNotFoundException", "no group")
	f(400, `{"__type":"ns#InvalidParameterException","Message":"bad"}`, "InvalidParameterException", "bad")
	f(403, `<html>`, "", "<html>")
	f(501, `{}`, "", "")
}

func TestExistingIsFine(t *testing.T) {
	url, _ := server(t, answer(400, `{"__type":"ResourceAlreadyExistsException","message":"exists"}`))
	c := newClient(t, Config{Endpoint: url})
	if err := c.CreateLogGroup(ctx, "g"); err != nil {
		t.Error(err)
	}
	if err := c.CreateLogStream(ctx, "g", "s"); err != nil {
		t.Error(err)
	}
}

func TestRejected(t *testing.T) {
	ten := estate.LogBatch{Group: "g", Stream: "s"}
	for i := range 10 {
		ten.Events = append(ten.Events, estate.Event{Timestamp: int64(i), Message: []byte("x")})
	}
	f := func(info string, want int) {
		t.Helper()
		url, _ := server(t, answer(200, `{"nextSequenceToken":"1","rejectedLogEventsInfo":`+info+`}`))
		got, err := newClient(t, Config{Endpoint: url}).PutLogEvents(ctx, ten)
		if err != nil || got != want {
			t.Errorf("%s: got %d rejected, %v, want %d", info, got, err, want)
		}
	}
	f(`{"tooOldLogEventEndIndex":3}`, 3)
	f(`{"tooOldLogEventEndIndex":3,"expiredLogEventEndIndex":5}`, 5)
	f(`{"tooNewLogEventStartIndex":8}`, 2)
	f(`{"expiredLogEventEndIndex":4,"tooNewLogEventStartIndex":8}`, 6)
	f(`{"expiredLogEventEndIndex":10}`, 10)
	f(`{"tooNewLogEventStartIndex":0}`, 10)
	f(`{"tooOldLogEventEndIndex":99,"tooNewLogEventStartIndex":-4}`, 10)
	f(`null`, 0)
}

// TestWaitsForServer refuses connections until the client has been refused,
// then listens.
func TestWaitsForServer(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := l.Addr().String()
	l.Close()
	c := newClient(t, Config{Endpoint: "http://" + addr})
	refused := make(chan struct{})
	var once sync.Once
	dial := (&net.Dialer{}).DialContext
	c.http.Transport.(*http.Transport).DialContext = func(ctx context.Context, network, a string) (net.Conn, error) {
		conn, err := dial(ctx, network, a)
		if err != nil {
			once.Do(func() { close(refused) })
		}
		return conn, err
	}
	done := make(chan error, 1)
	go func() { done <- c.CreateLogGroup(ctx, "g") }()
	<-refused
	l, err = net.Listen("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	s := &httptest.Server{Listener: l, Config: &http.Server{Handler: answer(200, "{}")}}
	s.Start()
	defer s.Close()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
}

func TestCancelled(t *testing.T) {
	cancelled, cancel := context.WithCancel(ctx)
	url, calls := server(t, answer(500, "{}"), func(w http.ResponseWriter, _ *http.Request) {
		cancel()
		w.WriteHeader(500)
	})
	err := newClient(t, Config{Endpoint: url}).PutMetricData(cancelled, data)
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got error %v, want context.Canceled", err)
	}
	if n := len(calls()); n < 2 {
		t.Errorf("gave up after %d attempts", n)
	}
}

func TestEndpoint(t *testing.T) {
	for _, bad := range []string{"", "127.0.0.1:4580", "ftp://x", "http://", "http://%zz"} {
		if _, err := New(Config{Endpoint: bad}); err == nil {
			t.Errorf("endpoint %q: no error", bad)
		}
	}
}

func FuzzFloat(f *testing.F) {
	for _, v := range []float64{0, 1, -1, 0.1, 1e300, -1e-300, 1 << 53, 1<<53 + 2, math.MaxInt64, math.Pi} {
		f.Add(v)
	}
	f.Fuzz(func(t *testing.T, v float64) {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return // never given: JSON has no form for them
		}
		var back float64
		if err := json.Unmarshal(appendFloat(nil, v), &back); err != nil || back != v {
			t.Fatalf("%v is written %s: %v", v, appendFloat(nil, v), err)
		}
	})
}

// TestWholeEstate sends an hour of an estate and decodes what arrives.
func TestWholeEstate(t *testing.T) {
	start := time.Date(2026, 11, 18, 9, 0, 0, 0, time.UTC)
	e, err := estate.New(estate.Config{Seed: 1, Functions: 20, Jobs: 20, APIs: 2, Buckets: 6, EventsPerDay: 40_000, Start: start})
	if err != nil {
		t.Fatal(err)
	}
	url, calls := server(t, answer(200, "{}"))
	c := newClient(t, Config{Endpoint: url})
	var want []string
	err = e.Generate(start, start.Add(time.Hour), func(b estate.LogBatch) error {
		for _, ev := range b.Events {
			want = append(want, fmt.Sprint(b.Group, b.Stream, ev.Timestamp, string(ev.Message)))
		}
		_, err := c.PutLogEvents(ctx, b)
		return err
	}, func(b estate.MetricBatch) error {
		for _, d := range b.Data {
			want = append(want, fmt.Sprint(b.Namespace, d.Name, d.Timestamp/1000, d.Values))
		}
		return c.PutMetricData(ctx, b)
	})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, r := range calls() {
		if len(r.body) > 1<<20+1<<19 {
			t.Errorf("%s: body of %d bytes", r.target, len(r.body))
		}
		var in struct {
			LogGroupName, LogStreamName, Namespace string
			LogEvents                              []struct {
				Timestamp int64
				Message   string
			}
			MetricData []struct {
				MetricName string
				Timestamp  int64
				Value      *float64
				Values     []float64
			}
		}
		if err := json.Unmarshal(r.body, &in); err != nil {
			t.Fatal(err)
		}
		for _, ev := range in.LogEvents {
			got = append(got, fmt.Sprint(in.LogGroupName, in.LogStreamName, ev.Timestamp, ev.Message))
		}
		for _, d := range in.MetricData {
			if d.Value != nil {
				d.Values = []float64{*d.Value}
			}
			got = append(got, fmt.Sprint(in.Namespace, d.MetricName, d.Timestamp, d.Values))
		}
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("the server read %d events and data, want the %d that were sent", len(got), len(want))
	}
}

func BenchmarkEncode(b *testing.B) {
	start := time.Date(2026, 11, 18, 9, 0, 0, 0, time.UTC)
	e, err := estate.New(estate.Config{Seed: 1, Start: start, EventsPerDay: 5_000_000})
	if err != nil {
		b.Fatal(err)
	}
	var buf []byte
	var events, size int64
	for b.Loop() {
		err := e.Generate(start, start.Add(time.Hour), func(batch estate.LogBatch) error {
			buf = appendLogEvents(buf[:0], batch)
			events += int64(len(batch.Events))
			size += int64(len(buf))
			return nil
		}, nil)
		if err != nil {
			b.Fatal(err)
		}
	}
	b.SetBytes(size / int64(b.N))
	b.ReportMetric(float64(events)/b.Elapsed().Seconds(), "events/s")
}

// BenchmarkBackfill sends the demo's whole history to a server that only reads:
// the fastest that a back-fill can be.
func BenchmarkBackfill(b *testing.B) {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		io.WriteString(w, "{}")
	}))
	defer s.Close()
	c, err := New(Config{Endpoint: s.URL})
	if err != nil {
		b.Fatal(err)
	}
	defer c.Close()
	e, err := estate.New(estate.Config{Seed: 1, LiveInterval: time.Hour})
	if err != nil {
		b.Fatal(err)
	}
	var items int64
	for b.Loop() {
		ctx, cancel := context.WithCancel(ctx)
		if err := e.Run(ctx, c, func(p estate.Progress) {
			if p.Phase == estate.PhaseLive {
				items += p.Events + p.Data
				cancel()
			}
		}); !errors.Is(err, context.Canceled) {
			b.Fatal(err)
		}
		cancel()
	}
	b.ReportMetric(float64(items)/b.Elapsed().Seconds(), "items/s")
}
