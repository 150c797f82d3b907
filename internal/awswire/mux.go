package awswire

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
	"strings"
	"time"
	"unicode/utf8"
)

// Options configure a [Mux].
type Options struct {
	Auth           Auth
	DefaultAccount string // of keys that are not listed; "000000000000" when empty
	DefaultRegion  string // of requests that name none; "us-east-1" when empty
	// MapError, when not nil, sees every error of a handler first and may
	// replace it with one that has a place on the wire, such as a store's "out
	// of space" with [Unavailable]. It returns err itself to leave it alone.
	MapError func(err error) error
	// OnRequest, when not nil, is called after every answer.
	OnRequest func(Request)
	// Logger gets unexpected failures and panics; slog.Default when nil.
	Logger *slog.Logger
}

// Request is the record of one answered request.
type Request struct {
	RequestInfo
	Status   int           // 499 when the call failed after the client had gone or the server had begun to stop
	Duration time.Duration // of a streaming operation until the stream began
	BytesIn  int           // body as sent
	BytesOut int           // body of the answer
	Error    string        // the shape of the error, "" on success
}

// statusClientGone is what log readers know from nginx.
const statusClientGone = 499

// Mux serves the requests of all registered services. It is an http.Handler.
type Mux struct {
	opts     Options
	byTarget map[string]*Service
	byRPC    map[string]*Service
	query    *Service // the one that speaks Query
	signing  map[string]bool
}

// NewMux returns a Mux without services.
func NewMux(opts Options) *Mux {
	if opts.DefaultAccount == "" {
		opts.DefaultAccount = "000000000000"
	}
	if opts.DefaultRegion == "" {
		opts.DefaultRegion = "us-east-1"
	}
	if opts.Logger == nil {
		opts.Logger = slog.Default()
	}
	if opts.Auth.Now == nil {
		opts.Auth.Now = time.Now
	}
	return &Mux{opts: opts, byTarget: map[string]*Service{}, byRPC: map[string]*Service{}, signing: map[string]bool{}}
}

// Register adds a service. All services must be registered before the first
// request. It panics on two services with one name or two that speak Query,
// since Query requests do not name their service.
func (m *Mux) Register(svc *Service) {
	if svc.MaxBody <= 0 || svc.MaxInflated <= 0 {
		panic("awswire: service " + svc.Name + " has no body limits")
	}
	if m.byTarget[svc.TargetPrefix] != nil {
		panic("awswire: second service with target prefix " + svc.TargetPrefix)
	}
	m.byTarget[svc.TargetPrefix] = svc
	if svc.RPCName != "" {
		m.byRPC[svc.RPCName] = svc
	}
	if svc.XMLNamespace != "" {
		if m.query != nil {
			panic("awswire: both " + m.query.Name + " and " + svc.Name + " speak Query")
		}
		m.query = svc
	}
	m.signing[svc.SigningName] = true
}

// call is one request on its way through.
type call struct {
	svc         *Service
	info        RequestInfo
	jsonVersion string // of the request, "" when it told none
	body        []byte // as sent
}

// ServeHTTP answers one request. Whatever happens, the answer is one that the
// protocol's clients can read.
func (m *Mux) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	start := time.Now()
	c := &call{svc: noService}
	c.info.RequestID = newRequestID()
	c.info.SourceIP = sourceIP(r)
	c.info.NoRowLimit = r.Header.Get(RowLimitHeader) == RowLimitNone
	w.Header().Set("X-Amzn-Requestid", c.info.RequestID)

	rec, stream := m.answer(w, r, c)
	rec.Duration = time.Since(start)
	if stream != nil {
		rec.BytesOut, rec.Error = m.stream(w, r, c, stream)
	}
	if m.opts.OnRequest != nil {
		rec.RequestInfo = c.info
		m.opts.OnRequest(rec)
	}
}

