package fleet

import (
	"math"

	"skywatch/internal/metrics"
)

const (
	lInvocations = iota
	lErrors
	lThrottles
	lDuration
	lConcurrency
	lMemoryUsed
	lMemorySize
	lMemoryUtil
	lInit
	lColdStarts
	lTimeouts
	lOutOfMemory
	lBilled
	lGBSeconds
	nLambda
)

// lambdaColumns: what Lambda itself counts comes from AWS/Lambda, the rest
// from the REPORT lines (see package derive).
var lambdaColumns = []column{
	lInvocations: {namespace: "AWS/Lambda", name: "Invocations", unit: "Count", rank: functionRank},
	lErrors:      {namespace: "AWS/Lambda", name: "Errors", unit: "Count", rank: functionRank},
	lThrottles:   {namespace: "AWS/Lambda", name: "Throttles", unit: "Count", rank: functionRank},
	lDuration:    {namespace: "AWS/Lambda", name: "Duration", unit: "Milliseconds", rank: functionRank, dist: true},
	lConcurrency: {namespace: "AWS/Lambda", name: "ConcurrentExecutions", unit: "Count", rank: functionRank},
	lMemoryUsed:  {namespace: "Skywatch/Lambda", name: "MemoryUsed", unit: "Megabytes"},
	lMemorySize:  {namespace: "Skywatch/Lambda", name: "MemorySize", unit: "Megabytes"},
	lMemoryUtil:  {namespace: "Skywatch/Lambda", name: "MemoryUtilization", unit: "Percent"},
	lInit:        {namespace: "Skywatch/Lambda", name: "InitDuration", unit: "Milliseconds", dist: true},
	lColdStarts:  {namespace: "Skywatch/Lambda", name: "ColdStarts", unit: "Count"},
	lTimeouts:    {namespace: "Skywatch/Lambda", name: "Timeouts", unit: "Count"},
	lOutOfMemory: {namespace: "Skywatch/Lambda", name: "OutOfMemory", unit: "Count"},
	lBilled:      {namespace: "Skywatch/Lambda", name: "BilledDuration", unit: "Milliseconds"},
	lGBSeconds:   {namespace: "Skywatch/Lambda", name: "BilledGBSeconds", unit: "None"},
}

// reportDuration stands in where AWS/Lambda is not collected: one sample per
// invocation.
var reportDuration = column{namespace: "Skywatch/Lambda", name: "Duration", unit: "Milliseconds", dist: true}

// functionRank prefers the series of the whole function to those of versions
// and aliases, of which the one named like the function is the whole again.
func functionRank(k metrics.Key) int {
	fn, _ := k.Dimension("FunctionName")
	resource, ok := k.Dimension("Resource")
	switch {
	case fn == "":
		return -1
	case len(k.Dimensions) == 1:
		return 0
	case ok && len(k.Dimensions) == 2 && resource == fn:
		return 1
	case ok && len(k.Dimensions) == 2:
		return 2
	}
	return 2 + len(k.Dimensions)
}

func lambdaPage(p *page) error {
	cells := p.cells(lambdaColumns, p.grid)
	// fallback[r]: invocations and durations of the row come from REPORT lines.
	fallback := make([]bool, len(p.in))
	for r := range p.in {
		row := cells[r*nLambda : (r+1)*nLambda]
		if row[lInvocations].present {
			continue
		}
		ids := pick(p.in[r].Series, reportDuration, p.grid)
		if len(ids) == 0 {
			continue
		}
		fallback[r] = true
		if !row[lDuration].present {
			*row[lDuration] = cell{ids: ids, dist: true, present: true}
			row[lInvocations] = row[lDuration]
		} else { // durations of AWS/Lambda without its invocations
			*row[lInvocations] = cell{ids: ids, present: true}
		}
	}
	distinct := make([]*cell, 0, len(cells))
	for i, c := range cells {
		if i%nLambda == lInvocations && c == cells[i-lInvocations+lDuration] {
			continue // read once, as the duration
		}
		distinct = append(distinct, c)
	}
	if err := p.read(p.grid, distinct); err != nil {
		return err
	}
	if err := p.reportPercentiles(cells); err != nil {
		return err
	}
	counted := 0.0 // invocations of the functions whose errors are known
	for r := range p.in {
		row := p.function(p.in[r].Facts, p.in[r].FirstSeen, cells[r*nLambda:(r+1)*nLambda], fallback[r])
		if !math.IsNaN(row.Values.get("errors")) {
			counted += orElse(row.Values.get("invocations"), 0)
		}
		p.add(r, row)
	}
	p.table.Totals["errorRate"] = rate(p.table.Totals.get("errors"), counted)
	return nil
}

