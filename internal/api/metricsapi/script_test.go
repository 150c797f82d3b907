package metricsapi

import (
	"context"
	"flag"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"skywatch/internal/api/operations"
	"skywatch/internal/awswire"
	"skywatch/internal/metrics"
	"skywatch/internal/metrics/metricstest"
)

var rewrite = flag.Bool("rewrite", false, "rewrite the expected output in testdata")

// fixture is a server over a store in memory with a settable clock.
type fixture struct {
	store *metricstest.Mem
	now   time.Time
	calls int
	mux   *awswire.Mux
}

func newFixture() *fixture {
	f := &fixture{store: metricstest.New(), now: time.Date(2026, 1, 10, 12, 0, 0, 0, time.UTC)}
	svc := operations.CloudWatch()
	Register(svc, Config{Ingest: f, Index: f.store, Selector: f.store, Now: func() time.Time { return f.now }})
	f.mux = awswire.NewMux(awswire.Options{})
	f.mux.Register(svc)
	return f
}

func (f *fixture) PutMetricData(ctx context.Context, data []metrics.Datum) error {
	f.calls++
	return f.store.Append(ctx, f.now.UnixMilli(), data)
}

// TestScripts runs testdata/*.test: blocks of a command line, a body and the
// expected answer behind "----", parted by blank lines. Commands:
//
//	clock <RFC 3339>       sets the server's clock
//	json <Operation>       AWS JSON, the body as it stands
//	query                  Query: Action=… first, one unescaped field a line
//
// $N in a body stands for the NextToken of the last answer.
func TestScripts(t *testing.T) {
	files, err := filepath.Glob("testdata/*.test")
	if err != nil || len(files) == 0 {
		t.Fatalf("no scripts: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".test"), func(t *testing.T) {
			src, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			got := runScript(t, newFixture(), string(src))
			if *rewrite {
				if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			if got != string(src) {
				t.Errorf("%s differs; got:\n%s", file, diffLines(string(src), got))
			}
		})
	}
}

var (
	requestID = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}`)
	nextToken = regexp.MustCompile(`"NextToken":"([^"]+)"|<NextToken>([^<]+)</NextToken>`)
)

func runScript(t *testing.T, f *fixture, src string) string {
	t.Helper()
	var out strings.Builder
	token := ""
	for i, block := range strings.Split(strings.TrimSpace(src), "\n\n") {
		if i > 0 {
			out.WriteString("\n")
		}
		input, _, _ := strings.Cut(block, "\n----")
		out.WriteString(input + "\n")
		lines := strings.Split(input, "\n")
		for len(lines) > 0 && strings.HasPrefix(lines[0], "#") {
			lines = lines[1:]
		}
		if len(lines) == 0 {
			continue
		}
		command, arg, _ := strings.Cut(lines[0], " ")
		body := strings.ReplaceAll(strings.Join(lines[1:], "\n"), "$N", token)
		var req *http.Request
		switch command {
		case "clock":
			now, err := time.Parse(time.RFC3339, arg)
			if err != nil {
				t.Fatal(err)
			}
			f.now = now
			continue
		case "json":
			req = httptest.NewRequest("POST", "/", strings.NewReader(body))
			req.Header.Set("X-Amz-Target", "GraniteServiceVersion20100801."+arg)
			req.Header.Set("Content-Type", "application/x-amz-json-1.0")
		case "query":
			form := url.Values{}
			for line := range strings.Lines(body) {
				k, v, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "=")
				form.Add(k, v)
			}
			req = httptest.NewRequest("POST", "/", strings.NewReader(form.Encode()))
			req.Header.Set("Content-Type", "application/x-www-form-urlencoded; charset=utf-8")
		default:
			t.Fatalf("unknown command %q", command)
		}
		w := httptest.NewRecorder()
		f.mux.ServeHTTP(w, req)
		answer, _ := io.ReadAll(w.Body)
		token = ""
		if m := nextToken.FindSubmatch(answer); m != nil {
			token = string(m[1]) + string(m[2])
		}
		fmt.Fprintf(&out, "----\n%d", w.Code)
		for _, h := range []string{"X-Amzn-Query-Error", "X-Amzn-Failure-Message"} {
			if v := w.Header().Get(h); v != "" {
				fmt.Fprintf(&out, " %s: %s", h, v)
			}
		}
		text := requestID.ReplaceAllString(string(answer), "<id>")
		if token != "" {
			text = strings.ReplaceAll(text, token, "$N")
		}
		out.WriteString("\n" + strings.TrimSuffix(text, "\n") + "\n")
	}
	return out.String()
}

// diffLines shows the first lines that differ.
func diffLines(want, got string) string {
	w, g := strings.Split(want, "\n"), strings.Split(got, "\n")
	for i := range max(len(w), len(g)) {
		var a, b string
		if i < len(w) {
			a = w[i]
		}
		if i < len(g) {
			b = g[i]
		}
		if a != b {
			return fmt.Sprintf("line %d\n-%s\n+%s", i+1, a, b)
		}
	}
	return ""
}
