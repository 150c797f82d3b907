package lambdalog

import (
	"encoding/json"
	"strings"
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
			members(val, metric)
		case "tracing":
			members(val, func(key, val string) bool {
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
	whole := members(msg, func(key, val string) bool {
		switch key {
		case "type":
			isReport = text(val) == "platform.report"
		case "record":
			members(val, record)
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
	members(msg, func(key, val string) bool {
		switch key {
		case "requestId", "AWSRequestId":
			id = text(val)
		case "record":
			members(val, func(key, val string) bool {
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

// members walks the members of the JSON object at the start of s without
// allocating: key is unescaped, val is the member's text as it stands. It stops
// when f answers false. It answers whether the object was whole and well formed
// as far as it looked; nested values are skipped by bracket depth, not checked.
func members(s string, f func(key, val string) bool) bool {
	i := space(s, 0)
	if i >= len(s) || s[i] != '{' {
		return false
	}
	i = space(s, i+1)
	if i < len(s) && s[i] == '}' {
		return true
	}
	for {
		keyEnd := skipString(s, i)
		if keyEnd < 0 {
			return false
		}
		key := s[i:keyEnd]
		i = space(s, keyEnd)
		if i >= len(s) || s[i] != ':' {
			return false
		}
		i = space(s, i+1)
		end := skipValue(s, i)
		if end <= i {
			return false
		}
		if !f(text(key), s[i:end]) {
			return true
		}
		i = space(s, end)
		if i >= len(s) {
			return false
		}
		switch s[i] {
		case '}':
			return true
		case ',':
			i = space(s, i+1)
		default:
			return false
		}
	}
}

// text is the value of a JSON string, "" for any other JSON value.
func text(val string) string {
	if len(val) < 2 || val[0] != '"' {
		return ""
	}
	if strings.IndexByte(val, '\\') < 0 {
		return val[1 : len(val)-1]
	}
	var s string
	if json.Unmarshal([]byte(val), &s) != nil {
		return ""
	}
	return s
}

func space(s string, i int) int {
	for i < len(s) && (s[i] == ' ' || s[i] == '\t' || s[i] == '\n' || s[i] == '\r') {
		i++
	}
	return i
}

// skipString returns the index after the JSON string at i, -1 when there is none.
func skipString(s string, i int) int {
	if i >= len(s) || s[i] != '"' {
		return -1
	}
	for i++; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
	return -1
}

// skipValue returns the index after the JSON value at i, -1 when there is none.
func skipValue(s string, i int) int {
	if i >= len(s) {
		return -1
	}
	switch s[i] {
	case '"':
		return skipString(s, i)
	case '{', '[':
		depth := 0
		for i < len(s) {
			switch s[i] {
			case '"':
				if i = skipString(s, i); i < 0 {
					return -1
				}
				continue
			case '{', '[':
				depth++
			case '}', ']':
				if depth--; depth == 0 {
					return i + 1
				}
			}
			i++
		}
		return -1
	default:
		start := i
		for i < len(s) && strings.IndexByte(",]} \t\r\n", s[i]) < 0 {
			i++
		}
		if i == start {
			return -1
		}
		return i
	}
}
