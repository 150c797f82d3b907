package logexec

import (
	"maps"
	"slices"
	"strings"

	"skywatch/internal/lang/insights"
)

func (c *compiler) fillDown(cmd *insights.FillDown) {
	type filled struct {
		slot int
		get  eval
	}
	var names []string
	for _, col := range c.visible() {
		names = append(names, col.name)
	}
	for _, n := range slices.Sorted(maps.Keys(c.names)) {
		if len(cmd.Fields) > 0 && !slices.Contains(names, n) {
			names = append(names, n)
		}
	}
	var chosen []string
	if len(cmd.Fields) == 0 {
		chosen = names
	}
	for _, w := range cmd.Fields {
		if !w.Glob {
			chosen = append(chosen, w.Name)
			continue
		}
		for _, n := range names {
			if globMatch(w.Name, n) {
				chosen = append(chosen, n)
			}
		}
	}
	var list []filled
	seen := map[string]bool{}
	for _, n := range chosen {
		if seen[n] || n == "@ptr" {
			continue
		}
		seen[n] = true
		get := c.named(n)
		list = append(list, filled{c.replace(n), get})
	}
	c.add(stage{name: "filldown", make: func(next sink, _ *budget) sink {
		last := make([]value, len(list))
		return eachRow{next, func(r *row) error {
			for i, f := range list {
				if v := f.get(r); v.kind != null {
					last[i] = v
				}
				r.vals[f.slot] = last[i]
			}
			return next.push(r)
		}}
	}})
}

// globMatch says whether the whole of s fits a pattern with stars.
func globMatch(pattern, s string) bool {
	parts := strings.Split(pattern, "*")
	if len(parts) == 1 {
		return pattern == s
	}
	if !strings.HasPrefix(s, parts[0]) {
		return false
	}
	s = s[len(parts[0]):]
	for _, p := range parts[1 : len(parts)-1] {
		i := strings.Index(s, p)
		if i < 0 {
			return false
		}
		s = s[i+len(p):]
	}
	return strings.HasSuffix(s, parts[len(parts)-1])
}
