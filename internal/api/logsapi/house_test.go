package logsapi

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"

	"skywatch/internal/api/operations"
	"skywatch/internal/awswire"
	"skywatch/internal/derive"
	"skywatch/internal/ingest"
	"skywatch/internal/inventory"
	"skywatch/internal/livetail"
	"skywatch/internal/logs/logstest"
	"skywatch/internal/metastore"
	"skywatch/internal/metrics/metricstest"
	"skywatch/internal/queries"
	"skywatch/internal/scope"
)

// clock is the time of all tests: 2026-11-22 10:00:00 UTC.
var clock = time.UnixMilli(1795341600000)

// noDocs is an inventory store that keeps nothing.
type noDocs struct{}

func (noDocs) Groups(scope.Scope) []metastore.Group                           { return nil }
func (noDocs) AllScopes() []scope.Scope                                       { return nil }
func (noDocs) PutDoc(context.Context, string, scope.Scope, string, any) error { return nil }
func (noDocs) ListDocs(context.Context, string, scope.Scope) ([]metastore.Doc, error) {
	return nil, nil
}

// house is the whole log side with an engine in memory, behind HTTP.
type house struct {
	store  *metastore.Store
	engine *logstest.Mem
	server *httptest.Server
	client *cloudwatchlogs.Client

	ingest  Ingest
	tail    *livetail.Hub
	queries *queries.Service
}

func build(t testing.TB, change func(*Config)) *house {
	t.Helper()
	h := &house{engine: logstest.NewMem()}
	h.engine.BlockLen = 7 // pages must not lean on blocks
	var err error
	if h.store, err = metastore.Open(t.Context(), t.TempDir()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = h.store.Close() })
	index := metricstest.New()
	inv, err := inventory.New(t.Context(), inventory.Config{Index: index, Store: noDocs{}})
	if err != nil {
		t.Fatal(err)
	}
	now := func() time.Time { return clock }
	q := queries.New(queries.Config{Now: now, Run: queries.Engine(h.engine, h.store, nil)})
	t.Cleanup(q.Close)
	h.tail = livetail.New(livetail.Config{Interval: 5 * time.Millisecond})
	t.Cleanup(h.tail.Close)
	cfg := Config{
		Store:   h.store,
		Ingest:  ingest.New(ingest.Config{Logs: h.engine, Metrics: index, Deriver: derive.New(), Inventory: inv, Now: now, Tap: h.tail.Publish}),
		Scanner: h.engine, Catalog: h.engine, Dropper: h.engine, Queries: q, Tail: h.tail, Now: now,
	}
	if change != nil {
		change(&cfg)
	}
	h.ingest, h.queries = cfg.Ingest, q
	svc := operations.Logs()
	New(cfg).Register(svc)
	mux := awswire.NewMux(awswire.Options{})
	mux.Register(svc)
	h.server = httptest.NewServer(mux)
	t.Cleanup(h.server.Close)
	h.client = cloudwatchlogs.New(cloudwatchlogs.Options{
		BaseEndpoint: aws.String(h.server.URL), Region: "us-east-1", HTTPClient: steadyBody{},
		Credentials: credentials.NewStaticCredentialsProvider("test", "test", ""), RetryMaxAttempts: 1,
	})
	return h
}

// steadyBody hides all methods of a request's body but Read and Close: the SDK
// closes the body as soon as an answer begins, its WriteTo then answers io.EOF,
// and net/http may take that for a failed write and cut a long answer.
type steadyBody struct{}

func (steadyBody) Do(r *http.Request) (*http.Response, error) {
	if r.Body != nil && r.Body != http.NoBody {
		r = r.WithContext(r.Context())
		r.Body = struct {
			io.Reader
			io.Closer
		}{r.Body, r.Body}
	}
	return http.DefaultClient.Do(r)
}

// idle is a query service that is never asked.
func idle(t testing.TB) *queries.Service {
	q := queries.New(queries.Config{Run: func(context.Context, *queries.Request, func(queries.Progress)) (queries.Result, error) {
		return queries.Result{}, nil
	}})
	t.Cleanup(q.Close)
	return q
}

// requestOf is the context of a request of sc, for calls without a wire.
func requestOf(t testing.TB, sc scope.Scope) context.Context {
	return awswire.WithInfo(t.Context(), awswire.RequestInfo{Scope: sc})
}
