package logexec

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
