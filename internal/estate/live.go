package estate

import (
	"cmp"
	"context"
	"slices"

	"golang.org/x/sync/errgroup"
)

// live writes what happens from a minute on. A minute's events are drawn when
// it begins and held back until their time has come; its metrics are sent when
// it has ended. It holds at most the events of what is running: about
// maxSpill minutes of the longest runs and one minute of the rest.
type live struct {
	e       *Estate
	s       *sender
	sources []logSource
	next    int64 // first minute whose events are not drawn yet
	metrics int64 // first minute whose metrics are not sent yet
	pending []pendingEvent
}

type pendingEvent struct {
	group, stream string
	timestamp     int64
	message       []byte
}

// newLive begins at the minute where a back-fill ended: with the later events
// of what started before it.
func newLive(e *Estate, s *sender, begin int64) *live {
	l := &live{e: e, s: s, sources: e.allLogs(), next: begin, metrics: begin}
	l.draw(max(begin-maxSpill, e.start), begin, begin*minuteMillis)
	return l
}

// draw puts the events of [from, to) that are not before lo into pending.
func (l *live) draw(from, to, lo int64) {
	lb := &logBuf{}
	for _, src := range l.sources {
		src.logs(from, to, lb)
		// The function cannot fail: it only keeps.
		_ = lb.flush(lo, 1<<62, func(b LogBatch) error {
			for _, ev := range b.Events {
				l.pending = append(l.pending, pendingEvent{b.Group, b.Stream, ev.Timestamp, slices.Clone(ev.Message)})
			}
			return nil
		})
	}
}

// advance sends what happened until now (milliseconds).
func (l *live) advance(ctx context.Context, now int64) error {
	for l.next*minuteMillis <= now {
		// One minute at a time: after a long stop the past does not pile up.
		l.draw(l.next, l.next+1, 0)
		l.next++
		if err := l.sendEvents(ctx, min(now, l.next*minuteMillis)); err != nil {
			return err
		}
	}
	for (l.metrics+1)*minuteMillis <= now {
		mb := &metricBuf{emit: func(b MetricBatch) error { return l.s.metrics(ctx, b) }}
		for _, src := range l.e.allMetrics() {
			src.metrics(l.metrics, l.metrics+1, mb)
		}
		if mb.flush(); mb.err != nil {
			return mb.err
		}
		l.metrics++
	}
	return l.sendEvents(ctx, now)
}

// sendEvents sends the pending events before until, stream by stream.
func (l *live) sendEvents(ctx context.Context, until int64) error {
	var due []pendingEvent
	l.pending = slices.DeleteFunc(l.pending, func(p pendingEvent) bool {
		if p.timestamp < until {
			due = append(due, p)
			return true
		}
		return false
	})
	slices.SortStableFunc(due, func(x, y pendingEvent) int {
		return cmp.Or(cmp.Compare(x.group, y.group), cmp.Compare(x.stream, y.stream), cmp.Compare(x.timestamp, y.timestamp))
	})
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(l.e.cfg.Connections)
	for len(due) > 0 {
		group, stream := due[0].group, due[0].stream
		lb := &logBuf{}
		id := lb.stream(group, stream)
		n := 0
		for ; n < len(due) && due[n].group == group && due[n].stream == stream; n++ {
			lb.text = append(lb.text, due[n].message...)
			lb.add(id, due[n].timestamp)
		}
		due = due[n:]
		g.Go(func() error {
			return lb.flush(0, 1<<62, func(b LogBatch) error { return l.s.logs(ctx, b) })
		})
	}
	return g.Wait()
}
