package logexec

import "errors"

// errDone tells a pusher that no further row can change the result.
var errDone = errors.New("no more rows wanted")

// budget bounds what the stages of one run hold. Amounts are estimates.
type budget struct{ used, max int64 }

func newBudget(max int64) *budget { return &budget{max: max} }

// take asks for n more bytes for a command; negative n gives them back.
func (b *budget) take(n int64, where string) error {
	b.used += n
	if b.used > b.max {
		return &LimitError{What: "memory", Limit: b.max, Unit: "bytes", Where: where}
	}
	return nil
}
