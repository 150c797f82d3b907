package logfile

import (
	"strings"

	"skywatch/internal/jsontext"
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
	jsontext.Members(s, func(key, value string) bool {
		if !timeField(key) {
			return true
		}
		if strings.HasPrefix(value, `"`) {
			text, good := jsontext.Text(value)
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
	jsontext.Members(s, func(key, value string) bool {
		if key != field {
			return true
		}
		text, ok = value, true
		if strings.HasPrefix(value, `"`) {
			text, ok = jsontext.Text(value)
		}
		return false
	})
	return text, ok
}
