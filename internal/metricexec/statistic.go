package metricexec

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"

	"skywatch/internal/metrics"
)

// ErrStatistic is the class of all errors of ParseStatistic.
var ErrStatistic = errors.New("invalid statistic")

type kind uint8

const (
	kindNone kind = iota
	kindSampleCount
	kindAverage
	kindSum
	kindMinimum
	kindMaximum
	kindPercentile
	kindTrimmedMean
	kindTrimmedCount
	kindTrimmedSum
	kindWinsorizedMean
	kindPercentileRank
)

// Statistic is a parsed statistic name. The zero Statistic is not valid.
type Statistic struct {
	text    string
	kind    kind
	percent bool    // lower and upper are percentiles, not values
	lower   float64 // the bound, or -Inf (percent: 0) when left out
	upper   float64 // the bound, or +Inf (percent: 100) when left out; the p of pNN
}

// The names that stand alone.
var plain = map[string]Statistic{
	"SampleCount": {kind: kindSampleCount},
	"Average":     {kind: kindAverage},
	"Sum":         {kind: kindSum},
	"Minimum":     {kind: kindMinimum},
	"Maximum":     {kind: kindMaximum},
	"IQM":         {kind: kindTrimmedMean, percent: true, lower: 25, upper: 75},
}

// Prefixes in the order they must be tried (p last: nothing else begins with it).
var lowerForms = []struct {
	prefix string
	kind   kind
}{
	{"tm", kindTrimmedMean}, {"tc", kindTrimmedCount}, {"ts", kindTrimmedSum},
	{"wm", kindWinsorizedMean}, {"p", kindPercentile},
}

var upperForms = map[string]kind{
	"TM": kindTrimmedMean, "TC": kindTrimmedCount, "TS": kindTrimmedSum,
	"WM": kindWinsorizedMean, "PR": kindPercentileRank,
}

// ParseStatistic parses a statistic name exactly as CloudWatch spells it:
// SampleCount, Average, Sum, Minimum, Maximum, IQM, pNN, tmNN, tcNN, tsNN,
// wmNN (0 to 99 with up to ten decimals, or 100), and TM, TC, TS, WM, PR with
// (a:b), where the bounds are both percentages (not for PR) or both absolute
// values and one of them may be left out. Names are case-sensitive. Everything
// else is refused with an error that names it; errors.Is(err, ErrStatistic).
func ParseStatistic(s string) (Statistic, error) {
	if st, ok := plain[s]; ok {
		st.text = s
		return st, nil
	}
	if len(s) > 128 {
		return Statistic{}, fmt.Errorf("%w: %q… is longer than 128 bytes", ErrStatistic, s[:32])
	}
	if open := strings.IndexByte(s, '('); open >= 0 {
		return parseRange(s, open)
	}
	for _, f := range lowerForms {
		num, ok := strings.CutPrefix(s, f.prefix)
		if !ok {
			continue
		}
		if v, ok := parsePercent(num); ok {
			return Statistic{text: s, kind: f.kind, percent: true, lower: 0, upper: v}, nil
		}
		if len(num) > 2 && num[len(num)-2] == '_' && strings.ContainsAny(num[len(num)-1:], "ELH") {
			return Statistic{}, fmt.Errorf("%w: %q: the suffix %q is not supported", ErrStatistic, s, num[len(num)-2:])
		}
		if num != "" && (num[0] >= '0' && num[0] <= '9' || num[0] == '-' || num[0] == '.') {
			return Statistic{}, fmt.Errorf("%w: %q: want %s and a number from 0 to 100 with at most 10 decimals", ErrStatistic, s, f.prefix)
		}
	}
	if len(s) > 1 && (s[0] == 'o' || s[0] == 'u') && s[1] >= '0' && s[1] <= '9' {
		return Statistic{}, fmt.Errorf("%w: %q: the forms oNN and uNN are not supported", ErrStatistic, s)
	}
	for name := range plain {
		if strings.EqualFold(name, s) {
			return Statistic{}, fmt.Errorf("%w: %q: did you mean %s? Names are case-sensitive", ErrStatistic, s, name)
		}
	}
	return Statistic{}, fmt.Errorf("%w: %q", ErrStatistic, s)
}

// parseRange parses XX(a:b); open is the index of the parenthesis.
func parseRange(s string, open int) (Statistic, error) {
	fail := func(format string, args ...any) (Statistic, error) {
		return Statistic{}, fmt.Errorf("%w: %q: %s", ErrStatistic, s, fmt.Sprintf(format, args...))
	}
	k, ok := upperForms[s[:open]]
	if !ok {
		return fail("only TM, TC, TS, WM and PR (in capitals) take parentheses")
	}
	body, ok := strings.CutSuffix(s[open+1:], ")")
	if !ok {
		return fail("the closing parenthesis is missing")
	}
	a, b, ok := strings.Cut(body, ":")
	if !ok {
		return fail("want two bounds parted by a colon")
	}
	if a == "" && b == "" {
		return fail("at least one bound is needed")
	}
	st := Statistic{text: s, kind: k, lower: math.Inf(-1), upper: math.Inf(1)}
	st.percent = strings.HasSuffix(a, "%") || strings.HasSuffix(b, "%")
	if !st.percent {
		if a != "" {
			if st.lower, ok = parseNumber(a); !ok {
				return fail("the lower bound %q is not a number", a)
			}
		}
		if b != "" {
			if st.upper, ok = parseNumber(b); !ok {
				return fail("the upper bound %q is not a number", b)
			}
		}
	} else {
		if k == kindPercentileRank {
			return fail("PR takes absolute bounds only")
		}
		st.lower, st.upper = 0, 100
		for _, bound := range []struct {
			text string
			to   *float64
		}{{a, &st.lower}, {b, &st.upper}} {
			if bound.text == "" {
				continue
			}
			num, isPercent := strings.CutSuffix(bound.text, "%")
			if !isPercent {
				return fail("the bounds must both be percentages or both be absolute")
			}
			if *bound.to, ok = parsePercent(num); !ok {
				return fail("the bound %q is not a percentage from 0 to 100 with at most 10 decimals", bound.text)
			}
		}
	}
	if st.lower >= st.upper {
		return fail("the lower bound must be less than the upper bound")
	}
	return st, nil
}

