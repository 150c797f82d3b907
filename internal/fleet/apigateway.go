package fleet

import "math"

const (
	aCount = iota
	aREST4xx
	aREST5xx
	aHTTP4xx
	aHTTP5xx
	aLatency
	aIntegration
	nAPI
)

// apiColumns: REST and HTTP APIs name their errors differently; an API has one
// kind or the other.
var apiColumns = []column{
	aCount:       {namespace: "AWS/ApiGateway", name: "Count", unit: "Count"},
	aREST4xx:     {namespace: "AWS/ApiGateway", name: "4XXError", unit: "Count"},
	aREST5xx:     {namespace: "AWS/ApiGateway", name: "5XXError", unit: "Count"},
	aHTTP4xx:     {namespace: "AWS/ApiGateway", name: "4xx", unit: "Count"},
	aHTTP5xx:     {namespace: "AWS/ApiGateway", name: "5xx", unit: "Count"},
	aLatency:     {namespace: "AWS/ApiGateway", name: "Latency", unit: "Milliseconds", dist: true},
	aIntegration: {namespace: "AWS/ApiGateway", name: "IntegrationLatency", unit: "Milliseconds", dist: true},
}

func apiPage(p *page) error {
	cells := p.cells(apiColumns, p.grid)
	if err := p.read(p.grid, cells); err != nil {
		return err
	}
	for r := range p.in {
		p.add(r, p.api(p.in[r].FirstSeen, cells[r*nAPI:(r+1)*nAPI]))
	}
	t := p.table.Totals
	t["rate4xx"] = rate(t.get("errors4xx"), t.get("count"))
	t["rate5xx"] = rate(t.get("errors5xx"), t.get("count"))
	return nil
}

func (p *page) api(firstSeen int64, c []*cell) Resource {
	e4, e5 := c[aREST4xx], c[aREST5xx]
	if !e4.present {
		e4 = c[aHTTP4xx]
	}
	if !e5.present {
		e5 = c[aHTTP5xx]
	}
	count, n4, n5 := c[aCount].sum(), e4.sum(), e5.sum()
	v := Values{
		"count": count, "errors4xx": n4, "errors5xx": n5, "rate4xx": rate(n4, count), "rate5xx": rate(n5, count),
		"latencyAvg": c[aLatency].avg(), "latencyP50": c[aLatency].percentile(50),
		"latencyP95": c[aLatency].percentile(95), "latencyP99": c[aLatency].percentile(99),
		"integrationLatencyP95": c[aIntegration].percentile(95),
	}
	t := p.table.Totals
	for _, name := range []string{"count", "errors4xx", "errors5xx"} {
		t.add(name, v.get(name))
	}
	var ws []Warning
	errors := func(rule, valueName, countName string, e *cell, limit, critical float64) {
		r := v.get(valueName)
		if !(r > limit) {
			return
		}
		w := Warning{Rule: rule, Severity: Warn, Value: r, Threshold: limit, Unit: "Percent",
			Evidence: Values{countName: v[countName], "count": count}}
		if r > critical {
			w.Severity = Critical
		}
		w.When = p.when(ratio(e, sums(c[aCount])), above(limit))
		ws = append(ws, w)
	}
	// Requests that the API itself fails weigh like a function's errors.
	errors("errors5xx", "rate5xx", "errors5xx", e5, p.thresholds.APIErrorRate5xx, max(p.thresholds.APIErrorRate5xx, p.thresholds.ErrorRateCritical))
	errors("errors4xx", "rate4xx", "errors4xx", e4, p.thresholds.APIErrorRate4xx, math.Inf(1))
	if l, limit := v.get("latencyP99"), p.thresholds.APILatencyP99Ms; l > limit {
		w := Warning{Rule: "latencyHigh", Severity: Warn, Value: l, Threshold: limit, Unit: "Milliseconds",
			Evidence: Values{"latencyP99": l, "latencyP50": v["latencyP50"], "integrationLatencyP95": v["integrationLatencyP95"]}}
		w.When = p.when(func(i int) float64 {
			if c[aLatency].p99 == nil {
				return math.NaN()
			}
			return c[aLatency].p99[i]
		}, above(limit))
		ws = append(ws, w)
	}
	return Resource{
		Values: v,
		Spark: map[string]Points{
			"count":      p.counts(c[aCount], firstSeen, sumStat),
			"errors5xx":  p.counts(e5, firstSeen, sumStat),
			"latencyP95": p.p95s(c[aLatency]),
		},
		Warnings: ws,
		traffic:  orElse(count, 0),
	}
}
