package logtype

import (
	"fmt"
	"math"

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
	parts    [2][]byte
}

// Size is how many bytes the column takes in the block, before the header's
// compression.
func (c *Column) Size() int { return len(c.parts[0]) + len(c.parts[1]) }

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

	// LambdaFields are the fields that a Lambda event has besides, in the order
	// of discovery; false LambdaKnown says that they have to be read from each
	// message.
	LambdaKnown  bool
	LambdaFields []Field
}

// Block is an encoded block, opened: it knows the templates, and decodes
// columns when asked. It is immutable and may be used by several goroutines.
// It refers to the bytes it was opened from.
type Block struct {
	Rows      int
	Bytes     int64 // of all messages
	Templates []Template

	ids   []byte // encoded template of each row
	uuids []byte // 16 bytes each
}

const maxTemplates = maxLeaves

// Limits on what a column of a damaged block may claim.
const (
	maxBlockBytes = 1 << 31
	maxColumns    = 2 * maxHoles
)

// Open reads the header of a block.
func Open(b []byte) (*Block, error) { return open(b, 0, nil) }

func open(b []byte, depth int, uuids []byte) (*Block, error) {
	r := reader{b: b}
	if v := r.byte(); v != version {
		return nil, fmt.Errorf("open block of log messages: %w: version %d is unknown", colenc.ErrCorrupt, v)
	}
	k := &Block{uuids: uuids}
	k.Rows = r.count(MaxRows)
	k.Bytes = int64(r.count(math.MaxInt))
	n := 0
	if depth == 0 {
		n = r.count(len(b) / 16)
	}
	size := r.count(256 << 20)
	packed := r.take(r.count(len(b)))
	if depth == 0 {
		k.uuids = r.take(16 * n)
	}
	if r.bad {
		return nil, fmt.Errorf("open block of log messages: %w: it is cut", colenc.ErrCorrupt)
	}
	header, err := colenc.DecodeBytes(nil, packed, size)
	if err != nil {
		return nil, fmt.Errorf("open block of log messages: header: %w", err)
	}
	h := reader{b: header, body: r.b}
	k.ids = h.part()
	count := h.count(maxTemplates)
	rows := 0
	for t := 0; t < count && !h.bad; t++ {
		k.Templates = append(k.Templates, Template{})
		h.template(&k.Templates[t], k.Rows-rows)
		rows += k.Templates[t].Rows
	}
	if h.bad || len(h.b) != 0 || rows != k.Rows || len(h.body) != 0 {
		return nil, fmt.Errorf("open block of log messages: %w: header of %d templates", colenc.ErrCorrupt, count)
	}
	return k, nil
}

// template reads one template.
func (h *reader) template(t *Template, maxRows int) {
	t.Rows = h.count(maxRows)
	flags := h.byte()
	t.JSON, t.Raw, t.LambdaKnown = JSONKind(flags&15), flags&flagRaw != 0, flags&flagLambda != 0
	n := h.count(maxColumns)
	if t.JSON > JSONUnknown || t.Rows == 0 {
		h.bad = true
	}
	for k := 0; k <= n && !h.bad; k++ {
		t.Static = append(t.Static, h.string())
	}
	for k := 0; k < n && !h.bad; k++ {
		t.Columns = append(t.Columns, Column{})
		h.column(&t.Columns[k])
	}
	if t.Raw {
		if n != 1 {
			h.bad = true
		}
		return
	}
	for k := range t.Columns {
		c := &t.Columns[k]
		if c.Kind == KindCopy && (c.Of >= n || t.Columns[c.Of].Kind == KindCopy) {
			h.bad = true
		}
	}
	for _, list := range []*[]Field{&t.JSONFields, &t.LambdaFields} {
		m := h.count(maxColumns)
		for range m {
			f := Field{Name: h.string(), Render: Render(h.byte())}
			f.Var = h.count(n) - 1
			if f.Var < 0 {
				f.Const = h.string()
			}
			if h.bad || f.Render > RenderMegabytes {
				h.bad = true
				return
			}
			*list = append(*list, f)
		}
	}
}