// answer answers the request, or returns the Streamer that is to.
func (m *Mux) answer(w http.ResponseWriter, r *http.Request, c *call) (Request, Streamer) {
	out := answers.get()
	in, inflated := bodies.get(), bodies.get()
	defer func() { answers.put(out); bodies.put(in); bodies.put(inflated) }()

	a, err := m.serve(w, r, c, in, inflated, *out)
	if a.stream != nil {
		return Request{Status: http.StatusOK, BytesIn: len(c.body)}, a.stream
	}
	errShape := ""
	if err != nil {
		we := m.wireError(r.Context(), c, err)
		errShape = we.shape
		if c.svc.QueryCompatible && c.info.Protocol != Query {
			w.Header().Set("X-Amzn-Query-Error", we.query+";"+we.fault())
		}
		a = c.encodeError((*out)[:0], we)
	}
	if cap(a.body) > 0 {
		*out = a.body
	}
	// Also when the context is done: the server may be stopping while the
	// client still listens, and net/http would answer 200 for us.
	c.send(w, a)
	if err != nil && r.Context().Err() != nil {
		a.status = statusClientGone
	}
	return Request{Status: a.status, BytesIn: len(c.body), BytesOut: len(a.body), Error: errShape}, nil
}

func (m *Mux) serve(w http.ResponseWriter, r *http.Request, c *call, in, inflated *[]byte, out []byte) (a answer, err error) {
	defer func() {
		if v := recover(); v != nil {
			if v == http.ErrAbortHandler {
				panic(v)
			}
			m.opts.Logger.Error("panic while answering a request", "operation", c.info.Operation,
				"requestId", c.info.RequestID, "panic", fmt.Sprint(v), "stack", string(debug.Stack()))
			err = Errorf(c.svc.InternalError, "An internal error has occurred.")
		}
	}()
	if err := m.route(c, r); err != nil {
		return a, err
	}
	if c.info.Protocol == Query && r.Method == http.MethodGet {
		// The parameters are in the query string; a body counts only for the signature.
	} else if r.Method != http.MethodPost {
		return a, Errorf("MalformedHttpRequestException", "The method %s is not supported; POST is.", clip([]byte(r.Method)))
	}
	*in, err = readBody(w, r, (*in)[:0], c.svc.MaxBody)
	c.body = *in
	if err != nil {
		return a, err
	}
	if err := m.authenticate(c, r); err != nil {
		return a, err
	}
	body := c.body
	gzipped, err := contentEncoding(r.Header)
	if err != nil {
		return a, err
	}
	if gzipped && len(body) > 0 {
		if *inflated, err = inflate((*inflated)[:0], body, c.svc.MaxInflated); err != nil {
			return a, err
		}
		body = *inflated
	}
	src, err := c.reader(r, body)
	if err != nil {
		return a, err
	}
	h, err := c.handler()
	if err != nil {
		return a, err
	}
	if h.streams && c.info.Protocol == Query {
		return a, Unsupported("The operation %s answers a stream of events, which the Query protocol has not.", c.info.Operation)
	}
	ctx := context.WithValue(WithInfo(r.Context(), c.info), headerKey{}, w.Header())
	result, err := h.call(ctx, src)
	if err != nil {
		return a, err
	}
	if h.streams {
		return answer{stream: result.stream}, nil
	}
	return c.encodeOutput(out[:0], result.out, h.noOutput), nil
}

