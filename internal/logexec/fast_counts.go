package logexec

import (
	"context"

	"skywatch/internal/logpart"
	"skywatch/internal/logs"
)

// fromCounts answers a count by time from what the part says of itself. So
// events count here whose block is damaged, until somebody reads it: then the
// source knows, and they are left out and counted as skipped as everywhere.
func (s *partScan) fromCounts(ctx context.Context, w *partWorker, c *chain, p logpart.Part, split bool) (bool, logs.ScanStats, error) {
	var none logs.ScanStats
	info := p.Info()
	if s.grouper < 0 || len(s.filters) > 0 || !info.Whole() || info.Damaged {
		return false, none, nil
	}
	st := s.plan.stages[s.grouper].stats
	for i := range st.calls {
		if st.calls[i].arg != nil {
			return false, none, nil
		}
	}
	var bin *grid
	fixed := func(slot int) bool {
		f := s.plan.events.of[slot]
		return f != nil && f.fill != nil && !f.perRow && f.name != "@message"
	}
	for i := range st.known {
		o := &st.known[i]
		if o.bin != nil && bin == nil {
			bin = o.bin
			continue
		}
		for _, slot := range o.slots {
			if !fixed(slot) {
				return false, none, nil
			}
		}
	}
	counts := &logpart.Minutes{First: logpart.MinuteOf(info.First.Timestamp), Counts: []int64{int64(info.Rows)}}
	if bin != nil && bin.floor(info.First.Timestamp) != bin.floor(info.Last.Timestamp) {
		if !bin.wholeMinutes() {
			return false, none, nil
		}
		m, err := p.Minutes(ctx)
		if err != nil || m == nil {
			return false, none, err
		}
		counts = m
	}
	one := counts.Counts
	err := s.locked(split, c, func() error {
		g := c.sinks[s.grouper].(*grouper)
		for k := 0; k < len(one); {
			at := (counts.First + int64(k)) * minuteMs
			if bin == nil || len(one) == 1 {
				at = info.First.Timestamp
			}
			n := int64(0)
			if bin == nil {
				for ; k < len(one); k++ {
					n += one[k]
				}
			} else {
				for end := bin.ceil(at + 1); k < len(one) && ((counts.First+int64(k))*minuteMs < end || len(one) == 1); k++ {
					n += one[k]
				}
			}
			if n == 0 {
				continue
			}
			r := w.row
			r.reset()
			r.ev = event{group: info.Group, pos: logs.Position{Timestamp: at}}
			g.key = g.key[:0]
			for i, key := range g.plan.keys {
				v := key(r)
				g.vals[i] = v
				g.key = appendKey(g.key, &v)
			}
			gr, err := g.find()
			if err != nil {
				return err
			}
			for _, a := range gr.aggs {
				a.(*countAgg).n += float64(n)
			}
		}
		if s.counter >= 0 {
			c.sinks[s.counter].(*counter).n += int64(info.Rows)
		}
		return nil
	})
	return true, logs.ScanStats{Rows: int64(info.Rows), Bytes: info.Bytes}, err
}

const minuteMs = 60_000
