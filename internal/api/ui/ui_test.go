package ui

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"skywatch/internal/awswire"
	"skywatch/internal/fleet"
	"skywatch/internal/inventory"
	"skywatch/internal/logs"
	"skywatch/internal/logs/logstest"
	"skywatch/internal/metastore"
	"skywatch/internal/metrics"
	"skywatch/internal/metrics/metricstest"
	"skywatch/internal/scope"
)

var here = scope.Scope{Account: "000000000000", Region: "us-east-1"}

const noon = int64(1760011200000)

// meta is a metastore in memory.
type meta struct {
	mu     sync.Mutex
	groups []metastore.Group
	docs   map[string][]byte
	fail   error
}

func (m *meta) AllScopes() []scope.Scope { return []scope.Scope{here} }
func (m *meta) Groups(sc scope.Scope) []metastore.Group {
	var out []metastore.Group
	for _, g := range m.groups {
		if g.Scope == sc {
			out = append(out, g)
		}
	}
	return out
}

func (m *meta) Group(sc scope.Scope, name string) (metastore.Group, bool) {
	for _, g := range m.Groups(sc) {
		if g.Name == name {
			return g, true
		}
	}
	return metastore.Group{}, false
}

func (m *meta) ListDocs(context.Context, string, scope.Scope) ([]metastore.Doc, error) {
	return nil, nil
}

func (m *meta) PutDoc(_ context.Context, kind string, sc scope.Scope, key string, v any) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	raw, err := json.Marshal(v)
	m.docs[kind+sc.String()+key] = raw
	return err
}

func (m *meta) GetDoc(_ context.Context, kind string, sc scope.Scope, key string, v any) (bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.fail != nil {
		return false, m.fail
	}
	raw, ok := m.docs[kind+sc.String()+key]
	if !ok {
		return false, nil
	}
	return true, json.Unmarshal(raw, v)
}

type site struct {
	testing.TB
	*Handler
	meta   *meta
	now    time.Time
	cookie *http.Cookie
}

func build(t testing.TB, change func(*Config)) *site {
	t.Helper()
	s := &site{TB: t, now: time.UnixMilli(noon), meta: &meta{docs: map[string][]byte{}, groups: []metastore.Group{
		{ID: 1, Scope: here, Name: "/aws/lambda/orders", Created: 5, RetentionDays: 7},
		{ID: 2, Scope: here, Name: "/aws/lambda/Billing", Created: 6},
		{ID: 3, Scope: here, Name: "/aws-glue/jobs/error", Created: 7},
		{ID: 4, Scope: scope.Scope{Account: "999999999999", Region: "us-east-1"}, Name: "/other", Created: 7},
	}}}
	events := logstest.NewMem()
	var a, b []logs.Event
	for i := range int64(10) {
		a = append(a, logs.Event{Timestamp: noon - 10_000 + i*1000, Message: "12345"})
		b = append(b, logs.Event{Timestamp: noon - 1000, Message: "x"})
	}
	if err := events.Append(t.Context(), []logs.Batch{{Group: 1, Stream: 1, Events: a}, {Group: 2, Stream: 2, Events: b}}); err != nil {
		t.Fatal(err)
	}
	mem := metricstest.New()
	for _, k := range []metrics.Key{
		metrics.NewKey(here, "AWS/Lambda", "Invocations", metrics.Dimension{Name: "FunctionName", Value: "orders"}),
		metrics.NewKey(here, "AWS/Lambda", "Invocations", metrics.Dimension{Name: "FunctionName", Value: "billing"}),
		metrics.NewKey(here, "AWS/Lambda", "Invocations"),
		metrics.NewKey(here, "CUSTOM-METRIC", "LambdaMemoryUsage", metrics.Dimension{Name: "LambdaName", Value: "orders"}),
		metrics.NewKey(scope.Scope{Account: "999999999999", Region: "us-east-1"}, "CUSTOM", "x"),
	} {
		d := metrics.Datum{Key: k, Unit: "Count", Timestamp: noon - 60_000, Resolution: 60, Stats: metrics.StatisticSet{Count: 1, Sum: 3, Min: 3, Max: 3}}
		if err := mem.Append(t.Context(), noon, []metrics.Datum{d}); err != nil {
			t.Fatal(err)
		}
	}
	inv, err := inventory.New(t.Context(), inventory.Config{Index: mem, Store: s.meta, Catalog: events})
	if err != nil {
		t.Fatal(err)
	}
	clock := func() time.Time { return s.now }
	cfg := Config{
		Version: "0.1.0", Default: here, Groups: s.meta, Catalog: events, Index: mem, Now: clock,
		Fleet: fleet.New(fleet.Config{Inventory: inv, Selector: mem, Settings: s.meta, Rates: fleet.DefaultRates(), Now: clock}),
		Log:   slog.New(slog.NewTextHandler(io.Discard, nil)),
	}
	if change != nil {
		change(&cfg)
	}
	s.Handler = New(cfg)
	return s
}

