package logexec

import "skywatch/internal/logtype"

// pack packs the keys of a selection when the only one that varies is a text
// that is taken apart. rest are the rows whose keys do not pack: all of them
// when that is not so.
func (u *unit) pack(g *grouper, keys []keyIDs, vecs []*numberVec, sel []uint32) (packed []packedKey, in, rest []uint32) {
	at := -1
	for i := range keys {
		switch {
		case !keys[i].varies():
		case at >= 0 || keys[i].text == nil:
			return nil, nil, sel
		default:
			at = i
		}
	}
	if at < 0 {
		return nil, nil, sel
	}
	for _, j := range g.packed.nums {
		if vecs[j] == nil {
			return nil, nil, sel
		}
	}
	k := keys[at].text.k
	if c, _ := u.column(k); c.Kind != logtype.KindNested {
		return nil, nil, sel
	}
	if u.tpl.Columns[k].Kind == logtype.KindCopy {
		k = u.tpl.Columns[k].Of
	}
	n := u.nested(k)
	if n == nil {
		return nil, nil, sel
	}
	like := keyShape{key: at, vals: make([]value, len(keys))}
	for j := range keys {
		switch {
		case j == at:
			like.vals[j] = value{kind: text}
			continue
		case j < at:
			like.front = appendKey(like.front, &keys[j].vals[0])
		default:
			like.behind = appendKey(like.behind, &keys[j].vals[0])
		}
		like.vals[j] = keys[j].vals[0]
	}
	w := u.w
	if cap(w.packed) < u.n {
		w.packed = make([]packedKey, u.n)
	}
	packed = w.packed[:u.n]
	clean := true
	for t := range n.units {
		clean = n.units[t].packInto(packed, g.packed.shapes, like) && clean
		if w.err != nil {
			return nil, nil, sel
		}
	}
	if clean {
		return packed, sel, nil
	}
	for _, o := range sel {
		if packed[o].shape == noShape {
			rest = append(rest, o)
		} else {
			in = append(in, o)
		}
	}
	return packed, in, rest
}

// maxSentences is of how many sentences one template can be whose words come
// from dictionaries.
const maxSentences = 256

// packInto packs the texts of one template of a nested block; false when some
// do not pack: their shape is noShape.
func (u *unit) packInto(keys []packedKey, shapes *keyShapes, like keyShape) (clean bool) {
	w := u.w
	rows := w.all(u.n)
	if len(u.nest.units) > 1 {
		rows = u.nest.rowsOf(u.t)
	}
	none := func() bool {
		for _, r := range rows {
			keys[r].shape = noShape
		}
		return false
	}
	vars, sentences := 0, 1
	for k := range u.tpl.Columns {
		switch c := &u.tpl.Columns[k]; c.Kind {
		case logtype.KindDict:
			if sentences *= max(1, c.Distinct); sentences > maxSentences {
				return none()
			}
		case logtype.KindNumber:
			for i := range c.Forms {
				if f := &c.Forms[i]; f.IsText || f.Scale != c.Forms[0].Scale {
					return none()
				}
			}
			vars++
		case logtype.KindTime, logtype.KindIPv4:
			vars++
		default:
			return none()
		}
	}
	if u.tpl.Raw || vars > maxShapeVars {
		return none()
	}
	for _, r := range rows {
		keys[r] = packedKey{}
	}
	size := uint(64)
	if vars > 2 {
		size = uint(128 / vars)
	}
	words, err := u.words(keys, rows)
	clean = err == nil
	for k := range u.tpl.Columns {
		c, v := &u.tpl.Columns[k], &w.packing
		if err != nil {
			break
		}
		if c.Kind == logtype.KindDict {
			continue
		}
		if err = u.nest.block.Column(u.t, k, v); err != nil {
			break
		}
		if v.Relative != 0 {
			c.Absolute(v, u.nest.times(), rows)
		}
		vars--
		clean = packColumn(keys, rows, c, v, size, size*uint(vars)) && clean
	}
	if err != nil {
		u.nest.fail(err)
		return false
	}
	numbers := make([]uint32, sentences) // by sentence, its shape + 1
	for _, r := range rows {
		key := &keys[r]
		if key.shape == noShape {
			continue
		}
		s := key.shape
		if numbers[s] == 0 {
			numbers[s] = shapes.number(u.sentence(like, words, s, size)) + 1
		}
		key.shape = numbers[s] - 1
		clean = clean && key.shape != noShape
	}
	return clean
}

