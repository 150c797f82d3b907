package logexec

import (
	"maps"
	"slices"
	"sync"
)

// newRows begins a new scope: rows that are no events, with nothing in them.
// The stage that makes them still reads the old one.
func (c *compiler) newRows() *scope {
	c.scope = &scope{number: c.scope.number + 1}
	c.src, c.names, c.sources, c.joined = nil, map[string]int{}, map[string]int{}, nil
	c.columns, c.displayed, c.extra = nil, nil, nil
	c.byKeys, c.bin = nil, nil
	return c.scope
}

// resultOf begins a new scope whose rows have these columns.
func (c *compiler) resultOf(names ...string) *scope {
	s := c.newRows()
	for _, n := range names {
		c.columns = append(c.columns, column{n, c.define(n)})
	}
	return s
}

func (c *compiler) newSlot() int {
	c.scope.width++
	if c.src != nil {
		c.src.of = append(c.src.of, nil)
	}
	return c.scope.width - 1
}

// define names a slot that the command being compiled fills.
func (c *compiler) define(name string) int {
	s := c.newSlot()
	c.names[name] = s
	return s
}

// replace is define for a name that may be in use already; a column of that
// name shows the new values.
func (c *compiler) replace(name string) int {
	s := c.define(name)
	for _, list := range [][]column{c.columns, c.displayed, c.extra} {
		for i := range list {
			if list[i].name == name {
				list[i].slot = s
			}
		}
	}
	return s
}

// show adds a column behind those that fields or stats chose.
func (c *compiler) show(name string, slot int) { c.extra = append(c.extra, column{name, slot}) }

// visible are the columns the result would have if the pipeline ended here:
// those of display, else those of fields and stats (time and message of events
// when there are none) and those that other commands added.
func (c *compiler) visible() []column {
	if c.displayed != nil {
		return c.displayed
	}
	out := slices.Clone(c.columns)
	if len(out) == 0 && c.src != nil {
		for _, name := range []string{"@timestamp", "@message"} {
			slot, _ := c.sourceSlot(name)
			out = append(out, column{name, slot})
		}
	}
	for _, col := range c.extra {
		if !slices.ContainsFunc(out, func(o column) bool { return o.name == col.name }) {
			out = append(out, col)
		}
	}
	return out
}

// keep answers, once everything is compiled, which slots of the present scope
// the stages behind this one read: what a stage that holds rows must hold.
func (c *compiler) keep() func() []int {
	i, sc := len(c.uses), c.scope
	return sync.OnceValue(func() []int { return c.readsOf(min(i+1, len(c.uses)), sc) })
}

// readsOf are the slots of a scope that the stages from one on read, once
// everything is compiled.
func (c *compiler) readsOf(from int, sc *scope) []int {
	set := map[int]bool{}
	for _, u := range c.uses[from:] {
		if u.scope == sc {
			maps.Copy(set, u.slots)
		}
	}
	return slices.Sorted(maps.Keys(set))
}
