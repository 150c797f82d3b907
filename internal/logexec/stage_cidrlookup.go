package logexec

import (
	"net/netip"
	"strings"

	"skywatch/internal/lang/insights"
)

func (c *compiler) cidrLookup(cmd *insights.CIDRLookup) {
	t := c.table(cmd.Span, cmd.Table)
	column := 0
	switch {
	case c.err != nil:
		return
	case cmd.Column != "":
		column = c.tableColumn(cmd.Span, t, cmd.Table, cmd.Column)
	default:
		if column = rangeColumn(t); column < 0 {
			c.fail(cmd.Span, "the lookup table %q has no column that holds only address ranges; name one with as", cmd.Table)
			return
		}
	}
	get := c.field(cmd.Field.Path)
	out := c.tableOutputs(cmd.Span, t, cmd.Table, cmd.Output)
	// The first row of equal ranges counts, the longest prefix of several.
	rows := map[netip.Prefix][]string{}
	var bits [129]bool
	for _, row := range t.Rows {
		if p, ok := addressRange(row[column]); ok && rows[p] == nil {
			rows[p] = row
			bits[p.Bits()] = true
		}
	}
	c.addRowwise("cidrlookup", func(next sink, r *row) error {
		var found []string
		if s, ok := textOf(get, r); ok {
			if a, ok := address(s); ok {
				for n := a.BitLen(); n >= 0 && found == nil; n-- {
					if bits[n] {
						p, _ := a.Prefix(n)
						found = rows[p]
					}
				}
			}
		}
		fillOutputs(r, out, found, cmd.New)
		return next.push(r)
	})
}

// addressRange reads a CIDR range; an address alone is a range of one.
func addressRange(s string) (netip.Prefix, bool) {
	s = strings.TrimSpace(s)
	if a, ok := address(s); ok {
		return netip.PrefixFrom(a, a.BitLen()), true
	}
	p, err := netip.ParsePrefix(s)
	return p.Masked(), err == nil
}

// rangeColumn is the first column that holds only ranges, -1 for none.
func rangeColumn(t *Table) int {
	for i := range t.Columns {
		all := len(t.Rows) > 0
		for _, row := range t.Rows {
			if _, ok := addressRange(row[i]); !ok {
				all = false
				break
			}
		}
		if all {
			return i
		}
	}
	return -1
}
