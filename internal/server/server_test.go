package server

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"math"
	"net/http"
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"
	"testing"
	"time"
)

func quiet() *slog.Logger { return slog.New(slog.NewTextHandler(io.Discard, nil)) }

func start(t *testing.T, dir string) *Server {
	t.Helper()
	s, err := Start(context.Background(), Config{Listen: "127.0.0.1:0", Data: dir}, quiet())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { stop(t, s) })
	return s
}

func stop(t *testing.T, s *Server) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	s.Close(ctx)
}

func call(t *testing.T, s *Server, target, body string, header ...string) (int, string) {
	t.Helper()
	req, _ := http.NewRequest("POST", s.URL()+"/", strings.NewReader(body))
	req.Header.Set("X-Amz-Target", target)
	req.Header.Set("Content-Type", "application/x-amz-json-1.1")
	for i := 0; i < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
		if header[i] == "Host" {
			req.Host = header[i+1]
		}
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	b, _ := io.ReadAll(resp.Body)
	return resp.StatusCode, string(b)
}

func put(t *testing.T, s *Server, group string) {
	t.Helper()
	for _, c := range [][2]string{
		{"CreateLogGroup", `{"logGroupName":"` + group + `"}`},
		{"CreateLogStream", `{"logGroupName":"` + group + `","logStreamName":"s"}`},
		{"PutLogEvents", fmt.Sprintf(`{"logGroupName":%q,"logStreamName":"s","logEvents":[{"timestamp":%d,"message":"kept"}]}`, group, time.Now().UnixMilli())},
	} {
		if status, body := call(t, s, "Logs_20140328."+c[0], c[1]); status != 200 {
			t.Fatalf("%s: %d %s", c[0], status, body)
		}
	}
}

// Metadata goes before events; when a crash comes between the two, the next
// start finishes the deletion and leaves everything else alone.
func TestStartDropsWhatDeletionLeftOver(t *testing.T) {
	dir := t.TempDir()
	s := start(t, dir)
	put(t, s, "gone")
	put(t, s, "here")
	gone, _ := s.meta.Group(s.meta.AllScopes()[0], "gone")
	if err := s.meta.DeleteGroup(context.Background(), gone.ID); err != nil {
		t.Fatal(err)
	}
	if n := len(s.logStore.Groups()); n != 2 {
		t.Fatalf("the engine holds %d groups before the restart, want 2", n)
	}
	stop(t, s)
	s = start(t, dir)
	if got := s.logStore.Groups(); len(got) != 1 || got[0] == gone.ID {
		t.Fatalf("the engine holds groups %v after the restart, want only the one that was kept", got)
	}
	if _, body := call(t, s, "Logs_20140328.FilterLogEvents", `{"logGroupName":"here"}`); !strings.Contains(body, "kept") {
		t.Fatalf("the other group's event is gone: %s", body)
	}
}

// Events have the entity they were written with, also after a restart.
func TestEntitiesSurviveRestart(t *testing.T) {
	dir := t.TempDir()
	s := start(t, dir)
	put(t, s, "g")
	if _, body := call(t, s, "Logs_20140328.PutLogEvents", fmt.Sprintf(`{"logGroupName":"g","logStreamName":"s","logEvents":[{"timestamp":%d,"message":"with"}],
		"entity":{"keyAttributes":{"Type":"Service","Name":"n"}}}`, time.Now().UnixMilli())); strings.Contains(body, "rejected") {
		t.Fatal(body)
	}
	check := func() {
		t.Helper()
		if _, body := call(t, s, "Logs_20140328.GetLogGroupFields", `{"logGroupName":"g"}`); !strings.Contains(body, `{"name":"@entity.KeyAttributes.Name","percent":50}`) {
			t.Errorf("fields of the group: %s", body)
		}
		if _, body := call(t, s, "Logs_20140328.GetLogEvents", `{"logGroupName":"g","logStreamName":"s"}`); !strings.Contains(body, "kept") || !strings.Contains(body, "with") {
			t.Errorf("events of the stream: %s", body)
		}
	}
	check()
	stop(t, s)
	s = start(t, dir)
	check()
}

