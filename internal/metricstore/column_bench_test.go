package metricstore

import (
	"math/rand/v2"
	"testing"
)

// BenchmarkInts packs and unpacks a column of 1440 values of 12 bits, a day of
// minutes.
func BenchmarkInts(b *testing.B) {
	r := rand.New(rand.NewPCG(1, 1))
	vals := make([]int64, 1440)
	for i := range vals {
		vals[i] = 1000 + r.Int64N(4000)
	}
	packed := appendInts(nil, vals)
	b.Run("append", func(b *testing.B) {
		var buf []byte
		for b.Loop() {
			buf = appendInts(buf[:0], vals)
		}
	})
	b.Run("read", func(b *testing.B) {
		dst := make([]int64, len(vals))
		for b.Loop() {
			rd := reader{b: packed}
			rd.ints(dst)
		}
	})
}
