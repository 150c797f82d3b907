package logexec

import (
	"math/rand/v2"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

func TestSelectRank(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 1))
		a := make([]float64, 1+r.IntN(400))
		for i := range a {
			a[i] = float64(r.IntN(1 + r.IntN(500)))
		}
		want := slices.Clone(a)
		slices.Sort(want)
		for range 5 {
			k := r.IntN(len(a))
			if got := selectRank(a, k); got != want[k] {
				t.Fatalf("rank %d of %d is %v, want %v", k, len(a), got, want[k])
			}
		}
		slices.Sort(a)
		if !slices.Equal(a, want) {
			t.Fatal("values got lost")
		}
	})
}
