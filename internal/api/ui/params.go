package ui

import (
	"slices"
	"strconv"
)

// known refuses query parameters that a question does not have: a misspelt
// name would otherwise be a silently ignored filter.
func known(r *request, names ...string) error {
	for name := range r.URL.Query() {
		if !slices.Contains(names, name) {
			return invalid("unknown parameter %q, want one of %v", name, names)
		}
	}
	return nil
}

// intParam reads a whole number within bounds; absent means otherwise.
func intParam(r *request, name string, otherwise, least, most int) (int, error) {
	s := r.URL.Query().Get(name)
	if s == "" {
		return otherwise, nil
	}
	n, err := strconv.Atoi(s)
	if err != nil || n < least || n > most {
		return 0, invalid("%s is %q, want a whole number from %d to %d", name, s, least, most)
	}
	return n, nil
}

// maxTime is the end of year 9999, in milliseconds.
const maxTime = 253402300799999

// rangeParams reads start and end in milliseconds. Without both it is the last
// 24 hours.
func (h *Handler) rangeParams(r *request) (start, end int64, err error) {
	q := r.URL.Query()
	if !q.Has("start") && !q.Has("end") {
		end = h.cfg.Now().UnixMilli()
		return end - 24*3600*1000, end, nil
	}
	for _, p := range []struct {
		name string
		into *int64
	}{{"start", &start}, {"end", &end}} {
		*p.into, err = strconv.ParseInt(q.Get(p.name), 10, 64)
		if err != nil || *p.into < 0 || *p.into > maxTime {
			return 0, 0, invalid("%s is %q, want milliseconds since the epoch", p.name, q.Get(p.name))
		}
	}
	if start >= end {
		return 0, 0, invalid("start (%d) is not before end (%d)", start, end)
	}
	return start, end, nil
}
