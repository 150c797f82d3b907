package fleet

import (
	"bytes"
	"encoding/json"
	"math"
	"slices"
	"strconv"

	"skywatch/internal/metrics"
)

// Values are the numbers of a row by name. NaN is written as null; a value may
// also be text or an object.
type Values map[string]any

// MarshalJSON writes the values ordered by name.
func (v Values) MarshalJSON() ([]byte, error) {
	names := make([]string, 0, len(v))
	for n := range v {
		names = append(names, n)
	}
	slices.Sort(names)
	b := []byte{'{'}
	for i, n := range names {
		if i > 0 {
			b = append(b, ',')
		}
		b = strconv.AppendQuote(b, n) // names are constants of this package
		b = append(b, ':')
		if f, ok := v[n].(float64); ok {
			b = appendNumber(b, f)
			continue
		}
		raw, err := json.Marshal(v[n])
		if err != nil {
			return nil, err
		}
		b = append(b, raw...)
	}
	return append(b, '}'), nil
}

// UnmarshalJSON reads what MarshalJSON writes; null becomes NaN.
func (v *Values) UnmarshalJSON(raw []byte) error {
	var m map[string]any
	if err := json.NewDecoder(bytes.NewReader(raw)).Decode(&m); err != nil {
		return err
	}
	for n, x := range m {
		if x == nil {
			m[n] = math.NaN()
		}
	}
	*v = m
	return nil
}

// Points are the values of a sparkline, NaN where there is none (null).
type Points []float64

// MarshalJSON writes NaN as null.
func (p Points) MarshalJSON() ([]byte, error) {
	b := make([]byte, 1, 8*len(p)+2)
	b[0] = '['
	for i, f := range p {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendNumber(b, f)
	}
	return append(b, ']'), nil
}

// appendNumber writes nine significant digits: enough for any reading of these
// numbers, and without the noise of binary fractions.
func appendNumber(b []byte, f float64) []byte {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return append(b, "null"...)
	}
	if f == math.Trunc(f) && math.Abs(f) < 1<<53 {
		return strconv.AppendInt(b, int64(f), 10)
	}
	return strconv.AppendFloat(b, round(f), 'g', -1, 64)
}

// round keeps nine significant digits of fractions.
func round(f float64) float64 {
	if f == math.Trunc(f) || math.IsNaN(f) || math.IsInf(f, 0) {
		return f
	}
	r, err := strconv.ParseFloat(strconv.FormatFloat(f, 'g', 9, 64), 64)
	if err != nil {
		return f
	}
	return r
}

// rate is part of whole in percent; NaN when there is no whole.
func rate(part, whole float64) float64 {
	if whole == 0 || math.IsNaN(whole) {
		return math.NaN()
	}
	return 100 * part / whole
}

// sumOf adds what is known; NaN when nothing is.
func sumOf(vs ...float64) float64 {
	s := math.NaN()
	for _, v := range vs {
		switch {
		case math.IsNaN(v):
		case math.IsNaN(s):
			s = v
		default:
			s += v
		}
	}
	return s
}

func orElse(v, otherwise float64) float64 {
	if math.IsNaN(v) {
		return otherwise
	}
	return v
}

// points draws a sparkline out of a cell.
func points(n int, at func(i int) float64) Points {
	out := make(Points, n)
	for i := range out {
		out[i] = at(i)
	}
	return out
}

// counts draws a sparkline of a count: where the metric exists but says
// nothing, nothing happened, so the gap is 0, except before the resource's first
// datapoint and after now.
func (p *page) counts(c *cell, since int64, value func(metrics.StatisticSet) float64) Points {
	return points(p.grid.N, func(i int) float64 {
		b := c.bucket(i)
		from := p.grid.Start + int64(i)*p.grid.Period
		if !c.present || b.Count == 0 && (from > p.now || from+p.grid.Period <= since) {
			return math.NaN()
		}
		return value(b)
	})
}

func sumStat(b metrics.StatisticSet) float64   { return b.Sum }
func countStat(b metrics.StatisticSet) float64 { return b.Count }

// maxima draws a sparkline of maxima, gaps where there is no data.
func (p *page) maxima(c *cell, scale float64) Points {
	return points(p.grid.N, func(i int) float64 {
		if b := c.bucket(i); b.Count > 0 {
			return b.Max * scale
		}
		return math.NaN()
	})
}

// p95s draws a sparkline of 95th percentiles.
func (p *page) p95s(c *cell) Points {
	return points(p.grid.N, func(i int) float64 {
		if c.p95 == nil {
			return math.NaN()
		}
		return c.p95[i]
	})
}

// number reads a number out of a resource's facts.
func number(facts map[string]any, attribute string) float64 {
	if f, ok := facts[attribute].(float64); ok {
		return f
	}
	return math.NaN()
}

// add accumulates a value into the totals; unknown values add nothing.
func (v Values) add(name string, f float64) {
	old, ok := v[name].(float64)
	if !ok {
		old = math.NaN()
	}
	v[name] = sumOf(old, f)
}

// get returns a number of the totals, NaN when there is none.
func (v Values) get(name string) float64 {
	if f, ok := v[name].(float64); ok {
		return f
	}
	return math.NaN()
}
