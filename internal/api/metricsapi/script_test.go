package metricsapi

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"skywatch/internal/api/operations"
	"skywatch/internal/awswire"
	"skywatch/internal/metrics"
	"skywatch/internal/metrics/metricstest"
	"skywatch/internal/scripttest"
)

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

// TestScripts runs testdata/*.test. A block is a command line and a body.
// Commands:
//
//	clock <RFC 3339>       sets the server's clock
//	json <Operation>       AWS JSON, the body as it stands
//	query                  Query: Action=… first, one unescaped field a line
//
// $N in a body stands for the NextToken of the last answer.
func TestScripts(t *testing.T) {
	scripttest.Run(t, "testdata/*.test", func(t *testing.T) scripttest.Answer {
		s := &script{fixture: newFixture(), t: t}
		return s.command
	})
}

var (
	requestID = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}`)
	nextToken = regexp.MustCompile(`"NextToken":"([^"]+)"|<NextToken>([^<]+)</NextToken>`)
)

type script struct {
	*fixture
	t     *testing.T
	token string // the NextToken of the last answer
}

func (s *script) command(input string) string {
	head, body, _ := strings.Cut(input, "\n")
	command, arg, _ := strings.Cut(head, " ")
	body = strings.ReplaceAll(body, "$N", s.token)
	var req *http.Request
	switch command {
	case "clock":
		now, err := time.Parse(time.RFC3339, arg)
		if err != nil {
			s.t.Fatal(err)
		}
		s.now = now
		return ""
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
		s.t.Fatalf("unknown command %q", command)
	}
	w := httptest.NewRecorder()
	s.mux.ServeHTTP(w, req)
	s.token = ""
	if m := nextToken.FindSubmatch(w.Body.Bytes()); m != nil {
		s.token = string(m[1]) + string(m[2])
	}
	var out strings.Builder
	fmt.Fprint(&out, w.Code)
	for _, h := range []string{"X-Amzn-Query-Error", "X-Amzn-Failure-Message"} {
		if v := w.Header().Get(h); v != "" {
			fmt.Fprintf(&out, " %s: %s", h, v)
		}
	}
	text := requestID.ReplaceAllString(w.Body.String(), "<id>")
	if s.token != "" {
		text = strings.ReplaceAll(text, s.token, "$N")
	}
	return out.String() + "\n" + text
}
