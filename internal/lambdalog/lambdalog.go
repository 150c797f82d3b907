// Package lambdalog turns Lambda's own log lines (REPORT, START, INIT_START,
// "Task timed out", runtime crashes) into fields, in the text format and in the
// JSON format. It imports nothing of ours and keeps no state: every function
// takes one log event's message and answers from it alone, so ingestion and
// queries read the same facts out of the same bytes.
//
// The functions are called for every event that arrives, most of which are
// ordinary application lines: each one rejects those on the first few bytes and
// allocates nothing. Returned strings are parts of the message, except where a
// JSON string had escapes.
//
// Platform lines are recognised by their exact opening words, not by a word
// somewhere in the text, so an application that prints "REPORT" is not mistaken
// for the platform. An application that prints a whole well-formed REPORT line
// is: the log stream carries no mark that could tell them apart.
package lambdalog

import (
	"strconv"
	"strings"

	"skywatch/internal/jsontext"
)

// Report is the accounting line that ends an invocation. Durations are
// milliseconds, memory is MB as Lambda prints it.
type Report struct {
	RequestID    string
	DurationMs   float64
	BilledMs     float64 // 0 when the line has none (managed instances)
	MemorySizeMB float64 // 0 when the line has none
	MaxMemoryMB  float64 // 0 when the line has none

	HasInit bool    // a cold start: the line carries Init Duration
	InitMs  float64 // 0 without HasInit

	HasRestore      bool // a SnapStart restore instead of an init
	RestoreMs       float64
	BilledRestoreMs float64

	Status        string // "", success, failure, error or timeout; text lines of successful invocations have none
	ErrorType     string // such as Runtime.ExitError, Runtime.OutOfMemory; "" when none is given
	XrayTraceID   string
	XraySegmentID string
}

// ColdStart says whether the invocation began a new execution environment.
func (r *Report) ColdStart() bool { return r.HasInit || r.HasRestore }

// TimedOut says whether the line itself tells of a timeout. Older lines do
// not: there the event before carries it (see [ParseTimeout]).
func (r *Report) TimedOut() bool { return r.Status == "timeout" }

// OutOfMemory says whether the line itself names running out of memory as the
// cause. Older lines do not: there a [Crash] with signal: killed stands for it.
func (r *Report) OutOfMemory() bool { return r.ErrorType == "Runtime.OutOfMemory" }

const reportPrefix = "REPORT RequestId: "

// ParseReport reads a REPORT line or a JSON platform.report record. ok is false
// for every other message, and for one that lacks the request id or the
// duration or has a number that is none.
func ParseReport(msg string) (r Report, ok bool) {
	if strings.HasPrefix(msg, reportPrefix) {
		return parseReportText(msg[len("REPORT "):])
	}
	if MayBeRecord(msg) {
		return parseReportJSON(msg)
	}
	return Report{}, false
}

// parseReportText reads tab-separated "Name: value" segments in any order. The
// XRAY part stands on a line of its own inside the same event, with the word
// XRAY before its first name.
func parseReportText(s string) (r Report, ok bool) {
	hasDuration := false
	for len(s) > 0 {
		var seg string
		seg, s = segment(s)
		name, value, found := cutName(seg)
		if !found {
			continue
		}
		value = strings.TrimRight(value, " ")
		good := true
		switch strings.TrimLeft(name, " ") {
		case "RequestId":
			r.RequestID = value
		case "Duration":
			r.DurationMs, good = number(value, " ms")
			hasDuration = good
		case "Billed Duration":
			r.BilledMs, good = number(value, " ms")
		case "Memory Size":
			r.MemorySizeMB, good = number(value, " MB")
		case "Max Memory Used":
			r.MaxMemoryMB, good = number(value, " MB")
		case "Init Duration":
			r.InitMs, good = number(value, " ms")
			r.HasInit = good
		case "Restore Duration":
			r.RestoreMs, good = number(value, " ms")
			r.HasRestore = good
		case "Billed Restore Duration":
			r.BilledRestoreMs, good = number(value, " ms")
		case "Status":
			r.Status = value
		case "Error Type":
			r.ErrorType = value
		case "XRAY TraceId":
			r.XrayTraceID = value
		case "SegmentId":
			r.XraySegmentID = value
		}
		if !good {
			return Report{}, false
		}
	}
	if r.RequestID == "" || !hasDuration {
		return Report{}, false
	}
	return r, true
}

// segment cuts s at the first tab or line end.
func segment(s string) (seg, rest string) {
	seg = s
	for _, c := range [...]byte{'\t', '\n', '\r'} {
		if i := strings.IndexByte(seg, c); i >= 0 {
			seg, rest = s[:i], s[i+1:]
		}
	}
	return seg, rest
}

// cutName is strings.Cut at ": ", quick where the first colon is that of the
// name.
func cutName(seg string) (name, value string, found bool) {
	i := strings.IndexByte(seg, ':')
	if i < 0 {
		return seg, "", false
	}
	if i+1 < len(seg) && seg[i+1] == ' ' {
		return seg[:i], seg[i+2:], true
	}
	return strings.Cut(seg, ": ")
}

// number reads a plain non-negative decimal followed by unit.
func number(s, unit string) (float64, bool) {
	s, ok := strings.CutSuffix(s, unit)
	if !ok {
		return 0, false
	}
	return decimal(s)
}

// decimal reads digits with at most one point. It is stricter than ParseFloat,
// which also takes hex, "inf" and "nan".
func decimal(s string) (float64, bool) {
	if s == "" || len(s) > 24 || s[0] == '.' || s[len(s)-1] == '.' {
		return 0, false
	}
	digits, point := uint64(0), -1
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case '0' <= c && c <= '9':
			digits = digits*10 + uint64(c-'0')
		case c == '.' && point < 0:
			point = i
		default:
			return 0, false
		}
	}
	if len(s) > len(powers) {
		f, err := strconv.ParseFloat(s, 64)
		return f, err == nil
	}
	// Up to 15 digits and a power of ten are whole numbers without error, so
	// their quotient is rounded once: what ParseFloat answers.
	if point < 0 {
		return float64(digits), true
	}
	return float64(digits) / powers[len(s)-1-point], true
}

var powers = [...]float64{1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14}

// ParseInitStart reads an INIT_START line or a JSON platform.initStart record:
// the runtime version ("python:3.12.v18") and its ARN ("" when not given).
func ParseInitStart(msg string) (runtime, arn string, ok bool) {
	const prefix = "INIT_START Runtime Version: "
	if s, found := strings.CutPrefix(msg, prefix); found {
		runtime, rest, _ := strings.Cut(trimEnd(s), "\t")
		arn = strings.TrimSpace(strings.TrimPrefix(rest, "Runtime Version ARN: "))
		runtime = strings.TrimSpace(runtime)
		return runtime, arn, runtime != ""
	}
	if !MayBeRecord(msg) {
		return "", "", false
	}
	isInit := false
	jsontext.Members(msg, func(key, val string) bool {
		switch key {
		case "type":
			isInit = text(val) == "platform.initStart"
		case "record":
			jsontext.Members(val, func(key, val string) bool {
				switch key {
				case "runtimeVersion":
					runtime = text(val)
				case "runtimeVersionArn":
					arn = text(val)
				}
				return true
			})
		}
		return true
	})
	if !isInit || runtime == "" {
		return "", "", false
	}
	return runtime, arn, true
}

func trimEnd(s string) string { return strings.TrimRight(s, " \t\r\n") }
