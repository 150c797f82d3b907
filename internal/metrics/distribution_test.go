package metrics

import (
	"bytes"
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// naive is the model: every sample by itself.
type naive []float64

func (n naive) quantile(p float64) float64 {
	if p <= 0 {
		return n[0]
	}
	i := int(math.Ceil(p/100*float64(len(n))-float64(len(n))*1e-12)) - 1
	return n[min(max(i, 0), len(n)-1)]
}

// close reports whether a value read back may stand for the true one.
func closeTo(exact bool, got, want float64) bool {
	if exact {
		return got == want
	}
	return math.Abs(got-want) <= SketchError*1.0001*math.Abs(want)
}

func randomValue(r *rand.Rand, kind int) float64 {
	switch kind {
	case 0:
		return float64(r.IntN(20) - 5)
	case 1:
		return math.Exp(r.NormFloat64() * 3)
	case 2:
		return r.NormFloat64() * 1e6
	case 3:
		return float64(r.IntN(1e6)) / 100
	}
	return math.Exp((r.Float64() - 0.5) * 400)
}

// TestDistributionAgainstNaive builds the same samples by Add, Merge, Merger
// and through the binary form, and compares all with the sorted list.
func TestDistributionAgainstNaive(t *testing.T) {
	for seed := range uint64(300) {
		r := rand.New(rand.NewPCG(seed, 9))
		kind := r.IntN(5)
		parts := 1 + r.IntN(8)
		var all naive
		var byAdd, byMerge Distribution
		var m Merger
		distinct := map[float64]bool{}
		for range parts {
			var part Distribution
			for range r.IntN(150) {
				v, c := randomValue(r, kind), float64(1+r.IntN(3))
				distinct[v] = true
				part.Add(v, c)
				byAdd.Add(v, c)
				for range int(c) {
					all = append(all, v)
				}
			}
			if r.IntN(2) == 0 {
				byMerge.Merge(&part)
			} else { // the other way round
				part.Merge(&byMerge)
				byMerge = *part.Clone()
			}
		}
		rest, err := m.Decode(byMerge.Append(nil))
		if err != nil || len(rest) != 0 {
			t.Fatal(seed, err, rest)
		}
		merged := m.Take()
		if !m.Empty() {
			t.Fatal("merger keeps samples")
		}
		if len(all) == 0 {
			if !byAdd.Empty() || !byMerge.Empty() || !merged.Empty() || !math.IsNaN(byAdd.Quantile(50)) {
				t.Fatal("empty is not empty")
			}
			continue
		}
		slices.Sort(all)
		exact := len(distinct) <= maxExact
		for name, d := range map[string]*Distribution{"add": &byAdd, "merge": &byMerge, "merger": merged} {
			if d.Exact() != exact || d.Count() != float64(len(all)) {
				t.Fatalf("seed %d %s: exact %v count %v, want %v %d", seed, name, d.Exact(), d.Count(), exact, len(all))
			}
			for _, p := range []float64{0, 0.1, 1, 10, 25, 50, 75, 90, 99, 99.9, 100} {
				got, want := d.Quantile(p), all.quantile(p)
				if !closeTo(exact || p == 0 || p == 100, got, want) {
					t.Fatalf("seed %d %s: p%v = %v, want %v", seed, name, p, got, want)
				}
			}
			lo, hi := randomValue(r, kind), randomValue(r, kind)
			if lo > hi {
				lo, hi = hi, lo
			}
			count, sum := d.InRange(lo, hi)
			wantCount, wantSum, slack := 0.0, 0.0, 0.0
			for _, v := range all {
				if v > lo && v <= hi {
					wantCount++
					wantSum += v
				}
				// Samples in the bounds' own buckets may fall either way.
				if !exact && (keyOf(v) == keyOf(lo) || keyOf(v) == keyOf(hi)) {
					slack++
				}
			}
			if math.Abs(count-wantCount) > slack {
				t.Fatalf("seed %d %s: count in (%v, %v] = %v, want %v ± %v", seed, name, lo, hi, count, wantCount, slack)
			}
			if exact && math.Abs(sum-wantSum) > 1e-9*math.Max(1, math.Abs(wantSum))*float64(len(all)) {
				t.Fatalf("seed %d %s: sum in (%v, %v] = %v, want %v", seed, name, lo, hi, sum, wantSum)
			}
			a, b := r.Float64()*50, 50+r.Float64()*50
			if count, _ := d.InPercentiles(a, b); math.Abs(count-(b-a)/100*float64(len(all))) > 1e-6 {
				t.Fatalf("seed %d %s: count between p%v and p%v = %v of %d", seed, name, a, b, count, len(all))
			}
		}
	}
}

// TestMergeOrder: whatever the grouping and order, the result is the same.
func TestMergeOrder(t *testing.T) {
	for seed := range uint64(200) {
		r := rand.New(rand.NewPCG(seed, 10))
		kind := r.IntN(5)
		parts := make([]*Distribution, 2+r.IntN(10))
		for i := range parts {
			parts[i] = new(Distribution)
			for range r.IntN(120) {
				parts[i].Add(randomValue(r, kind), float64(1+r.IntN(4)))
			}
		}
		forward, tree := new(Distribution), new(Distribution)
		var merger, encoded Merger
		for _, p := range parts {
			forward.Merge(p)
			merger.Merge(p)
			if _, err := encoded.Decode(p.Append(nil)); err != nil {
				t.Fatal(err)
			}
		}
		r.Shuffle(len(parts), func(i, j int) { parts[i], parts[j] = parts[j], parts[i] })
		list := parts
		for len(list) > 1 {
			a := list[0].Clone()
			a.Merge(list[1])
			list = append(slices.Clone(list[2:]), a)
		}
		tree.Merge(list[0])
		want := forward.Append(nil)
		for name, d := range map[string]*Distribution{"tree": tree, "merger": merger.Take(), "encoded": encoded.Take()} {
			if got := d.Append(nil); !bytes.Equal(got, want) {
				t.Fatalf("seed %d: %s differs: %d and %d bytes", seed, name, len(got), len(want))
			}
		}
	}
}

func TestDistributionCodec(t *testing.T) {
	for seed := range uint64(300) {
		r := rand.New(rand.NewPCG(seed, 11))
		d := new(Distribution)
		for range r.IntN(400) {
			c := float64(1 + r.IntN(3))
			if seed%7 == 0 {
				c += 0.5
			}
			d.Add(randomValue(r, int(seed%5)), c)
		}
		b := d.Append([]byte{})
		got := NewDistribution([]float64{1, 2, 3}, nil) // memory that is reused
		rest, err := got.Decode(append(b, 1, 2, 3))
		if err != nil || !bytes.Equal(rest, []byte{1, 2, 3}) {
			t.Fatal(seed, err, rest)
		}
		if !bytes.Equal(got.Append(nil), b) || got.Count() != d.Count() {
			t.Fatalf("seed %d: does not round-trip", seed)
		}
		if rest, err := SkipDistribution(append(b, 1, 2, 3)); err != nil || !bytes.Equal(rest, []byte{1, 2, 3}) {
			t.Fatalf("seed %d: skip: %v, %v", seed, rest, err)
		}
		for i := range len(b) {
			if _, err := new(Distribution).Decode(b[:i]); !errors.Is(err, ErrCorrupt) {
				t.Fatalf("seed %d: %d of %d bytes decode: %v", seed, i, len(b), err)
			}
		}
	}
}

func TestDistributionOf(t *testing.T) {
	for _, c := range []struct {
		d    Datum
		want float64 // count, -1: unknown
	}{
		{Datum{Stats: StatisticSet{Count: 3, Sum: 6, Min: 2, Max: 2}}, 3},
		{Datum{Stats: StatisticSet{Count: 3, Sum: 6, Min: 1, Max: 3}}, -1},
		{Datum{Stats: StatisticSet{Count: 4, Sum: 6, Min: 1, Max: 3}, Values: []float64{1, 3}, Counts: []float64{3, 1}}, 4},
		{Datum{Stats: StatisticSet{Count: 2, Sum: 4, Min: 1, Max: 3}, Values: []float64{1, 3}}, 2},
	} {
		got := DistributionOf(&c.d)
		switch {
		case c.want < 0 && got != nil, c.want >= 0 && got.Count() != c.want:
			t.Errorf("%+v: %v, want %v", c.d, got.Count(), c.want)
		}
	}
}

// TestRangeBounds holds the documented borders: lower exclusive, upper
// inclusive, exactly, also of a sketch.
func TestRangeBounds(t *testing.T) {
	sketch := new(Distribution)
	for i := range 500 {
		sketch.Add(float64(i+1), 1)
	}
	sketch.Add(300, 1000)
	for name, d := range map[string]*Distribution{"exact": NewDistribution([]float64{100, 200, 300, 400}, []float64{1, 1, 1000, 1}), "sketch": sketch} {
		at, _ := d.InRange(math.Inf(-1), 300)
		below, _ := d.InRange(math.Inf(-1), 290)
		if at-below < 1000 {
			t.Errorf("%s: (-inf, 300] has %v, (-inf, 290] has %v", name, at, below)
		}
		above, _ := d.InRange(300, math.Inf(1))
		if at+above != d.Count() {
			t.Errorf("%s: %v up to 300 and %v above, of %v", name, at, above, d.Count())
		}
	}
}

func FuzzDistributionDecode(f *testing.F) {
	for _, n := range []int{0, 1, 3, 100, 300, 3000} {
		d := new(Distribution)
		for i := range n {
			d.Add(float64(i)*1.5-10, float64(1+i%3))
		}
		f.Add(d.Append(nil))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		_, _ = SkipDistribution(b) // of anything
		d := new(Distribution)
		rest, err := d.Decode(b)
		if err != nil {
			if !errors.Is(err, ErrCorrupt) || !d.Empty() {
				t.Fatal(err)
			}
			return
		}
		if skipped, err := SkipDistribution(b); err != nil || len(skipped) != len(rest) {
			t.Fatalf("skipping leaves %d bytes, decoding %d: %v", len(skipped), len(rest), err)
		}
		again := new(Distribution)
		if _, err := again.Decode(d.Append(nil)); err != nil || again.Count() != d.Count() {
			t.Fatalf("%v, count %v, want %v", err, again.Count(), d.Count())
		}
		for _, p := range []float64{0, 50, 100} {
			if q := d.Quantile(p); !d.Empty() && math.IsNaN(q) {
				t.Fatalf("p%v is NaN", p)
			}
		}
		var m Merger
		m.Merge(d)
		m.Merge(d)
		d.Merge(d)
		if !bytes.Equal(m.Take().Append(nil), d.Append(nil)) && d.Count() < 1e300 {
			t.Fatal("merging with itself differs")
		}
	})
}

