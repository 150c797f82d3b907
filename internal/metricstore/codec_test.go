package metricstore

import (
	"bytes"
	"errors"
	"math"
	"math/rand/v2"
	"reflect"
	"testing"

	"skywatch/internal/metrics"
	"skywatch/internal/vfs"
)

func randomPoints(r *rand.Rand, n int, start, res int64) []point {
	points := make([]point, 0, n)
	ts := start + r.Int64N(10)*res
	shape, gap := r.IntN(4), r.Int64N(4)
	for range n {
		p := point{ts: ts, count: 1}
		switch shape {
		case 0: // single
			p.min = float64(r.IntN(1000))
			p.sum, p.max = p.min, p.min
		case 1: // equal
			p.count, p.min = float64(1+r.IntN(9)), r.NormFloat64()
			p.sum, p.max = p.count*p.min, p.min
		default:
			d := new(metrics.Distribution)
			var s metrics.StatisticSet
			for range 1 + r.IntN(4) {
				v := math.Round(r.ExpFloat64()*1e5) / 100
				d.Add(v, 1)
				s.Merge(metrics.StatisticSet{Count: 1, Sum: v, Min: v, Max: v})
			}
			p.count, p.sum, p.min, p.max = s.Count, s.Sum, s.Min, s.Max
			if p.min != p.max && (shape == 2 || r.IntN(2) == 0) {
				p.dist = d
			}
		}
		points = append(points, p)
		ts += res * (1 + r.Int64N(1+gap))
	}
	return points
}

func samePoints(t *testing.T, got, want []point) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%d points, want %d", len(got), len(want))
	}
	for i := range want {
		g, w := got[i], want[i]
		if !bytes.Equal(g.dist.Append(nil), w.dist.Append(nil)) || (g.dist == nil) != (w.dist == nil) {
			t.Fatalf("point %d: distributions differ", i)
		}
		g.dist, w.dist = nil, nil
		if g != w {
			t.Fatalf("point %d: %+v, want %+v", i, g, w)
		}
	}
}

func TestBlockRoundTrip(t *testing.T) {
	var e blockEncoder
	var c chunk
	for seed := range uint64(300) {
		r := rand.New(rand.NewPCG(seed, 20))
		res := resolutions[r.IntN(tiers)]
		points := randomPoints(r, 1+r.IntN(400), 86400*20000, res)
		b := e.append(nil, points, 86400*20000, res)
		got, err := decodePoints(b, 86400*20000, res, &c)
		if err != nil {
			t.Fatal(seed, err)
		}
		samePoints(t, got, points)
		for range 20 {
			if n := r.IntN(len(b)); true {
				if _, err := decodePoints(b[:n], 86400*20000, res, &c); !errors.Is(err, metrics.ErrCorrupt) {
					t.Fatalf("seed %d: %d of %d bytes decode: %v", seed, n, len(b), err)
				}
			}
		}
	}
}

func TestColumns(t *testing.T) {
	var scratch [chunkPoints]int64
	for seed := range uint64(2000) {
		r := rand.New(rand.NewPCG(seed, 21))
		n := 1 + r.IntN(chunkPoints)
		ints, nums := make([]int64, n), make([]float64, n)
		shift := r.IntN(54)
		for i := range n {
			ints[i] = (r.Int64() >> 10) >> shift
			if r.IntN(2) == 0 {
				ints[i] = -ints[i]
			}
			switch seed % 5 {
			case 0:
				nums[i] = float64(ints[i])
			case 1:
				nums[i] = float64(ints[i]%1e6) / 1000
			case 2:
				nums[i] = r.NormFloat64() * math.Pow(10, float64(r.IntN(600)-300))
			case 3:
				nums[i] = 42.5
			case 4:
				nums[i] = float64(i) * 0.1
			}
		}
		gotInts, gotNums := make([]int64, n), make([]float64, n)
		rd := reader{b: appendNumbers(appendInts(nil, ints), nums, scratch[:])}
		rd.ints(gotInts)
		rd.numbers(gotNums, scratch[:])
		if rd.bad || len(rd.b) != 0 || !reflect.DeepEqual(gotInts, ints) || !reflect.DeepEqual(gotNums, nums) {
			t.Fatalf("seed %d: does not round-trip", seed)
		}
	}
}