// reportPercentiles reads durations a second time, from REPORT lines, for the
// functions whose AWS/Lambda durations came as statistic sets, which have no
// percentiles. The other statistics stay those of AWS/Lambda.
func (p *page) reportPercentiles(cells []*cell) error {
	var again, owners []*cell
	for r := range p.in {
		c := cells[r*nLambda+lDuration]
		if c.total.Count == 0 || c.whole != nil {
			continue
		}
		if ids := pick(p.in[r].Series, reportDuration, p.grid); len(ids) > 0 {
			again, owners = append(again, &cell{ids: ids, dist: true, present: true}), append(owners, c)
		}
	}
	if len(again) == 0 {
		return nil
	}
	if err := p.read(p.grid, again); err != nil {
		return err
	}
	for i, c := range again {
		owners[i].whole, owners[i].p95, owners[i].p99 = c.whole, c.p95, c.p99
	}
	return nil
}

func (p *page) function(facts map[string]any, firstSeen int64, c []*cell, fallback bool) Resource {
	count := sumStat
	if fallback {
		count = countStat
	}
	invocations := math.NaN()
	if c[lInvocations].present {
		invocations = count(c[lInvocations].total)
	}
	// Without AWS/Lambda nothing tells how many invocations failed; with it,
	// a metric that is not there never had anything to count.
	errors, throttles := c[lErrors].sum(), c[lThrottles].sum()
	if c[lInvocations].present && !fallback {
		errors, throttles = orElse(errors, 0), orElse(throttles, 0)
	}
	memoryMB := orElse(c[lMemorySize].ofData(c[lMemorySize].last().Max), number(facts, "memoryMB"))
	timeoutMs := number(facts, "timeoutMs")
	coldStarts := c[lColdStarts].sum()
	gbSeconds := c[lGBSeconds].sum()
	cost := gbSeconds*p.cfg.Rates.Lambda.PerGBSecond + orElse(invocations, 0)*p.cfg.Rates.Lambda.PerRequest
	v := Values{
		"invocations": invocations, "errors": errors, "errorRate": rate(errors, invocations),
		"throttles": throttles, "throttleRate": rate(throttles, invocations+throttles),
		"durationAvg": c[lDuration].avg(), "durationMax": c[lDuration].max(),
		"durationP50": c[lDuration].percentile(50), "durationP95": c[lDuration].percentile(95), "durationP99": c[lDuration].percentile(99),
		"memoryMB": memoryMB, "memoryUsedAvgMB": c[lMemoryUsed].avg(), "memoryUsedMaxMB": c[lMemoryUsed].max(),
		"memoryUsedAvgPct": c[lMemoryUtil].avg(), "memoryUsedMaxPct": c[lMemoryUtil].max(),
		"coldStarts": coldStarts, "coldStartRate": rate(coldStarts, c[lColdStarts].total.Count), "initP95": c[lInit].percentile(95),
		"timeouts": c[lTimeouts].sum(), "outOfMemory": c[lOutOfMemory].sum(),
		"billedMs": c[lBilled].sum(), "gbSeconds": gbSeconds, "costUSD": cost,
		"timeoutMs": timeoutMs, "concurrencyMax": c[lConcurrency].max(),
	}
	inherit := *c[lErrors]
	inherit.present = inherit.present || c[lInvocations].present && !fallback
	t := p.table.Totals
	for _, name := range []string{"invocations", "errors", "throttles", "coldStarts", "timeouts", "outOfMemory", "billedMs", "gbSeconds", "costUSD"} {
		t.add(name, v.get(name))
	}
	return Resource{
		Values: v,
		Spark: map[string]Points{
			"invocations":      p.counts(c[lInvocations], firstSeen, count),
			"errors":           p.counts(&inherit, firstSeen, sumStat),
			"durationP95":      p.p95s(c[lDuration]),
			"memoryUsedMaxPct": p.maxima(c[lMemoryUtil], 1),
		},
		Warnings: p.functionWarnings(v, c, count),
		traffic:  orElse(invocations, 0),
	}
}

