package awswire

import (
	"encoding/base64"
	"math"
	"math/big"
	"strconv"
	"time"

	"github.com/aws/smithy-go"
	"github.com/aws/smithy-go/document"

	"skywatch/internal/jsontext"
)

// writer is one of the three answer formats. errType, set before the root
// structure is written, makes it an error document of that type.
type writer interface {
	smithy.ShapeSerializer
	reset(buf []byte)
}

// level is what an open bracket of an answer is.
type level struct {
	list  bool // elements have no names
	keyed bool // a map: WriteKey has written the name of the next value
	some  bool // something has been written
}

// jsonWriter writes AWS JSON: timestamps are epoch seconds, blobs base64,
// non-finite numbers strings.
type jsonWriter struct {
	buf     []byte
	open    []level
	errType string // "__type" of the root structure
}

var _ writer = (*jsonWriter)(nil)

func (w *jsonWriter) reset(buf []byte) { w.buf, w.open, w.errType = buf, w.open[:0], "" }

// Bytes returns what has been written.
func (w *jsonWriter) Bytes() []byte { return w.buf }

// name writes what comes before a value: a comma, and the member name inside
// structures.
func (w *jsonWriter) name(s *smithy.Schema) {
	if len(w.open) == 0 {
		return
	}
	l := &w.open[len(w.open)-1]
	if l.keyed {
		return // WriteKey did it
	}
	if l.some {
		w.buf = append(w.buf, ',')
	}
	l.some = true
	if !l.list {
		w.buf = jsontext.AppendString(w.buf, s.MemberName())
		w.buf = append(w.buf, ':')
	}
}

func (w *jsonWriter) push(bracket byte, l level) {
	w.buf = append(w.buf, bracket)
	w.open = append(w.open, l)
}

func (w *jsonWriter) pop(bracket byte) {
	w.buf = append(w.buf, bracket)
	w.open = w.open[:len(w.open)-1]
}

func (w *jsonWriter) int(s *smithy.Schema, v int64) {
	w.name(s)
	w.buf = strconv.AppendInt(w.buf, v, 10)
}

func (w *jsonWriter) float(s *smithy.Schema, v float64, bits int) {
	w.name(s)
	w.buf = appendJSONFloat(w.buf, v, bits)
}

func appendJSONFloat(b []byte, v float64, bits int) []byte {
	switch {
	case math.IsNaN(v):
		return append(b, `"NaN"`...)
	case math.IsInf(v, 1):
		return append(b, `"Infinity"`...)
	case math.IsInf(v, -1):
		return append(b, `"-Infinity"`...)
	case v == math.Trunc(v) && math.Abs(v) < 1e15:
		// "1.0": a double stays a double for clients that look at the text.
		return append(strconv.AppendInt(b, int64(v), 10), ".0"...)
	}
	return strconv.AppendFloat(b, v, 'g', -1, bits)
}

// appendEpoch appends epoch seconds with at most milliseconds.
func appendEpoch(b []byte, t time.Time) []byte {
	ms := t.UnixMilli()
	if ms%1000 == 0 {
		return strconv.AppendInt(b, ms/1000, 10)
	}
	return strconv.AppendFloat(b, float64(ms)/1000, 'f', 3, 64)
}

// WriteInt8 implements smithy.ShapeSerializer, as do the methods below.
func (w *jsonWriter) WriteInt8(s *smithy.Schema, v int8)       { w.int(s, int64(v)) }
func (w *jsonWriter) WriteInt16(s *smithy.Schema, v int16)     { w.int(s, int64(v)) }
func (w *jsonWriter) WriteInt32(s *smithy.Schema, v int32)     { w.int(s, int64(v)) }
func (w *jsonWriter) WriteInt64(s *smithy.Schema, v int64)     { w.int(s, v) }
func (w *jsonWriter) WriteFloat32(s *smithy.Schema, v float32) { w.float(s, float64(v), 32) }
func (w *jsonWriter) WriteFloat64(s *smithy.Schema, v float64) { w.float(s, v, 64) }

func (w *jsonWriter) WriteBool(s *smithy.Schema, v bool) {
	w.name(s)
	w.buf = strconv.AppendBool(w.buf, v)
}

func (w *jsonWriter) WriteString(s *smithy.Schema, v string) {
	w.name(s)
	w.buf = jsontext.AppendString(w.buf, v)
}

func (w *jsonWriter) WriteBlob(s *smithy.Schema, v []byte) {
	w.name(s)
	w.buf = append(w.buf, '"')
	w.buf = base64.StdEncoding.AppendEncode(w.buf, v)
	w.buf = append(w.buf, '"')
}

func (w *jsonWriter) WriteTime(s *smithy.Schema, v time.Time) {
	w.name(s)
	w.buf = appendEpoch(w.buf, v)
}

func (w *jsonWriter) WriteNil(s *smithy.Schema) {
	w.name(s)
	w.buf = append(w.buf, "null"...)
}

func (w *jsonWriter) WriteStruct(s *smithy.Schema) {
	w.name(s)
	root := len(w.open) == 0
	w.push('{', level{})
	if root && w.errType != "" {
		w.buf = append(w.buf, `"__type":`...)
		w.buf = jsontext.AppendString(w.buf, w.errType)
		w.open[0].some = true
	}
}

func (w *jsonWriter) CloseStruct() { w.pop('}') }

func (w *jsonWriter) WriteUnion(s, _ *smithy.Schema) {
	w.name(s)
	w.push('{', level{})
}

func (w *jsonWriter) CloseUnion() { w.pop('}') }

func (w *jsonWriter) WriteList(s *smithy.Schema) {
	w.name(s)
	w.push('[', level{list: true})
}

func (w *jsonWriter) CloseList() { w.pop(']') }

func (w *jsonWriter) WriteMap(s *smithy.Schema) {
	w.name(s)
	w.push('{', level{keyed: true})
}

func (w *jsonWriter) WriteKey(_ *smithy.Schema, key string) {
	l := &w.open[len(w.open)-1]
	if l.some {
		w.buf = append(w.buf, ',')
	}
	l.some = true
	w.buf = jsontext.AppendString(w.buf, key)
	w.buf = append(w.buf, ':')
}

func (w *jsonWriter) CloseMap() { w.pop('}') }

// Neither service has shapes of the following types.

func (w *jsonWriter) WriteBigInt(s *smithy.Schema, _ *big.Int)         { unsupportedShape(s) }
func (w *jsonWriter) WriteBigFloat(s *smithy.Schema, _ *big.Float)     { unsupportedShape(s) }
func (w *jsonWriter) WriteDocument(s *smithy.Schema, _ document.Value) { unsupportedShape(s) }

func unsupportedShape(s *smithy.Schema) {
	panic("awswire: no encoding for the type of member " + s.ID().String())
}