func BenchmarkMerge(b *testing.B) {
	r := rand.New(rand.NewPCG(1, 1))
	hour := make([][]byte, 24)
	for i := range hour {
		d := new(Distribution)
		for range 300 {
			d.Add(math.Round(math.Exp(5+r.NormFloat64())*100)/100, 1)
		}
		hour[i] = d.Append(nil)
	}
	b.Run("merger", func(b *testing.B) {
		var m Merger
		for range b.N {
			for _, h := range hour {
				if _, err := m.Decode(h); err != nil {
					b.Fatal(err)
				}
			}
			m.Take()
		}
	})
	b.Run("add150", func(b *testing.B) {
		values := make([]float64, 150)
		for i := range values {
			values[i] = r.ExpFloat64() * 1000
		}
		for range b.N {
			NewDistribution(values, nil)
		}
	})
}

// TestKeyOf: the value a bucket stands for is near enough to every value in it,
// over the whole range, and keys order as values do.
func TestKeyOf(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 12))
	values := []float64{0x1p-360, 0x1p360, 1, 2, 1024, math.Nextafter(1, 2), math.Nextafter(1, 0)}
	for range 200_000 {
		values = append(values, math.Exp((r.Float64()*2-1)*249))
	}
	slices.Sort(values)
	prev := int32(math.MinInt32)
	for _, v := range values {
		k := keyOf(v)
		if k < prev || k <= 0 || k > keyMax || keyOf(-v) != -k {
			t.Fatalf("key of %v is %d after %d", v, k, prev)
		}
		prev = k
		if got := valueOf(k); math.Abs(got-v) > SketchError*(1+1e-7)*v {
			t.Fatalf("%v reads back as %v", v, got)
		}
	}
	if keyOf(0) != 0 || keyOf(0x1p-361) != 0 {
		t.Fatal("zero")
	}
}