// TestRollup: rolling up in steps is rolling up at once.
func TestRollup(t *testing.T) {
	for seed := range uint64(100) {
		r := rand.New(rand.NewPCG(seed, 22))
		points := randomPoints(r, 1+r.IntN(500), 86400*20000, []int64{1, 7, 60}[r.IntN(3)])
		var before []byte
		for _, p := range points {
			before = p.dist.Append(before)
		}
		steps := points
		for _, res := range resolutions[1:] {
			steps = rollup(steps, res)
			once := rollup(points, res)
			for i := range once { // sums differ in rounding only
				if near(once[i].sum, steps[i].sum) {
					once[i].sum = steps[i].sum
				}
			}
			samePoints(t, steps, once)
		}
		var after []byte
		for _, p := range points {
			after = p.dist.Append(after)
		}
		if !bytes.Equal(before, after) {
			t.Fatal("rolling up changed its input")
		}
	}
}

func testEntries(n int) []*entry {
	r := newRegistry(100)
	for i := range n {
		k := testKey(i)
		e, _ := r.getOrMake(&k, "None")
		e.touch(int64(i)*60, testNow)
	}
	list, _ := r.from(0)
	return list
}

func TestRecordRoundTrip(t *testing.T) {
	for seed := range uint64(200) {
		r := rand.New(rand.NewPCG(seed, 23))
		entries := testEntries(r.IntN(5))
		var samples []sample
		for range r.IntN(50) {
			for _, p := range randomPoints(r, 1, r.Int64N(1e9)-5e8, 1) {
				samples = append(samples, sample{metrics.SeriesID(1 + r.IntN(1000)), p})
			}
		}
		b := appendRecord(nil, testNow, entries, samples)
		var gotEntries int
		var got []point
		err := decodeRecord(b, func(id metrics.SeriesID, k *metrics.Key, unit string) error {
			if e := entries[gotEntries]; e.id != id || !e.is(k, unit) {
				t.Fatalf("definition %d: %v", id, k)
			}
			gotEntries++
			return nil
		}, func(now int64, s *sample) error {
			if now != testNow || s.id != samples[len(got)].id {
				t.Fatal("wrong clock or id")
			}
			got = append(got, s.point)
			return nil
		})
		if err != nil || gotEntries != len(entries) {
			t.Fatal(seed, err)
		}
		want := make([]point, len(samples))
		for i := range samples {
			want[i] = samples[i].point
		}
		samePoints(t, got, want)
	}
}

func FuzzBlock(f *testing.F) {
	var e blockEncoder
	for seed := range uint64(8) {
		r := rand.New(rand.NewPCG(seed, 24))
		f.Add(e.append(nil, randomPoints(r, 1+r.IntN(200), 0, 60), 0, 60))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		var c chunk
		if _, err := decodePoints(b, 0, 60, &c); err != nil && !errors.Is(err, metrics.ErrCorrupt) {
			t.Fatal(err)
		}
		// What a read does with it.
		q := selection{withDist: true, accums: make([]accum, 1)}
		g := metrics.Grid{Start: 600_000, Period: 420_000, N: 100}
		q.accums[0].init(g)
		split, err := q.addBlock(&segment{}, task{tier: 1, spans: []span{{600, 30_000}, {36_000, 42_600}}}, b, true)
		if err != nil && !errors.Is(err, metrics.ErrCorrupt) {
			t.Fatal(err)
		}
		for _, s := range split {
			if s.from < 600 || s.to > 42_600 || s.from >= s.to {
				t.Fatalf("span %v", s)
			}
		}
		q.sink.reset()
	})
}

func FuzzRecord(f *testing.F) {
	r := rand.New(rand.NewPCG(1, 25))
	var samples []sample
	for _, p := range randomPoints(r, 20, 0, 60) {
		samples = append(samples, sample{3, p})
	}
	f.Add(appendRecord(nil, testNow, testEntries(3), samples))
	f.Fuzz(func(t *testing.T, b []byte) {
		reg := newRegistry(1000)
		m := new(memtable)
		err := decodeRecord(b, func(id metrics.SeriesID, k *metrics.Key, unit string) error {
			if id > 1000 {
				return metrics.ErrCorrupt // the id table is bounded by maxSeriesID only
			}
			return reg.restore(id, k, unit)
		}, func(_ int64, s *sample) error {
			if reg.entry(s.id) == nil {
				return metrics.ErrCorrupt
			}
			m.add(s.id, &s.point)
			return nil
		})
		if err != nil && !errors.Is(err, metrics.ErrCorrupt) {
			t.Fatal(err)
		}
		for id := range metrics.SeriesID(10) {
			m.read(id, -1<<40, 1<<40, func([]point) {})
		}
	})
}

