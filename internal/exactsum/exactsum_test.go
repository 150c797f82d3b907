package exactsum

import (
	"math"
	"math/big"
	"math/rand/v2"
	"testing"

	"pgregory.net/rapid"
)

// TestSum holds sums in any order and split against big numbers.
func TestSum(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 2))
		var vals []float64
		for range 1 + r.IntN(60) {
			f := (r.Float64() - 0.5) * math.Pow(10, float64(r.IntN(14)-4))
			switch r.IntN(12) {
			case 0:
				f = math.Float64frombits(r.Uint64())
			case 1:
				f = math.Float64frombits(r.Uint64() & (1<<52 - 1)) // subnormal
			case 2:
				f = float64(r.Int64N(1<<53) - 1<<52)
			case 3:
				f = math.Ldexp(r.Float64(), r.IntN(150)-75)
			}
			if math.IsNaN(f) || math.IsInf(f, 0) {
				f = 1
			}
			vals = append(vals, f)
			if r.IntN(3) == 0 {
				vals = append(vals, -f)
			}
		}
		want := new(big.Float).SetPrec(5000)
		for _, f := range vals {
			want.Add(want, new(big.Float).SetFloat64(f))
		}
		exact, _ := want.Float64()
		r.Shuffle(len(vals), func(i, j int) { vals[i], vals[j] = vals[j], vals[i] })
		parts := make([]Sum, 3)
		for _, f := range vals {
			parts[r.IntN(3)].Add(f)
		}
		var sum Sum
		for i := range parts {
			sum.Merge(&parts[i])
		}
		if got := sum.Value(); got != exact && !(math.IsInf(exact, 0) && math.IsInf(got, 0)) {
			t.Fatalf("sum of %v is %v, want %v", vals, got, exact)
		}
	})
}

func TestOverflow(t *testing.T) {
	var s Sum
	for range 1 << 20 {
		s.Add(1 << 62)
	}
	s.AddInt(math.MinInt64)
	s.AddInt(math.MaxInt64)
	if got, want := s.Value(), math.Ldexp(1, 82); got != want {
		t.Errorf("sum is %v, want %v", got, want)
	}
}
