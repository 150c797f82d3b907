package logtype

import (
	"bytes"
	"fmt"
	"math"
	"slices"
	"sync/atomic"

	"skywatch/internal/colenc"
)

// Block is an encoded block, opened: it knows the templates, and decodes
// columns when asked. It is immutable and may be used by several goroutines.
// It refers to the bytes it was opened from.
type Block struct {
	Rows      int
	Bytes     int64 // of all messages
	Templates []Template

	depth int
	ids   []byte                  // encoded template of each row
	rows  atomic.Pointer[[]uint8] // decoded, once somebody asked; see TemplateIDs
	uuids []byte                  // 16 bytes each

	columns []kept // of dictionaries, texts and nested blocks, by Column.keep
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
	k := &Block{uuids: uuids, depth: depth}
	if depth > maxDepth {
		return nil, fmt.Errorf("open block of log messages: %w: %d blocks lie in each other", colenc.ErrCorrupt, depth)
	}
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
	k.number()
	return k, nil
}

// template reads one template.
func (h *reader) template(t *Template, maxRows int) {
	t.Rows = h.count(maxRows)
	flags := h.byte()
	t.JSON, t.Line = JSONKind(flags&3), LineKind(flags>>2&3)
	t.Raw, t.LambdaKnown = flags&flagRaw != 0, flags&flagLambda != 0
	n := h.count(maxColumns)
	if t.Rows == 0 {
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
	for _, list := range []*[]Field{&t.JSONFields, &t.LambdaFields, &t.LineFields} {
		m := h.count(maxColumns)
		for range m {
			f := h.field(n)
			if h.bad {
				return
			}
			*list = append(*list, f)
		}
	}
}

// field reads a field of a template with n variables.
func (h *reader) field(n int) (f Field) {
	f.Name, f.Render = h.string(), Render(h.byte())
	if f.Render > RenderDashZero {
		h.bad = true
	}
	if f.Var = h.count(n) - 1; f.Var < 0 {
		f.Const = h.string()
		return f
	}
	f.Last = f.Var + h.count(n-1-f.Var)
	f.Before, f.After = h.string(), h.string()
	return f
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

// TemplateIDs decodes the template of each row into dst[:0]. A block of messages
// of at most 256 templates keeps the answer in a byte per row: every question
// about a matching row needs it.
func (b *Block) TemplateIDs(dst []int64) ([]int64, error) {
	if rows := b.rows.Load(); rows != nil {
		dst = slices.Grow(dst[:0], len(*rows))[:len(*rows)]
		for i, t := range *rows {
			dst[i] = int64(t)
		}
		return dst, nil
	}
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
	if b.KeepsRows() {
		rows := make([]uint8, len(ids))
		for i, t := range ids {
			rows[i] = uint8(t)
		}
		b.rows.Store(&rows)
	}
	return ids, nil
}

// TemplateRows sets dst, which is as long as template t has rows, to the rows
// of the block that have it, ascending. Where the block keeps the templates of
// its rows a rare one is found without looking at each.
func (b *Block) TemplateRows(dst []uint32, t int) error {
	kept := b.rows.Load()
	if kept == nil {
		ids, err := b.TemplateIDs(nil)
		if err != nil {
			return err
		}
		if kept = b.rows.Load(); kept == nil {
			n := 0
			for i, id := range ids {
				if id == int64(t) {
					dst[n] = uint32(i)
					n++
				}
			}
			return nil
		}
	}
	ids, id := *kept, uint8(t)
	if rare := len(ids) / 16; len(dst) > rare {
		n := 0
		for i, x := range ids {
			if x == id {
				dst[n] = uint32(i)
				n++
			}
		}
		return nil
	}
	from := 0
	for n := range dst {
		from += bytes.IndexByte(ids[from:], id)
		dst[n] = uint32(from)
		from++
	}
	return nil
}

// KeepsRows says whether the block keeps the template of each row, once somebody
// has asked for one: then TemplateRows does not look at the rows of others.
func (b *Block) KeepsRows() bool {
	return b.depth == 0 && len(b.Templates) <= 256 && len(b.Templates) > 1
}

// Relative says whether reference times are needed to join rows of the block.
func (b *Block) Relative() bool {
	for t := range b.Templates {
		for k := range b.Templates[t].Columns {
			if c := &b.Templates[t].Columns[k]; c.relative != 0 || c.Kind == KindNested {
				return true
			}
		}
	}
	return false
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
		v.Nested, err = b.nested(c, n)
		return err
	case KindCopy:
		return b.column(t, c.Of, v)
	}
	return fmt.Errorf("%w: %v", colenc.ErrCorrupt, c.Kind)
}

// Nested is the block of variable k of template t, whose rows are the rows of the
// template.
func (b *Block) Nested(t, k int) (*Block, error) {
	n, err := b.nested(b.variable(t, k), b.Templates[t].Rows)
	if err != nil {
		return nil, fmt.Errorf("variable %d of template %d: %w", k, t, err)
	}
	return n, nil
}

func (b *Block) nested(c *Column, rows int) (*Block, error) {
	keep := &b.columns[c.keep-1].nested
	if n := keep.Load(); n != nil {
		return n, nil
	}
	n, err := open(c.parts[0], b.depth+1, b.uuids)
	if err != nil {
		return nil, err
	}
	if n.Rows != rows {
		return nil, fmt.Errorf("%w: nested block of %d rows, want %d", colenc.ErrCorrupt, n.Rows, rows)
	}
	if n.Memory() <= b.mostKept(c) {
		keep.Store(n)
	}
	return n, nil
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

// FilterInts sets in rows, a set over the rows of template t, those whose
// Values.Ints of variable k are in [lo, hi]: numbers, moments, addresses,
// UUIDs and dictionary values as Column would give them (a text among numbers
// counts as any number). The column is only decoded when its range leaves the
// answer open; scratch may be nil and is returned for reuse.
func (b *Block) FilterInts(rows colenc.Bitmap, scratch []int64, t, k int, lo, hi int64) ([]int64, error) {
	tpl := &b.Templates[t]
	c := &tpl.Columns[k]
	if c.Kind == KindCopy {
		c = &tpl.Columns[c.Of]
	}
	part := c.parts[0]
	switch c.Kind {
	case KindNumber, KindTime, KindIPv4, KindUUID:
	case KindDict:
		part = c.parts[1]
	default:
		panic("logtype: filter by number on a variable of kind " + c.Kind.String())
	}
	scratch, err := colenc.FilterInts(rows, scratch, part, tpl.Rows, lo, hi)
	if err != nil {
		return scratch, fmt.Errorf("variable %d of template %d: %w", k, t, err)
	}
	return scratch, nil
}
