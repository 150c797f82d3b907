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
	if isPlatformJSON(msg) {
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
		end := strings.IndexAny(s, "\t\n\r")
		seg := s
		if end >= 0 {
			seg, s = s[:end], s[end+1:]
		} else {
			s = ""
		}
		name, value, found := strings.Cut(seg, ": ")
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
	for i := 0; i < len(s); i++ {
		if (s[i] < '0' || s[i] > '9') && s[i] != '.' {
			return 0, false
		}
	}
	f, err := strconv.ParseFloat(s, 64)
	return f, err == nil
}

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
	if !isPlatformJSON(msg) {
		return "", "", false
	}
	isInit := false
	members(msg, func(key, val string) bool {
		switch key {
		case "type":
			isInit = text(val) == "platform.initStart"
		case "record":
			members(val, func(key, val string) bool {
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
