package datafolder

import (
	"cmp"
	"fmt"
	"path/filepath"
	"slices"
	"strconv"

	"skywatch/internal/logtype"
	"skywatch/internal/segment"
)

// templates are the tables of what the messages of a segment were taken apart
// into: the most frequent templates of each block, and what the variables of
// all of them are and take.
func (in *inspector) templates(path string, r *segment.Reader) ([]Table, error) {
	name := filepath.Base(path)
	list := Table{Title: "Templates of " + name, Columns: []string{"block", "group", "of", "events", "variables", "bytes", "template"},
		Right: []bool{true, false, true, true, true, true, false}}
	kinds := Table{Title: "Variables of " + name, Columns: []string{"kind", "variables", "values", "bytes"}, Right: []bool{false, true, true, true}}
	total := map[logtype.Kind][3]int64{} // variables, values, bytes
	for i := range r.Blocks() {
		if err := in.ctx.Err(); err != nil {
			return nil, err
		}
		if !r.Block(i).Typed() {
			continue
		}
		b, err := r.Open(i)
		if err != nil {
			return nil, fmt.Errorf("block %d: %w", i, err)
		}
		order := make([]*logtype.Template, len(b.Templates))
		for k := range b.Templates {
			t := &b.Templates[k]
			order[k] = t
			for c := range t.Columns {
				kind := t.Columns[c].Kind
				n := total[kind]
				total[kind] = [3]int64{n[0] + 1, n[1] + int64(t.Rows), n[2] + int64(t.Columns[c].Size())}
			}
		}
		slices.SortStableFunc(order, func(a, b *logtype.Template) int { return cmp.Compare(b.Rows, a.Rows) })
		for _, t := range order[:min(len(order), in.opts.Templates)] {
			list.Rows = append(list.Rows, []string{strconv.Itoa(i), in.group(r.Block(i).Group), strconv.Itoa(len(order)), strconv.Itoa(t.Rows),
				strconv.Itoa(len(t.Columns)), strconv.Itoa(templateSize(t)), t.String()})
		}
	}
	for kind, n := range total {
		kinds.Rows = append(kinds.Rows, []string{kind.String(), fmt.Sprint(n[0]), fmt.Sprint(n[1]), fmt.Sprint(n[2])})
	}
	slices.SortFunc(kinds.Rows, slices.Compare)
	return []Table{list, kinds}, nil
}

// templateSize is the bytes of a template's variables.
func templateSize(t *logtype.Template) (n int) {
	for i := range t.Columns {
		n += t.Columns[i].Size()
	}
	return n
}
