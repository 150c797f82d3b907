package awswire_test

import (
	"bytes"
	"context"
	"io"
	"maps"
	"math/rand/v2"
	"net/http"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/smithy-go"
	"github.com/aws/smithy-go/middleware"
	"github.com/aws/smithy-go/traits"
	smithyhttp "github.com/aws/smithy-go/transport/http"
	"github.com/aws/smithy-go/transport/http/protocol/awsjson"
	"github.com/aws/smithy-go/transport/http/protocol/awsquery"
	"github.com/aws/smithy-go/transport/http/protocol/rpcv2"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"skywatch/internal/api/operations"
	"skywatch/internal/awswire"
)

// clientProtocols returns the SDK's own encoders for a service.
func clientProtocols(svc *awswire.Service) map[awswire.Protocol]smithyhttp.ClientProtocol {
	schema := smithy.NewServiceSchema(smithy.NewSchema(
		smithy.ShapeID{Namespace: svc.ShapeNamespace, Name: svc.TargetPrefix}, smithy.ShapeTypeService, 0,
		&traits.AWSQueryCompatible{}), svc.Version)
	return map[awswire.Protocol]smithyhttp.ClientProtocol{
		awswire.JSON:  awsjson.New10(schema),
		awswire.CBOR:  rpcv2.NewCBOR(schema),
		awswire.Query: awsquery.New(schema),
	}
}

// filler makes random values of the SDK's types.
type filler struct {
	rng    *rand.Rand
	unions awswire.Unions
	full   bool // leave nothing out: a form cannot tell an empty structure from none
}

func (f *filler) fill(v reflect.Value, depth int) {
	if depth > 12 {
		return
	}
	switch v.Kind() {
	case reflect.Pointer:
		if f.full || f.rng.IntN(4) > 0 {
			v.Set(reflect.New(v.Type().Elem()))
			f.fill(v.Elem(), depth)
		}
	case reflect.String:
		alphabet := []rune("abcXYZ012 .:/&=+%<>\"'\\\n\téß漢😀,;{}[]")
		s := make([]rune, 1+f.rng.IntN(20))
		for i := range s {
			s[i] = alphabet[f.rng.IntN(len(alphabet))]
		}
		v.SetString(string(s))
	case reflect.Bool:
		v.SetBool(f.rng.IntN(2) == 0)
	case reflect.Int32:
		v.SetInt(int64(int32(f.rng.Uint32())))
	case reflect.Int64:
		v.SetInt(int64(f.rng.Uint64()))
	case reflect.Float32:
		v.SetFloat(float64(float32(f.rng.NormFloat64())))
	case reflect.Float64:
		if f.rng.IntN(2) == 0 {
			v.SetFloat(float64(f.rng.IntN(100)))
		} else {
			v.SetFloat(f.rng.NormFloat64() * 1e10)
		}
	case reflect.Struct:
		if v.Type() == reflect.TypeFor[time.Time]() {
			v.Set(reflect.ValueOf(time.UnixMilli(1_700_000_000_000 + f.rng.Int64N(1e11)).UTC()))
			return
		}
		for i := range v.NumField() {
			if t := v.Type().Field(i); t.IsExported() && t.Name != "ResultMetadata" {
				f.fill(v.Field(i), depth+1)
			}
		}
	case reflect.Slice:
		n := f.rng.IntN(4)
		if n == 0 && f.full {
			n = 1
		}
		if n == 0 {
			return // nil: absent
		}
		v.Set(reflect.MakeSlice(v.Type(), n, n))
		if v.Type().Elem().Kind() == reflect.Uint8 {
			for i := range n {
				v.Index(i).SetUint(uint64(f.rng.IntN(256)))
			}
			return
		}
		for i := range n {
			f.must(v.Index(i), depth+1)
		}
	case reflect.Map:
		v.Set(reflect.MakeMap(v.Type()))
		for range 1 + f.rng.IntN(3) {
			k, e := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
			f.fill(k, depth+1)
			f.must(e, depth+1)
			v.SetMapIndex(k, e)
		}
	case reflect.Interface:
		variants := f.unions[v.Type()]
		for _, name := range slices.Sorted(maps.Keys(variants)) {
			w := reflect.New(variants[name])
			if f.full && w.Elem().FieldByName("Value").NumField() < 2 {
				continue // an empty structure
			}
			if !f.full && f.rng.IntN(2) == 0 {
				continue
			}
			f.fill(w.Elem().FieldByName("Value"), depth+1)
			v.Set(w)
			return
		}
	}
}

// must fills a list or map element, which may not be absent.
func (f *filler) must(v reflect.Value, depth int) {
	for range 100 {
		f.fill(v, depth)
		if k := v.Kind(); (k != reflect.Slice && k != reflect.Pointer) || !v.IsNil() {
			return
		}
	}
}

