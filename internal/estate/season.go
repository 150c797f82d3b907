package estate

import "math"

const minutesPerWeek = 7 * minutesPerDay

// season says how traffic is spread over a week: a factor for each minute,
// whose mean over the week is 1.
type season struct {
	factor [minutesPerWeek]float64
	trough float64 // the smallest factor
	peak   float64 // the largest factor
}

// at returns the factor of a minute (counted from the Unix epoch). The epoch
// was a Thursday; the table starts on Monday.
func (s *season) at(minute int64) float64 {
	return s.factor[(minute+3*minutesPerDay)%minutesPerWeek]
}

// The three shapes of load: people at work, machines that never sleep, and
// the batch window at night (UTC).
var (
	businessHours = newSeason(0.45, 0.75, 13, 4)
	steadyLoad    = newSeason(0.85, 0.97, 15, 6)
	nightlyBatch  = newSeason(0.40, 1.0, 3, 2.5)
)

// newSeason makes a season with a floor, a weekend factor and one daily bump
// around an hour, as wide as the given hours.
func newSeason(floor, weekend, hour, width float64) *season {
	s := &season{}
	var sum float64
	for m := range s.factor {
		h := float64(m%minutesPerDay) / 60
		d := math.Mod(h-hour+36, 24) - 12
		f := floor + (1-floor)*math.Exp(-d*d/(2*width*width))
		if m/minutesPerDay >= 5 {
			f *= weekend
		}
		s.factor[m] = f
		sum += f
	}
	mean := sum / minutesPerWeek
	s.trough = math.Inf(1)
	for m := range s.factor {
		s.factor[m] /= mean
		s.trough = min(s.trough, s.factor[m])
		s.peak = max(s.peak, s.factor[m])
	}
	return s
}