// ask sends one request; headers are names and values in turn.
func (s *site) ask(method, path, body string, headers ...string) (int, string, *http.Response) {
	s.Helper()
	r := httptest.NewRequest(method, "http://localhost:4580"+path, strings.NewReader(body))
	if method != "GET" {
		r.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	if s.cookie != nil {
		r.AddCookie(s.cookie)
	}
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	if ct := w.Header().Get("Content-Type"); ct != "application/json; charset=utf-8" || !json.Valid(w.Body.Bytes()) {
		s.Errorf("%s %s: answer of type %s: %s", method, path, ct, w.Body)
	}
	return w.Code, strings.TrimSpace(w.Body.String()), w.Result()
}

func TestAnswers(t *testing.T) {
	s := build(t, func(c *Config) {
		c.DemoStatus = func() *Demo { return &Demo{Active: true, Phase: "backfill", Done: 0.5, From: 7, Message: "m"} }
	})
	f := func(path, want string, headers ...string) {
		t.Helper()
		code, got, _ := s.ask("GET", "/ui/api/"+path, "", headers...)
		if code != 200 || got != want {
			t.Errorf("%s: %d\n got %s\nwant %s", path, code, got, want)
		}
	}
	f("session", `{"version":"0.1.0","account":"000000000000","authRequired":false,"signedIn":true,"scopes":[{"account":"000000000000","region":"us-east-1","series":4,"groups":3},{"account":"999999999999","region":"us-east-1","series":1,"groups":0}],"now":1760011200000,"demo":{"active":true,"phase":"backfill","done":0.5,"from":7,"message":"m"}}`)

	orders := `{"name":"/aws/lambda/orders","bytes":310,"events":10,"firstEvent":1760011190000,"lastEvent":1760011199000,"retentionDays":7,"created":5}`
	billing := `{"name":"/aws/lambda/Billing","bytes":270,"events":10,"firstEvent":1760011199000,"lastEvent":1760011199000,"retentionDays":null,"created":6}`
	glue := `{"name":"/aws-glue/jobs/error","bytes":0,"events":0,"firstEvent":null,"lastEvent":null,"retentionDays":null,"created":7}`
	f("loggroups", `{"total":3,"matched":3,"groups":[`+orders+`,`+billing+`,`+glue+`]}`)
	f("loggroups?limit=1", `{"total":3,"matched":3,"groups":[`+orders+`]}`)
	f("loggroups?pattern=BILL", `{"total":3,"matched":1,"groups":[`+billing+`]}`)
	f("loggroups?pattern=/aws/lambda/*", `{"total":3,"matched":2,"groups":[`+orders+`,`+billing+`]}`)
	f("loggroups?pattern=*bill*", `{"total":3,"matched":0,"groups":[]}`)
	f("loggroups", `{"total":1,"matched":1,"groups":[{"name":"/other","bytes":0,"events":0,"firstEvent":null,"lastEvent":null,"retentionDays":null,"created":7}]}`, awswire.ScopeHeader, "999999999999/us-east-1")

	f("metrics/tree", `{"namespaces":[{"name":"AWS/Lambda","series":3,"metrics":[{"name":"Invocations","unit":"Count","series":3,"dimensionSets":[[],["FunctionName"]]}]},{"name":"CUSTOM-METRIC","series":1,"metrics":[{"name":"LambdaMemoryUsage","unit":"Count","series":1,"dimensionSets":[["LambdaName"]]}]}]}`)
	f("metrics/series?namespace=AWS/Lambda&q=ORDERS", `{"matched":1,"series":[{"namespace":"AWS/Lambda","metric":"Invocations","unit":"Count","dimensions":[{"name":"FunctionName","value":"orders"}],"lastData":1760011140000}],"total":3}`)
	f("metrics/series?q=memory+lambdaname+orders", `{"matched":1,"series":[{"namespace":"CUSTOM-METRIC","metric":"LambdaMemoryUsage","unit":"Count","dimensions":[{"name":"LambdaName","value":"orders"}],"lastData":1760011140000}],"total":4}`)
	f("metrics/series?limit=1", `{"matched":4,"series":[{"namespace":"AWS/Lambda","metric":"Invocations","unit":"Count","dimensions":[],"lastData":1760011140000}],"total":4}`)

	code, body, _ := s.ask("GET", "/ui/api/insights/reference", "")
	if code != 200 || !strings.Contains(body, `{"kind":"command","name":"stats"`) {
		t.Errorf("reference: %d %.200s", code, body)
	}
	code, body, _ = s.ask("GET", fmt.Sprintf("/ui/api/fleet/lambda?start=%d&end=%d&points=4", noon-240_000, noon), "")
	var table struct {
		Resources []struct {
			Name   string
			Values map[string]any
			Spark  map[string][]any
		}
	}
	if err := json.Unmarshal([]byte(body), &table); err != nil || code != 200 || len(table.Resources) != 3 {
		t.Fatalf("fleet: %d %v %.300s", code, err, body)
	}
	if v, want := table.Resources[0].Spark["invocations"], []any{nil, nil, nil, 3.0}; !cmp.Equal(v, want) {
		t.Errorf("fleet: invocations %v, want %v", v, want)
	}
}

func TestRefusals(t *testing.T) {
	s := build(t, nil)
	f := func(method, path, body string, status int, code, text string, headers ...string) {
		t.Helper()
		got, answer, _ := s.ask(method, path, body, headers...)
		var e struct {
			Error struct{ Code, Message string }
		}
		if err := json.Unmarshal([]byte(answer), &e); err != nil || got != status || e.Error.Code != code || !strings.Contains(e.Error.Message, text) {
			t.Errorf("%s %s: got %d %s, want %d %s %q", method, path, got, answer, status, code, text)
		}
	}
	f("GET", "/ui/api/", "", 404, "NotFound", "/ui/api/")
	f("GET", "/ui/api/nothing", "", 404, "NotFound", "/ui/api/nothing")
	f("GET", "/ui/api/fleet/ec2", "", 404, "NotFound", `"ec2"`)
	f("DELETE", "/ui/api/session", "", 405, "MethodNotAllowed", "DELETE")
	f("GET", "/ui/api/session?x=1", "", 400, "InvalidParameter", `"x"`)
	f("GET", "/ui/api/fleet/lambda?start=1", "", 400, "InvalidParameter", "end is")
	f("GET", "/ui/api/fleet/lambda?start=a&end=2", "", 400, "InvalidParameter", `start is "a"`)
	f("GET", "/ui/api/fleet/lambda?start=2&end=2", "", 400, "InvalidParameter", "not before")
	f("GET", "/ui/api/fleet/lambda?start=0&end=253402300799999", "", 400, "InvalidParameter", "range")
	f("GET", "/ui/api/fleet/lambda?points=0", "", 400, "InvalidParameter", "points")
	f("GET", "/ui/api/fleet/lambda?pionts=3", "", 400, "InvalidParameter", "pionts")
	f("GET", "/ui/api/loggroups?limit=5001", "", 400, "InvalidParameter", "limit")
	f("GET", "/ui/api/loggroups?pattern="+strings.Repeat("a", 513), "", 400, "InvalidParameter", "pattern")
	f("GET", "/ui/api/metrics/series?limit=-1", "", 400, "InvalidParameter", "limit")
	f("GET", "/ui/api/loggroups", "", 400, "InvalidParameter", "scope", awswire.ScopeHeader, "scope")
	f("PUT", "/ui/api/settings/thresholds", "{}", 400, "InvalidParameter", "is missing")
	f("PUT", "/ui/api/settings/thresholds", strings.Repeat(" ", maxBody+1), 413, "RequestTooLarge", "larger")
	f("PUT", "/ui/api/settings/thresholds", "{}", 415, "UnsupportedMediaType", "text/plain", "Content-Type", "text/plain")
	f("POST", "/ui/api/signin", `{"accessKeyId":"a","secretAccessKey":"b"}`, 400, "InvalidParameter", "no credentials are configured")
	f("POST", "/ui/api/signin", `{"user":"a"}`, 400, "InvalidParameter", "user")
	s.meta.fail = errors.New("secret inner text")
	f("GET", "/ui/api/settings/thresholds", "", 500, "InternalFailure", "its log says why")
}

func TestThresholdsAreKept(t *testing.T) {
	s := build(t, nil)
	_, defaults, _ := s.ask("GET", "/ui/api/settings/thresholds", "")
	changed := strings.Replace(defaults, `"memoryHigh":95`, `"memoryHigh":80`, 1)
	code, got, _ := s.ask("PUT", "/ui/api/settings/thresholds", changed, "Origin", "http://localhost:4580", "Content-Type", "application/json; charset=utf-8")
	if code != 200 || got != changed || changed == defaults {
		t.Fatalf("PUT: %d %s, want %s", code, got, changed)
	}
	if _, got, _ = s.ask("GET", "/ui/api/settings/thresholds", ""); got != changed {
		t.Errorf("GET: %s, want %s", got, changed)
	}
}

func TestSessions(t *testing.T) {
	keys := map[string]awswire.Key{
		"AKIA1": {Secret: "first secret", Account: "000000000000"},
		"AKIA2": {Secret: "second secret", Account: "999999999999"},
		"NOKEY": {},
	}
	s := build(t, func(c *Config) { c.Required, c.Keys = true, keys })
	expect := func(what string, want int, method, path, body string, headers ...string) *http.Response {
		t.Helper()
		code, answer, r := s.ask(method, "/ui/api/"+path, body, headers...)
		if code != want {
			t.Errorf("%s: got %d %s, want %d", what, code, answer, want)
		}
		return r
	}
	credentials := func(id, secret string) string {
		return fmt.Sprintf(`{"accessKeyId":%q,"secretAccessKey":%q}`, id, secret)
	}
	if _, got, _ := s.ask("GET", "/ui/api/session", ""); got != `{"version":"","account":"","authRequired":true,"signedIn":false,"scopes":[],"now":1760011200000,"demo":null}` {
		t.Errorf("a stranger is told %s", got)
	}
	expect("a stranger", 401, "GET", "loggroups", "")
	expect("a stranger writes", 401, "PUT", "settings/thresholds", "{}")
	expect("a wrong secret", 401, "POST", "signin", credentials("AKIA1", "second secret"))
	expect("an unknown key", 401, "POST", "signin", credentials("AKIA9", "x"))
	expect("a key without secret", 400, "POST", "signin", credentials("NOKEY", ""))
	expect("a key without secret", 401, "POST", "signin", credentials("NOKEY", "x"))

	r := expect("the right secret", 200, "POST", "signin", credentials("AKIA2", "second secret"))
	c := r.Cookies()[0]
	if !c.HttpOnly || c.SameSite != http.SameSiteStrictMode || c.Path != "/" || c.Secure || strings.Contains(c.Value, "secret") {
		t.Errorf("cookie %v", c)
	}
	s.cookie = c
	if _, got, _ := s.ask("GET", "/ui/api/session", ""); !strings.Contains(got, `"account":"999999999999","authRequired":true,"signedIn":true,"scopes":[{"account":"999999999999"`) || strings.Contains(got, here.Account) {
		t.Errorf("a signed-in user is told %s", got)
	}
	expect("its account", 200, "GET", "loggroups", "")
	expect("its account in another region", 200, "GET", "loggroups", "", awswire.ScopeHeader, "999999999999/eu-west-1")
	expect("another account", 403, "GET", "loggroups", "", awswire.ScopeHeader, "000000000000/us-east-1")
	account, ok := s.Session(&http.Request{Header: http.Header{"Cookie": {c.Name + "=" + c.Value}}})
	if account != "999999999999" || !ok {
		t.Errorf("Session: %q %v", account, ok)
	}

	good := c.Value
	for _, bad := range []string{"", ".", "..", "AKIA1" + good[5:], good + "A", good[:len(good)-2], strings.Replace(good, ".17", ".97", 1), "NOKEY.9999999999." + sign("", "NOKEY.9999999999")} {
		s.cookie = &http.Cookie{Name: cookieName, Value: bad}
		expect("the cookie "+bad, 401, "GET", "loggroups", "")
	}
	s.cookie = c
	s.now = s.now.Add(sessionLife)
	expect("an expired session", 401, "GET", "loggroups", "")
	s.now = s.now.Add(-time.Second)
	expect("a second before", 200, "GET", "loggroups", "")
	keys["AKIA2"] = awswire.Key{Secret: "changed", Account: "999999999999"}
	expect("after the secret changed", 401, "GET", "loggroups", "")

	r = expect("sign out", 200, "POST", "signout", "")
	if c := r.Cookies()[0]; c.MaxAge >= 0 || c.Value != "" {
		t.Errorf("cookie after signing out: %v", c)
	}
	s.cookie = nil
	for range 20 {
		s.ask("POST", "/ui/api/signin", credentials("AKIA1", "guess"))
	}
	expect("after many guesses", 429, "POST", "signin", credentials("AKIA1", "first secret"))
	s.now = s.now.Add(time.Minute)
	expect("a minute later", 200, "POST", "signin", credentials("AKIA1", "first secret"))
	if c := expect("behind TLS", 200, "POST", "signin", credentials("AKIA1", "first secret"), "X-Forwarded-Proto", "https").Cookies()[0]; !c.Secure {
		t.Error("the cookie of an https site is not Secure")
	}
}

func TestGlob(t *testing.T) {
	f := func(pattern, s string, want bool) {
		t.Helper()
		if got := matcher(pattern)(s); got != want {
			t.Errorf("%q on %q: %v, want %v", pattern, s, got, want)
		}
	}
	f("", "anything", true)
	f("THING", "anything", true)
	f("*", "", true)
	f("a*", "abc", true)
	f("a*", "ba", false)
	f("*b?", "aabbc", true)
	f("*b?", "aabb", true)
	f("*b?", "aab", false)
	f("?", "", false)
	f("a*b*c", "a-b-b-c-c", true)
	f("a*b*c", "a-c-b", false)
	f("/aws/*/x", "/aws/lambda/x", true)
	f(strings.Repeat("a*", 200)+"b", strings.Repeat("a", 5000), false) // must not take for ever
}

func FuzzRequest(f *testing.F) {
	for _, q := range []string{"session", "fleet/s3?start=1&end=999999999", "loggroups?pattern=*a?", "metrics/series?q=a+b&limit=3", "fleet/lambda?points=%zz"} {
		f.Add("GET", q, "", "")
	}
	f.Add("PUT", "settings/thresholds", `{"memoryHigh":1}`, "000000000000/x")
	f.Add("POST", "signin", `{"accessKeyId":"a"}`, "")
	s := build(f, nil)
	f.Fuzz(func(t *testing.T, method, path, body, sc string) {
		r, err := http.NewRequest(method, "http://localhost/ui/api/"+path, strings.NewReader(body))
		if err != nil {
			return
		}
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set(awswire.ScopeHeader, sc)
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r)
		if w.Code >= 500 && w.Code != 503 || !json.Valid(w.Body.Bytes()) {
			t.Errorf("%s %s: %d %s", method, path, w.Code, w.Body)
		}
	})
}