// wordColumn is a dictionary of a template. The number of a sentence is the sum
// of its words' numbers, each times the stride.
type wordColumn struct {
	k                int
	stride, distinct uint32
	values           logtype.Values
}

// words decodes the dictionary columns of the template, and sets the shapes of
// rows to the numbers of their sentences for now.
func (u *unit) words(keys []packedKey, rows []uint32) ([]wordColumn, error) {
	w := u.w
	w.words = w.words[:0]
	stride := 1
	for k := range u.tpl.Columns {
		c := &u.tpl.Columns[k]
		if c.Kind != logtype.KindDict {
			continue
		}
		if n := len(w.words); n < cap(w.words) {
			w.words = w.words[:n+1] // and the memory of its values
		} else {
			w.words = append(w.words, wordColumn{})
		}
		d := &w.words[len(w.words)-1]
		d.k, d.stride, d.distinct = k, uint32(stride), uint32(c.Distinct)
		if err := u.nest.block.Column(u.t, k, &d.values); err != nil {
			return nil, err
		}
		for i, r := range rows {
			keys[r].shape += d.stride * uint32(d.values.Ints[i])
		}
		stride *= c.Distinct
	}
	return w.words, nil
}

// sentence is the shape of a sentence of the template.
func (u *unit) sentence(like keyShape, words []wordColumn, n uint32, size uint) *keyShape {
	s := like
	s.bits = size
	text := u.tpl.Static[0]
	for k := range u.tpl.Columns {
		c := &u.tpl.Columns[k]
		if c.Kind == logtype.KindDict {
			for i := range words {
				if d := &words[i]; d.k == k {
					text += string(d.values.Strings.At(int(n / d.stride % d.distinct)))
				}
			}
			text += u.tpl.Static[k+1]
			continue
		}
		v := keyVar{kind: c.Kind}
		switch c.Kind {
		case logtype.KindNumber:
			v.scale = c.Forms[0].Scale
		case logtype.KindTime:
			v.layout = c.Layout
		}
		s.static, s.vars = append(s.static, text), append(s.vars, v)
		text = u.tpl.Static[k+1]
	}
	s.static = append(s.static, text)
	return &s
}

// packColumn packs a variable into the keys of rows, at a place counted from
// the lowest bit; false when some do not pack, those have noShape then. It writes
// over the values.
func packColumn(keys []packedKey, rows []uint32, c *logtype.Column, v *logtype.Values, size, place uint) (clean bool) {
	ints := v.Ints[:len(rows)]
	clean = true
	switch c.Kind {
	case logtype.KindNumber:
		f := &c.Forms[0]
		width := int(f.Scale) + max(1, int(f.Width))
		if lo, hi, ok := c.Range(); ok && width <= maxNumberDigits && lo >= 0 && uint64(hi) < tens[width] {
			for i, n := range ints { // none needs more digits
				ints[i] = int64(tens[width]+uint64(n)) << 1
			}
			break
		}
		for i, n := range ints {
			if v.Codes != nil {
				f = &c.Forms[v.Codes[i]]
			}
			code, ok := packNumber(n, f)
			if !ok {
				keys[rows[i]].shape, clean = noShape, false
			}
			ints[i] = int64(code)
		}
	case logtype.KindTime:
		for i, n := range ints {
			ints[i] = n<<1 ^ n>>63
		}
	}
	limit := uint64(1)<<size - 1 // all of 64 bits when size is 64
	for i, r := range rows {
		key, code := &keys[r], uint64(ints[i])
		if code > limit {
			key.shape, clean = noShape, false
			continue
		}
		if place >= 64 {
			key.hi |= code << (place & 63)
			continue
		}
		key.lo |= code << (place & 63)
		key.hi |= code >> 1 >> (63 - place&63)
	}
	return clean
}
