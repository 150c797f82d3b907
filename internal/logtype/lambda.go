package logtype

import (
	"slices"
	"strconv"
	"strings"
	"unsafe"

	"skywatch/internal/jsontext"
	"skywatch/internal/lambdalog"
)

// What a message is as a Lambda event is asked of lambdalog for every message,
// not derived from its template: so it holds for all messages of a template by
// construction.
//
// lambdaKind is 0 for unknown, else 1 plus the index of the type in
// lambdaTypes; lambdaReport is added when the message is a REPORT whose numbers
// lambdalog understands.
const (
	lambdaUnknown = 0
	lambdaReport  = 0x80
	noHole        = 255
)

// lambdaTypes are the values of @type; the first is none.
var lambdaTypes = [...]string{"", "START", "END", "REPORT", "INIT_START", "INIT_REPORT", "RESTORE_START",
	"RESTORE_REPORT", "EXTENSION", "LOGS", "TELEMETRY", "RUNTIME_DONE", "INIT_RUNTIME_DONE",
	"RESTORE_RUNTIME_DONE", "LOGS_DROPPED"}

// lambda answers the Lambda kind of the scanned message and the hole that is
// its request id, noHole when it has none.
func (s *scanner) lambda() (kind byte, id int) {
	typ := lambdalog.Type(s.msg)
	k := slices.Index(lambdaTypes[:], typ)
	if k < 0 {
		return lambdaUnknown, noHole
	}
	kind = byte(1 + k)
	if typ == "REPORT" {
		if _, ok := lambdalog.ParseReport(s.msg); ok {
			kind |= lambdaReport
		}
	}
	req := lambdalog.RequestID(s.msg)
	if req == "" {
		return kind, noHole
	}
	// A request id that is a part of the message must be a hole of it.
	from := uintptr(unsafe.Pointer(unsafe.StringData(req))) - uintptr(unsafe.Pointer(unsafe.StringData(s.msg)))
	if from < uintptr(len(s.msg)) {
		for i, h := range s.holes[s.base:] {
			if uintptr(h.from) == from {
				if int(h.to-h.from) == len(req) && i < noHole {
					return kind, i
				}
				break
			}
			if uintptr(h.from) > from {
				break
			}
		}
	}
	return lambdaUnknown, noHole
}

// Render says how a field's value comes from the text of its variable.
type Render uint8

const (
	RenderText      Render = iota // the text as it stands
	RenderString                  // the inside of a JSON string: escapes are to be undone
	RenderValue                   // a JSON number, which keeps its digits, or true or false, which are 1 and 0
	RenderFloat                   // a number, written as computed ones are (12.40 is 12.4)
	RenderPositive                // as RenderFloat; no field when it is 0
	RenderMegabytes               // as RenderPositive, times 1,000,000
	RenderDash                    // the text as it stands; no field when it is "-" or empty
	RenderDashZero                // as RenderDash, but "-" is 0
)

// Field is a discovered field of all messages of a template. Its text in a
// message is Before, the variables Var to Last with the static text between
// them, and After: mostly just one variable.
type Field struct {
	Name          string
	Render        Render
	Var, Last     int
	Before, After string
	// Const is the text when it is the same in all messages; Var is -1 then.
	Const string
}

// endOf is what the mark at the end of a skeleton holds: JSON kind, Lambda kind,
// hole of the request id, line kind.
func endOf(skel []byte) []byte { return skel[len(skel)-4:] }

// lambdaFields derives the fields of a Lambda event from the skeleton of a
// template: known is false when they have to be read from each message. hole k
// of the skeleton is variable k of the fields.
func lambdaFields(skel []byte, names []string) (fields []Field, known bool) {
	end := endOf(skel)
	kind, id := end[1], end[2]
	if kind == lambdaUnknown {
		return nil, false
	}
	if id != noHole {
		// In JSON the string has no escapes, or lambdalog's answer would not
		// have been a part of the message.
		fields = append(fields, Field{Name: "@requestId", Render: RenderText, Var: int(id), Last: int(id)})
	}
	typ := lambdaTypes[kind&^lambdaReport-1]
	if typ != "" {
		fields = append(fields, Field{Name: "@type", Var: -1, Const: typ})
	}
	if kind&lambdaReport == 0 {
		return fields, true
	}
	switch {
	case strings.HasPrefix(string(skel), "REPORT "):
		return textReport(fields, skel)
	case JSONKind(end[0]) == JSONWhole:
		return jsonReport(fields, names)
	}
	return nil, false // lambdalog reads some records that are no JSON
}

