package colenc

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"sort"
	"testing"

	"pgregory.net/rapid"
)

// columns draws integer columns of the shapes that occur.
func columns() *rapid.Generator[[]int64] {
	return rapid.Custom(func(t *rapid.T) []int64 {
		n := rapid.OneOf(rapid.IntRange(0, 40), rapid.IntRange(200, 1100)).Draw(t, "n")
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 1))
		shape := rapid.SampledFrom([]string{"any", "small", "rising", "steady", "runs", "constant", "extremes", "skewed"}).Draw(t, "shape")
		out := make([]int64, n)
		v := int64(r.Uint64())
		for i := range out {
			switch shape {
			case "any":
				v = int64(r.Uint64())
			case "small":
				v = r.Int64N(1000) - 500
			case "rising":
				v += r.Int64N(50)
			case "steady":
				v += 1000 + r.Int64N(2)
			case "runs":
				if r.IntN(30) == 0 {
					v = r.Int64N(100)
				}
			case "extremes":
				v = []int64{math.MinInt64, math.MaxInt64, 0, -1, 1}[r.IntN(5)]
			case "skewed":
				v = int64(math.Exp(r.Float64() * r.Float64() * 12))
			}
			out[i] = v
		}
		return out
	})
}

func TestIntsRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := columns().Draw(t, "values")
		b := AppendInts([]byte("x"), want, rapid.SampledFrom([]Level{Fast, Compact}).Draw(t, "level"))[1:]
		got, err := DecodeInts(nil, b, len(want))
		if err != nil || !slices.Equal(got, want) {
			t.Fatalf("encoding %d: got %v, %v, want %v", b[0], got, err, want)
		}
		info, err := InfoInts(b)
		if err != nil || info.Len != len(want) {
			t.Fatalf("info %+v, %v", info, err)
		}
		if len(want) == 0 {
			return
		}
		if info.Min != slices.Min(want) || info.Max != slices.Max(want) {
			t.Fatalf("info %+v of %v", info, want)
		}
		var rows []uint32
		density := rapid.IntRange(1, 40).Draw(t, "density")
		r := rand.New(rand.NewPCG(uint64(len(want)), 7))
		for i := range want {
			if r.IntN(density) == 0 {
				rows = append(rows, uint32(i))
			}
		}
		some, err := SelectInts(nil, b, len(want), rows)
		if err != nil {
			t.Fatal(err)
		}
		for i, row := range rows {
			if some[i] != want[row] {
				t.Fatalf("encoding %d: row %d is %d, want %d", b[0], row, some[i], want[row])
			}
		}
		lo, hi := want[r.IntN(len(want))], want[r.IntN(len(want))]
		set := NewBitmap(len(want))
		if _, err := FilterInts(set, nil, b, len(want), lo, hi); err != nil {
			t.Fatal(err)
		}
		for i, v := range want {
			if set.Has(i) != (lo <= v && v <= hi) {
				t.Fatalf("row %d, value %d in [%d, %d]: %v", i, v, lo, hi, set.Has(i))
			}
		}
	})
}

// TestIntsSize holds each encoding to what it is for.
func TestIntsSize(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	size := func(name string, limit int, f func(i int) int64) {
		t.Helper()
		v := make([]int64, 10_000)
		for i := range v {
			v[i] = f(i)
		}
		if got := len(AppendInts(nil, v, Compact)); got > limit {
			t.Errorf("%s: %d bytes, want at most %d", name, got, limit)
		}
	}
	size("constant", 12, func(int) int64 { return 1 << 40 })
	size("counter", 400, func(i int) int64 { return int64(i) * 60_000 })
	size("7 bits", 8950, func(int) int64 { return 1e12 + r.Int64N(128) })
	size("rising by 0..15", 5400, func() func(int) int64 {
		v := int64(1e12)
		return func(int) int64 { v += r.Int64N(16); return v }
	}())
	size("runs of 500", 120, func(i int) int64 { return int64(i/500*7919) % 100 })
	size("one in 100 differs", 1600, func(i int) int64 { return int64(map[bool]int{true: 9}[r.IntN(100) == 0]) })
}

