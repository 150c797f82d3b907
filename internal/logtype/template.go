package logtype

import (
	"fmt"
	"strings"

	"skywatch/internal/colenc"
)

// Kind is the type of a variable.
type Kind uint8

const (
	KindNumber  Kind = 1 + iota // integers and decimals, with their digits: see Form
	KindTime                    // moments: see Layout
	KindUUID                    // numbers into the block's list of UUIDs
	KindIPv4                    // addresses as 32-bit numbers
	KindPattern                 // ids of hexadecimal digits
	KindDict                    // a list of values and a number into it per row
	KindText                    // text as it stands
	KindNested                  // text that is itself taken apart: a block of its own
	KindCopy                    // the same text as another variable of the row
	kindEnd
)

var kindNames = [...]string{"", "number", "time", "uuid", "ipv4", "pattern", "dict", "text", "nested", "copy"}

func (k Kind) String() string {
	if k < kindEnd {
		return kindNames[k]
	}
	return fmt.Sprintf("kind %d", uint8(k))
}

// Column describes one variable of a template. Its values are read with the
// methods of Block.
type Column struct {
	Kind Kind
	// Name is the JSON path or the field of an access log that the variable
	// holds, "" for none. It is a help for people; what a query may rely on is
	// in the template's fields.
	Name string

	Forms    []Form // of numbers, at least one
	Layout   Layout // of moments
	Pattern  string // of ids, with a 0 for each digit that varies
	Distinct int    // values in a dictionary
	Of       int    // the variable that a copy repeats
	Upper    bool   // the digits of ids are in upper case

	relative byte // what the values are less than: nothing, milliseconds, seconds
	varies   []bool
	digits   int
	bytes    int
	keep     int // 1 + where the block keeps something of it, 0 for nowhere
	parts    [2][]byte
}

// Size is how many bytes the column takes in the block, before the header's
// compression.
func (c *Column) Size() int { return len(c.parts[0]) + len(c.parts[1]) }

// Range is the smallest and the largest of a column's Values.Ints, without
// decoding it; ok is false when the column has none that mean something by
// themselves (moments and numbers that are less than something, ids, text).
func (c *Column) Range() (lo, hi int64, ok bool) {
	switch c.Kind {
	case KindNumber:
		if c.relative != 0 || len(c.Forms) > 1 {
			return 0, 0, false
		}
	case KindTime:
		if c.relative != 0 {
			return 0, 0, false
		}
	case KindIPv4, KindUUID:
	default:
		return 0, 0, false
	}
	info, err := colenc.InfoInts(c.parts[0])
	return info.Min, info.Max, err == nil
}

// Template is a sentence: Static[0], variable 0, Static[1], variable 1, …, the
// last Static.
type Template struct {
	Rows    int
	Static  []string
	Columns []Column

	// Raw says that the messages have nothing in common: one variable holds
	// each as it stands.
	Raw bool

	// JSON says whether the messages hold an object, and JSONFields what is
	// discovered in it, in document order: all of it, unless JSON is
	// JSONUnknown. Of a JSONFragment only Lambda events have the fields.
	JSON       JSONKind
	JSONFields []Field

	// Line says whether the messages are lines of a known kind, and LineFields
	// which fields they have as such where they have no JSON. They are not
	// looked for in Lambda events.
	Line       LineKind
	LineFields []Field

	// LambdaFields are the fields that a Lambda event has besides, in the order
	// of discovery; false LambdaKnown says that they have to be read from each
	// message.
	LambdaKnown  bool
	LambdaFields []Field
}

// String shows the sentence with <kind name> for each variable.
func (t *Template) String() string {
	if t.Raw {
		return "(raw)"
	}
	var b strings.Builder
	for k, s := range t.Static {
		b.WriteString(s)
		if k < len(t.Columns) {
			c := &t.Columns[k]
			b.WriteString("<" + c.Kind.String())
			if c.Name != "" {
				b.WriteString(" " + c.Name)
			}
			b.WriteString(">")
		}
	}
	return b.String()
}
