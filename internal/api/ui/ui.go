// Package ui answers the few questions of the web UI that the public APIs
// could only answer with hundreds of calls: whole fleet pages, lists of log
// groups and metrics, settings, and the browser's session.
// The contract is docs/ui-api.md.
//
// A request passes through like this: [Handler.ServeHTTP] finds the route,
// resolves the session and the scope, and calls the route's function; what it
// returns is written as JSON, an error as {"error":{"code","message"}}. Routes
// live in one file per topic. What a page of another site made a browser send
// never gets here: the server refuses it for all handlers.
package ui

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"mime"
	"net/http"
	"strings"
	"sync"
	"time"

	"skywatch/internal/awswire"
	"skywatch/internal/fleet"
	"skywatch/internal/logs"
	"skywatch/internal/metastore"
	"skywatch/internal/metrics"
	"skywatch/internal/scope"
)

// Groups names the log groups; the metastore is one.
type Groups interface {
	AllScopes() []scope.Scope
	Groups(scope.Scope) []metastore.Group
	Group(sc scope.Scope, name string) (metastore.Group, bool)
}

// Demo is the state of the simulated estate that writes into this server.
type Demo struct {
	Active  bool    `json:"active"`
	Phase   string  `json:"phase"` // backfill or live
	Done    float64 `json:"done"`  // 0 to 1, of the back-fill
	From    int64   `json:"from"`  // milliseconds, the oldest data it writes
	Message string  `json:"message"`
}

// Config holds what the handler asks. Fleet, Groups, Catalog, Index and
// Default are needed.
type Config struct {
	Version string
	Default scope.Scope // whose data is meant when a request names none

	// Required says that a request needs a session. Keys are the access keys
	// that can sign in: the same table that the AWS APIs verify signatures by.
	Required bool
	Keys     map[string]awswire.Key

	Fleet   *fleet.Fleet
	Groups  Groups
	Catalog logs.Catalog
	Index   metrics.Index

	DemoStatus func() *Demo // nil, or answers nil, when no simulated estate writes
	Now        func() time.Time
	Log        *slog.Logger // of failures that the client cannot cause; nil means slog.Default
}

// Handler serves /ui/api/.
type Handler struct {
	cfg    Config
	routes map[string]map[string]route // path to method

	signins limiter

	mu       sync.Mutex // guards scopes
	scopes   []scopeInfo
	scopesAt time.Time
}

// request is what a route gets.
type request struct {
	*http.Request
	scope   scope.Scope
	session session
	w       http.ResponseWriter // for headers only
}

// route answers a request with a value to be written as JSON. open routes need
// no session.
type route struct {
	open  bool
	serve func(r *request) (any, error)
}

// New returns the handler. It panics when a needed part of cfg is missing.
func New(cfg Config) *Handler {
	if cfg.Fleet == nil || cfg.Groups == nil || cfg.Catalog == nil || cfg.Index == nil || cfg.Default.Account == "" || cfg.Default.Region == "" {
		panic("ui: Fleet, Groups, Catalog, Index and Default are needed")
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Log == nil {
		cfg.Log = slog.Default()
	}
	h := &Handler{cfg: cfg, signins: limiter{max: 10, per: time.Minute}}
	get := func(f func(*request) (any, error)) map[string]route { return map[string]route{"GET": {serve: f}} }
	h.routes = map[string]map[string]route{
		"session":             {"GET": {open: true, serve: h.getSession}},
		"signin":              {"POST": {open: true, serve: h.signIn}},
		"signout":             {"POST": {open: true, serve: h.signOut}},
		"fleet/":              get(h.getFleet),
		"settings/thresholds": {"GET": {serve: h.getThresholds}, "PUT": {serve: h.putThresholds}},
		"loggroups":           get(h.listLogGroups),
		"metrics/tree":        get(h.metricTree),
		"metrics/series":      get(h.findSeries),
		"insights/reference":  get(insightsReference),
	}
	return h
}

const prefix = "/ui/api/"

// requestTimeout ends a question that scans too much; the browser has long
// given up by then.
const requestTimeout = 30 * time.Second

// ServeHTTP implements http.Handler for paths below /ui/api/.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	header := w.Header()
	header.Set("Content-Type", "application/json; charset=utf-8")
	header.Set("Cache-Control", "no-store")
	header.Set("X-Content-Type-Options", "nosniff")
	ctx, cancel := context.WithTimeout(r.Context(), requestTimeout)
	defer cancel()
	answer, err := h.serve(&request{Request: r.WithContext(ctx), w: w})
	var body []byte
	if err == nil {
		body, err = json.Marshal(answer)
	}
	if err != nil {
		h.fail(w, r, err)
		return
	}
	_, _ = w.Write(append(body, '\n')) // the client may be gone
}

