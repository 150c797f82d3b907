package queries

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// Whatever part of a result is unpacked is what was packed.
func TestPack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		fields := []string{"@timestamp", "@message", "n", ""}
		long := strings.Repeat("x", pageText/3)
		rows := make([][]Cell, rapid.SampledFrom([]int{0, 1, 7, pageRows - 1, pageRows, pageRows + 1, 3*pageRows + 5}).Draw(t, "rows"))
		seed := rapid.Uint64().Draw(t, "seed")
		r := rand.New(rand.NewPCG(seed, 0))
		for i := range rows {
			rows[i] = []Cell{}
			for _, f := range fields[:r.IntN(len(fields)+1)] {
				value := fmt.Sprint("v", r.IntN(100))
				switch r.IntN(500) {
				case 0:
					value = long
				case 1:
					value = "\xff\x00"
				case 2:
					value = ""
				}
				rows[i] = append(rows[i], Cell{Field: f, Value: value})
			}
		}
		p := pack(rows)
		from := rapid.IntRange(0, len(rows)+1).Draw(t, "from")
		n := rapid.IntRange(0, len(rows)+1).Draw(t, "n")
		want := rows[min(from, len(rows)):min(from+n, len(rows))]
		if got := p.slice(from, n); !slices.EqualFunc(got, want, slices.Equal[[]Cell]) {
			t.Fatalf("rows %d to %d of %d: got %d rows that differ", from, from+n, len(rows), len(got))
		}
	})
}

// largeResult is 100,000 rows such as people ask for.
func largeResult() [][]Cell {
	r := rand.New(rand.NewPCG(1, 2))
	rows := make([][]Cell, 100_000)
	for i := range rows {
		id := fmt.Sprintf("%08x-%04x-4%03x-a%03x-%012x", r.Uint32(), r.IntN(1<<16), r.IntN(1<<12), r.IntN(1<<12), r.Int64N(1<<48))
		rows[i] = []Cell{
			{Field: "@timestamp", Value: fmt.Sprintf("2026-11-22 %02d:%02d:%02d.%03d", i/5000, i/100%60, i%60, r.IntN(1000))},
			{Field: "@message", Value: fmt.Sprintf("REPORT RequestId: %s\tDuration: %d.%02d ms\tBilled Duration: %d ms\tMemory Size: 512 MB\tMax Memory Used: %d MB\t\n", id, r.IntN(3000), r.IntN(100), r.IntN(3000), r.IntN(512))},
			{Field: "@ptr", Value: fmt.Sprintf("AQ%011xAAAA%08x", r.Int64N(1<<40), i)},
		}
	}
	return rows
}

func BenchmarkPack(b *testing.B) {
	rows := largeResult()
	var p packedRows
	b.ReportAllocs()
	for b.Loop() {
		p = pack(rows)
	}
	b.ReportMetric(float64(size(rows))/float64(p.bytes), "×")
	b.ReportMetric(float64(p.bytes)/1e6, "MB")
}

// BenchmarkUnpack reads the first page that clients ask for.
func BenchmarkUnpack(b *testing.B) {
	p := pack(largeResult())
	b.ReportAllocs()
	for b.Loop() {
		p.slice(0, 10_000)
	}
}