// parsePercent parses \d{1,2}(\.\d{0,10})? or 100.
func parsePercent(s string) (float64, bool) {
	if s == "100" {
		return 100, true
	}
	whole, frac, _ := strings.Cut(s, ".")
	if len(whole) < 1 || len(whole) > 2 || len(frac) > 10 || !digits(whole) || !digits(frac) {
		return 0, false
	}
	v, err := strconv.ParseFloat(s, 64)
	return v, err == nil
}

// parseNumber parses \d+(\.\d{0,10})? with an optional exponent.
func parseNumber(s string) (float64, bool) {
	mantissa := s
	if i := strings.IndexAny(s, "eE"); i >= 0 {
		exp := s[i+1:]
		if exp != "" && (exp[0] == '+' || exp[0] == '-') {
			exp = exp[1:]
		}
		if exp == "" || !digits(exp) {
			return 0, false
		}
		mantissa = s[:i]
	}
	whole, frac, _ := strings.Cut(mantissa, ".")
	if whole == "" || len(frac) > 10 || !digits(whole) || !digits(frac) {
		return 0, false
	}
	v, err := strconv.ParseFloat(s, 64)
	return v, err == nil
}

func digits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return true
}

// String returns the name as it was given to ParseStatistic.
func (s Statistic) String() string { return s.text }

// IsBasic reports whether s is one of the five statistics GetMetricStatistics
// takes in Statistics; the others go into its ExtendedStatistics.
func (s Statistic) IsBasic() bool { return s.kind >= kindSampleCount && s.kind <= kindMaximum }

// IsPercentile reports whether s is of the form pNN.
func (s Statistic) IsPercentile() bool { return s.kind == kindPercentile }

// NeedsDistribution reports whether s needs the raw samples of a bucket
// (metrics.Bucket.Dist) and not only its statistic set.
func (s Statistic) NeedsDistribution() bool { return s.kind >= kindPercentile }

// Eval returns the statistic of a bucket, and false where CloudWatch has no
// datapoint: the bucket is empty, the statistic needs samples and the bucket
// has only a statistic set or a negative sample, or a mean over a range that
// holds no sample. Percentiles are by nearest rank, see [metrics.Distribution].
func (s Statistic) Eval(b metrics.Bucket) (float64, bool) {
	if b.Stats.Count == 0 {
		return 0, false
	}
	switch s.kind {
	case kindSampleCount:
		return b.Stats.Count, true
	case kindAverage:
		return b.Stats.Average(), true
	case kindSum:
		return b.Stats.Sum, true
	case kindMinimum:
		return b.Stats.Min, true
	case kindMaximum:
		return b.Stats.Max, true
	}
	d := b.Dist
	if d.Empty() || b.Stats.Min < 0 {
		return 0, false
	}
	if s.kind == kindPercentile {
		return d.Quantile(s.upper), true
	}
	if s.kind == kindWinsorizedMean {
		return s.winsorizedMean(d), true
	}
	var count, sum float64
	if s.percent {
		count, sum = d.InPercentiles(s.lower, s.upper)
	} else {
		count, sum = d.InRange(s.lower, s.upper)
	}
	switch s.kind {
	case kindTrimmedMean:
		return sum / count, count > 0
	case kindTrimmedCount:
		return count, true
	case kindTrimmedSum:
		return sum, true
	case kindPercentileRank:
		return 100 * count / d.Count(), true
	}
	panic("metricexec: Eval of the zero Statistic")
}

// winsorizedMean averages all samples after those outside the range have been
// set to its bounds.
func (s Statistic) winsorizedMean(d *metrics.Distribution) float64 {
	n := d.Count()
	if s.percent {
		_, sum := d.InPercentiles(s.lower, s.upper)
		if s.lower > 0 {
			sum += s.lower / 100 * n * d.Quantile(s.lower)
		}
		if s.upper < 100 {
			sum += (100 - s.upper) / 100 * n * d.Quantile(s.upper)
		}
		return sum / n
	}
	_, sum := d.InRange(s.lower, s.upper)
	if !math.IsInf(s.lower, -1) {
		below, _ := d.InRange(math.Inf(-1), s.lower)
		sum += below * s.lower
	}
	if !math.IsInf(s.upper, 1) {
		above, _ := d.InRange(s.upper, math.Inf(1))
		sum += above * s.upper
	}
	return sum / n
}