func list(vs ...string) *Strings {
	s := &Strings{}
	for _, v := range vs {
		s.Append(v)
	}
	return s
}

func TestStringsRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		vs := rapid.SliceOf(rapid.OneOf(rapid.String(), rapid.StringMatching(`orders/part-[0-9]{3}`))).Draw(t, "values")
		if rapid.Bool().Draw(t, "sorted") {
			sort.Strings(vs)
		}
		s := list(vs...)
		b := AppendStrings(nil, s, Compact)
		var got Strings
		if err := DecodeStrings(&got, b, len(vs), len(s.Bytes)); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got.Bytes, s.Bytes) || !slices.Equal(got.Ends, s.Ends) {
			t.Fatalf("got %q", got.Bytes)
		}
		if len(s.Bytes) > 0 {
			if err := DecodeStrings(&got, b, len(vs), len(s.Bytes)-1); !errors.Is(err, ErrCorrupt) {
				t.Fatalf("over the limit: %v", err)
			}
		}
	})
}

func TestFixedRoundTrip(t *testing.T) {
	for _, n := range []int{0, 1, 3, 1000} {
		data := bytes.Repeat([]byte("0123456789abcdef"), n)
		b := AppendFixed(nil, data, 16, Fast)
		got, err := DecodeFixed(nil, b, n, 16)
		if err != nil || !bytes.Equal(got, data) {
			t.Errorf("%d values: %v", n, err)
		}
		if _, err := DecodeFixed(nil, b, n+1, 16); !errors.Is(err, ErrCorrupt) {
			t.Errorf("%d values read as %d: %v", n, n+1, err)
		}
	}
}

func TestBitmapRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(0, 700).Draw(t, "n")
		b, model := NewBitmap(n), map[int]bool{}
		for range rapid.IntRange(0, 20).Draw(t, "ops") {
			from := rapid.IntRange(0, n).Draw(t, "from")
			to := min(n, from+rapid.IntRange(0, 200).Draw(t, "len"))
			b.SetRange(from, to)
			for i := from; i < to; i++ {
				model[i] = true
			}
		}
		if b.Count() != len(model) {
			t.Fatalf("%d rows, want %d", b.Count(), len(model))
		}
		for _, row := range b.AppendRows(nil) {
			if !model[int(row)] {
				t.Fatalf("row %d", row)
			}
		}
		got, err := DecodeBitmap(AppendBitmap(nil, b, n), n)
		if err != nil || !slices.Equal(got, b) {
			t.Fatalf("got %v, %v, want %v", got, err, b)
		}
	})
}

func TestFilterFalsePositives(t *testing.T) {
	f := NewFilter(20_000)
	for i := range 20_000 {
		f.Add(HashValue(fmt.Sprint("in", i)))
	}
	g, err := DecodeFilter(AppendFilter(nil, f))
	if err != nil {
		t.Fatal(err)
	}
	wrong := 0
	for i := range 20_000 {
		if !g.Has(HashValue(fmt.Sprint("in", i))) {
			t.Fatalf("key %d is lost", i)
		}
		if g.Has(HashValue([]byte(fmt.Sprint("out", i)))) {
			wrong++
		}
	}
	if wrong > 200 {
		t.Errorf("%d of 20000 keys are wrongly in, want at most 200", wrong)
	}
	t.Logf("false positives: %.2f %%", float64(wrong)/200)
}

func TestFilterNeedles(t *testing.T) {
	f := NewFilter(100)
	Trigrams("request timed out after 3.00 seconds", f.Add)
	miss := false
	Trigrams([]byte("timed in"), func(h uint64) { miss = miss || !f.Has(h) })
	if !miss {
		t.Error("a text that is not there passes")
	}
	Trigrams("timed out", func(h uint64) {
		if !f.Has(h) {
			t.Error("a text that is there does not pass")
		}
	})
	var words []uint64
	Tokens("a=b, ünder_score-9", func(h uint64) { words = append(words, h) })
	want := []uint64{HashValue("a"), HashValue("b"), HashValue("ünder_score"), HashValue("9")}
	if !slices.Equal(words, want) {
		t.Errorf("tokens %v, want %v", words, want)
	}
}
