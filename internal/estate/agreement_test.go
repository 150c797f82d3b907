package estate

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"skywatch/internal/lambdalog"
)

// tally is what a day says about one resource, in logs and in metrics.
type tally struct {
	// From the logs.
	reports, failures, colds, timeouts, ooms int
	memoryMax, memory                        float64 // MB
	durationSum, durationMax                 float64 // ms
	runs, failedRuns                         int
	requests, errors4, errors5               int
	// From the metrics.
	invocations, errors, throttles, count float64
	metricDuration                        Statistics
	metric4, metric5, samples             float64
	latency                               []float64
	heapMax                               float64
	sizes                                 map[int64]float64
	timeout                               float64 // ms, from the configuration
}

// sum returns the Sum of a datum and its number of samples.
func (d *Datum) sum() (sum, n float64) {
	if d.Values == nil {
		return d.Statistics.Sum, d.Statistics.SampleCount
	}
	for i, v := range d.Values {
		c := 1.0
		if d.Counts != nil {
			c = d.Counts[i]
		}
		sum += v * c
		n += c
	}
	return sum, n
}

// tallyDay reads what starts in [from, to) and returns it by kind and name.
func tallyDay(t testing.TB, e *Estate, from, to time.Time) map[string]*tally {
	t.Helper()
	all := make(map[string]*tally)
	of := func(kind, name string) *tally {
		key := kind + " " + name
		if all[key] == nil {
			all[key] = &tally{sizes: make(map[int64]float64)}
		}
		return all[key]
	}
	err := e.Generate(from, to, func(b LogBatch) error {
		for i := range b.Events {
			m := string(b.Events[i].Message)
			switch {
			case strings.HasPrefix(b.Group, "/aws/lambda/"):
				l := of("lambda", b.Group[len("/aws/lambda/"):])
				if strings.Contains(m, "Invoke Error") || strings.HasPrefix(m, "[ERROR] ") || strings.Contains(m, `"errorType":`) && !strings.Contains(m, "platform.") ||
					strings.Contains(m, "\n\tat ") || strings.Contains(m, "Task timed out after") || strings.Contains(m, "signal: killed") {
					l.failures++
				}
				if strings.Contains(m, "Task timed out after") {
					l.timeouts++
				}
				r, ok := lambdalog.ParseReport(m)
				if !ok {
					continue
				}
				l.reports++
				l.memory = float64(r.MemorySizeMB)
				l.memoryMax = max(l.memoryMax, float64(r.MaxMemoryMB))
				l.durationSum += r.DurationMs
				l.durationMax = max(l.durationMax, r.DurationMs)
				if r.ColdStart() {
					l.colds++
				}
				if r.OutOfMemory() {
					l.ooms++
				}
			case b.Group == JobRunGroup:
				var v struct{ JobName, JobRunState string }
				if err := json.Unmarshal(b.Events[i].Message, &v); err != nil {
					return err
				}
				g := of("glue", v.JobName)
				g.runs++
				if v.JobRunState != "SUCCEEDED" {
					g.failedRuns++
				}
			case b.Group == FunctionConfigGroup:
				var v struct {
					FunctionName string
					Timeout      float64
				}
				if err := json.Unmarshal(b.Events[i].Message, &v); err != nil {
					return err
				}
				of("lambda", v.FunctionName).timeout = v.Timeout * 1000
			case strings.HasSuffix(b.Group, "-access") && strings.HasPrefix(b.Group, accessLogGroupForm):
				a := of("apigateway", strings.TrimSuffix(b.Group[len(accessLogGroupForm):], "-access"))
				a.requests++
				switch {
				case strings.Contains(m, `"status":"4`):
					a.errors4++
				case strings.Contains(m, `"status":"5`):
					a.errors5++
				}
			case strings.HasPrefix(b.Group, s3AccessGroup):
				k := of("s3", b.Group[len(s3AccessGroup):])
				k.requests++
				switch {
				case strings.Contains(m, " 503 SlowDown "):
					k.errors5++
				case strings.Contains(m, " 404 NoSuchKey "):
					k.errors4++
				}
			}
		}
		return nil
	}, func(b MetricBatch) error {
		for i := range b.Data {
			d := &b.Data[i]
			sum, n := d.sum()
			dims := d.Dimensions
			var l *tally
			switch {
			case b.Namespace == "AWS/Lambda" && len(dims) == 0:
				l = of("account", "")
			case b.Namespace == "AWS/Lambda":
				l = of("lambda", dims[0].Value)
			case b.Namespace == "AWS/ApiGateway" && len(dims) == 1:
				l = of("apigateway", dims[0].Value)
			case b.Namespace == "AWS/ApiGateway":
				l = of("stage", dims[0].Value)
			case b.Namespace == "AWS/S3":
				l = of("s3", dims[0].Value)
			case b.Namespace == "Glue":
				l = of("glue", dims[0].Value)
			default:
				return fmt.Errorf("unexpected namespace %q", b.Namespace)
			}
			switch d.Name {
			case "Invocations":
				l.invocations += sum
			case "Errors":
				l.errors += sum
			case "Throttles":
				l.throttles += sum
			case "Duration":
				l.metricDuration.SampleCount += n
				l.metricDuration.Sum += sum
			case "Count", "AllRequests":
				l.count += sum
				l.samples += n
			case "4XXError", "4xxErrors":
				l.metric4 += sum
			case "5XXError", "5xxErrors":
				l.metric5 += sum
			case "Latency":
				l.latency = append(l.latency, d.Values...)
			case "glue.ALL.jvm.heap.usage":
				l.heapMax = max(l.heapMax, d.Values[0])
			case "BucketSizeBytes":
				l.sizes[d.Timestamp/dayMillis] += sum
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func TestMetricsAgreeWithLogs(t *testing.T) {
	e := newEstate(t, Config{Seed: 11})
	all := tallyDay(t, e, benchStart, benchStart.Add(24*time.Hour))
	equal := func(resource, what string, logs int, metrics float64) {
		t.Helper()
		if float64(logs) != metrics {
			t.Errorf("%s: %d %s in the logs, %v in the metrics", resource, logs, what, metrics)
		}
	}
	var account tally
	for _, name := range e.Names("lambda") {
		l := all["lambda "+name]
		if l == nil || l.reports == 0 {
			t.Errorf("function %s has no invocation in a day", name)
			continue
		}
		equal(name, "invocations", l.reports, l.invocations)
		equal(name, "failed invocations", l.failures, l.errors)
		equal(name, "durations", l.reports, l.metricDuration.SampleCount)
		if diff := l.durationSum - l.metricDuration.Sum; diff > 0.01 || diff < -0.01 {
			t.Errorf("%s: %v ms in the logs, %v ms in the metrics", name, l.durationSum, l.metricDuration.Sum)
		}
		account.reports += l.reports
		account.failures += l.failures
		account.throttles += l.throttles
	}
	equal("account", "invocations", account.reports, all["account "].invocations)
	equal("account", "failed invocations", account.failures, all["account "].errors)
	equal("account", "throttles", int(account.throttles), all["account "].throttles)
	for _, name := range e.Names("apigateway") {
		a, stage := all["apigateway "+name], all["stage "+name]
		equal(name, "requests", a.requests, a.count)
		equal(name, "requests of the stage", a.requests, stage.count)
		equal(name, "samples", a.requests, a.samples)
		equal(name, "4xx", a.errors4, a.metric4)
		equal(name, "5xx", a.errors5, a.metric5)
	}
	logged := 0
	for _, name := range e.Names("s3") {
		if k := all["s3 "+name]; k.requests > 0 {
			logged++
			equal(name, "requests", k.requests, k.count)
			equal(name, "4xx", k.errors4, k.metric4)
			equal(name, "5xx", k.errors5, k.metric5)
		}
	}
	if logged != 6 {
		t.Errorf("%d buckets have an access log, want 6", logged)
	}
	for _, name := range e.Names("glue") {
		if g := all["glue "+name]; g == nil || g.runs == 0 {
			t.Errorf("job %s has no run in a day", name)
		}
	}
}

// warnings applies the default thresholds of the fleet pages to a day.
func warnings(e *Estate, all map[string]*tally) []string {
	var found []string
	add := func(kind, name, rule string, is bool) {
		if is {
			found = append(found, kind+" "+name+" "+rule)
		}
	}
	for _, name := range e.Names("lambda") {
		l := all["lambda "+name]
		add("lambda", name, "errors", l.errors > 0.01*l.invocations)
		add("lambda", name, "throttles", l.throttles > 0.1*(l.invocations+l.throttles))
		add("lambda", name, "coldStarts", float64(l.colds) > 0.01*float64(l.reports))
		add("lambda", name, "outOfMemory", l.ooms > 0)
		add("lambda", name, "timeouts", l.timeouts > 0)
		add("lambda", name, "memoryHigh", l.memoryMax > 0.95*l.memory)
		add("lambda", name, "memoryLow", l.memoryMax <= 0.1*l.memory)
		add("lambda", name, "durationHigh", l.durationMax > 0.95*l.timeout)
	}
	for _, name := range e.Names("glue") {
		g := all["glue "+name]
		add("glue", name, "failures", g.failedRuns > 0)
		add("glue", name, "heapHigh", g.heapMax > 0.9)
	}
	for _, name := range e.Names("apigateway") {
		a := all["apigateway "+name]
		slices.Sort(a.latency)
		add("apigateway", name, "errors5xx", a.metric5 > 0.01*a.count)
		add("apigateway", name, "errors4xx", a.metric4 > 0.1*a.count)
		add("apigateway", name, "latencyHigh", len(a.latency) > 0 && a.latency[len(a.latency)*99/100] > 5000)
	}
	for _, name := range e.Names("s3") {
		k := all["s3 "+name]
		add("s3", name, "errors", k.metric4+k.metric5 > 0.01*k.count)
		last := int64(0)
		for day := range k.sizes {
			last = max(last, day)
		}
		if first, ok := k.sizes[last-7]; ok {
			add("s3", name, "growth", k.sizes[last] > 1.25*first)
		}
	}
	slices.Sort(found)
	return found
}

// TestIncidents checks over the last day and the last three hours of history
// that what is wrong is listed, and over the day that what is listed is wrong.
func TestIncidents(t *testing.T) {
	for seed := range uint64(2) {
		e := newEstate(t, Config{Seed: seed})
		var want []string
		for _, i := range e.Incidents() {
			want = append(want, i.Kind+" "+i.Resource+" "+i.Rule)
			if i.From < e.start*minuteMillis || i.From > e.anchor*minuteMillis || i.Note == "" {
				t.Errorf("seed %d: incident %+v begins outside history or has no note", seed, i)
			}
		}
		slices.Sort(want)
		end := benchStart.Add(24 * time.Hour)
		day := tallyDay(t, e, benchStart, end)
		addSizes(e, day, end)
		got := warnings(e, day)
		for _, w := range want {
			if !slices.Contains(got, w) {
				t.Errorf("seed %d: %s is an incident, but the day does not show it: %+v", seed, w, day[w[:strings.LastIndex(w, " ")]])
			}
		}
		for _, w := range got {
			if !slices.Contains(want, w) {
				t.Errorf("seed %d: the day shows %s, which is no incident", seed, w)
			}
		}

		hours := tallyDay(t, e, end.Add(-3*time.Hour), end)
		for _, name := range e.Names("lambda") {
			if hours["lambda "+name] == nil {
				hours["lambda "+name] = &tally{memoryMax: 1, memory: 1.1}
			}
			hours["lambda "+name].timeout = max(day["lambda "+name].timeout, 1)
		}
		for _, kind := range []string{"glue", "apigateway", "s3"} {
			for _, name := range e.Names(kind) {
				if hours[kind+" "+name] == nil {
					hours[kind+" "+name] = &tally{}
				}
			}
		}
		unexpected := 0
		for _, w := range warnings(e, hours) {
			if !slices.Contains(want, w) {
				t.Logf("seed %d: the last three hours show %s, which is no incident", seed, w)
				unexpected++
			}
		}
		if unexpected > 2 {
			t.Errorf("seed %d: %d warnings of the last three hours are no incidents", seed, unexpected)
		}
	}
}

// addSizes adds the daily sizes of the two weeks before end.
func addSizes(e *Estate, all map[string]*tally, end time.Time) {
	b := &metricBuf{emit: func(b MetricBatch) error {
		for _, d := range b.Data {
			if d.Name == "BucketSizeBytes" {
				all["s3 "+d.Dimensions[0].Value].sizes[d.Timestamp/dayMillis] += d.Values[0]
			}
		}
		return nil
	}}
	s3Storage{e}.metrics(minute(end)-storageHistory, minute(end)-minutesPerDay, b)
	b.flush()
}

// TestMostIsHealthy checks that few resources have an incident.
func TestMostIsHealthy(t *testing.T) {
	e := newEstate(t, Config{})
	bad := map[string]bool{}
	for _, i := range e.Incidents() {
		bad[i.Kind+i.Resource] = true
	}
	if n := len(bad); n < 15 || n > 30 {
		t.Errorf("%d of 552 resources have incidents, want 15 to 30", n)
	}
}
