package derive

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"skywatch/internal/logs"
	"skywatch/internal/scope"
)

// functionConfiguration is what is taken of Lambda's FunctionConfiguration.
type functionConfiguration struct {
	FunctionName  string
	Runtime       string
	Handler       string
	MemorySize    float64 // MB
	Timeout       float64 // seconds
	LastModified  string  // ISO 8601
	CodeSize      float64 // bytes
	PackageType   string
	Architectures []string
	State         string
	LoggingConfig struct{ LogGroup string }
}

func functionRecords(events []logs.Event) Result {
	var res Result
	newest := newest{}
	for _, e := range events {
		var c functionConfiguration
		if !decode(e.Message, &c) || !validName(c.FunctionName) {
			res.Malformed++
			continue
		}
		text := func(attribute, v string) {
			if v != "" {
				newest.put(Fact{KindLambda, c.FunctionName, attribute, v, e.Timestamp})
			}
		}
		number := func(attribute string, v float64) {
			if v > 0 {
				newest.put(Fact{KindLambda, c.FunctionName, attribute, v, e.Timestamp})
			}
		}
		text("runtime", c.Runtime)
		text("handler", c.Handler)
		number("memoryMB", c.MemorySize)
		number("timeoutMs", c.Timeout*1000)
		text("lastModified", c.LastModified)
		number("codeSizeBytes", c.CodeSize)
		text("packageType", c.PackageType)
		if len(c.Architectures) > 0 {
			text("architecture", c.Architectures[0])
		}
		text("state", c.State)
		text("logGroup", c.LoggingConfig.LogGroup)
	}
	res.Facts = newest.facts()
	return res
}

// jobRun is what is taken of Glue's JobRun.
type jobRun struct {
	JobName         string
	JobRunState     string
	StartedOn       moment
	CompletedOn     moment
	ErrorMessage    string
	ExecutionTime   float64 // seconds
	DPUSeconds      *float64
	MaxCapacity     float64
	WorkerType      string
	NumberOfWorkers float64
	GlueVersion     string
	ExecutionClass  string
	LogGroupName    string
	Timeout         float64 // minutes
}

type jobState struct{ terminal, failed bool }

// jobStates says for each state whether the run is over, and whether it failed
// to do its work. A run that somebody stopped did not fail.
var jobStates = map[string]jobState{
	"STARTING": {}, "RUNNING": {}, "STOPPING": {}, "WAITING": {},
	"STOPPED":   {terminal: true},
	"SUCCEEDED": {terminal: true},
	"FAILED":    {terminal: true, failed: true},
	"TIMEOUT":   {terminal: true, failed: true},
	"ERROR":     {terminal: true, failed: true},
	"EXPIRED":   {terminal: true, failed: true},
}

func jobRunRecords(sc scope.Scope, events []logs.Event) Result {
	var res Result
	newest := newest{}
	type job struct {
		*builder
		runs, failures, time, dpu int
	}
	jobs := map[string]*job{}
	var order []*job
	for _, e := range events {
		var r jobRun
		state, known := jobState{}, false
		if decode(e.Message, &r) && r.plausible() {
			state, known = jobStates[r.JobRunState]
		}
		if !known {
			res.Malformed++
			continue
		}
		put := func(attribute string, v any) { newest.put(Fact{KindGlue, r.JobName, attribute, v, e.Timestamp}) }
		put("lastRunState", r.JobRunState)
		if r.StartedOn != 0 {
			put("lastRunAt", float64(r.StartedOn))
		}
		if state.failed {
			put("lastError", r.ErrorMessage)
		}
		for _, a := range [...]struct{ name, value string }{{"workerType", r.WorkerType}, {"glueVersion", r.GlueVersion},
			{"executionClass", r.ExecutionClass}, {"logGroup", r.LogGroupName}} {
			if a.value != "" {
				put(a.name, a.value)
			}
		}
		if r.NumberOfWorkers > 0 {
			put("numberOfWorkers", r.NumberOfWorkers)
		}
		if r.Timeout > 0 {
			put("timeoutMs", r.Timeout*60_000)
		}
		if !state.terminal {
			continue
		}
		j := jobs[r.JobName]
		if j == nil {
			j = &job{builder: newBuilder(sc, GlueNamespace, GlueDimension, r.JobName)}
			j.runs = j.metric("Runs", "Count")
			j.failures = j.metric("Failures", "Count")
			j.time = j.metric("ExecutionTime", "Seconds")
			j.dpu = j.metric("DPUHours", "None")
			jobs[r.JobName] = j
			order = append(order, j)
		}
		j.at(e.Timestamp)
		j.add(j.runs, 1)
		j.add(j.failures, oneIf(state.failed))
		j.add(j.time, r.ExecutionTime)
		if h, ok := r.dpuHours(); ok {
			j.add(j.dpu, h)
		}
	}
	for _, j := range order {
		res.Data = append(res.Data, j.data()...)
	}
	res.Facts = newest.facts()
	return res
}