func (h *reader) column(c *Column) {
	c.Name = h.string()
	c.Kind = Kind(h.byte())
	switch c.Kind {
	case KindNumber:
		n := h.count(maxForms)
		for range n {
			var f Form
			switch h.byte() {
			case 0:
				f.Scale, f.Width = h.byte(), h.byte()
				if f.Scale > maxDigits || f.Width > maxDigits {
					h.bad = true
				}
			case 1:
				f.IsText, f.Text = true, h.string()
			default:
				h.bad = true
			}
			c.Forms = append(c.Forms, f)
		}
		c.relative = h.byte()
		c.parts[0] = h.part()
		if n > 1 {
			c.parts[1] = h.part()
		}
		if n == 0 || c.relative > 2 {
			h.bad = true
		}
	case KindTime:
		c.Layout = Layout(h.count(math.MaxUint16))
		c.relative = h.byte()
		c.parts[0] = h.part()
		if !c.Layout.valid() || c.relative > 1 {
			h.bad = true
		}
	case KindUUID, KindIPv4, KindNested:
		c.parts[0] = h.part()
	case KindPattern:
		c.Pattern = h.string()
		mask := h.string()
		c.Upper = h.byte() == 1
		c.parts[0] = h.part()
		if len(c.Pattern) > maxPattern || len(mask) != (len(c.Pattern)+7)/8 {
			h.bad = true
			return
		}
		c.varies = make([]bool, len(c.Pattern))
		for i := range c.varies {
			if c.varies[i] = mask[i/8]>>(i%8)&1 != 0; c.varies[i] {
				c.digits++
			}
		}
	case KindDict:
		c.Distinct = h.count(MaxRows)
		c.parts[0] = h.part()
		c.parts[1] = h.part()
	case KindText:
		c.bytes = h.count(maxBlockBytes)
		c.parts[0] = h.part()
	case KindCopy:
		c.Of = h.count(maxColumns)
	default:
		h.bad = true
	}
}

// reader reads a header; body is what parts outside of it are taken from.
type reader struct {
	b, body []byte
	bad     bool
}

func (r *reader) byte() byte {
	if len(r.b) == 0 {
		r.bad = true
		return 0
	}
	v := r.b[0]
	r.b = r.b[1:]
	return v
}

func (r *reader) uvarint() uint64 {
	var v uint64
	for shift := uint(0); shift < 64; shift += 7 {
		c := r.byte()
		v |= uint64(c&0x7f) << shift
		if c < 0x80 {
			return v
		}
	}
	r.bad = true
	return 0
}

func (r *reader) count(limit int) int {
	v := r.uvarint()
	if v > uint64(max(limit, 0)) {
		r.bad, r.b = true, nil
		return 0
	}
	return int(v)
}

func (r *reader) take(n int) []byte {
	if n < 0 || n > len(r.b) {
		r.bad, r.b = true, nil
		return nil
	}
	v := r.b[:n:n]
	r.b = r.b[n:]
	return v
}

func (r *reader) string() string { return string(r.take(r.count(len(r.b)))) }

func (r *reader) part() []byte {
	v := r.uvarint()
	n := v >> 1
	if v&1 != 0 {
		if n > uint64(len(r.b)) {
			r.bad = true
			return nil
		}
		return r.take(int(n))
	}
	if n > uint64(len(r.body)) {
		r.bad = true
		return nil
	}
	p := r.body[:n:n]
	r.body = r.body[n:]
	return p
}

// TemplateIDs decodes the template of each row into dst[:0].
func (b *Block) TemplateIDs(dst []int64) ([]int64, error) {
	ids, err := colenc.DecodeInts(dst, b.ids, b.Rows)
	if err != nil {
		return nil, fmt.Errorf("templates of the rows: %w", err)
	}
	counts := make([]int, len(b.Templates))
	for _, id := range ids {
		if uint64(id) >= uint64(len(counts)) {
			return nil, fmt.Errorf("templates of the rows: %w: template %d of %d", colenc.ErrCorrupt, id, len(counts))
		}
		counts[id]++
	}
	for t, n := range counts {
		if n != b.Templates[t].Rows {
			return nil, fmt.Errorf("templates of the rows: %w: template %d has %d rows, want %d", colenc.ErrCorrupt, t, n, b.Templates[t].Rows)
		}
	}
	return ids, nil
}

