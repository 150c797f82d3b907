package logexec

import (
	"encoding/json"
	"math"
	"strconv"
	"strings"
	"time"
)

type kind uint8

const (
	null   kind = iota // nothing: the field is missing
	number             // num; str holds its digits as they were read, "" when computed
	text               // str
	moment             // a timestamp: num is milliseconds since 1970
	tree               // a map or a list, in node
	unset              // a slot nobody has looked at yet; never leaves row.get
)

// value is what an expression yields. Strings are immutable and may be kept; they
// are no small parts of large texts (see piece).
type value struct {
	kind kind
	num  float64
	str  string
	node any // map[string]any, []any
}

// held estimates the memory of a value that is kept, in bytes.
func (v *value) held() int64 {
	n := valueBytes + int64(len(v.str))
	if v.kind == tree {
		n += treeBytes(v.node)
	}
	return n
}

// treeBytes estimates the memory of a map or list with all in it.
func treeBytes(node any) int64 {
	const perEntry = 16 // an interface; map entries and string headers cost about the same again
	switch n := node.(type) {
	case map[string]any:
		size := int64(48)
		for k, v := range n {
			size += 4*perEntry + int64(len(k)) + treeBytes(v)
		}
		return size
	case []any:
		size := int64(24)
		for _, v := range n {
			size += perEntry + treeBytes(v)
		}
		return size
	case string:
		return 16 + int64(len(n))
	case json.Number:
		return 16 + int64(len(n))
	}
	return 8
}

func num(f float64) value {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return value{}
	}
	return value{kind: number, num: f}
}

func str(s string) value { return value{kind: text, str: s} }

// piece is a text that was cut from one of so many bytes, as a value may hold
// it: who keeps a value keeps all of the text that its string is a part of, and
// counts the string alone.
func piece(s string, whole int) string {
	if whole > 2*len(s)+64 {
		return strings.Clone(s)
	}
	return s
}

// pieces is piece for the texts of values.
func pieces(vals []value, whole int) {
	for i := range vals {
		vals[i].str = piece(vals[i].str, whole)
	}
}

func truth(b bool) value {
	if b {
		return value{kind: number, num: 1}
	}
	return value{kind: number}
}

// maxMoment is the largest distance from 1970 in milliseconds that prints as a
// date (the range of ECMAScript's dates).
const maxMoment = 8.64e15

func timestamp(ms float64) value {
	if math.Abs(ms) > maxMoment || math.IsNaN(ms) {
		return value{}
	}
	return value{kind: moment, num: math.Floor(ms)}
}

// digits is a number that keeps the form it was read in, unless that has an
// exponent: results show plain decimals.
func digits(s string) value {
	f, err := strconv.ParseFloat(s, 64)
	switch {
	case err != nil:
		return str(s) // out of range for a float: keep the text
	case f == 0 && s[0] == '-', strings.ContainsAny(s, "eE"):
		return num(f + 0) // -0 + 0 is 0
	}
	return value{kind: number, num: f, str: s}
}

// number gives the number that v is or looks like.
func (v *value) number() (float64, bool) {
	switch v.kind {
	case number, moment:
		return v.num, true
	case text:
		return parseNumber(v.str)
	}
	return 0, false
}

// parseNumber reads decimal numbers as JSON writes them, a leading + or zero
// allowed, white space around them too; not hex, infinities or underscores.
func parseNumber(s string) (float64, bool) {
	if s != "" && s[0] > '9' && s[0] < 0x80 {
		return 0, false
	}
	s = strings.TrimSpace(s)
	if s == "" || len(s) > 64 {
		return 0, false
	}
	for i := 0; i < len(s); i++ {
		c := s[i]
		if (c < '0' || c > '9') && c != '.' && c != '-' && c != '+' && c != 'e' && c != 'E' {
			return 0, false
		}
	}
	if c := s[0]; c == 'e' || c == 'E' {
		return 0, false
	}
	f, err := strconv.ParseFloat(s, 64)
	return f, err == nil
}

