package logsapi

import (
	"context"
	"math"
	"strconv"

	"skywatch/internal/awswire"
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

// losses are the blocks that the scan of a page left out as damaged.
type losses []loss

type loss struct {
	first  logs.Position // in scan order
	events int64
}

// watch has a scan tell its losses.
func (l *losses) watch(scan *logs.Scan) {
	scan.Lost = func(first logs.Position, events int64) { *l = append(*l, loss{first, events}) }
}

// tell writes what is missing from a page into the header of the answer. The
// page ends with end, nil when the scan came to its end. A block belongs to the
// page that its first event would be on, so that the pages of a search count it
// once, however many meet it.
func (l losses) tell(ctx context.Context, scan *logs.Scan, st logs.ScanStats, end *logs.Position) {
	if st.Corrupt == 0 {
		return
	}
	behind := func(p, q logs.Position) bool {
		if scan.Order == logs.NewestFirst {
			return p.Less(q)
		}
		return q.Less(p)
	}
	n := int64(0)
	for _, lost := range l {
		if (scan.After == nil || behind(lost.first, *scan.After)) && (end == nil || !behind(lost.first, *end)) {
			n += lost.events
		}
	}
	tellSkipped(ctx, n)
}

// tellSkipped writes awswire.SkippedHeader.
func tellSkipped(ctx context.Context, events int64) {
	awswire.ResponseHeader(ctx).Set(awswire.SkippedHeader, strconv.FormatInt(events, 10))
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
