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
	// Since is when the newest run of periods that break the rule began,
	// milliseconds; nil when no period does by itself.
	Since    *int64 `json:"since"`
	Evidence Values `json:"evidence"` // the numbers behind the value
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

// since returns the start of the newest run of periods for which bad holds.
// value answers NaN for a period without data, which neither begins nor ends a
// run.
func (p *page) since(value func(i int) float64, bad func(v float64) bool) *int64 {
	first := -1
	for i := p.grid.N - 1; i >= 0; i-- {
		v := value(i)
		if math.IsNaN(v) {
			continue
		}
		if bad(v) {
			first = i
		} else if first >= 0 {
			break
		}
	}
	if first < 0 {
		return nil
	}
	at := p.grid.Start + int64(first)*p.grid.Period
	return &at
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
