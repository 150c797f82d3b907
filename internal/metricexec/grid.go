package metricexec

import (
	"errors"
	"fmt"

	"skywatch/internal/metrics"
)

// Errors of GridFor, tested with errors.Is.
var (
	ErrPeriod    = errors.New("invalid period")                      // not 1, 5, 10, 20, 30 or a multiple of 60
	ErrTimeRange = errors.New("the start must be less than the end") // empty or reversed range
)

const (
	second = int64(1000)
	minute = 60 * second
	hour   = 60 * minute
	day    = 24 * hour

	// The ages up to which CloudWatch serves a period. Beyond the last nothing
	// is kept.
	subMinuteAge  = 3 * hour
	minuteAge     = 15 * day
	fiveMinuteAge = 63 * day
	hourAge       = 455 * day

	// futureLimit is how far after now a datapoint can lie (PutMetricData
	// refuses later ones).
	futureLimit = 2 * hour
)

// ValidPeriod reports whether seconds is a period CloudWatch knows: 1, 5, 10,
// 20, 30 or a multiple of 60.
func ValidPeriod(seconds int64) bool {
	switch seconds {
	case 1, 5, 10, 20, 30:
		return true
	}
	return seconds >= 60 && seconds%60 == 0
}

// GridFor lays the period grid of a request for [startMs, endMs), seen at nowMs
// (all milliseconds since the epoch).
//
// The start is rounded down as CloudWatch does: to the minute when less than 15
// days old, to five minutes when less than 63, to the hour beyond; then to the
// period, counted from the epoch for periods that divide a day and from the
// rounded start for the others. With a period below a minute the end is rounded
// down as well (a request from 15:02:17 to 15:07:17 at 5 s reads 15:02:15 to
// 15:07:15); otherwise every period that begins before the end is part of the
// grid.
//
// Data is served for a period only up to an age: below a minute for 3 hours, a
// multiple of 60 s for 15 days, of 300 s for 63 days, of 3600 s for 455 days.
// The part of the range that is older, and what lies further ahead than
// datapoints can, is cut off the grid; N is 0 when nothing is left. N is at
// most about 25,000.
//
// Errors are ErrPeriod and ErrTimeRange.
func GridFor(startMs, endMs, periodSeconds, nowMs int64) (metrics.Grid, error) {
	if !ValidPeriod(periodSeconds) {
		return metrics.Grid{}, fmt.Errorf("%w: got %d, want 1, 5, 10, 20, 30 or a multiple of 60", ErrPeriod, periodSeconds)
	}
	if startMs >= endMs {
		return metrics.Grid{}, ErrTimeRange
	}
	if periodSeconds > hourAge/second*2 {
		// One bucket over everything there can be; also keeps the sums below
		// from overflowing.
		periodSeconds = hourAge / second * 2
	}
	period := periodSeconds * second

	// The oldest instant that this period can be served for, on its own lattice.
	age := int64(subMinuteAge)
	switch {
	case period%hour == 0:
		age = hourAge
	case period%(5*minute) == 0:
		age = fiveMinuteAge
	case period >= minute:
		age = minuteAge
	}
	oldest := nowMs - age
	start := max(startMs, oldest)
	end := min(endMs, nowMs+futureLimit+minute)
	if start >= end {
		return metrics.Grid{Start: roundDown(start, min(period, day)), Period: period}, nil
	}

	rounding := minute
	switch startAge := nowMs - start; {
	case period < minute:
		rounding = period
	case startAge > fiveMinuteAge:
		rounding = hour
	case startAge > minuteAge:
		rounding = 5 * minute
	}
	start = roundDown(start, rounding)
	if day%period == 0 {
		start = roundDown(start, period)
	}
	if period < minute {
		end = max(roundDown(end, period), start+period)
	}
	return metrics.Grid{Start: start, Period: period, N: int((end - start + period - 1) / period)}, nil
}

// roundDown returns the largest multiple of step that is not above t.
func roundDown(t, step int64) int64 {
	r := t % step
	if r < 0 {
		r += step
	}
	return t - r
}
