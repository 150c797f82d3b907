package cliout

import (
	"bufio"
	"slices"
	"strings"
)

const (
	// sample is how many rows decide the widths of the columns. Later rows with
	// longer cells stick out.
	sample = 1000
	gap    = "  "
	// narrow is the least a column keeps when a table is cut to the terminal.
	narrow = 8
)

// table aligns columns.
type table struct {
	out    *bufio.Writer
	opts   Options
	held   [][]string // rows until the widths are known
	widths []int      // nil until then
}

func newTable(out *bufio.Writer, opts Options) *table { return &table{out: out, opts: opts} }

func (t *table) row(values []Value) error {
	cells := make([]string, len(values))
	for i, v := range values {
		cells[i] = Visible(v.Text)
	}
	if t.widths != nil {
		return t.line(cells)
	}
	if t.held = append(t.held, cells); len(t.held) < sample {
		return nil
	}
	return t.begin()
}

// begin decides the widths and writes what was held.
func (t *table) begin() error {
	t.widths = make([]int, len(t.opts.Columns))
	for i, c := range t.opts.Columns {
		t.widths[i] = Width(Visible(c))
	}
	for _, cells := range t.held {
		for i, c := range cells {
			t.widths[i] = max(t.widths[i], Width(c))
		}
	}
	fit(t.widths, t.opts.Width)
	head := make([]string, len(t.opts.Columns))
	rule := make([]string, len(head))
	for i, c := range t.opts.Columns {
		head[i] = Visible(c)
		rule[i] = strings.Repeat("-", t.widths[i])
	}
	if len(head) > 0 {
		if err := t.line(head); err != nil {
			return err
		}
		if err := t.line(rule); err != nil {
			return err
		}
	}
	held := t.held
	t.held = nil
	for _, cells := range held {
		if err := t.line(cells); err != nil {
			return err
		}
	}
	return nil
}

// fit cuts the widest columns until the table has at most width cells.
func fit(widths []int, width int) {
	if width <= 0 || len(widths) == 0 {
		return
	}
	total := len(gap) * (len(widths) - 1)
	for _, w := range widths {
		total += w
	}
	for total > width {
		widest := 0
		for i, w := range widths {
			if w > widths[widest] {
				widest = i
			}
		}
		if widths[widest] <= narrow {
			return // too many columns: let the lines wrap
		}
		// Down to the second widest, or as far as is needed.
		next := narrow
		for i, w := range widths {
			if i != widest {
				next = max(next, w)
			}
		}
		by := min(total-width, max(1, widths[widest]-next))
		widths[widest] -= by
		total -= by
	}
}

func (t *table) line(cells []string) error {
	for i, c := range cells {
		w := Width(c)
		if t.opts.Width > 0 && w > t.widths[i] {
			c = Cut(c, t.widths[i])
			w = Width(c)
		}
		pad := max(0, t.widths[i]-w)
		right := i < len(t.opts.Right) && t.opts.Right[i]
		if right {
			t.spaces(pad)
		}
		t.out.WriteString(c)
		if i == len(cells)-1 {
			break
		}
		if !right {
			t.spaces(pad)
		}
		t.out.WriteString(gap)
	}
	return t.out.WriteByte('\n')
}

const blanks = "                                "

func (t *table) spaces(n int) {
	for ; n > len(blanks); n -= len(blanks) {
		t.out.WriteString(blanks)
	}
	t.out.WriteString(blanks[:n])
}

func (t *table) close() error {
	if t.widths == nil {
		return t.begin()
	}
	return nil
}

// Union returns the columns of rows in the order of their first appearance.
func Union(columns []string, more ...string) []string {
	for _, c := range more {
		if !slices.Contains(columns, c) {
			columns = append(columns, c)
		}
	}
	return columns
}