var compareOptions = cmp.Options{
	cmpopts.EquateEmpty(),
	cmp.Exporter(func(reflect.Type) bool { return true }),
	cmp.Comparer(sameTime),
	cmpopts.IgnoreTypes(middleware.Metadata{}),
}

// sameTime compares to the millisecond, and only years that the SDK's encoder
// can write: it counts nanoseconds in 64 bits.
func sameTime(a, b time.Time) bool {
	return a.UnixMilli() == b.UnixMilli() || a.Year() < 1678 || a.Year() > 2261
}

func protocolsOf(svc *awswire.Service) []awswire.Protocol {
	if svc.RPCName == "" {
		return []awswire.Protocol{awswire.JSON}
	}
	return []awswire.Protocol{awswire.JSON, awswire.CBOR, awswire.Query}
}

// TestEveryInputRoundTrips encodes random inputs of every operation with the
// SDK's encoders and decodes them with ours.
func TestEveryInputRoundTrips(t *testing.T) {
	for _, svc := range []*awswire.Service{operations.CloudWatch(), operations.Logs()} {
		for op, table := range svc.Operations {
			for _, p := range protocolsOf(svc) {
				t.Run(svc.Name+"/"+op+"/"+p.String(), func(t *testing.T) {
					for seed := range uint64(20) {
						f := &filler{rand.New(rand.NewPCG(seed, 1)), svc.Unions, p == awswire.Query}
						in := table.Input()
						f.fill(reflect.ValueOf(in).Elem(), 0)
						body := encodeInput(t, svc, op, p, in)
						got, err := awswire.DecodeInput(svc, op, p, body)
						if err != nil {
							t.Fatalf("seed %d: %v\n%q", seed, err, body)
						}
						if d := cmp.Diff(in, got, compareOptions); d != "" {
							t.Fatalf("seed %d: decoded differs (-sent +got):\n%s\n%q", seed, d, body)
						}
					}
				})
			}
		}
	}
}

// TestEveryOutputRoundTrips encodes random outputs of every operation with our
// encoders and decodes them with the SDK's.
func TestEveryOutputRoundTrips(t *testing.T) {
	for _, svc := range []*awswire.Service{operations.CloudWatch(), operations.Logs()} {
		protocols := clientProtocols(svc)
		outputs := outputsOf(svc)
		if len(outputs) != len(svc.Operations) {
			t.Fatalf("%s: %d outputs, %d operations", svc.Name, len(outputs), len(svc.Operations))
		}
		for op, typ := range outputs {
			if op == "StartLiveTail" || op == "GetLogObject" {
				continue // event streams
			}
			for _, p := range protocolsOf(svc) {
				t.Run(svc.Name+"/"+op+"/"+p.String(), func(t *testing.T) {
					for seed := range uint64(20) {
						f := &filler{rand.New(rand.NewPCG(seed, 2)), svc.Unions, false}
						out := reflect.New(typ)
						f.fill(out.Elem(), 0)
						body := awswire.EncodeOutput(svc, op, p, out.Interface().(smithy.Serializable))
						schema := smithy.NewOperationSchema(
							smithy.NewSchema(smithy.ShapeID{Namespace: svc.ShapeNamespace, Name: op}, smithy.ShapeTypeOperation, 0),
							nil, awswire.SchemaOf(out.Interface().(smithy.Serializable)))
						got := reflect.New(typ)
						resp := &smithyhttp.Response{Response: &http.Response{StatusCode: 200, Body: io.NopCloser(bytes.NewReader(body))}}
						if err := protocols[p].DeserializeResponse(context.Background(), schema, nil, resp, got.Interface().(smithy.Deserializable)); err != nil {
							t.Fatalf("seed %d: %v\n%s", seed, err, body)
						}
						if d := cmp.Diff(out.Interface(), got.Interface(), compareOptions); d != "" {
							t.Fatalf("seed %d: decoded differs (-sent +got):\n%s\n%s", seed, d, body)
						}
					}
				})
			}
		}
	}
}

// outputsOf finds the output types of a service from its client's methods.
func outputsOf(svc *awswire.Service) map[string]reflect.Type {
	client := reflect.TypeFor[*cloudwatch.Client]()
	if svc.SigningName == "logs" {
		client = reflect.TypeFor[*cloudwatchlogs.Client]()
	}
	m := map[string]reflect.Type{}
	for i := range client.NumMethod() {
		method := client.Method(i)
		if _, ok := svc.Operations[method.Name]; ok {
			m[method.Name] = method.Type.Out(0).Elem()
		}
	}
	return m
}
