package inventory

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"skywatch/internal/logs"
	"skywatch/internal/logs/logstest"
	"skywatch/internal/metastore"
	"skywatch/internal/metrics"
	"skywatch/internal/metrics/metricstest"
	"skywatch/internal/scope"
)

var here = scope.Scope{Account: "123456789012", Region: "eu-west-1"}

// fakeStore is a metastore in memory.
type fakeStore struct {
	mu     sync.Mutex
	groups []metastore.Group
	docs   map[string]json.RawMessage
	puts   int
	fail   error
}

func (f *fakeStore) Groups(sc scope.Scope) []metastore.Group {
	var out []metastore.Group
	for _, g := range f.groups {
		if g.Scope == sc {
			out = append(out, g)
		}
	}
	return out
}

func (f *fakeStore) AllScopes() []scope.Scope { return []scope.Scope{here} }

func (f *fakeStore) PutDoc(_ context.Context, kind string, sc scope.Scope, key string, v any) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.fail != nil {
		return f.fail
	}
	raw, err := json.Marshal(v)
	if err != nil {
		return err
	}
	if f.docs == nil {
		f.docs = map[string]json.RawMessage{}
	}
	f.docs[key] = raw
	f.puts++
	return nil
}

func (f *fakeStore) ListDocs(_ context.Context, kind string, sc scope.Scope) ([]metastore.Doc, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	var out []metastore.Doc
	for k, raw := range f.docs {
		out = append(out, metastore.Doc{Key: k, JSON: raw})
	}
	return out, nil
}

func newInventory(t *testing.T, cfg Config) *Inventory {
	t.Helper()
	if cfg.Index == nil {
		cfg.Index = metricstest.New()
	}
	if cfg.Store == nil {
		cfg.Store = &fakeStore{}
	}
	inv, err := New(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	return inv
}

func datum(sc scope.Scope, namespace, name string, at int64, dims ...string) metrics.Datum {
	var d []metrics.Dimension
	for i := 0; i < len(dims); i += 2 {
		d = append(d, metrics.Dimension{Name: dims[i], Value: dims[i+1]})
	}
	return metrics.Datum{Key: metrics.NewKey(sc, namespace, name, d...), Unit: "Count", Timestamp: at, Resolution: 60,
		Stats: metrics.StatisticSet{Count: 1, Sum: 1, Min: 1, Max: 1}}
}

func TestListJoinsAllThatSpeaksOfAResource(t *testing.T) {
	elsewhere := scope.Scope{Account: "123456789012", Region: "us-east-1"}
	mem := metricstest.New()
	const m = 60_000
	if err := mem.Append(t.Context(), 0, []metrics.Datum{
		datum(here, "AWS/Lambda", "Invocations", 10*m, "FunctionName", "a"),
		datum(here, "AWS/Lambda", "Invocations", 20*m, "FunctionName", "a", "Resource", "a:live"),
		datum(here, "Skywatch/Lambda", "Duration", 5*m, "FunctionName", "a"),
		datum(here, "AWS/Lambda", "ConcurrentExecutions", 5*m),
		datum(here, "CUSTOM", "x", 5*m, "FunctionName", "not-lambda"),
		datum(elsewhere, "AWS/Lambda", "Invocations", 5*m, "FunctionName", "elsewhere"),
		datum(here, "AWS/ApiGateway", "Count", 5*m, "ApiName", "rest"),
		datum(here, "AWS/ApiGateway", "Count", 6*m, "ApiId", "abc123", "Stage", "$default"),
		datum(here, "Glue", "glue.ALL.jvm.heap.usage", 5*m, "JobName", "j", "JobRunId", "ALL", "Type", "gauge"),
		datum(here, "AWS/S3", "BucketSizeBytes", 5*m, "BucketName", "b", "StorageType", "StandardStorage"),
	}); err != nil {
		t.Fatal(err)
	}
	events := logstest.NewMem()
	if err := events.Append(t.Context(), []logs.Batch{{Group: 1, Stream: 1, Events: []logs.Event{{Timestamp: 7 * m, Message: "x"}, {Timestamp: 30 * m, Message: "x"}}}}); err != nil {
		t.Fatal(err)
	}
	store := &fakeStore{groups: []metastore.Group{
		{ID: 1, Scope: here, Name: "/aws/lambda/a", Created: 8 * m},
		{ID: 2, Scope: here, Name: "/aws/lambda/silent", Created: 9 * m},
		{ID: 3, Scope: here, Name: "/aws/lambda/not/a/function", Created: 9 * m},
		{ID: 4, Scope: here, Name: "/aws/lambda-insights", Created: 9 * m},
	}}
	inv := newInventory(t, Config{Index: mem, Store: store, Catalog: events})
	inv.Observe(here, []Fact{{Lambda, "a", "runtime", "python3.12", 4 * m}, {Lambda, "known-by-a-record", "memoryMB", 512.0, 6 * m}})

	list := func(kind string) string {
		rs, err := inv.List(t.Context(), here, kind)
		if err != nil {
			t.Fatal(err)
		}
		var b strings.Builder
		for _, r := range rs {
			fmt.Fprintf(&b, "%s %d-%d series=%d %v\n", r.Name, r.FirstSeen/m, r.LastSeen/m, len(r.Series), r.Facts)
		}
		return b.String()
	}
	for kind, want := range map[string]string{
		Lambda: "a 4-30 series=3 map[runtime:python3.12]\n" +
			"known-by-a-record 6-6 series=0 map[memoryMB:512]\n" +
			"silent 9-9 series=0 map[]\n",
		Glue:       "j 5-5 series=1 map[]\n",
		APIGateway: "abc123 6-6 series=1 map[]\nrest 5-5 series=1 map[]\n",
		S3:         "b 5-5 series=1 map[]\n",
	} {
		if d := cmp.Diff(want, list(kind)); d != "" {
			t.Errorf("%s: -want +got\n%s", kind, d)
		}
	}
	if _, err := inv.List(t.Context(), here, "ec2"); err == nil || !strings.Contains(err.Error(), `"ec2"`) {
		t.Errorf("unknown kind: got error %v, want one that names it", err)
	}
}

func TestNewestFactWins(t *testing.T) {
	inv := newInventory(t, Config{})
	put := func(v any, at int64) { inv.Observe(here, []Fact{{Lambda, "f", "timeoutMs", v, at}}) }
	put(3000.0, 100)
	put(6000.0, 50) // back-filled later, but older
	if got := inv.Facts(here, Lambda, "f")["timeoutMs"]; got != 3000.0 {
		t.Errorf("got %v, want the newest value 3000", got)
	}
	put(9000.0, 100)
	if got := inv.Facts(here, Lambda, "f")["timeoutMs"]; got != 9000.0 {
		t.Errorf("got %v, want the later arrival of the same moment, 9000", got)
	}
	put(math.NaN(), 200)
	if got := inv.Facts(here, Lambda, "f")["timeoutMs"]; got != 9000.0 || inv.Dropped() != 1 {
		t.Errorf("got %v and %d dropped, want NaN refused", got, inv.Dropped())
	}
}

func TestFactsSurviveARestart(t *testing.T) {
	store := &fakeStore{}
	inv := newInventory(t, Config{Store: store})
	for i := range 300 {
		inv.Observe(here, []Fact{{Lambda, fmt.Sprint("f", i), "memoryMB", float64(i), 10}, {Lambda, fmt.Sprint("f", i), "runtime", "go", 10}})
	}
	store.fail = errors.New("disk full")
	if err := inv.Flush(t.Context()); !errors.Is(err, store.fail) {
		t.Fatalf("flush: got %v, want the store's error", err)
	}
	store.fail = nil
	if err := inv.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	if len(store.docs) != 300 {
		t.Fatalf("%d documents, want 300: what failed must be tried again", len(store.docs))
	}
	puts := store.puts
	inv.Observe(here, []Fact{{Lambda, "f7", "memoryMB", 7.0, 20}}) // nothing new
	if err := inv.Flush(t.Context()); err != nil || store.puts != puts {
		t.Errorf("%d writes for a fact that says nothing new (%v)", store.puts-puts, err)
	}
	again := newInventory(t, Config{Store: store})
	if d := cmp.Diff(map[string]any{"memoryMB": 7.0, "runtime": "go"}, again.Facts(here, Lambda, "f7")); d != "" {
		t.Errorf("after a restart: -want +got\n%s", d)
	}
}

func TestBadDocumentIsNamed(t *testing.T) {
	for body, want := range map[string]string{`{"values":{"a":{"v":[1]}}}`: `attribute "a"`, `[]`: "decode"} {
		store := &fakeStore{docs: map[string]json.RawMessage{"lambda/f": json.RawMessage(body)}}
		if _, err := New(t.Context(), Config{Index: metricstest.New(), Store: store}); err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "lambda/f") {
			t.Errorf("%s: got error %v, want one with %q that names the document", body, err, want)
		}
	}
}

