package main

import (
	"strconv"
	"strings"
	"time"

	"skywatch/internal/logfile"
)

// rangeFlags choose a range of time.
type rangeFlags struct {
	Since string `help:"From so long ago until now: 90s, 30m, 1h, 7d, 2w." placeholder:"DURATION"`
	Start string `help:"From this time on: 2026-01-31T12:00:00Z, 2026-01-31, or so long ago as in --since." placeholder:"TIME"`
	End   string `help:"Until this time (default now)." placeholder:"TIME"`
}

// given says whether any flag was set.
func (f *rangeFlags) given() bool { return f.Since != "" || f.Start != "" || f.End != "" }

// window returns the range; since is that of a command line without flags.
func (f *rangeFlags) window(now time.Time, since time.Duration) (from, to time.Time, err error) {
	from, to = now.Add(-since), now
	if f.Since != "" && (f.Start != "" || f.End != "") {
		return from, to, usagef("--since says when the range begins and that it ends now; --start and --end cannot be given with it")
	}
	if f.Since != "" {
		d, ok := parseDuration(f.Since)
		if !ok {
			return from, to, usagef("--since %q: want a duration such as 30m, 1h or 7d", f.Since)
		}
		return now.Add(-d), now, nil
	}
	if f.End != "" {
		if to, err = parseTime("--end", f.End, now); err != nil {
			return from, to, err
		}
		from = to.Add(-since)
	}
	if f.Start != "" {
		if from, err = parseTime("--start", f.Start, now); err != nil {
			return from, to, err
		}
	}
	if !from.Before(to) {
		return from, to, usagef("the range ends (%s) before it begins (%s)", to.UTC().Format(time.RFC3339), from.UTC().Format(time.RFC3339))
	}
	return from, to, nil
}

// parseDuration reads Go's durations and whole days and weeks (7d, 2w, 1d12h).
func parseDuration(s string) (time.Duration, bool) {
	var days time.Duration
	for _, unit := range []struct {
		name string
		len  time.Duration
	}{{"w", 7 * 24 * time.Hour}, {"d", 24 * time.Hour}} {
		if n, rest, ok := strings.Cut(s, unit.name); ok {
			v, err := strconv.Atoi(n)
			if err != nil || v < 0 || v > 100_000 {
				return 0, false
			}
			days += time.Duration(v) * unit.len
			s = rest
			if s == "" {
				return days, true
			}
		}
	}
	d, err := time.ParseDuration(s)
	return days + d, err == nil && d >= 0 && days+d >= 0
}

// parseTime reads an instant: now, a duration before now (also with a minus), a
// date, or a timestamp in any form a log line may have. Without a zone it is
// UTC, as everywhere in the product.
func parseTime(flag, s string, now time.Time) (time.Time, error) {
	if s == "now" {
		return now, nil
	}
	ago := strings.TrimSuffix(strings.TrimPrefix(s, "-"), " ago")
	if d, ok := parseDuration(ago); ok {
		return now.Add(-d), nil
	}
	if t, err := time.Parse(time.DateOnly, s); err == nil {
		return t, nil
	}
	if ms, ok := logfile.Time(s, nil); ok {
		return time.UnixMilli(ms).UTC(), nil
	}
	return now, usagef("%s %q: want a time such as 2026-01-31T12:00:00Z, 2026-01-31, 2h or now", flag, s)
}

// timestamp writes milliseconds since the epoch as CloudWatch Logs does.
func timestamp(ms int64) string { return time.UnixMilli(ms).UTC().Format("2006-01-02T15:04:05.000Z") }
