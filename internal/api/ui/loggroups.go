package ui

import (
	"cmp"
	"slices"
	"strings"

	"skywatch/internal/lang/insights"
)

type groupAnswer struct {
	Name          string `json:"name"`
	Bytes         int64  `json:"bytes"`
	Events        int64  `json:"events"`
	FirstEvent    *int64 `json:"firstEvent"`
	LastEvent     *int64 `json:"lastEvent"`
	RetentionDays *int   `json:"retentionDays"`
	Created       int64  `json:"created"`
}

type groupsAnswer struct {
	Total   int           `json:"total"`
	Matched int           `json:"matched"`
	Groups  []groupAnswer `json:"groups"`
}

func (h *Handler) listLogGroups(r *request) (any, error) {
	if err := known(r, "pattern", "limit"); err != nil {
		return nil, err
	}
	limit, err := intParam(r, "limit", 200, 1, 5000)
	if err != nil {
		return nil, err
	}
	pattern := r.URL.Query().Get("pattern")
	if len(pattern) > 512 {
		return nil, invalid("pattern has %d bytes, want at most 512", len(pattern))
	}
	matches := matcher(pattern)
	all := h.cfg.Groups.Groups(r.scope)
	a := groupsAnswer{Total: len(all), Groups: []groupAnswer{}}
	for _, g := range all {
		if !matches(g.Name) {
			continue
		}
		st := h.cfg.Catalog.GroupStat(g.ID)
		row := groupAnswer{Name: g.Name, Bytes: st.Bytes, Events: st.Events, Created: g.Created}
		if st.Events > 0 {
			row.FirstEvent, row.LastEvent = &st.FirstEvent, &st.LastEvent
		}
		if g.RetentionDays > 0 {
			row.RetentionDays = &g.RetentionDays
		}
		a.Groups = append(a.Groups, row)
	}
	a.Matched = len(a.Groups)
	last := func(g groupAnswer) int64 {
		if g.LastEvent == nil {
			return 0
		}
		return *g.LastEvent
	}
	slices.SortStableFunc(a.Groups, func(x, y groupAnswer) int { return cmp.Compare(last(y), last(x)) })
	a.Groups = a.Groups[:min(limit, len(a.Groups))]
	return a, nil
}

// matcher returns the test for a pattern: a glob over the whole name when it
// has * or ?, otherwise a substring in any case.
func matcher(pattern string) func(string) bool {
	if strings.ContainsAny(pattern, "*?") {
		return func(s string) bool { return glob(pattern, s) }
	}
	lower := strings.ToLower(pattern)
	return func(s string) bool { return strings.Contains(strings.ToLower(s), lower) }
}

// glob matches * (any text) and ? (any one byte) in time len(pattern)·len(s):
// of all stars only the last one seen can need another try.
func glob(pattern, s string) bool {
	p, i, star, mark := 0, 0, -1, 0
	for i < len(s) {
		switch {
		case p < len(pattern) && pattern[p] == '*':
			star, mark = p, i
			p++
		case p < len(pattern) && (pattern[p] == '?' || pattern[p] == s[i]):
			p, i = p+1, i+1
		case star >= 0:
			mark++
			p, i = star+1, mark
		default:
			return false
		}
	}
	return strings.Trim(pattern[p:], "*") == ""
}

// insightsReference lists the query language for the editor's completion.
func insightsReference(r *request) (any, error) {
	if err := known(r); err != nil {
		return nil, err
	}
	return map[string]any{"entries": insights.Reference()}, nil
}