// UUIDs is the number of different UUIDs in the block, UUID one of them.
func (b *Block) UUIDs() int { return len(b.uuids) / 16 }

func (b *Block) UUID(i int) UUID { return UUID(b.uuids[16*i:]) }

// FindUUID is the number of a UUID, -1 when the block does not hold it.
func (b *Block) FindUUID(u UUID) int {
	for i := 0; i < len(b.uuids); i += 16 {
		if UUID(b.uuids[i:]) == u {
			return i / 16
		}
	}
	return -1
}

// Values are the values of one variable over the rows of its template, in row
// order. Which members are set depends on the kind. The memory is reused by
// the next Block.Column with the same Values.
type Values struct {
	// Ints are the numbers (see Form), the moments (see Layout; less the
	// reference of the row when Relative), the numbers of UUIDs, the addresses,
	// or the numbers of dictionary values.
	Ints []int64
	// Relative is what moments and numbers are differences to: 0 for nothing,
	// 1 for the layout's value of the reference time (a number: for its
	// milliseconds), 2 for its seconds.
	Relative byte
	Codes    []int64        // the form of each number, nil when there is one
	Strings  colenc.Strings // the dictionary, or the texts
	Nested   *Block         // its rows are the rows of the template
	raw      []byte         // digits of ids, by place
}

// Column decodes variable k of template t. A copy has the values of the
// variable it repeats.
func (b *Block) Column(t, k int, v *Values) error {
	if err := b.column(&b.Templates[t], k, v); err != nil {
		return fmt.Errorf("variable %d of template %d: %w", k, t, err)
	}
	return nil
}

func (b *Block) column(t *Template, k int, v *Values) (err error) {
	c := &t.Columns[k]
	v.Relative, v.Nested, v.Codes = c.relative, nil, v.Codes[:0]
	n := t.Rows
	switch c.Kind {
	case KindNumber:
		if v.Ints, err = colenc.DecodeInts(v.Ints, c.parts[0], n); err != nil {
			return err
		}
		if len(c.Forms) > 1 {
			v.Codes, err = decodeCodes(v.Codes, c.parts[1], n, len(c.Forms))
		} else {
			v.Codes = nil
		}
		return err
	case KindTime, KindIPv4:
		v.Ints, err = colenc.DecodeInts(v.Ints, c.parts[0], n)
		return err
	case KindUUID:
		v.Ints, err = decodeCodes(v.Ints, c.parts[0], n, b.UUIDs())
		return err
	case KindDict:
		if err = colenc.DecodeStrings(&v.Strings, c.parts[0], c.Distinct, maxBlockBytes); err != nil {
			return err
		}
		v.Ints, err = decodeCodes(v.Ints, c.parts[1], n, c.Distinct)
		return err
	case KindText:
		return colenc.DecodeStrings(&v.Strings, c.parts[0], n, c.bytes)
	case KindPattern:
		width := (c.digits + 1) / 2
		if v.raw, err = colenc.DecodeBytes(nil, c.parts[0], width*n); err == nil && len(v.raw) != width*n {
			err = fmt.Errorf("%w: %d bytes of digits, want %d", colenc.ErrCorrupt, len(v.raw), width*n)
		}
		return err
	case KindNested:
		if v.Nested, err = open(c.parts[0], 1, b.uuids); err == nil && v.Nested.Rows != n {
			err = fmt.Errorf("%w: nested block of %d rows, want %d", colenc.ErrCorrupt, v.Nested.Rows, n)
		}
		return err
	case KindCopy:
		return b.column(t, c.Of, v)
	}
	return fmt.Errorf("%w: %v", colenc.ErrCorrupt, c.Kind)
}

func decodeCodes(dst []int64, b []byte, n, limit int) ([]int64, error) {
	v, err := colenc.DecodeInts(dst, b, n)
	if err != nil {
		return nil, err
	}
	for _, c := range v {
		if uint64(c) >= uint64(limit) {
			return nil, fmt.Errorf("%w: number %d of %d", colenc.ErrCorrupt, c, limit)
		}
	}
	return v, nil
}
