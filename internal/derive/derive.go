// Package derive turns log lines into metrics and into facts about resources
// while they are being ingested, so that memory, cold starts, billed time and
// cost of every Lambda function, and the outcome of every Glue job, are there
// without a query and without a script.
//
// A batch of events of one stream goes in, a [Result] comes out: datapoints
// merged per series and minute (ten thousand REPORT lines of one minute become
// ten data with their values and counts), and the newest fact per attribute.
// What a batch says depends on its group and stream alone; events of other
// groups cost one comparison per batch, application lines of a function one
// look at their first bytes.
//
// The rules built in:
//
//	Lambda streams (see lambdalog.Function)   REPORT, Task timed out, crash and INIT_START lines → Skywatch/Lambda, facts
//	/skywatch/lambda/functions                one FunctionConfiguration per event → facts
//	/skywatch/glue/job-runs                   one JobRun per event → Skywatch/Glue, facts
//
// One failing invocation may write two lines that tell of it, perhaps in two
// batches. The [Deriver] remembers the request ids of recent failures so that
// each is counted once; it learns them only from results that were committed,
// that is, whose events were stored. A REPORT that does not know of its failure
// is a sample of 0; when a line of a later batch tells of it, a correction makes
// that sample a 1, so that there is one for each REPORT. The memory is bounded
// and does not outlive the process: the second line of a failure that comes
// later than that, or after a restart, counts as another one.
package derive

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"skywatch/internal/lambdalog"
	"skywatch/internal/logs"
	"skywatch/internal/metrics"
	"skywatch/internal/scope"
)

// Groups of collected records: each event is one JSON document of AWS's own
// shape.
const (
	LambdaFunctionsGroup = "/skywatch/lambda/functions" // FunctionConfiguration
	GlueJobRunsGroup     = "/skywatch/glue/job-runs"    // JobRun
)

// Namespaces and dimensions of what is derived.
const (
	LambdaNamespace = "Skywatch/Lambda"
	LambdaDimension = "FunctionName"
	GlueNamespace   = "Skywatch/Glue"
	GlueDimension   = "JobName"
)

// Kinds of resources that facts are about.
const (
	KindLambda = "lambda"
	KindGlue   = "glue"
)

// Fact is one thing learnt of a resource.
type Fact struct {
	Kind      string // KindLambda or KindGlue
	Name      string // of the resource; may be a part of a message
	Attribute string // a constant of this package
	Value     any    // string, float64 or bool; a string may be a part of a message
	At        int64  // milliseconds, the event's timestamp
}

// Result is what a batch says.
type Result struct {
	Data  []metrics.Datum
	Facts []Fact // one per resource and attribute, the newest
	// Malformed counts events of a record group that are not the document
	// that belongs there.
	Malformed int

	marks []mark // of failures
	zeros []mark // of REPORTs that are samples of 0
}

// Deriver holds the rules and the memory of recent invocations. Safe for
// concurrent use.
type Deriver struct {
	failures *recent // what was told of them
	zeros    *zeros  // which REPORTs are samples of 0
}

// New returns a deriver with an empty memory.
func New() *Deriver { return &Deriver{failures: newRecent(maxRecent), zeros: newZeros(zeroRows)} }

// Derive reads the events of one stream. The zero Result means that they say
// nothing.
func (d *Deriver) Derive(sc scope.Scope, group, stream string, events []logs.Event) Result {
	switch group {
	case LambdaFunctionsGroup:
		return functionRecords(events)
	case GlueJobRunsGroup:
		return jobRunRecords(sc, events)
	}
	if name, ok := lambdalog.Function(group, stream); ok && validName(name) {
		return d.lambda(sc, name, events)
	}
	return Result{}
}

// validName says whether a name out of a log can be a dimension's value: text
// of sane length without control characters, which keys are parted by.
func validName(s string) bool {
	if s == "" || len(s) > 255 || !utf8.ValidString(s) {
		return false
	}
	return strings.IndexFunc(s, unicode.IsControl) < 0
}

// Commit tells the deriver that r's events and data are stored: failures in it
// count as told from now on. A result that is not committed leaves no trace,
// so that the writer's second try counts as the first.
func (d *Deriver) Commit(r Result) {
	d.failures.put(r.marks)
	d.zeros.put(r.zeros)
}