func FuzzIndex(f *testing.F) {
	w := newSegmentWriter(0)
	r := rand.New(rand.NewPCG(1, 26))
	for id := range metrics.SeriesID(5) {
		w.add(id+1, randomPoints(r, 50, 0, 60), Retention{}.withDefaults().at(0))
	}
	sizes := func(w *segmentWriter) (s [tiers]int64) {
		for t, region := range w.regions {
			s[t] = int64(len(region))
		}
		return s
	}(w)
	f.Add(w.encodeIndex(), sizes[1], sizes[2])
	f.Fuzz(func(t *testing.T, b []byte, minute, five int64) {
		s := [tiers]int64{0, minute & math.MaxUint32, five & math.MaxUint32, sizes[3], sizes[4]}
		idx, err := decodeIndex(b, s)
		if err != nil {
			if !errors.Is(err, metrics.ErrCorrupt) {
				t.Fatal(err)
			}
			return
		}
		for i, id := range idx.ids {
			if at, ok := idx.find(id, 0); !ok || at != i {
				t.Fatalf("series %d is not found", id)
			}
			for tier := range tiers {
				if n := idx.blockSize(i, tier); n < 0 || n > 0 && idx.blockAt(i, tier)+n > s[tier] {
					t.Fatalf("block of %d bytes", n)
				}
			}
		}
	})
}

func FuzzState(f *testing.F) {
	st := state{nextFile: 9, nextRun: 3, walFrom: 4, keysUpTo: 100, keys: []uint64{1, 5}, bounds: 6,
		segments: []segmentMeta{{number: 7, run: 1, start: 86400, first: 86400, last: 90000, size: 1000, series: 5, points: 50, tierMask: 6, finest: 2}}}
	f.Add(st.encode())
	f.Fuzz(func(t *testing.T, b []byte) {
		got, err := decodeState(stateVersion, b)
		if err != nil {
			if !errors.Is(err, metrics.ErrCorrupt) {
				t.Fatal(err)
			}
			return
		}
		again, err := decodeState(stateVersion, got.encode())
		if err != nil || !reflect.DeepEqual(got, again) {
			t.Fatal(err)
		}
	})
}

func FuzzRegistry(f *testing.F) {
	entries := testEntries(4)
	f.Add(encodeKeys(entries), encodeBounds(entries))
	f.Fuzz(func(t *testing.T, keys, bounds []byte) {
		r := newRegistry(1000)
		// Ids are bounded by maxSeriesID, a table too large for fuzzing.
		rd := reader{b: keys}
		for range rd.length() {
			if id, _, _ := rd.definition(); id > 10_000 {
				return
			}
			if rd.bad {
				break
			}
		}
		if err := errors.Join(r.decodeKeys(keys), r.decodeBounds(bounds)); err != nil && !errors.Is(err, metrics.ErrCorrupt) {
			t.Fatal(err)
		}
		r.match(&metrics.Filter{Since: 1})
	})
}

func FuzzSealed(f *testing.F) {
	fs := vfs.NewMem()
	if err := writeSealed(fs, "a", keysMagic, []byte("payload")); err != nil {
		f.Fatal(err)
	}
	good, err := vfs.ReadFile(fs, "a", 1<<20)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(good)
	f.Add(good[:len(good)/2])
	f.Fuzz(func(t *testing.T, b []byte) {
		fs := vfs.NewMem()
		if err := writeFile(fs, "a", b); err != nil {
			t.Fatal(err)
		}
		_, damage, err := readSealed(fs, "a", keysMagic)
		if err == nil {
			err = damage
		}
		if err != nil && !errors.Is(err, metrics.ErrCorrupt) {
			t.Fatal(err)
		}
	})
}
