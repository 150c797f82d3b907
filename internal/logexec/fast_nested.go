package logexec

import "skywatch/internal/logtype"

// nest is the block of a variable whose texts are themselves taken apart: its
// rows are those of the unit, and they are searched like messages, template by
// template.
type nest struct {
	of     *unit
	block  *logtype.Block
	units  []unit
	refs   []int64
	ids    []int64
	rows   [][]uint32 // by template
	joiner *logtype.Joiner
}

// nested opens variable k, nil when it is damaged.
func (u *unit) nested(k int) *nest {
	if u.nests == nil {
		u.nests = make([]*nest, len(u.tpl.Columns))
	}
	if u.nests[k] == nil {
		b, err := u.typed().Nested(u.t, k)
		if err != nil {
			u.w.fail(u.w.block.Corrupt(err))
			return nil
		}
		n := &nest{of: u, block: b, units: make([]unit, 0, len(b.Templates))}
		for t := range n.block.Templates {
			tpl := &n.block.Templates[t]
			n.units = append(n.units, unit{w: u.w, t: t, tpl: tpl, n: tpl.Rows, nest: n})
		}
		u.nests[k] = n
	}
	return u.nests[k]
}

// times are the reference times of the rows.
func (n *nest) times() []int64 {
	if n.refs == nil {
		u := n.of
		n.refs = make([]int64, u.n)
		switch {
		case u.n == 0:
		case u.nest != nil:
			for i := range n.refs {
				n.refs[i] = u.ref(uint32(i))
			}
		default:
			times := u.w.timestamps()
			u.blockRow(0) // reads the rows
			for i, r := range u.rows {
				n.refs[i] = times[r]
			}
		}
	}
	return n.refs
}

func (n *nest) rowsOf(t int) []uint32 {
	if n.rows == nil {
		n.rows = make([][]uint32, len(n.block.Templates))
		all := make([]uint32, n.block.Rows)
		for t := range n.rows {
			rows := n.block.Templates[t].Rows
			n.rows[t], all = all[:0:rows], all[rows:]
		}
		var err error
		if n.ids, err = n.block.TemplateIDs(nil); err != nil {
			n.fail(err)
			for t := range n.rows {
				n.rows[t] = n.rows[t][:cap(n.rows[t])]
			}
			return n.rows[t]
		}
		for i, t := range n.ids {
			n.rows[t] = append(n.rows[t], uint32(i))
		}
	}
	return n.rows[t]
}

func (n *nest) fail(err error) { n.of.w.fail(n.of.w.block.Corrupt(err)) }

func (n *nest) column(t, k int) (*logtype.Values, error) {
	v := &logtype.Values{}
	return v, n.of.w.block.Corrupt(n.block.Column(t, k, v))
}

func (n *nest) joins() (*logtype.Joiner, error) {
	if n.joiner == nil {
		j, err := logtype.NewJoiner(n.block, n.times())
		if err != nil {
			return nil, err
		}
		n.joiner = j
	}
	return n.joiner, nil
}

func (n *nest) append(dst []byte, row int) ([]byte, error) {
	j, err := n.joins()
	if err == nil {
		dst, err = j.Append(dst, row)
	}
	return dst, n.of.w.block.Corrupt(err)
}

// containing adds the rows whose text holds the needle.
func (n *nest) containing(nd needle, found *uint32Set) {
	for i := range n.units {
		u := &n.units[i]
		for _, o := range u.containing(nd, u.w.all(u.n)) {
			found.add(u.blockRow(o))
		}
	}
}

// letters are the bytes that the texts consist of at most; false while they are
// not known of every variable.
func (n *nest) letters() (all byteSet, ok bool) {
	for i := range n.units {
		u := &n.units[i]
		for k := range u.tpl.Columns {
			letters, any := u.alphabet(k)
			if any {
				return all, false
			}
			all = all.with(*letters)
		}
	}
	for i := range n.units {
		for _, s := range n.units[i].tpl.Static {
			all = all.with(setOf(s))
		}
	}
	return all, true
}