func BenchmarkKeyOf(b *testing.B) {
	v, sum := 1.0, int32(0)
	for range b.N {
		sum += keyOf(v)
		if v *= 1.37; v > 1e9 {
			v = 1e-3
		}
	}
	if sum == 1 {
		b.Log(sum)
	}
}

// TestAddAll: many samples at once are the samples one by one.
func TestAddAll(t *testing.T) {
	inf, nan := math.Inf(1), math.NaN()
	f := func(values, counts []float64) {
		t.Helper()
		var all, single Distribution
		all.AddAll(values, counts)
		for i, v := range values {
			c := 1.0
			if counts != nil {
				c = counts[i]
			}
			single.Add(v, c)
		}
		if a, b := all.Append(nil), single.Append(nil); !bytes.Equal(a, b) || all.Count() != single.Count() {
			t.Errorf("%v, %v: %x, want %x", values, counts, a, b)
		}
		// Both go on alike.
		all.Add(2.5, 3)
		single.Add(2.5, 3)
		if a, b := all.Append(nil), single.Append(nil); !bytes.Equal(a, b) {
			t.Errorf("%v, %v and one more: %x, want %x", values, counts, a, b)
		}
	}
	f(nil, nil)
	f([]float64{1}, nil)
	f([]float64{1, 2, 3}, nil)
	f([]float64{1, 2, 3}, []float64{4, 1, 0.5})
	f([]float64{1, 2, 3}, []float64{4, 0, 5})
	f([]float64{1, 2, 3}, []float64{4, -1, inf})
	f([]float64{3, 2, 2}, []float64{1, 2, 3})
	f([]float64{math.Copysign(0, -1), 1}, nil)
	f([]float64{-inf, 1}, nil)
	f([]float64{1, inf}, nil)
	f([]float64{nan}, nil)
	f([]float64{nan, 1}, nil)
	f([]float64{1, nan}, nil)
	var many []float64
	for i := range maxExact + 1 {
		many = append(many, float64(i))
	}
	f(many[:maxExact], nil)
	f(many, nil)
}
