package derive

import (
	"math"
	"strings"
	"sync"

	"skywatch/internal/lambdalog"
	"skywatch/internal/logs"
	"skywatch/internal/scope"
)

// The metrics of namespace Skywatch/Lambda, one sample per REPORT line unless
// said otherwise.
const (
	mDuration    = iota
	mBilled      // absent on lines without Billed Duration
	mMemoryUsed  // absent on lines without memory
	mMemorySize  // absent on lines without memory
	mMemoryUtil  // 100 × used / size, to the second decimal: with more, samples take four times the space
	mInit        // cold starts only
	mBilledGBs   // absent on lines without Billed Duration or memory; to be summed up, so without percentiles
	mColdStarts  // 0 or 1: the average is the rate
	mTimeouts    // 0 or 1, see package comment
	mOutOfMemory // 0 or 1, see package comment
	nLambda
)

var lambdaMetrics = [nLambda]struct{ name, unit string }{
	mDuration:    {"Duration", "Milliseconds"},
	mBilled:      {"BilledDuration", "Milliseconds"},
	mMemoryUsed:  {"MemoryUsed", "Megabytes"},
	mMemorySize:  {"MemorySize", "Megabytes"},
	mMemoryUtil:  {"MemoryUtilization", "Percent"},
	mInit:        {"InitDuration", "Milliseconds"},
	mBilledGBs:   {"BilledGBSeconds", "None"},
	mColdStarts:  {"ColdStarts", "Count"},
	mTimeouts:    {"Timeouts", "Count"},
	mOutOfMemory: {"OutOfMemory", "Count"},
}

// invocation is what a batch says of one REPORT line.
type invocation struct {
	at     int64
	report lambdalog.Report
}

// failure is a line beside the REPORT that tells of the end of a request.
type failure struct {
	at   int64
	id   string
	kind flags // timedOut or killed
	used bool  // a REPORT of this batch has counted it
}

// lambda reads a batch in two passes: first every platform line, then the
// samples, when it is known which failure lines belong to a REPORT beside them.
func (d *Deriver) lambda(sc scope.Scope, function string, events []logs.Event) Result {
	var (
		reports  []invocation
		failures []failure
		runtime  string
		limitMs  float64
		res      Result
		at       struct{ runtime, limit int64 }
	)
	for i := range events {
		e := &events[i]
		m := e.Message
		if m == "" {
			continue
		}
		switch c := m[0]; {
		case c == 'R':
			if r, ok := lambdalog.ParseReport(m); ok {
				if reports == nil {
					reports = make([]invocation, 0, len(events)/4+1)
				}
				reports = append(reports, invocation{e.Timestamp, r})
			} else if crash, ok := lambdalog.ParseCrash(m); ok && (crash.Killed() || crash.ErrorType == "Runtime.OutOfMemory") {
				kind := killed
				if crash.ErrorType == "Runtime.OutOfMemory" {
					kind |= outOfMemory
				}
				failures = append(failures, failure{at: e.Timestamp, id: crash.RequestID, kind: kind})
			}
		case c >= '0' && c <= '9':
			if id, seconds, ok := lambdalog.ParseTimeout(m); ok {
				failures = append(failures, failure{at: e.Timestamp, id: id, kind: timedOut})
				limitMs, at.limit = seconds*1000, e.Timestamp
			}
		case c == 'I':
			if v, _, ok := lambdalog.ParseInitStart(m); ok {
				runtime, at.runtime = v, e.Timestamp
			}
		case c == '{':
			if !lambdalog.MayBeRecord(m) {
				continue
			}
			if r, ok := lambdalog.ParseReport(m); ok {
				reports = append(reports, invocation{e.Timestamp, r})
			} else if v, _, ok := lambdalog.ParseInitStart(m); ok {
				runtime, at.runtime = v, e.Timestamp
			}
		}
	}
	if runtime != "" {
		res.Facts = append(res.Facts, Fact{KindLambda, function, "runtime", runtimeName(runtime), at.runtime},
			Fact{KindLambda, function, "runtimeVersion", runtime, at.runtime})
	}
	if limitMs > 0 {
		res.Facts = append(res.Facts, Fact{KindLambda, function, "timeoutMs", limitMs, at.limit})
	}
	if len(reports)+len(failures) > 0 {
		d.samples(sc, function, reports, failures, &res)
	}
	return res
}

// lambdaBuilders keep the memory of samples. Slot m is that of lambdaMetrics[m].
var lambdaBuilders = sync.Pool{New: func() any {
	b := &builder{}
	for _, t := range lambdaMetrics {
		b.metric(t.name, t.unit)
	}
	b.metrics[mBilledGBs].onlySums = true
	return b
}}

