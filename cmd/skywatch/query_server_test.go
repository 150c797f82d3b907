package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// invoke runs the program at noon.
func invoke(ctx context.Context, args ...string) (out, errs string, code int) {
	var o, e bytes.Buffer
	con := &console{in: strings.NewReader(""), out: &o, err: &e, now: func() time.Time { return noon }}
	code = run(ctx, args, con)
	return o.String(), e.String(), code
}

// More groups than a query may name are chosen by their prefix.
func TestQueryManyGroups(t *testing.T) {
	s := startServer(t, t.TempDir(), "127.0.0.1:0", anyAge)
	isolate(t, s)
	for i := range maxGroups + 10 {
		importLines(t, s, fmt.Sprintf("etl/%02d", i), "2024-06-01T11:59:00Z line")
	}
	f := func(want string, wantCode int, args ...string) {
		t.Helper()
		out, errs, code := invoke(context.Background(), append([]string{"query"}, args...)...)
		if got := out + errs; !strings.Contains(got, want) || code != wantCode {
			t.Errorf("%v: exit %d\n%s\nwant %d, %q", args, code, got, wantCode, want)
		}
	}
	f(`{"n":"60"}`, 0, "-g", "etl/*", "-o", "ndjson", "stats count(*) as n")
	f(`{"n":"60"}`, 0, "-g", "*", "-o", "ndjson", "stats count(*) as n")
	f(`{"n":"10"}`, 0, "-g", "etl/?7", "-g", "etl/0?", "-o", "ndjson", "filter @log like /0.$/ | stats count(*) as n")
	f("60 log groups fit; a query names at most 50", exitUsage, "-g", "etl/??", "stats count(*)")
	f("  stats nope(*) by @log\n        ^^^^", exitUsage, "-g", "etl/*", "stats nope(*) by @log")
}

// Rows beyond the server's cap come in parts, each once, newest first.
func TestQueryBeyondTheRowCap(t *testing.T) {
	s := startServer(t, t.TempDir(), "127.0.0.1:0", anyAge)
	isolate(t, s)
	const events = 2*maxRows + 5000
	lines := make([]string, events)
	for i := range lines {
		lines[i] = noon.Add(time.Duration(i-events)*10*time.Millisecond).Format("2006-01-02T15:04:05.000Z") + fmt.Sprint(" n=", i)
	}
	importLines(t, s, "etl/many", lines...)
	out, errs, code := invoke(context.Background(), "query", "-g", "etl/many", "-o", "ndjson", "--since", "2h", `parse @message "n=*" as n | fields n`)
	if code != 0 || errs != "" {
		t.Fatalf("exit %d: %s", code, errs)
	}
	got := strings.Split(strings.TrimSuffix(out, "\n"), "\n")
	if len(got) != events {
		t.Fatalf("%d rows, want %d", len(got), events)
	}
	for i, row := range got {
		if want := fmt.Sprintf(`{"n":"%d"}`, events-1-i); row != want {
			t.Fatalf("row %d is %s, want %s", i, row, want)
		}
	}
	// So do the rows of what cannot be asked for in parts.
	for _, text := range []string{"fields @message | sort @message", "stats count(*) by @message", "stats count(*) as n by @message | sort n", "dedup @message"} {
		out, errs, code = invoke(context.Background(), "query", "-g", "etl/many", "-o", "ndjson", "--since", "2h", text)
		if n := strings.Count(out, "\n"); n != events || code != 0 || errs != "" {
			t.Errorf("%s gives %d rows, exit %d, %q", text, n, code, errs)
		}
	}
	// A limit of the query's own holds.
	if out, errs, code := invoke(context.Background(), "query", "-g", "etl/many", "-o", "ndjson", "--since", "2h", "sort @message | limit 7"); strings.Count(out, "\n") != 7 || code != 0 || errs != "" {
		t.Errorf("limit 7 gives %d rows, exit %d, %q", strings.Count(out, "\n"), code, errs)
	}
}

// A server that does not lift its limit cuts the rows, and the exit code says so.
func TestQueryCut(t *testing.T) {
	row := []map[string]string{{"field": "n", "value": "1"}}
	fake := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/x-amz-json-1.1")
		if _, op, _ := strings.Cut(r.Header.Get("X-Amz-Target"), "."); op == "StartQuery" {
			if r.Header.Get("X-Skywatch-Row-Limit") != "none" {
				t.Error("StartQuery does not ask for all rows")
			}
			json.NewEncoder(w).Encode(map[string]any{"queryId": "q"})
			return
		}
		rows := make([]any, maxRows)
		for i := range rows {
			rows[i] = row
		}
		json.NewEncoder(w).Encode(map[string]any{"status": "Complete", "results": rows, "statistics": map[string]any{"recordsMatched": 1e6}})
	}))
	defer fake.Close()
	out, errs, code := invoke(context.Background(), "query", "-g", "g", "-o", "ndjson", "--endpoint", fake.URL, "stats count(*) as n by @message")
	if n := strings.Count(out, "\n"); n != maxRows || code != exitCut || !strings.Contains(errs, "at most 100000 rows") {
		t.Errorf("%d rows, exit %d, %q", n, code, errs)
	}
}

