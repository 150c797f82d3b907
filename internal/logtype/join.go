package logtype

import (
	"fmt"

	"skywatch/internal/colenc"
)

// Joiner turns rows of a block back into messages. It decodes each column once,
// when the first row that needs it is asked for, and allocates nothing per row.
// It is not safe for concurrent use.
type Joiner struct {
	block *Block
	refs  []int64
	ids   []int64
	// ordinals is the place of each row among those of its template.
	ordinals  []uint32
	templates []joinTemplate
	time      timeWriter
	nested    bool
}

type joinTemplate struct {
	ready bool
	cols  []joinColumn
	rows  []uint32 // in the block; only when a nested block needs references
}

type joinColumn struct {
	values Values
	sub    *Joiner
}

// NewJoiner prepares to join the rows of b. refs are the reference times that
// the rows were encoded with.
func NewJoiner(b *Block, refs []int64) (*Joiner, error) {
	j := &Joiner{}
	return j, j.Reset(b, refs)
}

// Reset prepares for another block.
func (j *Joiner) Reset(b *Block, refs []int64) error {
	if len(refs) != b.Rows {
		return fmt.Errorf("join messages: %d reference times for %d rows", len(refs), b.Rows)
	}
	ids, err := b.TemplateIDs(j.ids)
	if err != nil {
		return err
	}
	*j = Joiner{block: b, refs: refs, ids: ids, ordinals: j.ordinals[:0], templates: make([]joinTemplate, len(b.Templates))}
	next := make([]uint32, len(b.Templates))
	for _, id := range ids {
		j.ordinals = append(j.ordinals, next[id])
		next[id]++
	}
	return nil
}

// load decodes the columns of a template.
func (j *Joiner) load(t int) error {
	jt := &j.templates[t]
	tpl := &j.block.Templates[t]
	jt.cols = make([]joinColumn, len(tpl.Columns))
	for k := range tpl.Columns {
		c := &jt.cols[k]
		if tpl.Columns[k].Kind == KindCopy {
			continue
		}
		if err := j.block.Column(t, k, &c.values); err != nil {
			return err
		}
		if c.values.Nested == nil {
			continue
		}
		refs := make([]int64, 0, tpl.Rows)
		for i, id := range j.ids {
			if id == int64(t) {
				refs = append(refs, j.refs[i])
			}
		}
		sub, err := NewJoiner(c.values.Nested, refs)
		if err != nil {
			return fmt.Errorf("variable %d of template %d: %w", k, t, err)
		}
		c.sub = sub
	}
	jt.ready = true
	return nil
}

// Append appends the message of a row to dst.
func (j *Joiner) Append(dst []byte, row int) ([]byte, error) {
	t := int(j.ids[row])
	jt := &j.templates[t]
	if !jt.ready {
		if err := j.load(t); err != nil {
			return dst, fmt.Errorf("join message %d: %w", row, err)
		}
	}
	tpl := &j.block.Templates[t]
	i := int(j.ordinals[row])
	var err error
	for k := range tpl.Columns {
		dst = append(dst, tpl.Static[k]...)
		if dst, err = j.value(dst, tpl, jt, k, i, row); err != nil {
			return dst, err
		}
	}
	return append(dst, tpl.Static[len(tpl.Columns)]...), nil
}

// AppendValue appends the text of variable k of the row's template.
func (j *Joiner) AppendValue(dst []byte, row, k int) ([]byte, error) {
	t := int(j.ids[row])
	jt := &j.templates[t]
	if !jt.ready {
		if err := j.load(t); err != nil {
			return dst, fmt.Errorf("join message %d: %w", row, err)
		}
	}
	return j.value(dst, &j.block.Templates[t], jt, k, int(j.ordinals[row]), row)
}

// AppendField appends the text of a field of the row's template; see
// [Field.Value] for what a query sees of it.
func (j *Joiner) AppendField(dst []byte, row int, f *Field) (_ []byte, err error) {
	if f.Var < 0 {
		return append(dst, f.Const...), nil
	}
	tpl := &j.block.Templates[j.ids[row]]
	dst = append(dst, f.Before...)
	for k := f.Var; k <= f.Last; k++ {
		if k > f.Var {
			dst = append(dst, tpl.Static[k]...)
		}
		if dst, err = j.AppendValue(dst, row, k); err != nil {
			return dst, err
		}
	}
	return append(dst, f.After...), nil
}

// AppendRows appends the messages of rows to s.
func (j *Joiner) AppendRows(s *colenc.Strings, rows []uint32) (err error) {
	for _, r := range rows {
		if s.Bytes, err = j.Append(s.Bytes, int(r)); err != nil {
			return err
		}
		s.Ends = append(s.Ends, uint32(len(s.Bytes)))
	}
	return nil
}

// AppendAll appends every message of the block to s.
func (j *Joiner) AppendAll(s *colenc.Strings) (err error) {
	if need := len(s.Bytes) + int(min(j.block.Bytes, 64<<20)); cap(s.Bytes) < need {
		s.Bytes = append(make([]byte, 0, need), s.Bytes...)
	}
	for r := range j.ids {
		if s.Bytes, err = j.Append(s.Bytes, r); err != nil {
			return err
		}
		s.Ends = append(s.Ends, uint32(len(s.Bytes)))
	}
	return nil
}

// value appends the text of variable k in the i-th row of a template.
func (j *Joiner) value(dst []byte, tpl *Template, jt *joinTemplate, k, i, row int) ([]byte, error) {
	c := &tpl.Columns[k]
	v := &jt.cols[k].values
	switch c.Kind {
	case KindNumber:
		f := &c.Forms[0]
		if v.Codes != nil {
			f = &c.Forms[v.Codes[i]]
		}
		n := v.Ints[i]
		switch c.relative {
		case 1:
			n += j.refs[row]
		case 2:
			n += floorDiv(j.refs[row], 1000)
		}
		return appendNumber(dst, n, f), nil
	case KindTime:
		n := v.Ints[i]
		if c.relative != 0 {
			if n += c.Layout.fromMillis(j.refs[row]); c.Layout.TimeOfDay() {
				day := daySeconds * c.Layout.UnitsPerSecond()
				n -= floorDiv(n, day) * day
			}
		}
		return j.time.append(dst, c.Layout, n), nil
	case KindUUID:
		u := UUID(j.block.uuids[16*v.Ints[i]:])
		return u.Append(dst), nil
	case KindIPv4:
		return appendIPv4(dst, v.Ints[i]), nil
	case KindDict:
		return append(dst, v.Strings.At(int(v.Ints[i]))...), nil
	case KindText:
		return append(dst, v.Strings.At(i)...), nil
	case KindPattern:
		from := len(dst)
		dst = append(dst, c.Pattern...)
		digits := lowerHex
		if c.Upper {
			digits = upperHex
		}
		n, p := 0, i
		for at, varies := range c.varies {
			if !varies {
				continue
			}
			if n&1 == 0 {
				dst[from+at] = digits[v.raw[p]>>4]
			} else {
				dst[from+at] = digits[v.raw[p]&15]
				p += tpl.Rows
			}
			n++
		}
		return dst, nil
	case KindNested:
		return jt.cols[k].sub.Append(dst, i)
	case KindCopy:
		return j.value(dst, tpl, jt, c.Of, i, row)
	}
	panic("logtype: column of no kind")
}
