package logimport

import (
	"cmp"
	"iter"
	"slices"
)

// batches puts a window into time order and cuts it by the limits of
// PutLogEvents. Events of equal time keep their order.
func batches(window []Event) iter.Seq[[]Event] {
	slices.SortStableFunc(window, func(a, b Event) int { return cmp.Compare(a.Timestamp, b.Timestamp) })
	return func(yield func([]Event) bool) {
		for len(window) > 0 {
			n, bytes := 0, 0
			for n < len(window) && n < maxBatchEvents && window[n].Timestamp-window[0].Timestamp <= maxBatchSpan {
				if bytes += len(window[n].Message) + eventOverhead; bytes > maxBatchBytes {
					break
				}
				n++
			}
			if !yield(window[:n:n]) {
				return
			}
			window = window[n:]
		}
	}
}
