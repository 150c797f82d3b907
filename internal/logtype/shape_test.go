package logtype

import (
	"strconv"
	"strings"
	"testing"

	"skywatch/internal/colenc"
)

// checkShapes holds the values of every column against its shape and bounds.
func checkShapes(t testing.TB, b *Block, refs []int64) {
	t.Helper()
	j, err := NewJoiner(b, refs)
	if err != nil {
		t.Fatal(err)
	}
	ids, err := b.TemplateIDs(nil)
	if err != nil {
		t.Fatal(err)
	}
	for row, id := range ids {
		for k := range b.Templates[id].Columns {
			c := &b.Templates[id].Columns[k]
			shape := c.Shape()
			if shape == nil {
				continue
			}
			text, err := j.AppendValue(nil, row, k)
			if err != nil {
				t.Fatal(err)
			}
			if len(text) != len(shape) {
				t.Fatalf("%q of kind %v has %d places, want %d", text, c.Kind, len(text), len(shape))
			}
			for i, s := range shape {
				if !s.Allows(text[i], false) || !s.Allows(lower(text[i]), true) {
					t.Fatalf("%q of kind %v does not look like %v", text, c.Kind, shape)
				}
			}
		}
	}
}

func lower(c byte) byte {
	if c >= 'A' && c <= 'Z' {
		c += 'a' - 'A'
	}
	return c
}

func TestShapes(t *testing.T) {
	var msgs []string
	var refs []int64
	for _, l := range lines {
		for k := range 6 {
			msgs = append(msgs, l, strings.ReplaceAll(l, "1", strconv.Itoa(k)))
			refs = append(refs, int64(k)*1e9, int64(k))
		}
	}
	checkShapes(t, roundTrip(t, msgs, refs, colenc.Fast), refs)
	for _, g := range estateEvents()[:60] {
		checkShapes(t, roundTrip(t, g.msgs, g.refs, colenc.Fast), g.refs)
	}
}
