package estate

import "slices"

// lambdaMetrics writes namespace AWS/Lambda for all functions: per function,
// and over the account without dimensions. A function without invocations in a
// minute has no data there, as on AWS.
type lambdaMetrics struct{ functions []*function }

// minuteTotals is what the account level needs of a minute.
type minuteTotals struct {
	invocations, errors, throttles int
	running                        int64 // milliseconds of all invocations
	duration                       Statistics
}

// metrics implements metricSource.
func (l lambdaMetrics) metrics(from, to int64, b *metricBuf) {
	b.use("AWS/Lambda")
	totals := make([]minuteTotals, to-from)
	var run []invocation
	var durations []float64
	for _, f := range l.functions {
		for m := from; m < to; m++ {
			run = f.invocations(run[:0], m)
			throttles := f.throttles(m, len(run))
			if len(run) == 0 && throttles == 0 {
				continue
			}
			t := &totals[m-from]
			durations = durations[:0]
			errors := 0
			for i := range run {
				v := &run[i]
				d := float64(v.duration) / 100
				durations = append(durations, d)
				t.duration.add(d)
				t.running += v.billed()
				if v.outcome != succeeded {
					errors++
				}
			}
			t.invocations += len(run)
			t.errors += errors
			t.throttles += throttles
			ts := m * minuteMillis
			if len(run) > 0 {
				b.ones("Invocations", f.dimensions, ts, len(run))
				b.rate("Errors", f.dimensions, ts, errors, len(run))
				b.samples("Duration", f.dimensions, "Milliseconds", ts, durations)
				b.one("ConcurrentExecutions", f.dimensions, "Count", ts, float64(concurrency(run)))
			}
			b.rate("Throttles", f.dimensions, ts, throttles, len(run)+throttles)
		}
	}
	for i, t := range totals {
		if t.invocations+t.throttles == 0 {
			continue
		}
		ts := (from + int64(i)) * minuteMillis
		if t.invocations > 0 {
			b.ones("Invocations", nil, ts, t.invocations)
			b.rate("Errors", nil, ts, t.errors, t.invocations)
			b.add(Datum{Name: "Duration", Unit: "Milliseconds", Timestamp: ts, Statistics: t.duration})
			running := float64(1 + t.running/minuteMillis)
			b.one("ConcurrentExecutions", nil, "Count", ts, running)
			b.one("UnreservedConcurrentExecutions", nil, "Count", ts, running)
		}
		b.rate("Throttles", nil, ts, t.throttles, t.invocations+t.throttles)
	}
}

func (s *Statistics) add(v float64) {
	if s.SampleCount == 0 {
		s.Minimum, s.Maximum = v, v
	}
	s.SampleCount++
	s.Sum += v
	s.Minimum = min(s.Minimum, v)
	s.Maximum = max(s.Maximum, v)
}

// concurrency returns how many of the invocations, ordered by start, ran at
// the same time at most.
func concurrency(run []invocation) int {
	ends := make([]int64, 0, 16)
	most := 0
	for i := range run {
		ends = slices.DeleteFunc(ends, func(end int64) bool { return end <= run[i].start })
		ends = append(ends, run[i].end())
		most = max(most, len(ends))
	}
	return most
}
