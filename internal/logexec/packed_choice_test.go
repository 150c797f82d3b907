package logexec

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"skywatch/internal/logtype"
)

// TestPackedChoice holds which packed groups are kept against the counts of all
// groups: those up to the last wanted one in the order of the sort and those
// that the sort puts beside it, no more and no less.
func TestPackedChoice(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 5))
	orders := []struct {
		sort string
		key  func(count int64) int64 // ascending
	}{
		{"n desc", func(n int64) int64 { return -n }},
		{"n", func(n int64) int64 { return n }},
		{"n desc, key", func(n int64) int64 { return -n }},
		{"m desc, key desc", func(n int64) int64 { return 2 * n }},
		{"n % 3 desc", func(n int64) int64 { return -(n % 3) }},
		{"n % 3, n desc", func(n int64) int64 { return n%3*10_000 - n }},
	}
	for round := range 400 {
		groups := 2 + r.IntN(12)
		order, limit := orders[round%len(orders)], 1+r.IntN(groups-1)
		req := Request{Query: mustParse(t, fmt.Sprintf("stats count(*) as n, 0 - 2 * n as m by key | sort %s | limit %d", order.sort, limit))}
		req.setDefaults()
		p, err := compile(&req)
		if err != nil {
			t.Fatal(err)
		}
		b := newBudget(t.Context(), 1<<30, nil)
		at := slices.IndexFunc(p.stages, func(s stage) bool { return s.stats != nil })
		g := p.build(0, len(p.stages), &output{plan: p, budget: b}, b).sinks[at].(*grouper)

		shapes := &keyShapes{}
		number := shapes.number(&keyShape{bits: 64, vals: make([]value, 1), static: []string{"a/", ""}, vars: []keyVar{{kind: logtype.KindNumber}}})
		from := &packer{}
		counts := make([]int64, groups)
		for i := range counts {
			counts[i] = 1 + r.Int64N(1+r.Int64N(9))
			if r.IntN(20) == 0 {
				counts[i] += 2000 // more than are counted in a table
			}
			code, _ := packNumber(int64(i), &logtype.Form{})
			keys := []packedKey{{lo: code, shape: number}}
			for range counts[i] {
				from.table.note(keys, []uint32{0}, nil)
			}
		}
		all, total := mergePacked([]*packer{from})
		if total != groups {
			t.Fatalf("%d groups, want %d", total, groups)
		}
		keep := newPackedChoice(g, shapes.all(), all, total, g.next)
		var ranks []int64
		for _, n := range counts {
			ranks = append(ranks, order.key(n))
		}
		slices.Sort(ranks)
		last := ranks[limit-1]
		for p := range all.parts {
			list := all.parts[p].list
			for i := 1; i < len(list); i++ {
				if got, want := keep.wants(&list[i]), order.key(list[i].n) <= last; got != want {
					t.Errorf("sort %s limit %d of %v: a group of %d rows is wanted: %v, want %v", order.sort, limit, counts, list[i].n, got, want)
				}
			}
		}
	}
}

// TestPackedTable counts random rows in several tables, some of them before all
// rows are there, and holds groups and numbers against maps.
func TestPackedTable(t *testing.T) {
	r := rand.New(rand.NewPCG(6, 6))
	for range 60 {
		calls, span := r.IntN(3), uint64(1+r.IntN(3000))
		p := make([]*packer, 1+r.IntN(3))
		counts, sums := map[packedKey]int64{}, map[packedKey][2]float64{}
		b := newBudget(t.Context(), 1<<40, nil)
		for i := range p {
			p[i] = &packer{nums: make([]int, calls)}
			for range r.IntN(4) {
				keys := make([]packedKey, r.IntN(3000))
				late := make([]lateNumbers, calls)
				for c := range late {
					late[c].nums = make([]float64, len(keys))
					if r.IntN(2) == 0 {
						late[c].kind = make([]kind, len(keys))
					}
				}
				var sel []uint32
				for k := range keys {
					keys[k] = packedKey{hi: r.Uint64N(2), lo: r.Uint64N(span), shape: uint32(r.IntN(2))}
					if r.IntN(5) == 0 {
						continue
					}
					sel = append(sel, uint32(k))
					counts[keys[k]]++
					sum := sums[keys[k]]
					for c := range late {
						late[c].nums[k] = float64(r.IntN(9))
						if late[c].kind != nil && r.IntN(2) == 0 {
							late[c].kind[k] = null
							continue
						} else if late[c].kind != nil {
							late[c].kind[k] = number
						}
						sum[c] += late[c].nums[k]
					}
					sums[keys[k]] = sum
				}
				p[i].waiting += p[i].table.note(keys, sel, late)
				if r.IntN(3) == 0 {
					if err := p[i].count(b); err != nil {
						t.Fatal(err)
					}
				}
			}
		}
		all, total := mergePacked(p)
		if total != len(counts) {
			t.Fatalf("%d groups, want %d", total, len(counts))
		}
		got := map[packedKey][2]float64{}
		for i := range all.parts {
			part := &all.parts[i]
			for k := 1; k < len(part.list); k++ {
				key := part.list[k].packedKey
				key.hash = 0
				if n := part.list[k].n; n != counts[key] {
					t.Fatalf("%+v has %d rows, want %d", key, n, counts[key])
				}
			}
			for _, rows := range part.late {
				for k, id := range rows.ids {
					key := part.list[id].packedKey
					key.hash = 0
					sum := got[key]
					for c := range calls {
						if f := rows.nums[c*packedRun+k]; f == f {
							sum[c] += f
						}
					}
					got[key] = sum
				}
			}
		}
		for key, want := range sums {
			if got[key] != want {
				t.Fatalf("%+v adds up to %v, want %v", key, got[key], want)
			}
		}
	}
}