func TestBounds(t *testing.T) {
	inv := newInventory(t, Config{MaxResources: 2})
	for i := range 5 {
		inv.Observe(here, []Fact{{Glue, fmt.Sprint("j", i), "lastRunState", "FAILED", 1}})
	}
	if rs, _ := inv.List(t.Context(), here, Glue); len(rs) != 2 || inv.Dropped() != 3 {
		t.Errorf("%d resources and %d dropped, want 2 and 3", len(rs), inv.Dropped())
	}
	for i := range 2 * maxAttributes {
		inv.Observe(here, []Fact{{Glue, "j0", fmt.Sprint("a", i), true, 1}})
	}
	if n := len(inv.Facts(here, Glue, "j0")); n != maxAttributes {
		t.Errorf("%d attributes, want %d", n, maxAttributes)
	}
	inv.Observe(here, []Fact{{Glue, "j0", "lastRunState", strings.Repeat("ü", maxText), 2}})
	if s := inv.Facts(here, Glue, "j0")["lastRunState"].(string); len(s) > maxText+3 || !strings.HasSuffix(s, "…") {
		t.Errorf("a long text has %d bytes, want at most %d", len(s), maxText)
	}
}

func TestRunKeepsWhatIsLeftAtTheEnd(t *testing.T) {
	store := &fakeStore{}
	inv := newInventory(t, Config{Store: store})
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		inv.Run(ctx, time.Hour, func(err error) { t.Error(err) })
	}()
	inv.Observe(here, []Fact{{Lambda, "f", "runtime", "go", 1}})
	cancel()
	<-done
	if len(store.docs) != 1 {
		t.Errorf("%d documents after the end, want 1", len(store.docs))
	}
}