// plausible refuses numbers that no run can have; they would end up as
// datapoints, or make the whole call fail.
func (r *jobRun) plausible() bool {
	if !validName(r.JobName) {
		return false
	}
	for _, v := range [...]float64{r.ExecutionTime, r.MaxCapacity, r.NumberOfWorkers, r.Timeout} {
		if v < 0 || v > 1e9 {
			return false
		}
	}
	return r.DPUSeconds == nil || *r.DPUSeconds >= 0 && *r.DPUSeconds <= 1e12
}

// workerDPU is how many DPUs a worker of each type is. An unknown type has no
// DPU-hours rather than wrong ones.
var workerDPU = map[string]float64{
	"Standard": 1, "G.025X": 0.25, "G.1X": 1, "G.2X": 2, "G.4X": 4, "G.8X": 8, "G.12X": 12, "G.16X": 16,
	"R.1X": 1, "R.2X": 2, "R.4X": 4, "R.8X": 8, "Z.2X": 2,
}

// dpuHours is what the run is billed for: what Glue metered, else its time
// (one minute at least, if it ran at all) times its capacity.
func (r *jobRun) dpuHours() (float64, bool) {
	if r.DPUSeconds != nil {
		return *r.DPUSeconds / 3600, true
	}
	capacity := r.MaxCapacity
	if capacity == 0 {
		capacity = r.NumberOfWorkers * workerDPU[r.WorkerType]
	}
	switch {
	case r.ExecutionTime == 0:
		return 0, true
	case capacity == 0:
		return 0, false
	}
	return max(r.ExecutionTime, 60) / 3600 * capacity, true
}

// moment is a time in milliseconds that JSON gives as epoch seconds (the API)
// or as ISO 8601 text (the command line's output of the same record).
type moment int64

func (m *moment) UnmarshalJSON(b []byte) error {
	if b[0] == '"' {
		s, err := strconv.Unquote(string(b))
		if err != nil {
			return fmt.Errorf("time %s: %w", b, err)
		}
		t, err := time.Parse(time.RFC3339Nano, s)
		if err != nil {
			return fmt.Errorf("time %q: want epoch seconds or ISO 8601: %w", s, err)
		}
		*m = moment(t.UnixMilli())
		return nil
	}
	if string(b) == "null" {
		return nil
	}
	f, err := strconv.ParseFloat(string(b), 64)
	if err != nil || f < 0 || f > 1e11 {
		return fmt.Errorf("time %s: want epoch seconds or ISO 8601", b)
	}
	*m = moment(f * 1000)
	return nil
}

// decode reads one JSON object with nothing behind it.
func decode(message string, into any) bool {
	message = strings.TrimSpace(message)
	if !strings.HasPrefix(message, "{") {
		return false
	}
	d := json.NewDecoder(bytes.NewReader([]byte(message)))
	return d.Decode(into) == nil && !d.More()
}

// newest keeps one fact per resource and attribute, in the order in which they
// first came.
type newest struct {
	index map[[3]string]int
	list  []Fact
}

func (n *newest) put(f Fact) {
	k := [3]string{f.Kind, f.Name, f.Attribute}
	if i, ok := n.index[k]; ok {
		if f.At >= n.list[i].At {
			n.list[i] = f
		}
		return
	}
	if n.index == nil {
		n.index = map[[3]string]int{}
	}
	n.index[k] = len(n.list)
	n.list = append(n.list, f)
}

func (n *newest) facts() []Fact { return n.list }