// text is v as results show it, "" for nothing.
func (v *value) text() string {
	switch v.kind {
	case text:
		return v.str
	case number:
		if v.str != "" {
			return v.str
		}
		return formatNumber(v.num)
	case moment:
		return formatTime(int64(v.num))
	case tree:
		return toJSON(v.node)
	}
	return ""
}

func formatNumber(f float64) string {
	if f == 0 {
		return "0" // also for -0
	}
	return strconv.FormatFloat(f, 'f', -1, 64)
}

const timeForm = "2006-01-02 15:04:05.000"

func formatTime(ms int64) string { return time.UnixMilli(ms).UTC().Format(timeForm) }

// holds says whether v as a condition is true.
func (v *value) holds() bool {
	switch v.kind {
	case number, moment:
		return v.num != 0
	case text:
		if v.str == "true" {
			return true
		}
		f, ok := parseNumber(v.str)
		return ok && f != 0
	}
	return false
}

// exactInt is where floats stop telling whole numbers apart.
const exactInt = 1 << 53

// equal is the operator =.
func equal(a, b *value) bool {
	if a.kind == text && b.kind == text {
		return a.str == b.str
	}
	x, ok := a.number()
	if !ok {
		return false
	}
	y, ok := b.number()
	if !ok || x != y {
		return false
	}
	if (x >= exactInt || x <= -exactInt) && a.str != "" && b.str != "" {
		return a.str == b.str
	}
	return true
}

// less is the operator <; ok is false when a and b have no order.
func less(a, b *value) (less, ok bool) {
	x, okX := a.number()
	y, okY := b.number()
	switch {
	case okX && okY:
		return x < y, true
	case a.kind == text && b.kind == text:
		return a.str < b.str, true
	}
	return false, false
}

// rank orders the kinds for sorting.
func (v *value) rank() (class int, f float64) {
	switch v.kind {
	case number, moment:
		return 2, v.num
	case text:
		if f, ok := parseNumber(v.str); ok {
			return 2, f
		}
		return 1, 0
	}
	return 0, 0
}

// compare is the sort order: negative when a sorts before b.
func compare(a, b *value) int {
	ca, fa := a.rank()
	cb, fb := b.rank()
	switch {
	case ca != cb:
		return ca - cb
	case ca == 1:
		return compareText(a.str, b.str)
	case ca == 2 && fa < fb:
		return -1
	case ca == 2 && fa > fb:
		return 1
	}
	return 0
}

// compareText compares texts in chunks: a run of digits with a run of digits
// by length (without leading zeros), then by digits; everything else by code
// point, which for UTF-8 is by byte. Ties are broken by the bytes, so that only
// equal texts compare equal.
func compareText(a, b string) int {
	x, y := a, b
	for x != "" && y != "" {
		nx, ny := digitRun(x), digitRun(y)
		if nx > 0 && ny > 0 {
			dx, dy := strings.TrimLeft(x[:nx], "0"), strings.TrimLeft(y[:ny], "0")
			if len(dx) != len(dy) {
				return len(dx) - len(dy)
			}
			if c := strings.Compare(dx, dy); c != 0 {
				return c
			}
			x, y = x[nx:], y[ny:]
			continue
		}
		if x[0] != y[0] {
			return int(x[0]) - int(y[0])
		}
		x, y = x[1:], y[1:]
	}
	if len(x) != len(y) {
		return len(x) - len(y)
	}
	return strings.Compare(a, b)
}

func digitRun(s string) int {
	n := 0
	for n < len(s) && s[n] >= '0' && s[n] <= '9' {
		n++
	}
	return n
}

// fromJSON turns a decoded JSON value into a value.
func fromJSON(v any) value {
	switch v := v.(type) {
	case string:
		return str(v)
	case json.Number:
		return digits(v.String())
	case bool:
		return truth(v)
	case map[string]any, []any:
		return value{kind: tree, node: v}
	}
	return value{}
}

// FormatTime writes milliseconds since 1970 as results show timestamps.
func FormatTime(ms int64) string { return formatTime(ms) }
