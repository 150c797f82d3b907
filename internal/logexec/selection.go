package logexec

import (
	"math"
	"math/bits"
)

// rankBuckets is into how many buckets numbers are counted to find ranks. The
// counts have to stay in the cache that is closest.
const rankBuckets = 1 << 11

// ordered are the bits of a float such that they are in the order of floats.
func ordered(f float64) uint64 {
	b := math.Float64bits(f)
	return b ^ (uint64(int64(b)>>63) | 1<<63)
}

// ofRanks finds the numbers of some ranks (from 0) of all runs together, in three
// passes over them: what the bounds are, how many lie in each of some equal
// parts between them, and what is in those parts that hold a rank. The parts are
// equal for the bits of floats, and so narrower where numbers are small.
func ofRanks(runs [][]float64, ranks []int) []float64 {
	lo, hi := ^uint64(0), uint64(0)
	for _, run := range runs {
		for _, f := range run {
			o := ordered(f)
			lo, hi = min(lo, o), max(hi, o)
		}
	}
	shift := max(0, bits.Len64(hi-lo)-bits.Len(rankBuckets-1))
	var counts [rankBuckets]uint32
	for _, run := range runs {
		for _, f := range run {
			counts[(ordered(f)-lo)>>(shift&63)%rankBuckets]++
		}
	}

	// places holds, by bucket, where its next number goes in found, + 1.
	var places [rankBuckets]uint32
	type part struct{ from, to, rank int } // of found
	parts := make([]part, len(ranks))
	room := 0
	for i, rank := range ranks {
		k := 0
		for rank >= int(counts[k]) {
			rank -= int(counts[k])
			k++
		}
		if places[k] == 0 {
			places[k] = uint32(room) + 1
			room += int(counts[k])
		}
		from := int(places[k]) - 1
		parts[i] = part{from, from + int(counts[k]), rank}
	}
	found := make([]float64, room)
	for _, run := range runs {
		for _, f := range run {
			k := (ordered(f) - lo) >> (shift & 63) % rankBuckets
			if at := places[k]; at != 0 {
				found[at-1] = f
				places[k]++
			}
		}
	}
	out := make([]float64, len(ranks))
	for i, p := range parts {
		out[i] = selectRank(found[p.from:p.to], p.rank)
	}
	return out
}

// selectRank moves the values such that the one of rank k (from 0) stands at
// place k with no larger one before it and no smaller one behind, and answers
// it. It takes time in proportion to the number of values, not to sorting them.
func selectRank(a []float64, k int) float64 {
	lo, hi := 0, len(a)-1
	for lo < hi {
		if hi-lo < 16 {
			for i := lo + 1; i <= hi; i++ {
				for j := i; j > lo && a[j] < a[j-1]; j-- {
					a[j], a[j-1] = a[j-1], a[j]
				}
			}
			break
		}
		// The median of some values spread evenly: an attacker's order gains
		// at most the square of maxExact.
		x := medianOf3(medianOf3(a[lo], a[lo+(hi-lo)/8], a[lo+(hi-lo)/4]),
			medianOf3(a[lo+(hi-lo)*3/8], a[lo+(hi-lo)/2], a[lo+(hi-lo)*5/8]),
			medianOf3(a[lo+(hi-lo)*3/4], a[lo+(hi-lo)*7/8], a[hi]))
		i, j := lo, hi
		for i <= j {
			for a[i] < x {
				i++
			}
			for a[j] > x {
				j--
			}
			if i <= j {
				a[i], a[j] = a[j], a[i]
				i++
				j--
			}
		}
		switch {
		case k <= j:
			hi = j
		case k >= i:
			lo = i
		default:
			return a[k]
		}
	}
	return a[k]
}

func medianOf3(a, b, c float64) float64 { return max(min(a, b), min(max(a, b), c)) }
