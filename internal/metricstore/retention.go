package metricstore

import (
	"math"
	"time"
)

// Forever keeps a resolution for as long as the store lives.
const Forever = time.Duration(math.MaxInt64)

// Retention says how long each resolution is kept; then its points are merged
// into the next coarser one, and behind the last they are dropped. Zero fields
// take CloudWatch's values, and no resolution is kept shorter than a finer one. It
// works in compaction, on whole days: data may be
// kept a day longer, never shorter.
type Retention struct {
	OneSecond   time.Duration // points within minutes; default 3 hours
	OneMinute   time.Duration // default 15 days
	FiveMinutes time.Duration // default 63 days
	OneHour     time.Duration // default 455 days
}

func (r Retention) withDefaults() Retention {
	def := func(d *time.Duration, v time.Duration) {
		if *d <= 0 {
			*d = v
		}
	}
	const day = 24 * time.Hour
	def(&r.OneSecond, 3*time.Hour)
	def(&r.OneMinute, 15*day)
	def(&r.FiveMinutes, 63*day)
	def(&r.OneHour, 455*day)
	r.OneMinute = max(r.OneMinute, r.OneSecond)
	r.FiveMinutes = max(r.FiveMinutes, r.OneMinute)
	r.OneHour = max(r.OneHour, r.FiveMinutes)
	return r
}

// policy is a Retention seen at one time: instants that end at or before
// until[t] seconds are too old for tier t.
type policy struct{ until [tiers]int64 }

func (r Retention) at(nowMs int64) policy {
	var p policy
	for t, d := range [tiers]time.Duration{r.OneSecond, r.OneMinute, r.FiveMinutes, r.FiveMinutes, r.OneHour} {
		p.until[t] = math.MinInt64
		if d != Forever {
			p.until[t] = nowMs/1000 - int64(d/time.Second)
		}
	}
	return p
}

// finest coarsens and drops what is too old and returns the coarsest tier that
// still holds all that is left exactly. Points are not changed in place.
func (p policy) finest(points []point) ([]point, int) {
	for t := 1; t < tiers; t++ {
		res, until := resolutions[t], p.until[t-1]
		if len(points) > 0 && floor(points[0].ts, res)+res <= until && !aligned(points, res) {
			points = rollupUntil(points, res, func(instant int64) bool { return instant+res <= until })
		}
	}
	hour := resolutions[tiers-1]
	for len(points) > 0 && points[0].ts+hour <= p.until[tiers-1] {
		points = points[1:]
	}
	tier := tiers - 1
	for ; tier > 0 && !aligned(points, resolutions[tier]); tier-- {
	}
	return points, tier
}

func aligned(points []point, res int64) bool {
	for i := range points {
		if points[i].ts%res != 0 {
			return false
		}
	}
	return true
}

// coarsens reports whether rewriting the segment would coarsen all points of
// some tier.
func (p policy) coarsens(m *segmentMeta) bool {
	for t := range tiers - 1 {
		if m.finest>>t&1 != 0 && m.last+resolutions[t+1] <= p.until[t] {
			return true
		}
	}
	return false
}

// expired reports whether nothing of the segment is kept.
func (p policy) expired(m *segmentMeta) bool {
	return m.last+resolutions[tiers-1] <= p.until[tiers-1]
}
