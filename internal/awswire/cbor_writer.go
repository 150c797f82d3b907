package awswire

import (
	"encoding/binary"
	"math"
	"math/big"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/aws/smithy-go"
	"github.com/aws/smithy-go/document"
)

// cborWriter writes Smithy RPC v2 CBOR. Maps and arrays have indefinite
// length, since a shape tells its members one by one; timestamps are tag 1
// over seconds, an integer when whole.
type cborWriter struct {
	buf     []byte
	open    []level
	errType string // "__type" of the root structure
}

var _ writer = (*cborWriter)(nil)

func (w *cborWriter) reset(buf []byte) { w.buf, w.open, w.errType = buf, w.open[:0], "" }

// Bytes returns what has been written.
func (w *cborWriter) Bytes() []byte { return w.buf }

func appendCBORHead(b []byte, major byte, arg uint64) []byte {
	m := major << 5
	switch {
	case arg < 24:
		return append(b, m|byte(arg))
	case arg <= math.MaxUint8:
		return append(b, m|24, byte(arg))
	case arg <= math.MaxUint16:
		return binary.BigEndian.AppendUint16(append(b, m|25), uint16(arg))
	case arg <= math.MaxUint32:
		return binary.BigEndian.AppendUint32(append(b, m|26), uint32(arg))
	}
	return binary.BigEndian.AppendUint64(append(b, m|27), arg)
}

func appendCBORInt(b []byte, v int64) []byte {
	if v < 0 {
		return appendCBORHead(b, cborNegInt, uint64(-1-v))
	}
	return appendCBORHead(b, cborUint, uint64(v))
}

func appendCBORFloat(b []byte, v float64) []byte {
	return binary.BigEndian.AppendUint64(append(b, cborSimple<<5|27), math.Float64bits(v))
}

func (w *cborWriter) str(s string) {
	if !utf8.ValidString(s) {
		s = strings.ToValidUTF8(s, "\ufffd") // text strings must be UTF-8
	}
	w.buf = append(appendCBORHead(w.buf, cborText, uint64(len(s))), s...)
}

func (w *cborWriter) name(s *smithy.Schema) {
	if len(w.open) == 0 {
		return
	}
	if l := w.open[len(w.open)-1]; !l.list && !l.keyed {
		w.str(s.MemberName())
	}
}

func (w *cborWriter) push(major byte, l level) {
	w.buf = append(w.buf, major<<5|cborIndefinite)
	w.open = append(w.open, l)
}

func (w *cborWriter) pop() {
	w.buf = append(w.buf, cborBreak)
	w.open = w.open[:len(w.open)-1]
}

func (w *cborWriter) int(s *smithy.Schema, v int64) {
	w.name(s)
	w.buf = appendCBORInt(w.buf, v)
}

// WriteInt8 implements smithy.ShapeSerializer, as do the methods below.
func (w *cborWriter) WriteInt8(s *smithy.Schema, v int8)   { w.int(s, int64(v)) }
func (w *cborWriter) WriteInt16(s *smithy.Schema, v int16) { w.int(s, int64(v)) }
func (w *cborWriter) WriteInt32(s *smithy.Schema, v int32) { w.int(s, int64(v)) }
func (w *cborWriter) WriteInt64(s *smithy.Schema, v int64) { w.int(s, v) }

func (w *cborWriter) WriteFloat32(s *smithy.Schema, v float32) {
	w.name(s)
	w.buf = binary.BigEndian.AppendUint32(append(w.buf, cborSimple<<5|26), math.Float32bits(v))
}

func (w *cborWriter) WriteFloat64(s *smithy.Schema, v float64) {
	w.name(s)
	w.buf = appendCBORFloat(w.buf, v)
}

func (w *cborWriter) WriteBool(s *smithy.Schema, v bool) {
	w.name(s)
	b := byte(cborSimple<<5 | 20)
	if v {
		b++
	}
	w.buf = append(w.buf, b)
}

func (w *cborWriter) WriteString(s *smithy.Schema, v string) {
	w.name(s)
	w.str(v)
}

func (w *cborWriter) WriteBlob(s *smithy.Schema, v []byte) {
	w.name(s)
	w.buf = append(appendCBORHead(w.buf, cborBytes, uint64(len(v))), v...)
}

func (w *cborWriter) WriteTime(s *smithy.Schema, v time.Time) {
	w.name(s)
	w.buf = append(w.buf, cborTag<<5|1)
	if ms := v.UnixMilli(); ms%1000 == 0 {
		w.buf = appendCBORInt(w.buf, ms/1000)
	} else {
		w.buf = appendCBORFloat(w.buf, float64(ms)/1000)
	}
}

func (w *cborWriter) WriteNil(s *smithy.Schema) {
	w.name(s)
	w.buf = append(w.buf, cborSimple<<5|22)
}

func (w *cborWriter) WriteStruct(s *smithy.Schema) {
	w.name(s)
	root := len(w.open) == 0
	w.push(cborMap, level{})
	if root && w.errType != "" {
		w.str("__type")
		w.str(w.errType)
	}
}

func (w *cborWriter) CloseStruct() { w.pop() }

func (w *cborWriter) WriteUnion(s, _ *smithy.Schema) {
	w.name(s)
	w.push(cborMap, level{})
}

func (w *cborWriter) CloseUnion() { w.pop() }

func (w *cborWriter) WriteList(s *smithy.Schema) {
	w.name(s)
	w.push(cborArray, level{list: true})
}

func (w *cborWriter) CloseList() { w.pop() }

func (w *cborWriter) WriteMap(s *smithy.Schema) {
	w.name(s)
	w.push(cborMap, level{keyed: true})
}

func (w *cborWriter) WriteKey(_ *smithy.Schema, key string) { w.str(key) }

func (w *cborWriter) CloseMap() { w.pop() }

// Neither service has shapes of the following types.

func (w *cborWriter) WriteBigInt(s *smithy.Schema, _ *big.Int)         { unsupportedShape(s) }
func (w *cborWriter) WriteBigFloat(s *smithy.Schema, _ *big.Float)     { unsupportedShape(s) }
func (w *cborWriter) WriteDocument(s *smithy.Schema, _ document.Value) { unsupportedShape(s) }
