package fleet

import (
	"math"
	"slices"
)

// Severities, worst first.
const (
	Critical = "critical"
	Warn     = "warning"
	Info     = "info"
)

var severities = []string{Critical, Warn, Info}

func severityRank(s string) int { return slices.Index(severities, s) }

// Warning is one rule that a resource breaks.
type Warning struct {
	Rule      string  `json:"rule"`
	Severity  string  `json:"severity"`
	Value     float64 `json:"value"`
	Threshold float64 `json:"threshold"`
	Unit      string  `json:"unit"` // of value and threshold: Percent, Count or Milliseconds
	When
	Evidence Values `json:"evidence"` // the numbers behind the value
}

// When tells in which stretches of periods a rule was broken, in milliseconds.
// All are nil and 0 when no period breaks it by itself.
type When struct {
	// Since is when the newest stretch began.
	Since *int64 `json:"since"`
	// Until is when it ended; nil while it lasts.
	Until *int64 `json:"until"`
	// First is when the first stretch of the page's range began.
	First     *int64 `json:"first"`
	Stretches int    `json:"stretches"`
}

// ruleOrder ranks the rules of equal severity: what loses data first.
var ruleOrder = []string{
	"outOfMemory", "errors", "errors5xx", "failures", "timeouts", "throttles", "memoryHigh", "durationHigh",
	"latencyHigh", "heapHigh", "errors4xx", "growth", "coldStarts", "memoryLow",
}

func sortWarnings(ws []Warning) {
	slices.SortStableFunc(ws, func(a, b Warning) int {
		if d := severityRank(a.Severity) - severityRank(b.Severity); d != 0 {
			return d
		}
		return slices.Index(ruleOrder, a.Rule) - slices.Index(ruleOrder, b.Rule)
	})
}

// when finds the stretches of periods for which bad holds. value answers NaN
// for a period without data, which neither begins nor ends a stretch; nor does
// one that is not over yet end it.
func (p *page) when(value func(i int) float64, bad func(v float64) bool) When {
	var w When
	within := false
	at := func(i int) *int64 {
		ms := p.grid.Start + int64(i)*p.grid.Period
		return &ms
	}
	for i := range p.grid.N {
		v := value(i)
		switch {
		case math.IsNaN(v):
		case bad(v):
			if !within {
				within, w.Since, w.Until = true, at(i), nil
				w.Stretches++
				if w.First == nil {
					w.First = w.Since
				}
			}
		case within && *at(i + 1) <= p.now:
			within, w.Until = false, at(i)
		}
	}
	return w
}

func above(limit float64) func(float64) bool { return func(v float64) bool { return v > limit } }

// ratio is the percentage that the sum of part is of whole in one period.
func ratio(part *cell, whole func(i int) float64) func(i int) float64 {
	return func(i int) float64 { return rate(part.bucket(i).Sum, whole(i)) }
}

func sums(c *cell) func(i int) float64 { return func(i int) float64 { return c.bucket(i).Sum } }

func maximum(c *cell, scale float64) func(i int) float64 {
	return func(i int) float64 {
		if b := c.bucket(i); b.Count > 0 {
			return b.Max * scale
		}
		return math.NaN()
	}
}

// positive answers the sum of a period, NaN without data.
func positive(c *cell) func(i int) float64 {
	return func(i int) float64 {
		if b := c.bucket(i); b.Count > 0 {
			return b.Sum
		}
		return math.NaN()
	}
}