// A lost meta.db must not make the next start throw the events away.
func TestStartRefusesForeignMetadata(t *testing.T) {
	dir := t.TempDir()
	s := start(t, dir)
	put(t, s, "precious")
	stop(t, s)
	moved := t.TempDir()
	for _, name := range []string{"meta.db", "meta.db-wal", "meta.db-shm"} {
		if err := os.Rename(filepath.Join(dir, name), filepath.Join(moved, name)); err != nil && !os.IsNotExist(err) {
			t.Fatal(err)
		}
	}
	if s, err := Start(context.Background(), Config{Listen: "127.0.0.1:0", Data: dir}, quiet()); err == nil || !strings.Contains(err.Error(), "meta.db") {
		if err == nil {
			stop(t, s)
		}
		t.Fatalf("start without its meta.db: %v, want an error that names it", err)
	}
	for _, name := range []string{"meta.db", "meta.db-wal", "meta.db-shm"} {
		os.Remove(filepath.Join(dir, name))
		os.Rename(filepath.Join(moved, name), filepath.Join(dir, name))
	}
	s = start(t, dir)
	if _, body := call(t, s, "Logs_20140328.FilterLogEvents", `{"logGroupName":"precious"}`); !strings.Contains(body, "kept") {
		t.Fatalf("the event is gone: %s", body)
	}
}

// A page of another site can make a browser send; programs send no such headers.
func TestBrowsersOfOtherSitesAreRefused(t *testing.T) {
	s := start(t, t.TempDir())
	f := func(want int, header ...string) {
		t.Helper()
		if got, body := call(t, s, "Logs_20140328.DescribeLogGroups", `{}`, header...); got != want {
			t.Errorf("%v: status %d, want %d: %s", header, got, want, body)
		}
	}
	f(200)
	f(200, "Sec-Fetch-Site", "same-origin")
	f(200, "Sec-Fetch-Site", "same-origin", "Host", "localhost:4580")
	f(403, "Sec-Fetch-Site", "cross-site")
	f(403, "Origin", "http://evil.example")
	f(421, "Sec-Fetch-Site", "same-origin", "Host", "evil.example") // DNS rebinding
	f(200, "Host", "stream-localhost:4580")                         // SDKs prefix the host for live tail

	// The same on every path and method.
	g := func(want int, method, path string, header ...string) {
		t.Helper()
		req, _ := http.NewRequest(method, s.URL()+path, strings.NewReader("{}"))
		req.Header.Set("Content-Type", "application/json")
		for i := 0; i < len(header); i += 2 {
			req.Header.Set(header[i], header[i+1])
		}
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode != want {
			t.Errorf("%s %s %v: status %d, want %d", method, path, header, resp.StatusCode, want)
		}
	}
	const settings, read, write = "/ui/api/settings/thresholds", "/?Action=ListMetrics&Version=2010-08-01", "/?Action=PutMetricData&Version=2010-08-01"
	g(400, "PUT", settings, "Sec-Fetch-Site", "same-origin") // the body is no table
	g(400, "PUT", settings, "Origin", s.URL())
	g(403, "PUT", settings, "Sec-Fetch-Site", "cross-site")
	g(403, "PUT", settings, "Sec-Fetch-Site", "same-site")
	g(403, "PUT", settings, "Origin", "http://evil.example")
	g(200, "GET", settings, "Sec-Fetch-Site", "cross-site") // a link; its answer stays unread
	g(200, "GET", read, "Sec-Fetch-Site", "same-origin")
	g(403, "GET", read, "Sec-Fetch-Site", "cross-site")
	g(403, "GET", write, "Sec-Fetch-Site", "cross-site")
	g(403, "GET", write, "Origin", "http://evil.example")
}

