package logexec

import (
	"errors"
	"sync/atomic"
)

// errDone tells a pusher that no further row can change the result.
var errDone = errors.New("no more rows wanted")

// budget bounds what the stages of one run hold, those of all its workers
// together. Amounts are estimates. It may be used by several goroutines.
type budget struct {
	used atomic.Int64
	max  int64
}

func newBudget(max int64) *budget { return &budget{max: max} }

// take asks for n more bytes for a command; negative n gives them back.
func (b *budget) take(n int64, where string) error {
	if b.used.Add(n) > b.max {
		return &LimitError{What: "memory", Limit: b.max, Unit: "bytes", Where: where}
	}
	return nil
}

// give gives bytes back.
func (b *budget) give(n int64) { b.used.Add(-n) }