// memoryFloorMB is the smallest memory a function can have: below it there is
// nothing to save.
const memoryFloorMB = 128

// memoryCritical is where high memory becomes critical: a percent short of
// being killed.
const memoryCritical = 99

func (p *page) functionWarnings(v Values, c []*cell, count func(metrics.StatisticSet) float64) []Warning {
	var ws []Warning
	limit := &p.thresholds
	invocationsOf := func(i int) float64 { return count(c[lInvocations].bucket(i)) }
	add := func(w Warning, value func(int) float64, bad func(float64) bool) {
		w.When = p.when(value, bad)
		ws = append(ws, w)
	}
	if r := v.get("errorRate"); r > limit.ErrorRateWarn {
		w := Warning{Rule: "errors", Severity: Warn, Value: r, Threshold: limit.ErrorRateWarn, Unit: "Percent",
			Evidence: Values{"errors": v["errors"], "invocations": v["invocations"]}}
		if r > limit.ErrorRateCritical {
			w.Severity, w.Threshold = Critical, limit.ErrorRateCritical
		}
		add(w, ratio(c[lErrors], invocationsOf), above(w.Threshold))
	}
	if r := v.get("throttleRate"); r > limit.Throttles {
		add(Warning{Rule: "throttles", Severity: Critical, Value: r, Threshold: limit.Throttles, Unit: "Percent",
			Evidence: Values{"throttles": v["throttles"], "invocations": v["invocations"], "concurrencyMax": v["concurrencyMax"]}},
			ratio(c[lThrottles], func(i int) float64 { return invocationsOf(i) + c[lThrottles].bucket(i).Sum }), above(limit.Throttles))
	}
	memory := Values{"memoryUsedMaxMB": v["memoryUsedMaxMB"], "memoryMB": v["memoryMB"]}
	used := v.get("memoryUsedMaxPct")
	if used > limit.MemoryHigh {
		w := Warning{Rule: "memoryHigh", Severity: Warn, Value: used, Threshold: limit.MemoryHigh, Unit: "Percent", Evidence: memory}
		if used > memoryCritical {
			w.Severity = Critical
		}
		add(w, maximum(c[lMemoryUtil], 1), above(limit.MemoryHigh))
	}
	if used <= limit.MemoryLow && v.get("memoryMB") > memoryFloorMB {
		add(Warning{Rule: "memoryLow", Severity: Info, Value: used, Threshold: limit.MemoryLow, Unit: "Percent", Evidence: memory},
			maximum(c[lMemoryUtil], 1), func(v float64) bool { return v <= limit.MemoryLow })
	}
	if longest, timeout := v.get("durationMax"), v.get("timeoutMs"); timeout > 0 && rate(longest, timeout) > limit.DurationHigh {
		add(Warning{Rule: "durationHigh", Severity: Warn, Value: rate(longest, timeout), Threshold: limit.DurationHigh, Unit: "Percent",
			Evidence: Values{"durationMax": longest, "timeoutMs": timeout}},
			maximum(c[lDuration], 100/timeout), above(limit.DurationHigh))
	}
	if r := v.get("coldStartRate"); r > limit.ColdStarts {
		add(Warning{Rule: "coldStarts", Severity: Info, Value: r, Threshold: limit.ColdStarts, Unit: "Percent",
			Evidence: Values{"coldStarts": v["coldStarts"], "invocations": c[lColdStarts].total.Count, "initP95": v["initP95"]}},
			ratio(c[lColdStarts], func(i int) float64 { return c[lColdStarts].bucket(i).Count }), above(limit.ColdStarts))
	}
	if n := v.get("timeouts"); n > 0 {
		add(Warning{Rule: "timeouts", Severity: Critical, Value: n, Unit: "Count",
			Evidence: Values{"timeouts": n, "timeoutMs": v["timeoutMs"], "durationMax": v["durationMax"]}}, positive(c[lTimeouts]), above(0))
	}
	if n := v.get("outOfMemory"); n > 0 {
		add(Warning{Rule: "outOfMemory", Severity: Critical, Value: n, Unit: "Count",
			Evidence: Values{"outOfMemory": n, "memoryMB": v["memoryMB"], "memoryUsedMaxMB": v["memoryUsedMaxMB"]}}, positive(c[lOutOfMemory]), above(0))
	}
	return ws
}