// reportFields are the fields of a REPORT in the order of discovery.
var reportFields = [...]struct {
	name, segment, unit, path string
	render                    Render
}{
	{"@duration", "Duration", " ms", "record.metrics.durationMs", RenderFloat},
	{"@billedDuration", "Billed Duration", " ms", "record.metrics.billedDurationMs", RenderPositive},
	{"@initDuration", "Init Duration", " ms", "record.metrics.initDurationMs", RenderFloat},
	{"@memorySize", "Memory Size", " MB", "record.metrics.memorySizeMB", RenderMegabytes},
	{"@maxMemoryUsed", "Max Memory Used", " MB", "record.metrics.maxMemoryUsedMB", RenderMegabytes},
	{"@xrayTraceId", "XRAY TraceId", "", "", RenderText},
	{"@xraySegmentId", "SegmentId", "", "", RenderText},
}

// textReport finds the segments of a REPORT line in its skeleton. The numbers
// are well formed, lambdalog has said so; what remains is which hole is whose.
func textReport(fields []Field, skel []byte) ([]Field, bool) {
	segments := map[string]Field{}
	hole := 0
	for seg := range strings.FieldsFuncSeq(string(skel[:len(skel)-markLen(markEnd)]), func(r rune) bool { return r == '\t' || r == '\n' || r == '\r' }) {
		first := hole
		// A layout's bytes could be a tab: such a line is not taken.
		for i := 0; i < len(seg); i++ {
			if seg[i] == 0 {
				if i+1 >= len(seg) || i+markLen(seg[i+1]) > len(seg) {
					return nil, false
				}
				if isHole(seg[i+1]) {
					hole++
				}
				i += markLen(seg[i+1]) - 1
			}
		}
		name, value, ok := strings.Cut(seg, ": ")
		if !ok {
			continue
		}
		if strings.IndexByte(name, 0) >= 0 {
			return nil, false
		}
		name = strings.TrimLeft(strings.TrimPrefix(name, "REPORT "), " ")
		value = strings.TrimRight(value, " ")
		for _, f := range reportFields {
			if f.segment != name {
				continue
			}
			if _, twice := segments[name]; twice {
				return nil, false
			}
			field := Field{Name: f.name, Render: f.render, Var: first, Last: first}
			if mark, ok := strings.CutSuffix(value, f.unit); ok && len(mark) == 2 && mark[0] == 0 && isHole(mark[1]) && hole == first+1 {
			} else if strings.IndexByte(value, 0) < 0 && f.render == RenderText {
				field.Var, field.Const = -1, value
				if value == "" {
					continue
				}
			} else {
				return nil, false
			}
			segments[name] = field
		}
	}
	for _, f := range reportFields {
		if field, ok := segments[f.segment]; ok {
			fields = append(fields, field)
		}
	}
	return fields, true
}

// jsonReport finds the members of a platform.report record by their paths.
func jsonReport(fields []Field, names []string) ([]Field, bool) {
	at := map[string]int{}
	for i, n := range names {
		if n == "" {
			continue
		}
		if _, twice := at[n]; twice || strings.HasPrefix(n, "record.tracing") || strings.Count(n, ".") > 2 {
			return nil, false
		}
		at[n] = i
	}
	for _, f := range reportFields {
		if k, ok := at[f.path]; ok && f.path != "" {
			fields = append(fields, Field{Name: f.name, Render: f.render, Var: k, Last: k})
		}
	}
	return fields, true
}

// Value is the field's value, as results show it, from its text in a message
// (see [Joiner.AppendField]); false when this message does not have the field.
func (f *Field) Value(raw string) (string, bool) {
	switch f.Render {
	case RenderString:
		return jsontext.Unquote(`"` + raw + `"`), true
	case RenderValue:
		switch raw {
		case "true":
			return "1", true
		case "false":
			return "0", true
		}
		v, err := strconv.ParseFloat(raw, 64)
		switch {
		case err != nil:
			return raw, true // too large for a number: it stays text
		case v == 0 && raw[0] == '-', strings.ContainsAny(raw, "eE"):
			return formatFloat(v), true
		}
		return raw, true
	case RenderDash:
		return raw, raw != "-" && raw != ""
	case RenderDashZero:
		if raw == "-" {
			return "0", true
		}
		return raw, raw != ""
	case RenderFloat, RenderPositive, RenderMegabytes:
		v, err := strconv.ParseFloat(raw, 64)
		if err != nil {
			return "", false
		}
		if f.Render != RenderFloat && v <= 0 {
			return "", false
		}
		if f.Render == RenderMegabytes {
			v *= bytesPerMB
		}
		return formatFloat(v), true
	}
	return raw, true
}

// bytesPerMB is what Logs Insights counts as a megabyte.
const bytesPerMB = 1_000_000
