package awswire

import (
	"math/big"
	"time"

	"github.com/aws/smithy-go"
	"github.com/aws/smithy-go/document"
)

// schemaOf returns the schema of a shape value, nil for the SDK's stand-ins
// for "no input" and "no output". The SDK's schema packages can only be
// addressed by name, but every shape shows its schema when it serializes
// itself.
func schemaOf(v smithy.Serializable) *smithy.Schema {
	var r schemaRecorder
	v.Serialize(&r)
	return r.schema
}

// schemaRecorder keeps the first structure's schema and ignores the rest.
type schemaRecorder struct {
	schema *smithy.Schema
	opened bool
}

var _ smithy.ShapeSerializer = (*schemaRecorder)(nil)

func (r *schemaRecorder) WriteStruct(s *smithy.Schema) {
	if !r.opened {
		r.schema, r.opened = s, true
	}
}

func (*schemaRecorder) Bytes() []byte                                { return nil }
func (*schemaRecorder) WriteInt8(*smithy.Schema, int8)               {}
func (*schemaRecorder) WriteInt16(*smithy.Schema, int16)             {}
func (*schemaRecorder) WriteInt32(*smithy.Schema, int32)             {}
func (*schemaRecorder) WriteInt64(*smithy.Schema, int64)             {}
func (*schemaRecorder) WriteFloat32(*smithy.Schema, float32)         {}
func (*schemaRecorder) WriteFloat64(*smithy.Schema, float64)         {}
func (*schemaRecorder) WriteBool(*smithy.Schema, bool)               {}
func (*schemaRecorder) WriteString(*smithy.Schema, string)           {}
func (*schemaRecorder) WriteBigInt(*smithy.Schema, *big.Int)         {}
func (*schemaRecorder) WriteBigFloat(*smithy.Schema, *big.Float)     {}
func (*schemaRecorder) WriteBlob(*smithy.Schema, []byte)             {}
func (*schemaRecorder) WriteTime(*smithy.Schema, time.Time)          {}
func (*schemaRecorder) WriteUnion(_, _ *smithy.Schema)               {}
func (*schemaRecorder) CloseUnion()                                  {}
func (*schemaRecorder) WriteDocument(*smithy.Schema, document.Value) {}
func (*schemaRecorder) WriteNil(*smithy.Schema)                      {}
func (*schemaRecorder) CloseStruct()                                 {}
func (*schemaRecorder) WriteList(*smithy.Schema)                     {}
func (*schemaRecorder) CloseList()                                   {}
func (*schemaRecorder) WriteMap(*smithy.Schema)                      {}
func (*schemaRecorder) WriteKey(*smithy.Schema, string)              {}
func (*schemaRecorder) CloseMap()                                    {}
