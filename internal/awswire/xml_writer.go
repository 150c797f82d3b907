package awswire

import (
	"encoding/base64"
	"math"
	"math/big"
	"strconv"
	"time"
	"unicode/utf8"

	"github.com/aws/smithy-go"
	"github.com/aws/smithy-go/document"
)

// xmlWriter writes the members of a structure as Query XML: lists are
// <Name><member>…</member></Name>, maps <entry><key/><value/></entry>. The
// root structure itself has no element: the caller writes the envelope.
type xmlWriter struct {
	buf  []byte
	open []xmlLevel
	// inError leaves out the message member of the root structure, which the
	// error envelope has written already.
	inError bool
}

type xmlLevel struct {
	element string // to be closed; "" at the root
	member  string // the name of elements inside; "" in structures
}

var _ writer = (*xmlWriter)(nil)

func (w *xmlWriter) reset(buf []byte) { w.buf, w.open, w.inError = buf, w.open[:0], false }

// Bytes returns what has been written.
func (w *xmlWriter) Bytes() []byte { return w.buf }

func (w *xmlWriter) element(s *smithy.Schema) string {
	if len(w.open) == 0 {
		return ""
	}
	if m := w.open[len(w.open)-1].member; m != "" {
		return m
	}
	return s.MemberName()
}

func (w *xmlWriter) start(element string) {
	if element != "" {
		w.buf = append(append(append(w.buf, '<'), element...), '>')
	}
}

func (w *xmlWriter) stop(element string) {
	if element != "" {
		w.buf = append(append(append(w.buf, '<', '/'), element...), '>')
	}
}

func (w *xmlWriter) push(s *smithy.Schema, member string) {
	e := w.element(s)
	w.start(e)
	w.open = append(w.open, xmlLevel{element: e, member: member})
}

func (w *xmlWriter) pop() {
	top := w.open[len(w.open)-1]
	w.open = w.open[:len(w.open)-1]
	w.stop(top.element)
	w.afterValue()
}

// afterValue closes the <entry> of a map value.
func (w *xmlWriter) afterValue() {
	if len(w.open) > 0 && w.open[len(w.open)-1].member == "value" {
		w.stop("entry")
	}
}

func (w *xmlWriter) scalar(s *smithy.Schema, text []byte) {
	e := w.element(s)
	w.start(e)
	w.buf = append(w.buf, text...)
	w.stop(e)
	w.afterValue()
}

func (w *xmlWriter) int(s *smithy.Schema, v int64) {
	var b [20]byte
	w.scalar(s, strconv.AppendInt(b[:0], v, 10))
}

func (w *xmlWriter) float(s *smithy.Schema, v float64, bits int) {
	var b [32]byte
	w.scalar(s, appendXMLFloat(b[:0], v, bits))
}

func appendXMLFloat(b []byte, v float64, bits int) []byte {
	switch {
	case math.IsNaN(v):
		return append(b, "NaN"...)
	case math.IsInf(v, 1):
		return append(b, "Infinity"...)
	case math.IsInf(v, -1):
		return append(b, "-Infinity"...)
	}
	return appendJSONFloat(b, v, bits)
}

// appendXMLText escapes s. Characters that XML 1.0 cannot hold in any form
// (most control characters, invalid UTF-8) become U+FFFD.
func appendXMLText(b []byte, s string) []byte {
	for i := 0; i < len(s); {
		c := s[i]
		switch {
		case c == '&':
			b = append(b, "&amp;"...)
		case c == '<':
			b = append(b, "&lt;"...)
		case c == '>':
			b = append(b, "&gt;"...)
		case c == '"':
			b = append(b, "&quot;"...)
		case c == '\r':
			b = append(b, "&#xD;"...) // parsers would turn it into a newline
		case c == '\n' || c == '\t' || ' ' <= c && c < utf8.RuneSelf:
			b = append(b, c)
		case c < ' ':
			b = append(b, "\ufffd"...)
		default:
			r, n := utf8.DecodeRuneInString(s[i:])
			if r == 0xfffe || r == 0xffff {
				r = utf8.RuneError
			}
			b = utf8.AppendRune(b, r)
			i += n
			continue
		}
		i++
	}
	return b
}

// WriteInt8 implements smithy.ShapeSerializer, as do the methods below.
func (w *xmlWriter) WriteInt8(s *smithy.Schema, v int8)       { w.int(s, int64(v)) }
func (w *xmlWriter) WriteInt16(s *smithy.Schema, v int16)     { w.int(s, int64(v)) }
func (w *xmlWriter) WriteInt32(s *smithy.Schema, v int32)     { w.int(s, int64(v)) }
func (w *xmlWriter) WriteInt64(s *smithy.Schema, v int64)     { w.int(s, v) }
func (w *xmlWriter) WriteFloat32(s *smithy.Schema, v float32) { w.float(s, float64(v), 32) }
func (w *xmlWriter) WriteFloat64(s *smithy.Schema, v float64) { w.float(s, v, 64) }

func (w *xmlWriter) WriteBool(s *smithy.Schema, v bool) {
	var b [5]byte
	w.scalar(s, strconv.AppendBool(b[:0], v))
}

func (w *xmlWriter) WriteString(s *smithy.Schema, v string) {
	e := w.element(s)
	if w.inError && len(w.open) == 1 && (e == "message" || e == "Message") {
		return
	}
	w.start(e)
	w.buf = appendXMLText(w.buf, v)
	w.stop(e)
	w.afterValue()
}

func (w *xmlWriter) WriteBlob(s *smithy.Schema, v []byte) {
	w.scalar(s, base64.StdEncoding.AppendEncode(nil, v))
}

func (w *xmlWriter) WriteTime(s *smithy.Schema, v time.Time) {
	var b [32]byte
	w.scalar(s, appendISOTime(b[:0], v))
}

func (w *xmlWriter) WriteNil(s *smithy.Schema) { w.scalar(s, nil) }

func (w *xmlWriter) WriteStruct(s *smithy.Schema)   { w.push(s, "") }
func (w *xmlWriter) CloseStruct()                   { w.pop() }
func (w *xmlWriter) WriteUnion(s, _ *smithy.Schema) { w.push(s, "") }
func (w *xmlWriter) CloseUnion()                    { w.pop() }
func (w *xmlWriter) WriteList(s *smithy.Schema)     { w.push(s, "member") }
func (w *xmlWriter) CloseList()                     { w.pop() }
func (w *xmlWriter) WriteMap(s *smithy.Schema)      { w.push(s, "value") }
func (w *xmlWriter) CloseMap()                      { w.pop() }

func (w *xmlWriter) WriteKey(_ *smithy.Schema, key string) {
	w.start("entry")
	w.start("key")
	w.buf = appendXMLText(w.buf, key)
	w.stop("key")
}

// Neither service has shapes of the following types.

func (w *xmlWriter) WriteBigInt(s *smithy.Schema, _ *big.Int)         { unsupportedShape(s) }
func (w *xmlWriter) WriteBigFloat(s *smithy.Schema, _ *big.Float)     { unsupportedShape(s) }
func (w *xmlWriter) WriteDocument(s *smithy.Schema, _ document.Value) { unsupportedShape(s) }
