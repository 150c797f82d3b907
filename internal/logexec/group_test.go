package logexec

import (
	"fmt"
	"testing"

	"skywatch/internal/colenc"
	"skywatch/internal/lang/insights"
	"skywatch/internal/logpart/logparttest"
)

// TestOnlyWantedGroups holds the rows of a limited stats against the first ones
// of all, ties and all, and wants to see the others left out.
func TestOnlyWantedGroups(t *testing.T) {
	var events []logparttest.Event
	for i := range 4000 {
		events = append(events, logparttest.Event{Group: 1, Stream: 1, Timestamp: estateStart.UnixMilli() + int64(i),
			Message: fmt.Sprintf("took=%d by k%d-%d", i%97, i*i%1009, i%3)})
	}
	src := logparttest.New(events, logparttest.Options{BlockRows: 500, Level: colenc.Fast})
	rows := func(query string, plain bool) [][]Cell {
		t.Helper()
		q, err := insights.Parse(query)
		if err != nil {
			t.Fatal(err)
		}
		res, err := Run(t.Context(), src, Request{Query: q, Groups: []Group{{ID: 1, Name: "g"}}, EndMs: 1 << 60, Plain: plain}, nil)
		if err != nil {
			t.Fatal(err)
		}
		return res.Rows
	}
	const stats = `parse @message "took=* by *" as ms, key | stats count(*) as n, max(ms) as top, pct(ms, 50) as half, n * 2 as twice by key `
	for _, order := range []string{"", "| sort n desc ", "| sort n asc, half desc ", "| sort twice desc, top asc ", "| sort key desc "} {
		// A filter that holds for all keeps the limit away from the stats.
		all := rows(stats+"| filter n > 0 "+order, true)
		for _, limit := range []int{1, 7, 20, 500, 5000} {
			for _, plain := range []bool{false, true} {
				got := rows(fmt.Sprintf("%s%s| limit %d", stats, order, limit), plain)
				if want := all[:min(limit, len(all))]; fmt.Sprint(got) != fmt.Sprint(want) {
					t.Errorf("%slimit %d, plain %v: got\n%.2000v\nwant\n%.2000v", order, limit, plain, fmt.Sprint(got), fmt.Sprint(want))
				}
			}
		}
	}
}

// TestWanted says which stages behind a stats want few groups, whatever stands
// between to watch over the query.
func TestWanted(t *testing.T) {
	b := newBudget(t.Context(), 1<<20, nil)
	for _, c := range []struct {
		query string
		n     int
	}{
		{"stats count(*) as n by x | limit 5", 5},
		{"stats count(*) as n by x | sort n desc | limit 20", 20},
		{"stats count(*) as n by x | filter n > 1 | limit 20", 0},
		{"stats count(*) as n by x", DefaultLimit},
	} {
		q, err := insights.Parse(c.query)
		if err != nil {
			t.Fatal(err)
		}
		p, err := compile(&Request{Query: q})
		if err != nil {
			t.Fatal(err)
		}
		ch := p.build(0, len(p.stages), &output{plan: p, budget: b}, b)
		for _, s := range ch.sinks {
			if g, ok := s.(*grouper); ok {
				if n, _ := wanted(g.next); n != c.n {
					t.Errorf("%s: %d groups are wanted, want %d", c.query, n, c.n)
				}
			}
		}
	}
}
