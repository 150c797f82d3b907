package awswire

import (
	"reflect"

	"github.com/aws/smithy-go"
)

// DecodeInput decodes a body as the input of an operation.
func DecodeInput(svc *Service, op string, p Protocol, body []byte) (smithy.Serializable, error) {
	in := svc.Operations[op].Input()
	plan, err := svc.plan(in)
	if err != nil {
		return nil, err
	}
	src, err := readerOf(p, body)
	if err != nil {
		return nil, err
	}
	return in, decode(plan, reflect.ValueOf(in).UnsafePointer(), nil, src)
}

// DecodeRows is DecodeInput with one list as rows.
func DecodeRows(svc *Service, op string, of RowsOf, rows *Rows, p Protocol, body []byte) (smithy.Serializable, error) {
	in := svc.Operations[op].Input()
	plan, err := svc.plan(in)
	if err == nil {
		plan, err = plan.withRows(&of)
	}
	if err != nil {
		return nil, err
	}
	src, err := readerOf(p, body)
	if err != nil {
		return nil, err
	}
	rows.reset()
	return in, decode(plan, reflect.ValueOf(in).UnsafePointer(), rows, src)
}

func readerOf(p Protocol, body []byte) (src reader, err error) {
	switch p {
	case JSON:
		src = newJSONReader(body)
	case CBOR:
		src = newCBORReader(body)
	case Query:
		root, err := parseForm(string(body))
		if err != nil {
			return nil, err
		}
		src = newFormReader(root)
	}
	return src, nil
}

// EncodeOutput encodes an output as the answer of an operation.
func EncodeOutput(svc *Service, op string, p Protocol, out smithy.Serializable) []byte {
	c := &call{svc: svc, info: RequestInfo{RequestID: "00000000-0000-4000-8000-000000000000", Operation: op, Protocol: p}}
	return c.encodeOutput(nil, out, schemaOf(out) == nil).body
}

// SchemaOf is schemaOf.
func SchemaOf(v smithy.Serializable) *smithy.Schema { return schemaOf(v) }
