package logexec

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// TestOfRanks finds ranks of random numbers in runs of random lengths.
func TestOfRanks(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 3))
		var all []float64
		var runs [][]float64
		spread, scale := 1+r.IntN(3000), math.Pow(10, float64(r.IntN(40)-20))
		for range 1 + r.IntN(4) {
			run := make([]float64, r.IntN(1500))
			for i := range run {
				switch r.IntN(100) {
				case 0:
					run[i] = math.Float64frombits(r.Uint64())
				case 1:
					run[i] = []float64{0, math.MaxFloat64, -math.MaxFloat64, math.SmallestNonzeroFloat64}[r.IntN(4)]
				default:
					run[i] = float64(r.IntN(spread)-spread/(1+r.IntN(9))) * scale
				}
				if math.IsNaN(run[i]) || math.IsInf(run[i], 0) {
					run[i] = 1
				}
			}
			runs, all = append(runs, run), append(all, run...)
		}
		if len(all) == 0 {
			return
		}
		slices.Sort(all)
		var ranks []int
		for range 1 + r.IntN(6) {
			ranks = append(ranks, r.IntN(len(all)))
		}
		for i, got := range ofRanks(runs, ranks) {
			if want := all[ranks[i]]; got != want {
				t.Fatalf("rank %d of %d is %v, want %v", ranks[i], len(all), got, want)
			}
		}
	})
}

// TestPercentileStates adds the same numbers to states in every way there is, in
// parts that are merged, and holds them to the sorted numbers. What states say
// they grew by is what they hold.
func TestPercentileStates(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 4))
		asked := percents{50, 95, 99}
		size := []int{2, 40, 3000, maxExact / 2, maxExact}[r.IntN(5)]
		var all []float64
		states := make([]percentileAgg, 1+r.IntN(3))
		grown := int64(0)
		for i := range states {
			a := &states[i]
			if r.IntN(4) > 0 {
				a.asked = &asked
			}
			for range r.IntN(4) {
				d := &numberColumn{ints: make([]int64, r.IntN(size+1)), per: 100, by: 1}
				var sel []uint32
				for k := range d.ints {
					d.ints[k] = r.Int64N(1+r.Int64N(1e6)) - 50
					if k%7 > 0 || r.IntN(2) == 0 {
						sel = append(sel, uint32(k))
					}
				}
				var nums []float64
				for _, o := range sel {
					nums = append(nums, float64(d.ints[o])/100)
				}
				switch r.IntN(3) {
				case 0:
					grown += a.seeAll(nums)
				default:
					grown += a.seeDigits(d, sel)
				}
				all = append(all, nums...)
				a.at(50)
			}
		}
		a := &states[0]
		for i := range states[1:] {
			grown += a.merge(&states[i+1])
			a.at(95)
		}
		slices.Sort(all)
		for _, p := range []float64{0, 50, 95, 99, 100} {
			got := a.at(p)
			if len(all) == 0 {
				if got.kind != null {
					t.Fatalf("pct %v of nothing is %v", p, got)
				}
				continue
			}
			want := all[max(1, int(math.Ceil(p/100*float64(len(all)))))-1]
			within := 0.0
			if len(all) > maxExact {
				within = sketchError * 1.0001 * math.Abs(want)
			}
			if got.kind != number || math.Abs(got.num-want) > within {
				t.Fatalf("pct %v of %d is %v, want %v", p, len(all), got, want)
			}
		}
		held := a.bytesOf(a.exact)
		if a.more != nil {
			for _, run := range a.more.runs {
				held += a.bytesOf(run)
			}
			if a.more.sketch != nil {
				held += a.more.sketch.bytes()
			}
		}
		if grown != held {
			t.Fatalf("grew by %d bytes, holds %d", grown, held)
		}
	})
}
