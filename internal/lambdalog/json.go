package lambdalog

import (
	"strings"

	"skywatch/internal/jsontext"
)

// MayBeRecord is the fast reject for the JSON format: whether msg is an object
// that holds the words every system record has.
func MayBeRecord(msg string) bool {
	if len(msg) == 0 || msg[0] != '{' {
		return false
	}
	// Not with the quote before it: JSON is full of quotes, and the search is
	// as quick as its first bytes are rare.
	const word = "platform."
	for i := 0; ; i++ {
		n := strings.Index(msg[i:], word)
		if n < 0 {
			return false
		}
		if i += n; msg[i-1] == '"' { // i > 0: a brace comes first
			return true
		}
	}
}

func parseReportJSON(msg string) (r Report, ok bool) {
	isReport, good, hasDuration := false, true, false
	metric := func(key, val string) bool {
		var dst *float64
		switch key {
		case "durationMs":
			dst, hasDuration = &r.DurationMs, true
		case "billedDurationMs":
			dst = &r.BilledMs
		case "memorySizeMB":
			dst = &r.MemorySizeMB
		case "maxMemoryUsedMB":
			dst = &r.MaxMemoryMB
		case "initDurationMs":
			dst, r.HasInit = &r.InitMs, true
		case "restoreDurationMs":
			dst, r.HasRestore = &r.RestoreMs, true
		case "billedRestoreDurationMs":
			dst = &r.BilledRestoreMs
		default:
			return true
		}
		*dst, good = decimal(val)
		return good
	}
	record := func(key, val string) bool {
		switch key {
		case "requestId":
			r.RequestID = text(val)
		case "status":
			r.Status = text(val)
		case "errorType":
			r.ErrorType = text(val)
		case "metrics":
			jsontext.Members(val, metric)
		case "tracing":
			jsontext.Members(val, func(key, val string) bool {
				switch key {
				case "spanId":
					r.XraySegmentID = text(val)
				case "value":
					r.XrayTraceID = traceRoot(text(val))
				}
				return true
			})
		}
		return good
	}
	whole := jsontext.Members(msg, func(key, val string) bool {
		switch key {
		case "type":
			isReport = text(val) == "platform.report"
		case "record":
			jsontext.Members(val, record)
		}
		return good
	})
	if !whole || !good || !isReport || r.RequestID == "" || !hasDuration {
		return Report{}, false
	}
	return r, true
}

// traceRoot takes the trace id out of an X-Amzn-Trace-Id value
// (Root=1-…;Parent=…;Sampled=1).
func traceRoot(s string) string {
	_, s, ok := strings.Cut(s, "Root=")
	if !ok {
		return ""
	}
	s, _, _ = strings.Cut(s, ";")
	return s
}

func requestIDJSON(msg string) (id string) {
	// Cheaper than walking the object when no id can be in it.
	if !strings.Contains(msg, "questId\"") { // q is rarer than the letters before it
		return ""
	}
	jsontext.Members(msg, func(key, val string) bool {
		switch key {
		case "requestId", "AWSRequestId":
			id = text(val)
		case "record":
			jsontext.Members(val, func(key, val string) bool {
				if key == "requestId" {
					id = text(val)
				}
				return id == ""
			})
		}
		return id == ""
	})
	return id
}

// text is the value of a JSON string, "" for any other JSON value.
func text(val string) string {
	s, _ := jsontext.Text(val)
	return s
}
