package logfile

import (
	"encoding/json"
	"strings"
)

// timeField says whether a JSON line's timestamp goes by a name: the common
// ones, those of CloudTrail (eventTime), Kubernetes' audit log
// (requestReceivedTimestamp, stageTimestamp), Serilog (@t), Envoy (start_time)
// and journald's JSON.
func timeField(name string) bool {
	switch name {
	case "timestamp", "@timestamp", "time", "ts", "Timestamp", "eventTime", "datetime", "asctime", "_time",
		"requestReceivedTimestamp", "stageTimestamp", "@t", "start_time", "__REALTIME_TIMESTAMP":
		return true
	}
	return false
}

// json finds the timestamp of a line that is a JSON object: the first top-level
// field with one of the names and a value that is a time.
func (f *finder) json(s string) (ms int64, ok bool) {
	topLevel(s, func(key, value string) bool {
		if !timeField(key) {
			return true
		}
		if strings.HasPrefix(value, `"`) {
			text, good := unquote(value)
			if !good || text == "" || !f.starts(text, 0) {
				return true
			}
			ms, ok = f.at(text, 0)
			return !ok
		}
		ms, ok = epochJSON(value)
		return !ok
	})
	return ms, ok
}

// epochJSON reads a JSON number of seconds or smaller units since 1970; the
// exponent form (1.7e9) is not a timestamp anybody writes.
func epochJSON(value string) (int64, bool) {
	if value == "" || !digit(value[0]) {
		return 0, false
	}
	return epoch(value)
}

// jsonText returns a top-level field's text, or the JSON of another value.
func jsonText(s, field string) (text string, ok bool) {
	topLevel(s, func(key, value string) bool {
		if key != field {
			return true
		}
		text, ok = value, true
		if strings.HasPrefix(value, `"`) {
			text, ok = unquote(value)
		}
		return false
	})
	return text, ok
}

// unquote reads a JSON string.
func unquote(quoted string) (text string, ok bool) {
	if strings.IndexByte(quoted, '\\') < 0 {
		return quoted[1 : len(quoted)-1], true
	}
	err := json.Unmarshal([]byte(quoted), &text)
	return text, err == nil
}

// topLevel calls visit with the keys and raw values of a JSON object until
// visit returns false or the text is no object any more. It checks no more than
// it needs to find the borders.
func topLevel(s string, visit func(key, value string) bool) {
	i := blank(s, 0)
	if !is(s, i, '{') {
		return
	}
	for i++; ; i++ {
		i = blank(s, i)
		end := stringEnd(s, i)
		if end < 0 {
			return
		}
		key := s[i+1 : end-1]
		if k, ok := unquote(s[i:end]); ok {
			key = k
		}
		i = blank(s, end)
		if !is(s, i, ':') {
			return
		}
		i = blank(s, i+1)
		end = valueEnd(s, i)
		if end <= i {
			return
		}
		if !visit(key, s[i:end]) {
			return
		}
		i = blank(s, end)
		if !is(s, i, ',') {
			return
		}
	}
}

func blank(s string, i int) int {
	for i < len(s) && (s[i] == ' ' || s[i] == '\t' || s[i] == '\n' || s[i] == '\r') {
		i++
	}
	return i
}

// stringEnd returns the index behind the string that begins at i, -1 when none does.
func stringEnd(s string, i int) int {
	if !is(s, i, '"') {
		return -1
	}
	for i++; i < len(s); i++ {
		n := strings.IndexByte(s[i:], '"')
		if n < 0 {
			return -1
		}
		i += n
		slashes := 0
		for s[i-1-slashes] == '\\' {
			slashes++
		}
		if slashes%2 == 0 {
			return i + 1
		}
	}
	return -1
}

// valueEnd returns the index behind the value that begins at i.
func valueEnd(s string, i int) int {
	if i >= len(s) {
		return -1
	}
	switch s[i] {
	case '"':
		return stringEnd(s, i)
	case '{', '[':
		depth := 0
		for ; i < len(s); i++ {
			switch s[i] {
			case '"':
				if i = stringEnd(s, i) - 1; i < 0 {
					return -1
				}
			case '{', '[':
				depth++
			case '}', ']':
				if depth--; depth == 0 {
					return i + 1
				}
			}
		}
		return -1
	}
	n := strings.IndexAny(s[i:], ",}] \t\r\n")
	if n < 0 {
		return len(s)
	}
	return i + n
}
