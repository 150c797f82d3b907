package logsapi

import (
	"math"

	"skywatch/internal/logs"
)

const (
	maxPageEvents = 10000
	maxPageBytes  = 1 << 20 // message bytes plus eventOverhead each
)

// page gathers events up to the limits of one answer.
type page struct {
	limit  int
	bytes  int
	events []pageEvent
}

type pageEvent struct {
	pos      logs.Position
	ingested int64
	stream   logs.StreamID
	message  string
}

// room reports whether one more event of that size fits. The first always does.
func (p *page) room(message string) bool {
	return len(p.events) == 0 || len(p.events) < p.limit && p.bytes+len(message)+eventOverhead <= maxPageBytes
}

func (p *page) full() bool { return len(p.events) >= p.limit }

func (p *page) add(b *logs.Block, i int) {
	e := pageEvent{pos: logs.Position{Timestamp: b.Timestamps[i], Seq: b.Seqs[i]}, ingested: b.Ingested[i], message: b.Messages[i]}
	if b.Streams != nil {
		e.stream = b.Streams[i]
	}
	p.bytes += len(e.message) + eventOverhead
	p.events = append(p.events, e)
}

// eventColumns is what a page needs of every event.
const eventColumns = logs.ColTimestamp | logs.ColSeq | logs.ColIngested | logs.ColMessage

// timeRange returns the scan range of request times that may be absent: start
// inclusive, end as given by the caller's rule, exclusive.
func timeRange(start, end *int64, endInclusive bool) (int64, int64) {
	from, to := int64(0), int64(math.MaxInt64)
	if start != nil {
		from = *start
	}
	if end != nil {
		to = *end
		if endInclusive && to < math.MaxInt64 {
			to++
		}
	}
	return from, to
}
