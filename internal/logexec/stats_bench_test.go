package logexec

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
)

// BenchmarkPercentiles adds durations to a state and reads three percentiles:
// few are kept as they are, many in a sketch.
func BenchmarkPercentiles(b *testing.B) {
	r := rand.New(rand.NewPCG(1, 2))
	asked := percents{50, 95, 99}
	for _, n := range []int{2, 2_500, 100_000} {
		nums := make([]float64, n)
		for i := range nums {
			nums[i] = math.Round(100*math.Exp(r.NormFloat64()+4)) / 100
		}
		b.Run(fmt.Sprintf("%d", n), func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(8 * n))
			for b.Loop() {
				a := percentileAgg{asked: &asked}
				a.seeAll(nums)
				for _, p := range asked {
					a.at(p)
				}
			}
		})
	}
}

// BenchmarkGroups finds the groups of rows of many keys, then the first twenty
// by count.
func BenchmarkGroups(b *testing.B) {
	const keys, rows = 200_000, 400_000
	p := &statsPlan{max: keys, scope: &scope{width: 2}, keys: []eval{nil}, reads: []aggResult{{0, func(a aggregate) value { return a.(answering).result() }}}}
	var call aggCall
	states(&call, countAgg{})
	p.calls = []aggCall{call}
	texts := make([][]byte, keys)
	for i := range texts {
		v := str(fmt.Sprintf("media/2026/11/%d/original-%d.jpg", i%30, i*i))
		texts[i] = appendKey(nil, &v)
	}
	by := &sorter{top: 20, keys: []sortKey{{eval: func(r *row) value { return *r.get(1) }, desc: true}}, reads: []int{1}}
	b.ReportAllocs()
	for b.Loop() {
		r := rand.New(rand.NewPCG(1, 2))
		g := newGrouper(p, by, newBudget(b.Context(), 1<<30, nil))
		for range rows {
			g.key = append(g.key[:0], texts[r.IntN(keys)]...)
			gr, err := g.find()
			if err != nil {
				b.Fatal(err)
			}
			gr.aggs[0].(*countAgg).n++
		}
		if got := g.chosen(by); len(got) != 20 {
			b.Fatalf("%d groups are chosen, want 20", len(got))
		}
	}
	b.ReportMetric(b.Elapsed().Seconds()*1e9/float64(b.N)/rows, "ns/row")
}
