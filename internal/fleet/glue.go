package fleet

import (
	"math"
	"slices"

	"skywatch/internal/metrics"
)

const (
	gRuns = iota
	gFailures
	gTime
	gDPUHours
	gBytesRead
	gRecordsRead
	gHeapDriver
	gHeapAll
	gCPU
	nGlue
)

// glueColumns: the outcome of runs comes from the collected job runs, the rest
// from the metrics that a job sends when it is told to.
var glueColumns = []column{
	gRuns:        {namespace: "Skywatch/Glue", name: "Runs", unit: "Count"},
	gFailures:    {namespace: "Skywatch/Glue", name: "Failures", unit: "Count"},
	gTime:        {namespace: "Skywatch/Glue", name: "ExecutionTime", unit: "Seconds"},
	gDPUHours:    {namespace: "Skywatch/Glue", name: "DPUHours", unit: "None"},
	gBytesRead:   {namespace: "Glue", name: "glue.driver.aggregate.bytesRead", rank: allRuns},
	gRecordsRead: {namespace: "Glue", name: "glue.driver.aggregate.recordsRead", rank: allRuns},
	gHeapDriver:  {namespace: "Glue", name: "glue.driver.jvm.heap.usage", rank: allRuns},
	gHeapAll:     {namespace: "Glue", name: "glue.ALL.jvm.heap.usage", rank: allRuns},
	gCPU:         {namespace: "Glue", name: "glue.ALL.system.cpuSystemLoad", rank: allRuns},
}

// allRuns prefers the series over all runs to those of single runs, which
// together say the same.
func allRuns(k metrics.Key) int {
	if run, _ := k.Dimension("JobRunId"); run == "ALL" {
		return 0
	}
	return 1
}

var (
	activeStates = []any{"STARTING", "RUNNING", "STOPPING", "WAITING"}
	failedStates = []any{"FAILED", "TIMEOUT", "ERROR", "EXPIRED"}
)

func gluePage(p *page) error {
	cells := p.cells(glueColumns, p.grid)
	if err := p.read(p.grid, cells); err != nil {
		return err
	}
	for r := range p.in {
		p.add(r, p.job(p.in[r].Facts, p.in[r].FirstSeen, cells[r*nGlue:(r+1)*nGlue]))
	}
	t := p.table.Totals
	t["failureRate"] = rate(t.get("failures"), t.get("runs"))
	return nil
}

func (p *page) job(facts map[string]any, firstSeen int64, c []*cell) Resource {
	runs, failures, dpu := c[gRuns].sum(), c[gFailures].sum(), c[gDPUHours].sum()
	running := math.NaN()
	state, known := facts["lastRunState"]
	if known {
		running = 0
		if slices.Contains(activeStates, state) {
			running = 1
		}
	}
	v := Values{
		"runs": runs, "failures": failures, "failureRate": rate(failures, runs), "running": running,
		"durationAvg": c[gTime].avg() * 1000, "durationMax": c[gTime].max() * 1000,
		"dpuHours": dpu, "costUSD": dpu * p.cfg.Rates.Glue.PerDPUHour,
		"lastRunAt": number(facts, "lastRunAt"), "lastRunState": state,
		"bytesRead": c[gBytesRead].sum(), "recordsRead": c[gRecordsRead].sum(),
		"heapMaxPct": 100 * largest(c[gHeapDriver].max(), c[gHeapAll].max()), "cpuAvgPct": 100 * c[gCPU].avg(),
	}
	t := p.table.Totals
	for _, name := range []string{"runs", "failures", "running", "dpuHours", "costUSD"} {
		t.add(name, v.get(name))
	}
	return Resource{
		Values: v,
		Spark: map[string]Points{
			"runs":     p.counts(c[gRuns], firstSeen, sumStat),
			"failures": p.counts(c[gFailures], firstSeen, sumStat),
			"duration": points(p.grid.N, func(i int) float64 {
				if b := c[gTime].bucket(i); b.Count > 0 {
					return b.Average() * 1000
				}
				return math.NaN()
			}),
		},
		Warnings: p.jobWarnings(facts, v, c),
		traffic:  orElse(runs, 0),
	}
}

func (p *page) jobWarnings(facts map[string]any, v Values, c []*cell) []Warning {
	var ws []Warning
	if n := v.get("failures"); n > 0 {
		w := Warning{Rule: "failures", Severity: Warn, Value: n, Unit: "Count",
			Evidence: Values{"failures": n, "runs": v["runs"], "lastRunState": v["lastRunState"], "lastError": facts["lastError"]}}
		if slices.Contains(failedStates, v["lastRunState"]) {
			w.Severity = Critical
		}
		w.When = p.when(positive(c[gFailures]), above(0))
		ws = append(ws, w)
	}
	if heap, limit := v.get("heapMaxPct"), p.thresholds.GlueHeapHigh; heap > limit {
		w := Warning{Rule: "heapHigh", Severity: Warn, Value: heap, Threshold: limit, Unit: "Percent", Evidence: Values{"heapMaxPct": heap}}
		driver, all := maximum(c[gHeapDriver], 100), maximum(c[gHeapAll], 100)
		w.When = p.when(func(i int) float64 { return largest(driver(i), all(i)) }, above(limit))
		ws = append(ws, w)
	}
	return ws
}

// largest returns the larger of what is known, NaN when nothing is.
func largest(a, b float64) float64 {
	if math.IsNaN(a) || b > a {
		return b
	}
	return a
}
