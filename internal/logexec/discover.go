package logexec

import (
	"strings"

	"skywatch/internal/lambdalog"
)

// Lambda's fields, in the order Fields lists them.
var lambdaFields = [...]string{"@requestId", "@type", "@duration", "@billedDuration", "@initDuration",
	"@memorySize", "@maxMemoryUsed", "@xrayTraceId", "@xraySegmentId"}

const (
	lambdaRequestID = iota
	lambdaType
	lambdaDuration
	lambdaBilled
	lambdaInit
	lambdaMemory
	lambdaMaxMemory
	lambdaTrace
	lambdaSegment
)

// bytesPerMB is what Logs Insights counts as a megabyte.
const bytesPerMB = 1_000_000

// lambdaValues reads a Lambda event's fields in the order of lambdaFields.
func lambdaValues(msg string, out *[len(lambdaFields)]value) {
	*out = [len(lambdaFields)]value{}
	if id := lambdalog.RequestID(msg); id != "" {
		out[lambdaRequestID] = str(id)
	}
	typ := lambdalog.Type(msg)
	if typ == "" {
		return
	}
	out[lambdaType] = str(typ)
	if typ != "REPORT" {
		return
	}
	r, ok := lambdalog.ParseReport(msg)
	if !ok {
		return
	}
	out[lambdaDuration] = num(r.DurationMs)
	if r.BilledMs > 0 {
		out[lambdaBilled] = num(r.BilledMs)
	}
	if r.HasInit {
		out[lambdaInit] = num(r.InitMs)
	}
	if r.MemorySizeMB > 0 {
		out[lambdaMemory] = num(r.MemorySizeMB * bytesPerMB)
	}
	if r.MaxMemoryMB > 0 {
		out[lambdaMaxMemory] = num(r.MaxMemoryMB * bytesPerMB)
	}
	if r.XrayTraceID != "" {
		out[lambdaTrace] = str(r.XrayTraceID)
	}
	if r.XraySegmentID != "" {
		out[lambdaSegment] = str(r.XraySegmentID)
	}
}

// maxFragments is how many opening braces of a Lambda event are tried as the
// start of its JSON fragment: each try may read to the end of the event.
const maxFragments = 8

// scanMessage reports the leaves of the event's JSON: the whole message, or for
// Lambda the first whole object in it. reset is called when a try failed, to
// forget what it reported.
func scanMessage(j *jsonScanner, msg string, lambda bool, leaf leafFunc, reset func()) bool {
	if !lambda {
		start := j.start(msg)
		end := j.scan(msg, start, leaf)
		if end >= 0 && strings.Trim(msg[end:], " \t\r\n") == "" {
			return true
		}
		if end >= 0 || start < len(msg) && msg[start] == '{' {
			reset()
		}
		return false
	}
	for i, try := 0, 0; try < maxFragments; try++ {
		n := strings.IndexByte(msg[i:], '{')
		if n < 0 {
			return false
		}
		i += n
		if j.scan(msg, i, leaf) >= 0 {
			return true
		}
		reset()
		i++
	}
	return false
}

func (j *jsonScanner) start(msg string) int {
	j.s = msg
	return j.blank(0)
}

// IsLambda says whether the events of a stream are read as Lambda's.
func IsLambda(group, stream string) bool {
	_, ok := lambdalog.Function(group, stream)
	return ok
}

// Field is a discovered field.
type Field struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// Fields discovers the fields of one message, as a query would see them, in
// the order: Lambda's own, then those of the JSON in document order, or of the
// kind of line it is (see lineFields). The system
// fields (@timestamp, @message, …) are not among them.
func Fields(msg string, group string) []Field { return StreamFields(msg, group, "") }

// StreamFields is Fields for a shared Lambda group, where only the stream's
// name tells that a function wrote the event.
func StreamFields(msg, group, stream string) []Field {
	var out []Field
	lambda := IsLambda(group, stream)
	if lambda {
		var vals [len(lambdaFields)]value
		lambdaValues(msg, &vals)
		for i := range vals {
			if vals[i].kind != null {
				out = append(out, Field{lambdaFields[i], vals[i].text()})
			}
		}
	}
	seen := map[string]bool{}
	own := len(out)
	if !scanMessage(new(jsonScanner), msg, lambda, func(path []byte, raw string) {
		if name := string(path); !seen[name] {
			seen[name] = true
			v := leafValue(raw)
			out = append(out, Field{name, v.text()})
		}
	}, func() { out = out[:own]; clear(seen) }) && !lambda {
		lineFields(msg, group, func(name, val string) { out = append(out, Field{name, val}) })
	}
	return out
}
