package estate

import "math"

// job is a Glue Spark job: what never changes about it.
type job struct {
	name       string
	key        uint64
	period     int64   // minutes between runs: a day, three hours or an hour
	phase      int64   // minute within the period
	medianSec  float64 // typical execution time
	workers    int
	workerType string
	dpu        float64 // of a worker
	failRate   float64
	heap       float64 // typical heap usage, 0 to 1
	rows       float64 // typical number of records
	count      []Dimension
	gauge      []Dimension
}

// jobRun is one run of a job: the facts that its lines, metrics and record share.
type jobRun struct {
	id       string
	started  int64 // milliseconds
	begun    int64 // milliseconds; when resources were there and execution began
	ended    int64
	failed   bool
	records  int64
	bytes    int64
	textSeed uint64
}

// maxSpill is how long after its start, in minutes, an invocation or job run
// may still write.
const maxSpill = 90

const maxJobSeconds = 80 * 60

func (e *Estate) newJobs(n int) {
	for i, name := range combine(hashString(e.seed, "jobs"), jobSubjects, jobActions, n) {
		j := &job{name: name, key: hashString(hashString(e.seed, "job"), name)}
		r := rng{hash2(j.key, saltShape)}
		switch {
		case i%10 == 1:
			j.period, j.medianSec = 60, r.between(80, 600)
		case i%20 == 3:
			j.period, j.medianSec = 180, r.between(150, 1200)
		default:
			j.period, j.medianSec = minutesPerDay, r.between(240, 2200)
		}
		j.phase = int64(r.intn(int(j.period)))
		if j.period == minutesPerDay {
			j.phase = int64(r.intn(5 * 60)) // between midnight and five
		}
		j.workerType, j.dpu = "G.1X", 1
		if r.chance(0.25) {
			j.workerType, j.dpu = "G.2X", 2
		}
		j.workers = pick(&r, []int{2, 2, 3, 5, 5, 10})
		j.heap = r.between(0.25, 0.62)
		j.rows = math.Exp(r.between(math.Log(20_000), math.Log(40_000_000)))
		start := e.start * minuteMillis
		switch i {
		case 4:
			j.failRate = 1
			e.incidents = append(e.incidents, Incident{"glue", name, "failures", start, 0, "Fails every night on a column that the source renamed."})
		case 11:
			j.failRate = 0.3
			e.incidents = append(e.incidents, Incident{"glue", name, "failures", start, 0, "About a third of its hourly runs fail when the source table is locked."})
		case 21:
			j.heap = 0.94
			e.incidents = append(e.incidents, Incident{"glue", name, "heapHigh", start, 0, "The heap is nearly full in every run."})
		}
		dims := func(kind string) []Dimension {
			return []Dimension{{"JobName", name}, {"JobRunId", "ALL"}, {"Type", kind}}
		}
		j.count, j.gauge = dims("count"), dims("gauge")
		e.jobs = append(e.jobs, j)
	}
}

// runsPerDay returns how often the job runs in a day.
func (j *job) runsPerDay() float64 { return float64(minutesPerDay / j.period) }

// eachRun calls fn with the runs that start in [from, to), in order.
func (j *job) eachRun(from, to int64, fn func(*jobRun)) {
	for m := from + (j.phase-from%j.period+j.period)%j.period; m < to; m += j.period {
		run := j.run(m)
		fn(&run)
	}
}

func (j *job) run(minute int64) jobRun {
	r := rng{hash3(j.key, saltRun, uint64(minute))}
	id := append(make([]byte, 0, 67), "jr_"...)
	for range 4 {
		id = appendHex(id, r.next(), 16)
	}
	run := jobRun{id: string(id), started: minute*minuteMillis + int64(r.intn(20_000))}
	run.begun = run.started + 15_000 + int64(r.intn(40_000))
	seconds := min(j.medianSec*math.Exp(0.18*r.norm()), maxJobSeconds)
	size := r.between(0.7, 1.3)
	if r.chance(j.failRate) {
		run.failed = true
		seconds *= r.between(0.2, 0.6)
		size *= 0.4
	}
	run.ended = run.begun + int64(seconds*1000)
	run.records = int64(j.rows * size)
	run.bytes = run.records * 180
	run.textSeed = r.next()
	return run
}

// errorMessage is the ErrorMessage of a failed run.
func (j *job) errorMessage() string {
	if j.failRate >= 1 {
		return "AnalysisException: Column 'customer_ref' does not exist. Did you mean one of the following? [customer_id, currency, country]"
	}
	return "An error occurred while calling o142.getDynamicFrame. ERROR: canceling statement due to lock timeout"
}

// glueMetrics writes namespace Glue for all jobs, each minute of a run.
type glueMetrics struct{ jobs []*job }

// metrics implements metricSource.
func (g glueMetrics) metrics(from, to int64, b *metricBuf) {
	b.use("Glue")
	for _, j := range g.jobs {
		j.eachRun(from-maxSpill, to, func(run *jobRun) {
			first, last := run.begun/minuteMillis, run.ended/minuteMillis
			n := float64(last - first + 1)
			for m := max(first, from); m <= last && m < to; m++ {
				j.runMetrics(b, run, m, n, m == last)
			}
		})
	}
}

func (j *job) runMetrics(b *metricBuf, run *jobRun, m int64, n float64, last bool) {
	r := rng{hash3(run.textSeed, saltGauge, uint64(m))}
	ts := m * minuteMillis
	const d = "glue.driver.aggregate."
	b.one(d+"bytesRead", j.count, "Bytes", ts, math.Round(float64(run.bytes)/n))
	b.one(d+"recordsRead", j.count, "Count", ts, math.Round(float64(run.records)/n))
	elapsed := min(run.ended, ts+minuteMillis) - max(run.begun, ts)
	b.one(d+"elapsedTime", j.count, "Milliseconds", ts, float64(elapsed))
	b.one(d+"numCompletedStages", j.count, "Count", ts, float64(r.intn(3)))
	b.one(d+"numCompletedTasks", j.count, "Count", ts, float64(4*j.workers+r.intn(20*j.workers)))
	failedTasks := 0.0
	if last && run.failed {
		failedTasks = 4 // Spark tries a task four times
	}
	b.one(d+"numFailedTasks", j.count, "Count", ts, failedTasks)
	b.one(d+"shuffleBytesWritten", j.count, "Bytes", ts, math.Round(float64(run.bytes)/n*0.3))
	heap := min(j.heap+0.05*r.float(), 0.99)
	b.one("glue.ALL.jvm.heap.usage", j.gauge, "None", ts, math.Round(heap*1e4)/1e4)
	b.one("glue.driver.jvm.heap.usage", j.gauge, "None", ts, math.Round(heap*0.8*1e4)/1e4)
	b.one("glue.ALL.system.cpuSystemLoad", j.gauge, "None", ts, math.Round(r.between(0.15, 0.75)*1e4)/1e4)
	b.one("glue.driver.ExecutorAllocationManager.executors.numberAllExecutors", j.gauge, "Count", ts, float64(j.workers-1))
	b.one("glue.driver.ExecutorAllocationManager.executors.numberMaxNeededExecutors", j.gauge, "Count", ts, float64(j.workers-1+r.intn(2)))
	b.one("glue.ALL.s3.filesystem.read_bytes", j.gauge, "Bytes", ts, math.Round(float64(run.bytes)/n))
	b.one("glue.ALL.s3.filesystem.write_bytes", j.gauge, "Bytes", ts, math.Round(float64(run.bytes)/n*0.4))
}
