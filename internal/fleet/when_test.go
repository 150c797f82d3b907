package fleet

import (
	"fmt"
	"math"
	"testing"

	"skywatch/internal/metrics"
)

// Letters are periods of a minute: x breaks the rule, - keeps it, . has no data.
func TestWhen(t *testing.T) {
	f := func(periods string, now int64, want string) {
		t.Helper()
		p := &page{now: now * minute}
		p.grid = metrics.Grid{Start: 0, Period: minute, N: len(periods)}
		w := p.when(func(i int) float64 {
			switch periods[i] {
			case 'x':
				return 2
			case '-':
				return 0
			}
			return math.NaN()
		}, above(1))
		at := func(ms *int64) string {
			if ms == nil {
				return "?"
			}
			return fmt.Sprint(*ms / minute)
		}
		if got := fmt.Sprintf("%s to %s, %d from %s", at(w.Since), at(w.Until), w.Stretches, at(w.First)); got != want {
			t.Errorf("%s at %d: %s, want %s", periods, now, got, want)
		}
	}
	f("", 9, "? to ?, 0 from ?")
	f("--.-", 9, "? to ?, 0 from ?")
	f("--xx", 9, "2 to ?, 1 from 2")
	f("xxxx", 9, "0 to ?, 1 from 0")
	f("-xx-", 9, "1 to 3, 1 from 1")
	f("x-xx-x.x", 9, "5 to ?, 3 from 0")
	f(".x..x..", 9, "1 to ?, 1 from 1")
	f("xx.-x-.", 9, "4 to 5, 2 from 0")
	f("xx-", 2, "0 to ?, 1 from 0") // the last period is not over
	f("xx-", 3, "0 to 2, 1 from 0")
}