func TestConfig(t *testing.T) {
	f := func(want string, c Config) {
		t.Helper()
		_, err := c.withDefaults()
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%+v: %v, want %q", c, err, want)
		}
	}
	key := []Credential{{AccessKeyID: "a", SecretAccessKey: "b"}}
	f("", Config{})
	f("", Config{Listen: "[::1]:4580"})
	f("", Config{Listen: "0.0.0.0:4580", Credentials: key})
	f("no credentials", Config{Listen: "0.0.0.0:4580"})
	f("no credentials", Config{Listen: ":4580"})
	f("no credentials", Config{Listen: "example.com:4580"})
	f("host:port", Config{Listen: "4580"})
	f("twelve digits", Config{Account: "1"})
	f("region", Config{Region: "bad region"})
	f("listed twice", Config{Credentials: append(key, key...)})
	f("both needed", Config{Credentials: []Credential{{AccessKeyID: "a"}}})
	f("maxEventAge", Config{MaxEventAge: time.Minute})
	f("memoryLimit", Config{MemoryLimit: 63})
	f("memoryLimit", Config{MemoryLimit: -2})
}

func TestMemoryLimit(t *testing.T) {
	before := debug.SetMemoryLimit(-1)
	defer debug.SetMemoryLimit(before)
	f := func(environment string, megabytes, want int64) {
		t.Helper()
		t.Setenv("GOMEMLIMIT", environment)
		debug.SetMemoryLimit(before)
		limitMemory(megabytes)
		if got := debug.SetMemoryLimit(-1); got != want {
			t.Errorf("limit %d with GOMEMLIMIT %q: %d bytes, want %d", megabytes, environment, got, want)
		}
	}
	f("", 0, defaultMemoryLimit<<20)
	f("1GiB", 0, before) // the runtime's business
	f("1GiB", 100, 100<<20)
	f("", 100, 100<<20)
	f("", -1, math.MaxInt64)
}

func TestLoadConfigRefusesUnknownNames(t *testing.T) {
	path := filepath.Join(t.TempDir(), "c.yaml")
	os.WriteFile(path, []byte("listen: 127.0.0.1:1\nmaxEventAge: 48h\n"), 0o600)
	if c, err := LoadConfig(path); err != nil || c.MaxEventAge != 48*time.Hour || c.Listen != "127.0.0.1:1" {
		t.Errorf("%+v, %v", c, err)
	}
	os.WriteFile(path, []byte("lisen: x\n"), 0o600)
	if _, err := LoadConfig(path); err == nil || !strings.Contains(err.Error(), "lisen") {
		t.Errorf("unknown name: %v", err)
	}
	os.WriteFile(path, nil, 0o600)
	if _, err := LoadConfig(path); err != nil {
		t.Errorf("empty file: %v", err)
	}
}

// The server's own metrics are Prometheus text, and what clients send never
// becomes a label.
func TestOwnMetrics(t *testing.T) {
	s := start(t, t.TempDir())
	put(t, s, "g")
	for i := range 20 {
		call(t, s, fmt.Sprintf("Zork.Rand%d", i), `{}`)
		call(t, s, fmt.Sprintf("Logs_20140328.Rand%d", i), `{}`)
	}
	resp, err := http.Get(s.URL() + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	b, _ := io.ReadAll(resp.Body)
	text := string(b)
	for _, want := range []string{
		"# TYPE skywatch_request_duration_seconds histogram",
		`skywatch_request_duration_seconds_bucket{operation="PutLogEvents",service="CloudWatch Logs",le="+Inf"} 1`,
		`skywatch_requests_total{operation="PutLogEvents",service="CloudWatch Logs",status="200"} 1`,
		`operation="unknown",service="CloudWatch Logs",status="404"} 20`,
		"skywatch_ingest_events_total 1",
		"process_resident_memory_bytes",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("/metrics lacks %s", want)
		}
	}
	if strings.Contains(text, "Rand") {
		t.Error("/metrics holds names that a client made up")
	}
}