func (h *Handler) serve(r *request) (any, error) {
	path, ok := strings.CutPrefix(r.URL.Path, prefix)
	if !ok {
		return nil, refuse(http.StatusNotFound, "NotFound", "no such page: %s", r.URL.Path)
	}
	if strings.HasPrefix(path, "fleet/") {
		path = "fleet/"
	}
	methods, ok := h.routes[path]
	if !ok {
		return nil, refuse(http.StatusNotFound, "NotFound", "no such question: %s", r.URL.Path)
	}
	method := r.Method
	if method == http.MethodHead {
		method = http.MethodGet
	}
	route, ok := methods[method]
	if !ok {
		for m := range methods {
			r.w.Header().Add("Allow", m)
		}
		return nil, refuse(http.StatusMethodNotAllowed, "MethodNotAllowed", "%s does not take %s", r.URL.Path, r.Method)
	}
	// A cookie travels with whatever a browser sends: what changes something
	// has a content type that a form cannot have.
	if method != http.MethodGet {
		if t, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || t != "application/json" {
			return nil, refuse(http.StatusUnsupportedMediaType, "UnsupportedMediaType", "Content-Type is %q, want application/json", r.Header.Get("Content-Type"))
		}
	}
	r.session = h.session(r.Request)
	if !route.open && !r.session.valid {
		return nil, refuse(http.StatusUnauthorized, "SignInRequired", "sign in first")
	}
	if err := h.resolveScope(r); err != nil && !route.open {
		return nil, err
	}
	return route.serve(r)
}

// resolveScope takes the scope from its header. A session sees the account of
// its access key only, as a signature would.
func (h *Handler) resolveScope(r *request) error {
	r.scope = h.cfg.Default
	if r.session.account != "" {
		r.scope.Account = r.session.account
	}
	given := r.Header.Get(awswire.ScopeHeader)
	if given == "" {
		return nil
	}
	sc, ok := awswire.ParseScope(given)
	if !ok {
		return refuse(http.StatusBadRequest, "InvalidParameter", "header %s is %q, want <12-digit account>/<region>", awswire.ScopeHeader, given)
	}
	if r.session.account != "" && sc.Account != r.session.account {
		return refuse(http.StatusForbidden, "AccessDenied", "the session is for account %s, not for %s", r.session.account, sc.Account)
	}
	r.scope = sc
	return nil
}

// httpError is a refusal that the client can understand.
type httpError struct {
	status        int
	code, message string
}

func (e *httpError) Error() string { return e.message }

func refuse(status int, code, format string, args ...any) error {
	return &httpError{status, code, fmt.Sprintf(format, args...)}
}

func invalid(format string, args ...any) error {
	return refuse(http.StatusBadRequest, "InvalidParameter", format, args...)
}

// fail writes an error. What the client did not cause is logged and told
// without its inner text.
func (h *Handler) fail(w http.ResponseWriter, r *http.Request, err error) {
	var e *httpError
	switch {
	case errors.As(err, &e):
	case errors.Is(err, fleet.ErrInvalid):
		e = &httpError{http.StatusBadRequest, "InvalidParameter", err.Error()}
	case r.Context().Err() != nil:
		e = &httpError{http.StatusRequestTimeout, "Cancelled", "the client went away"}
	case errors.Is(err, context.DeadlineExceeded):
		e = &httpError{http.StatusServiceUnavailable, "TimedOut", fmt.Sprintf("no answer within %s: ask for a shorter range or fewer groups", requestTimeout)}
	case errors.Is(err, logs.ErrClosed), errors.Is(err, metrics.ErrClosed):
		e = &httpError{http.StatusServiceUnavailable, "ShuttingDown", "the server is shutting down"}
	case errors.Is(err, logs.ErrFull), errors.Is(err, metrics.ErrFull):
		e = &httpError{http.StatusInsufficientStorage, "StorageFull", "the server's disk is full"}
	default:
		h.cfg.Log.Error("answer the UI", "path", r.URL.Path, "error", err)
		e = &httpError{http.StatusInternalServerError, "InternalFailure", "the server failed to answer; its log says why"}
	}
	body, merr := json.Marshal(map[string]any{"error": map[string]string{"code": e.code, "message": e.message}})
	if merr != nil {
		panic(fmt.Sprintf("ui: encode an error: %v", merr)) // two strings
	}
	w.WriteHeader(e.status)
	_, _ = w.Write(append(body, '\n'))
}

const maxBody = 64 << 10

// readBody returns the whole body of a small request.
func readBody(r *request) ([]byte, error) {
	body, err := io.ReadAll(io.LimitReader(r.Body, maxBody+1))
	if err != nil {
		return nil, invalid("read the body: %v", err)
	}
	if len(body) > maxBody {
		return nil, refuse(http.StatusRequestEntityTooLarge, "RequestTooLarge", "the body is larger than %d bytes", maxBody)
	}
	return body, nil
}

// decodeBody reads a small JSON object with known members only.
func decodeBody(r *request, into any) error {
	body, err := readBody(r)
	if err != nil {
		return err
	}
	dec := json.NewDecoder(bytes.NewReader(body))
	dec.DisallowUnknownFields()
	if err := dec.Decode(into); err != nil {
		return invalid("body: %v", err)
	}
	if dec.More() {
		return invalid("body: text follows the object")
	}
	return nil
}
