package colenc

import (
	"math/rand/v2"
	"testing"
)

func BenchmarkInts(b *testing.B) {
	r := rand.New(rand.NewPCG(3, 4))
	for _, c := range []struct {
		name string
		next func(prev int64) int64
	}{
		{"packed", func(int64) int64 { return r.Int64N(5000) }},
		{"delta", func(p int64) int64 { return p + r.Int64N(100) }},
		{"lanes", func(int64) int64 { return max(0, r.Int64N(100)-95) }},
	} {
		v := make([]int64, 16<<10)
		prev := int64(0)
		for i := range v {
			prev = c.next(prev)
			v[i] = prev
		}
		enc := AppendInts(nil, v, Compact)
		b.Run("append/"+c.name, func(b *testing.B) {
			b.SetBytes(int64(8 * len(v)))
			var out []byte
			for b.Loop() {
				out = AppendInts(out[:0], v, Compact)
			}
			b.ReportMetric(8*float64(len(enc))/float64(len(v)), "bits/value")
		})
		b.Run("decode/"+c.name, func(b *testing.B) {
			b.SetBytes(int64(8 * len(v)))
			out := make([]int64, len(v))
			for b.Loop() {
				if _, err := DecodeInts(out, enc, len(v)); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run("filter/"+c.name, func(b *testing.B) {
			b.SetBytes(int64(8 * len(v)))
			out, rows := make([]int64, len(v)), NewBitmap(len(v))
			for b.Loop() {
				if _, err := FilterInts(rows, out, enc, len(v), 3, 2500); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
