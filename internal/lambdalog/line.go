package lambdalog

import (
	"strings"

	"skywatch/internal/jsontext"
)

// textTypes are the platform lines of the text format: the type and the words
// that must follow it.
var textTypes = [...]struct{ typ, next string }{
	{"START", " RequestId: "},
	{"END", " RequestId: "},
	{"REPORT", " RequestId: "},
	{"INIT_START", " Runtime Version: "},
	{"INIT_REPORT", " Init Duration: "},
	{"RESTORE_START", " Runtime Version: "},
	{"RESTORE_REPORT", " Restore Duration: "},
	{"EXTENSION", "\tName: "},
	{"LOGS", "\tName: "},
	{"TELEMETRY", "\tName: "},
}

// jsonTypes are the names the JSON format has for the same lines, and those
// that exist only there.
var jsonTypes = map[string]string{
	"platform.start":                 "START",
	"platform.runtimeDone":           "RUNTIME_DONE",
	"platform.report":                "REPORT",
	"platform.initStart":             "INIT_START",
	"platform.initRuntimeDone":       "INIT_RUNTIME_DONE",
	"platform.initReport":            "INIT_REPORT",
	"platform.restoreStart":          "RESTORE_START",
	"platform.restoreRuntimeDone":    "RESTORE_RUNTIME_DONE",
	"platform.restoreReport":         "RESTORE_REPORT",
	"platform.extension":             "EXTENSION",
	"platform.telemetrySubscription": "TELEMETRY",
	"platform.logsDropped":           "LOGS_DROPPED",
}

// Type names the kind of a platform line: START, END, REPORT, INIT_START,
// INIT_REPORT, RESTORE_START, RESTORE_REPORT, EXTENSION, LOGS, TELEMETRY, and
// for the JSON format also RUNTIME_DONE, INIT_RUNTIME_DONE,
// RESTORE_RUNTIME_DONE and LOGS_DROPPED. It is "" for application lines.
func Type(msg string) string {
	if len(msg) < 4 {
		return ""
	}
	switch msg[0] {
	case 'S', 'E', 'R', 'I', 'L', 'T':
		for i := range textTypes {
			t := &textTypes[i]
			if len(msg) >= len(t.typ)+len(t.next) && msg[:len(t.typ)] == t.typ && msg[len(t.typ):len(t.typ)+len(t.next)] == t.next {
				return t.typ
			}
		}
	case '{':
		if MayBeRecord(msg) {
			typ := ""
			jsontext.Members(msg, func(key, val string) bool {
				if key == "type" {
					typ = jsonTypes[text(val)] // a repeated key: the last one counts
				}
				return true
			})
			return typ
		}
	}
	return ""
}

// RequestID finds the request id of a platform line, of an application line in
// one of the runtimes' own forms, or of a JSON record; "" when there is none.
// Platform lines carry any word as id; in application lines only a UUID counts,
// because anything may stand in its place ("undefined" during init).
func RequestID(msg string) string {
	if len(msg) < len("RequestId: x") {
		return ""
	}
	switch c := msg[0]; {
	case c == 'S' || c == 'E' || c == 'R':
		for _, prefix := range [...]string{"START RequestId: ", "END RequestId: ", reportPrefix, "RequestId: "} {
			if s, ok := strings.CutPrefix(msg, prefix); ok {
				return word(s)
			}
		}
	case c == '{':
		return requestIDJSON(msg)
	case c >= '0' && c <= '9':
		// Node.js: <time>\t<id>\tLEVEL\t… ; timeouts: <time> <id> Task timed out …
		if startsWithTime(msg) && len(msg) > timeLen && (msg[timeLen] == '\t' || msg[timeLen] == ' ') {
			return leadingUUID(msg[timeLen+1:])
		}
	case c == '[':
		// Python: [LEVEL]\t<time>\t<id>\t…
		if i := strings.Index(msg[:min(len(msg), 16)], "]\t"); i > 0 {
			if s := msg[i+2:]; startsWithTime(s) && len(s) > timeLen && s[timeLen] == '\t' {
				return leadingUUID(s[timeLen+1:])
			}
		}
	}
	return ""
}

// word returns s up to its first white space.
func word(s string) string {
	if i := strings.IndexAny(s, " \t\r\n"); i >= 0 {
		return s[:i]
	}
	return s
}

// timeLen is the length of 2019-06-07T19:11:20.562Z.
const timeLen = 24

func startsWithTime(s string) bool {
	const shape = "0000-00-00T00:00:00.000Z"
	if len(s) < timeLen {
		return false
	}
	for i := 0; i < timeLen; i++ {
		if shape[i] == '0' {
			if s[i] < '0' || s[i] > '9' {
				return false
			}
		} else if s[i] != shape[i] {
			return false
		}
	}
	return true
}

const uuidLen = 36

// leadingUUID returns the UUID at the start of s when white space or the end
// follows it, else "".
func leadingUUID(s string) string {
	if len(s) < uuidLen || !isUUID(s[:uuidLen]) {
		return ""
	}
	if len(s) > uuidLen && !strings.ContainsRune(" \t\r\n", rune(s[uuidLen])) {
		return ""
	}
	return s[:uuidLen]
}

func isUUID(s string) bool {
	if len(s) != uuidLen {
		return false
	}
	for i := 0; i < uuidLen; i++ {
		c := s[i]
		switch i {
		case 8, 13, 18, 23:
			if c != '-' {
				return false
			}
		default:
			if (c < '0' || c > '9') && (c < 'a' || c > 'f') && (c < 'A' || c > 'F') {
				return false
			}
		}
	}
	return true
}

// Function names the Lambda function that wrote to a log stream: by the group
// /aws/lambda/<function>, or in a shared group by a stream called
// YYYY/MM/DD/<function>[<version>]<id>.
func Function(group, stream string) (name string, ok bool) {
	if name, ok = strings.CutPrefix(group, "/aws/lambda/"); ok {
		return name, name != "" && !strings.Contains(name, "/")
	}
	if !startsWithDate(stream) {
		return "", false
	}
	rest := stream[len("2022/06/15/"):]
	open := strings.IndexByte(rest, '[')
	if open <= 0 {
		return "", false
	}
	version := strings.IndexByte(rest[open:], ']')
	if version < 2 || open+version+1 >= len(rest) || strings.Contains(rest, "/") {
		return "", false
	}
	return rest[:open], true
}

func startsWithDate(s string) bool {
	const shape = "0000/00/00/"
	if len(s) < len(shape) {
		return false
	}
	for i := 0; i < len(shape); i++ {
		if shape[i] == '0' {
			if s[i] < '0' || s[i] > '9' {
				return false
			}
		} else if s[i] != '/' {
			return false
		}
	}
	return true
}
