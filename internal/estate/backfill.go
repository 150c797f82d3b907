package estate

import (
	"context"
	"sync"

	"golang.org/x/sync/errgroup"
)

// task is a piece of the back-fill: some sources over some minutes.
type task struct {
	groups   []string // to create
	metrics  []metricSource
	logs     []logSource
	from, to int64 // minutes
	weight   float64
	complete bool // its end means that metrics are complete from its from on
}

const (
	logChunk       = 16  // sources in one task, so that a task is short
	newestHour     = 60  // minutes of logs that go before older metrics
	olderWindow    = 180 // minutes of older logs in one task
	firstMetrics   = 180 // minutes of metrics that go before any service's log
	recordHistory  = 7 * minutesPerDay
	storageHistory = 14*minutesPerDay - 30
)

// plan orders the back-fill until the minute now, so that a fleet page is
// useful at once: what the resources are (configurations, job runs, sizes of
// buckets), the metrics of the last three hours, the logs of the last hour
// (memory and cold starts come only from them), the other metrics, the other
// logs, and last the job runs of the week before.
func (e *Estate) plan(now int64) []task {
	var tasks []task
	add := func(t task) {
		if t.from < t.to || len(t.groups) > 0 {
			tasks = append(tasks, t)
		}
	}
	// What is older than the history belongs to the history's first run.
	before := func(m int64) int64 {
		if e.resume > e.start {
			return e.resume
		}
		return min(m, e.start)
	}
	dayAgo := before(now - minutesPerDay)
	add(task{metrics: []metricSource{s3Storage{e}}, from: before(now - storageHistory), to: now, weight: 30})
	add(task{logs: []logSource{functionConfigs{e}}, from: e.resume, to: now, weight: 30})
	add(task{logs: []logSource{jobRuns{e}}, from: e.spilling(dayAgo), to: now, weight: 30})

	metrics := func(from, to int64) {
		for m := to; m > from; m -= 60 {
			lo := max(m-60, from)
			for i, s := range e.serviceMetrics() {
				// Lambda and S3 have several times the data of the others.
				weight := []float64{2, 1, 0.7, 1.2}[i] * float64(m-lo)
				add(task{metrics: []metricSource{s}, from: lo, to: m, weight: weight, complete: i == 3})
			}
		}
	}
	sources := e.serviceLogs()
	logs := func(from, to, window int64) {
		for m := to; m > from; m -= window {
			lo := max(m-window, from)
			for i := 0; i < len(sources); i += logChunk {
				part := sources[i:min(i+logChunk, len(sources))]
				add(task{logs: part, from: lo, to: m, weight: 12 * float64(m-lo) * float64(len(part)) / float64(len(sources))})
			}
		}
	}
	first := max(now-firstMetrics, e.resume)
	metrics(first, now)
	oldest := e.spilling(e.resume)
	hour := max(now-newestHour, oldest)
	logs(hour, now, newestHour)
	groups := e.LogGroups()
	for i := 0; i < len(groups); i += logChunk {
		add(task{groups: groups[i:min(i+logChunk, len(groups))], weight: 5})
	}
	metrics(e.resume, first)
	logs(oldest, hour, olderWindow)
	add(task{logs: []logSource{jobRuns{e}}, from: before(now - recordHistory), to: e.spilling(dayAgo), weight: 60})
	return tasks
}

// spilling returns the minute from which on the starts must be looked at to
// find every event from minute on: earlier than it after a former run, whose
// last starts had not ended.
func (e *Estate) spilling(minute int64) int64 {
	if e.resume > e.start {
		return minute - maxSpill
	}
	return minute
}

// backfill sends everything with a timestamp before the minute now.
func (e *Estate) backfill(ctx context.Context, s *sender, now int64, r *reporter) error {
	var since int64 // timestamps before it were sent by a former run
	if e.resume > e.start {
		since = e.resume * minuteMillis
	}
	tasks := e.plan(now)
	var total float64
	for _, t := range tasks {
		total += t.weight
	}
	var (
		mu       sync.Mutex
		next     int
		done     float64
		complete = now
	)
	r.report(PhaseBackfill, 0, now, true)
	g, ctx := errgroup.WithContext(ctx)
	for range e.cfg.Connections {
		g.Go(func() error {
			lb := &logBuf{}
			for {
				mu.Lock()
				if next == len(tasks) {
					mu.Unlock()
					return nil
				}
				t := tasks[next]
				next++
				mu.Unlock()
				if err := t.run(ctx, s, lb, since, now*minuteMillis); err != nil {
					return err
				}
				mu.Lock()
				done += t.weight
				if t.complete {
					complete = min(complete, t.from)
				}
				part, from := done/total, complete
				mu.Unlock()
				r.report(PhaseBackfill, part, from, false)
			}
		})
	}
	return g.Wait()
}

// run sends a task's data and its events in [since, until), in milliseconds.
func (t task) run(ctx context.Context, s *sender, lb *logBuf, since, until int64) error {
	for _, g := range t.groups {
		if err := s.ensure(ctx, g, ""); err != nil {
			return err
		}
	}
	if len(t.metrics) > 0 {
		mb := &metricBuf{emit: func(b MetricBatch) error { return s.metrics(ctx, b) }}
		for _, src := range t.metrics {
			src.metrics(t.from, t.to, mb)
		}
		if mb.flush(); mb.err != nil {
			return mb.err
		}
	}
	for _, src := range t.logs {
		src.logs(t.from, t.to, lb)
		if err := lb.flush(since, until, func(b LogBatch) error { return s.logs(ctx, b) }); err != nil {
			return err
		}
	}
	return ctx.Err()
}