// reader returns the front end for the body; for Query it also finds the
// operation.
func (c *call) reader(r *http.Request, body []byte) (reader, error) {
	switch c.info.Protocol {
	case JSON:
		if len(body) == 0 {
			body = []byte("{}")
		}
		if !utf8.Valid(body) {
			return nil, &badRequest{notUTF8(body)}
		}
		return newJSONReader(body), nil
	case CBOR:
		if len(body) == 0 {
			body = []byte{0xa0}
		}
		return newCBORReader(body), nil
	}
	text := r.URL.RawQuery
	if r.Method == http.MethodPost {
		// Fields of the form come first, so they win over the query string.
		if text = string(body); r.URL.RawQuery != "" {
			text += "&" + r.URL.RawQuery
		}
	}
	root, err := parseForm(text)
	if err != nil {
		var limit *limitError
		if errors.As(err, &limit) {
			return nil, &badRequest{err}
		}
		return nil, Errorf("MalformedQueryString", "%s.", upperFirst(err.Error()))
	}
	action := root.child("Action")
	if action == nil || action.value == "" {
		return nil, Errorf("MissingAction", "The request is missing an action or a required parameter: Action.")
	}
	c.info.Operation = action.value
	if v := root.child("Version"); v != nil && v.value != c.svc.Version {
		return nil, unknownOperation(c.info.Operation, v.value)
	}
	return newFormReader(root), nil
}

func unknownOperation(op, version string) *Error {
	return Errorf("UnknownOperationException", "Could not find operation %s for version %s", clip([]byte(op)), clip([]byte(version)))
}

func (c *call) handler() (*handler, error) {
	op := c.info.Operation
	if h := c.svc.handlers[op]; h != nil {
		return h, nil
	}
	if _, ok := c.svc.Operations[op]; ok {
		return nil, Unsupported("The operation %s of %s is not supported by this server.", op, c.svc.Name)
	}
	c.info.Operation = "" // text from outside does not belong into metrics
	return nil, unknownOperation(op, c.svc.Version)
}

// wireError turns any error into one for the wire.
func (m *Mux) wireError(ctx context.Context, c *call, err error) *wireError {
	var bad *badRequest
	if errors.As(err, &bad) {
		return c.svc.resolveError(c.badRequest(bad.err), c.info.Protocol)
	}
	if m.opts.MapError != nil {
		err = m.opts.MapError(err)
	}
	var e *Error
	if errors.As(err, &e) {
		we := c.svc.resolveError(e, c.info.Protocol)
		if we.status >= 500 {
			m.opts.Logger.Error("request failed", "operation", c.info.Operation, "requestId", c.info.RequestID, "error", err)
		}
		return we
	}
	var typed sdkError
	if errors.As(err, &typed) {
		return c.svc.resolveTyped(typed, c.info.Protocol)
	}
	switch {
	case ctx.Err() != nil, errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		e = Unavailable("The server could not finish the request in time.")
	default:
		m.opts.Logger.Error("request failed", "operation", c.info.Operation, "requestId", c.info.RequestID, "error", err)
		e = Errorf(c.svc.InternalError, "An internal error has occurred.")
	}
	return c.svc.resolveError(e, c.info.Protocol)
}

// badRequest says what is wrong with a body that does not decode.
func (c *call) badRequest(err error) *Error {
	msg := err.Error()
	var limit *limitError
	if errors.As(err, &limit) {
		return Errorf("RequestEntityTooLargeException", "%s.", upperFirst(msg))
	}
	if c.info.Protocol == Query {
		var de *decodeError
		if errors.As(err, &de) && de.Path() != "" {
			msg = de.err.Error() + " at '" + queryPath(de.Path()) + "'"
		}
	}
	return Errorf("SerializationException", "%s", upperFirst(msg))
}

// queryPath rewrites A[0].B as A.member.1.B, the name the sender used.
func queryPath(path string) string {
	var b strings.Builder
	for i := 0; i < len(path); i++ {
		if path[i] != '[' {
			b.WriteByte(path[i])
			continue
		}
		n := 0
		j := i + 1
		for ; j < len(path) && '0' <= path[j] && path[j] <= '9'; j++ {
			n = n*10 + int(path[j]-'0')
		}
		if j == i+1 || j == len(path) || path[j] != ']' {
			b.WriteByte('[') // a map key
			continue
		}
		fmt.Fprintf(&b, ".member.%d", n+1)
		i = j
	}
	return b.String()
}

func upperFirst(s string) string {
	if s != "" && 'a' <= s[0] && s[0] <= 'z' {
		return string(s[0]-'a'+'A') + s[1:]
	}
	return s
}
