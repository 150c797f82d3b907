package awswire

import (
	"context"
	"fmt"
	"net/http"
	"reflect"
	"unsafe"

	"github.com/aws/smithy-go"
)

// Service describes one AWS service to the [Mux]. Fill it, register handlers
// with [Handle], then pass it to [Mux.Register]; it must not change afterwards.
type Service struct {
	Name           string // for people and metrics: "CloudWatch"
	SigningName    string // the service in a SigV4 credential scope: "monitoring"
	TargetPrefix   string // X-Amz-Target before the dot: "GraniteServiceVersion20100801"
	RPCName        string // the service in an RPC v2 path; "" when it has no such protocol
	XMLNamespace   string // of Query answers; "" when the service has no Query protocol
	Version        string // API version: "2010-08-01"
	JSONVersion    string // "1.0" or "1.1"
	ShapeNamespace string // Smithy namespace in error types: "com.amazonaws.cloudwatch"

	// QueryCompatible services send the header x-amzn-query-error with every
	// JSON and CBOR error.
	QueryCompatible bool
	// AuthStatus is the status of a failed authentication over JSON: 400 or 403.
	AuthStatus int
	// InternalError is the shape of an unexpected failure.
	InternalError string
	// MaxBody and MaxInflated limit a request body in bytes, as sent and after
	// decompression.
	MaxBody, MaxInflated int64

	// Operations holds every operation that the service has, built or not.
	Operations map[string]Operation
	// Errors holds the schemas of the modelled errors by shape name.
	Errors map[string]*smithy.Schema
	// Unions lists the variants of the unions in inputs.
	Unions Unions

	handlers map[string]*handler
	planner  *planner
}

// Operation is what the table of operations knows of one.
type Operation struct {
	// Input returns a new zero input.
	Input func() smithy.Serializable
}

// handler is a built operation.
type handler struct {
	noOutput bool // the model has no output shape: an empty answer
	streams  bool // answers a stream of events
	call     func(ctx context.Context, src reader) (result, error)
}

// result is what a handler gives back: one output, or a stream of events.
type result struct {
	out    smithy.Serializable
	stream Streamer
}

// Handle registers the handler of one operation: In and Out are the SDK's
// input and output structs. The handler owns in, and may keep its strings but
// should not keep pointers into it. Out must not be nil when err is. Handle
// panics when the service has no such operation or the types do not fit it:
// that is a mistake in the program.
func Handle[In, Out any](svc *Service, name string, h func(ctx context.Context, in *In) (*Out, error)) {
	handle(svc, name, nil, func(ctx context.Context, in *In, _ *Rows) (*Out, error) { return h(ctx, in) })
}

// handle registers a handler that answers one output.
func handle[In, Out any](svc *Service, name string, of *RowsOf, h func(ctx context.Context, in *In, rows *Rows) (*Out, error)) {
	out, ok := any(new(Out)).(smithy.Serializable)
	if !ok {
		panic(fmt.Sprintf("awswire: handler of %s.%s returns %T, which cannot be serialized", svc.Name, name, new(Out)))
	}
	register(svc, name, of, func(ctx context.Context, in *In, rows *Rows) (result, error) {
		out, err := h(ctx, in, rows)
		if err != nil {
			return result{}, err
		}
		if out == nil {
			return result{}, fmt.Errorf("the handler of %s returned neither output nor error", name)
		}
		return result{out: any(out).(smithy.Serializable)}, nil
	}).noOutput = schemaOf(out) == nil
}

// register puts a handler of either kind into the table. It gets rows when of
// is not nil.
func register[In any](svc *Service, name string, of *RowsOf, h func(ctx context.Context, in *In, rows *Rows) (result, error)) *handler {
	op, ok := svc.Operations[name]
	if !ok {
		panic(fmt.Sprintf("awswire: %s has no operation %q", svc.Name, name))
	}
	if want, got := reflect.TypeOf(op.Input()), reflect.TypeFor[*In](); want != got {
		panic(fmt.Sprintf("awswire: handler of %s.%s takes %s, want %s", svc.Name, name, got, want))
	}
	plan, err := svc.plan(op.Input())
	if err == nil && of != nil {
		plan, err = plan.withRows(of)
	}
	if err != nil {
		panic(fmt.Sprintf("awswire: %s.%s: %v", svc.Name, name, err))
	}
	if svc.handlers == nil {
		svc.handlers = map[string]*handler{}
	}
	if svc.handlers[name] != nil {
		panic(fmt.Sprintf("awswire: second handler for %s.%s", svc.Name, name))
	}
	svc.handlers[name] = &handler{call: func(ctx context.Context, src reader) (result, error) {
		in := new(In)
		var rows *Rows
		if of != nil {
			rows = rowsPool.Get().(*Rows)
			defer putRows(rows)
		}
		if err := decode(plan, unsafe.Pointer(in), rows, src); err != nil {
			return result{}, &badRequest{err}
		}
		return h(ctx, in, rows)
	}}
	return svc.handlers[name]
}

// Built reports whether the operation has a handler.
func (svc *Service) Built(name string) bool { return svc.handlers[name] != nil }

// plan returns the decoding plan for an input value's type.
func (svc *Service) plan(in smithy.Serializable) (*structPlan, error) {
	if svc.planner == nil {
		svc.planner = newPlanner(svc.Unions)
	}
	return svc.planner.plan(schemaOf(in), reflect.TypeOf(in).Elem())
}

// badRequest marks an error of decoding.
type badRequest struct{ err error }

func (e *badRequest) Error() string { return e.err.Error() }
func (e *badRequest) Unwrap() error { return e.err }

type headerKey struct{}

// ResponseHeader returns the header of the answer to the request of ctx, for
// the few operations that answer something in a header of their own. It
// returns an empty header outside of a request.
func ResponseHeader(ctx context.Context) http.Header {
	if h, ok := ctx.Value(headerKey{}).(http.Header); ok {
		return h
	}
	return http.Header{}
}
