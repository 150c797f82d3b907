package bench

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"time"
)

const hour = time.Hour

// timeForm is how Logs Insights writes times.
const timeForm = "2006-01-02 15:04:05.000"

func wantCount(r Row, field string, want int64) error {
	if got := r[field]; got != strconv.FormatInt(want, 10) {
		return fmt.Errorf("%s: got %q, want %d", field, got, want)
	}
	return nil
}

// number reads a field that must be a number.
func number(r Row, field string) (float64, error) {
	f, err := strconv.ParseFloat(r[field], 64)
	if err != nil {
		return 0, fmt.Errorf("%s: got %q, want a number", field, r[field])
	}
	return f, nil
}

// near wants a number that differs only by the digits an answer is cut to.
func near(r Row, field string, want float64) error {
	got, err := number(r, field)
	if err == nil && math.Abs(got-want) > 1e-4+1e-6*math.Abs(want) {
		err = fmt.Errorf("%s: got %v, want %v", field, got, want)
	}
	return err
}

// percentileError is how far a percentile may be from the values around its
// rank, as a part of them: engines answer it from sketches.
const percentileError = 0.02

// nearPercentile wants percentile p of sorted values. Which of the values
// beside the rank is the answer, or what lies between them, is nobody's law.
func nearPercentile(r Row, field string, sorted []float64, p float64) error {
	got, err := number(r, field)
	if err != nil {
		return err
	}
	rank := p / 100 * float64(len(sorted)-1)
	lo := sorted[max(int(math.Floor(rank))-1, 0)]
	hi := sorted[min(int(math.Ceil(rank))+1, len(sorted)-1)]
	if got < lo*(1-percentileError) || got > hi*(1+percentileError) {
		return fmt.Errorf("%s: got %v, want %v to %v (percentile %v of %d values)", field, got, lo, hi, p, len(sorted))
	}
	return nil
}

// slot reads a time of an answer into milliseconds.
func slot(r Row, field string) (int64, error) {
	t, err := time.Parse(timeForm, r[field])
	if err != nil {
		return 0, fmt.Errorf("%s: got %q, want a time", field, r[field])
	}
	return t.UnixMilli(), nil
}

// floor cuts milliseconds to a period.
func floor(ms int64, period time.Duration) int64 {
	p := period.Milliseconds()
	return ms - ms%p
}

func sorted(v []float64) []float64 {
	slices.Sort(v)
	return v
}

// median of at least one value; sorts them.
func median(v []float64) float64 {
	slices.Sort(v)
	if n := len(v); n%2 == 0 {
		return (v[n/2-1] + v[n/2]) / 2
	}
	return v[len(v)/2]
}