// samples turns reports and failure lines into data.
func (d *Deriver) samples(sc scope.Scope, function string, reports []invocation, failures []failure, res *Result) {
	var byID map[string][]int // indices of failures; nil when there are none
	if len(failures) > 0 {
		byID = make(map[string][]int, len(failures))
	}
	for i := range failures {
		byID[failures[i].id] = append(byID[failures[i].id], i)
	}
	b := lambdaBuilders.Get().(*builder)
	defer lambdaBuilders.Put(b)
	b.begin(sc, LambdaNamespace, LambdaDimension, function)
	var memory float64
	var memoryAt int64
	for i := range reports {
		at, r := reports[i].at, &reports[i].report
		b.at(at)
		b.add(mDuration, r.DurationMs)
		if r.BilledMs > 0 {
			b.add(mBilled, r.BilledMs)
		}
		if r.MemorySizeMB > 0 {
			memory, memoryAt = r.MemorySizeMB, at
			b.add(mMemorySize, r.MemorySizeMB)
			if r.MaxMemoryMB > 0 {
				b.add(mMemoryUsed, r.MaxMemoryMB)
				b.add(mMemoryUtil, math.Round(10_000*r.MaxMemoryMB/r.MemorySizeMB)/100)
			}
			if r.BilledMs > 0 {
				b.add(mBilledGBs, r.BilledMs/1000*r.MemorySizeMB/1024)
			}
		}
		if r.HasInit {
			b.add(mInit, r.InitMs)
		}
		b.add(mColdStarts, oneIf(r.ColdStart()))

		// What lines beside the REPORT, here or in an earlier batch, said of
		// the same invocation.
		var said flags
		for _, j := range byID[r.RequestID] {
			if near(failures[j].at, at) {
				said |= failures[j].kind
				failures[j].used = true
			}
		}
		told := d.failures.get(r.RequestID, at)
		full := r.MemorySizeMB > 0 && r.MaxMemoryMB >= r.MemorySizeMB
		late := r.TimedOut() || said&timedOut != 0
		oom := r.OutOfMemory() || said&outOfMemory != 0 || full && (said|told)&killed != 0
		if told&timedOut == 0 {
			b.add(mTimeouts, oneIf(late))
		}
		if told&outOfMemory == 0 {
			b.add(mOutOfMemory, oneIf(oom))
		}
		zero := flags(0)
		if told&timedOut == 0 && !late {
			zero |= timedOut
		}
		if told&outOfMemory == 0 && !oom {
			zero |= outOfMemory
		}
		if zero != 0 {
			res.zeros = append(res.zeros, newMark(r.RequestID, at, zero))
		}
		f := said
		if late {
			f |= timedOut
		}
		if oom {
			f |= outOfMemory
		}
		if full {
			f |= fullMemory
		}
		if f != 0 {
			res.marks = append(res.marks, newMark(r.RequestID, at, f))
		}
	}
	// Failure lines whose REPORT is not in this batch.
	for i := range failures {
		f := &failures[i]
		if f.used {
			continue
		}
		told := d.failures.get(f.id, f.at)
		for _, j := range byID[f.id] { // the same line, sent twice
			if j < i && near(failures[j].at, f.at) {
				told |= failures[j].kind
			}
		}
		kind := f.kind
		if kind&killed != 0 && told&fullMemory != 0 {
			kind |= outOfMemory
		}
		zero, reported := d.zeros.find(f.id, f.at)
		count := func(metric int, k flags) {
			switch {
			case kind&k == 0 || told&k != 0:
			case zero&k != 0: // its REPORT is a sample of 0 already
				b.at(reported)
				b.correct(metric)
			default:
				b.at(f.at)
				b.add(metric, 1)
			}
		}
		count(mTimeouts, timedOut)
		count(mOutOfMemory, outOfMemory)
		res.marks = append(res.marks, newMark(f.id, f.at, kind))
	}
	res.Data = b.data()
	b.out = nil // the result's from now on
	if memory > 0 {
		res.Facts = append(res.Facts, Fact{KindLambda, function, "memoryMB", memory, memoryAt})
	}
}

func oneIf(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

// runtimeName turns the runtime version of INIT_START (python:3.12.v18) into
// the identifier that the Lambda API uses (python3.12), so that both ways of
// learning it agree. Unknown families stay as they are.
func runtimeName(version string) string {
	family, v, ok := strings.Cut(version, ":")
	if !ok {
		return version
	}
	if i := strings.LastIndex(v, ".v"); i > 0 {
		v = v[:i]
	}
	switch family {
	case "python", "java", "ruby", "dotnet":
		return family + v
	case "nodejs":
		return family + v + ".x"
	case "provided":
		return family + "." + v
	}
	return version
}