// ctrl-C stops the query on the server, and Failed and Timeout are told.
func TestQueryEnds(t *testing.T) {
	status, reason := "Running", ""
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	stopped := 0
	fake := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/x-amz-json-1.1")
		switch _, op, _ := strings.Cut(r.Header.Get("X-Amz-Target"), "."); op {
		case "StartQuery":
			json.NewEncoder(w).Encode(map[string]any{"queryId": "q"})
		case "GetQueryResults":
			json.NewEncoder(w).Encode(map[string]any{"status": status, "results": []any{}, "statistics": map[string]any{}, "statusReason": reason})
			if status == "Running" {
				cancel()
			}
		case "StopQuery":
			stopped++
			json.NewEncoder(w).Encode(map[string]any{"success": true})
		}
	}))
	defer fake.Close()
	_, errs, code := invoke(ctx, "query", "-g", "g", "--endpoint", fake.URL, "stats count(*)")
	if code != exitInterrupted || stopped != 1 || errs != "skywatch: interrupted\n" {
		t.Errorf("exit %d, %d queries stopped, %q", code, stopped, errs)
	}
	reason = "sort needs more than it may; \"narrow\" it"
	for _, status = range []string{"Failed", "Timeout"} {
		if _, errs, code := invoke(context.Background(), "query", "-g", "g", "--endpoint", fake.URL, "stats count(*)"); code != exitFailed || !strings.Contains(errs, status) || !strings.Contains(errs, reason) {
			t.Errorf("%s: exit %d, %q, want the reason %s", status, code, errs, reason)
		}
	}
	reason = ""
	for _, status = range []string{"Failed", "Timeout", "Cancelled"} {
		if _, errs, code := invoke(context.Background(), "query", "-g", "g", "--endpoint", fake.URL, "stats count(*)"); code != exitFailed || !strings.Contains(errs, status) {
			t.Errorf("%s: exit %d, %q", status, code, errs)
		}
	}
}

func TestGlob(t *testing.T) {
	f := func(pattern, name string, want bool) {
		t.Helper()
		if got := globMatch(pattern, name); got != want {
			t.Errorf("globMatch(%q, %q) = %v", pattern, name, got)
		}
	}
	f("/aws/lambda/*", "/aws/lambda/a", true)
	f("/aws/*", "/aws/lambda/a", true)
	f("*lambda*a", "/aws/lambda/a/b/a", true)
	f("*lambda*a", "/aws/lambda/a/b", false)
	f("a?c", "abc", true)
	f("a?c", "ac", false)
	f("*", "", true)
	f("", "", true)
	f("a", "b", false)
	f("**a**", "xay", true)
}

func TestDurations(t *testing.T) {
	f := func(s string, want time.Duration, ok bool) {
		t.Helper()
		if got, good := parseDuration(s); good != ok || ok && got != want {
			t.Errorf("%q: %v, %v", s, got, good)
		}
	}
	f("90s", 90*time.Second, true)
	f("7d", 7*24*time.Hour, true)
	f("2w", 14*24*time.Hour, true)
	f("1w2d3h", (9*24+3)*time.Hour, true)
	f("1d12h", 36*time.Hour, true)
	f("", 0, false)
	f("-1h", 0, false)
	f("d", 0, false)
	f("1y", 0, false)
}

// writerTo is a body as the client's library makes it.
type writerTo struct{ *strings.Reader }

func (writerTo) Close() error { return nil }

func TestBodiesArePlain(t *testing.T) {
	body := writerTo{strings.NewReader("x")}
	sent := roundTripper(func(r *http.Request) (*http.Response, error) {
		if _, ok := r.Body.(io.WriterTo); ok {
			t.Error("the body that is sent has WriteTo")
		}
		return nil, io.ErrUnexpectedEOF
	})
	r, _ := http.NewRequest("POST", "http://127.0.0.1", body)
	if _, err := (plainBody{sent}).RoundTrip(r); err != io.ErrUnexpectedEOF {
		t.Error(err)
	}
	if r.Body != io.ReadCloser(body) {
		t.Error("the caller's request was changed")
	}
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }
