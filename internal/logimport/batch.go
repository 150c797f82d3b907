package logimport

import (
	"cmp"
	"iter"
	"slices"
)

// batches puts a window into time order and cuts it by the limits of
// PutLogEvents. Events of equal time keep their order, and come in one batch
// unless a batch is full of them: only then does a batch begin with the time the
// one before it ended with.
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
			if n < len(window) && window[n].Timestamp == window[n-1].Timestamp {
				run := n - 1 // where the events of that time begin
				for run > 0 && window[run-1].Timestamp == window[n].Timestamp {
					run--
				}
				if run > 0 {
					n = run
				}
			}
			if !yield(window[:n:n]) {
				return
			}
			window = window[n:]
		}
	}
}
