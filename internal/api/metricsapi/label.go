package metricsapi

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"skywatch/internal/metricexec"
)

// maxDynamicValues is how many ${…} a label may hold.
const maxDynamicValues = 6

// label is a parsed label: literal text and dynamic values in turns. The zero
// label stands for the default one.
type label struct {
	parts []labelPart
	plain string // the default label
}

type labelPart struct {
	text    string
	dynamic bool   // text is the name of a value: LABEL, AVG, PROP
	prop    string // of PROP
}

// labelValues are the dynamic values of datapoints.
var labelValues = map[string]func(values []float64) float64{
	"AVG": func(v []float64) float64 {
		sum := 0.0
		for _, x := range v {
			sum += x
		}
		return sum / float64(len(v))
	},
	"MIN": func(v []float64) float64 {
		m := math.Inf(1)
		for _, x := range v {
			m = min(m, x)
		}
		return m
	},
	"MAX": func(v []float64) float64 {
		m := math.Inf(-1)
		for _, x := range v {
			m = max(m, x)
		}
		return m
	},
	"SUM": func(v []float64) float64 {
		sum := 0.0
		for _, x := range v {
			sum += x
		}
		return sum
	},
	"FIRST": func(v []float64) float64 { return v[0] },
	"LAST":  func(v []float64) float64 { return v[len(v)-1] },
}

var labelProps = map[string]bool{
	"AccountId": true, "MetricName": true, "Namespace": true, "Period": true, "Region": true, "Stat": true,
}

// parseLabel reads a label with dynamic values. What it does not know in
// ${…} is an error that names it.
func parseLabel(s string) (label, error) {
	var l label
	dynamic, labels := 0, 0
	rest := s
	for {
		text, after, found := strings.Cut(rest, "${")
		if text != "" {
			l.parts = append(l.parts, labelPart{text: text})
		}
		if !found {
			break
		}
		token, tail, closed := strings.Cut(after, "}")
		if !closed {
			return l, fmt.Errorf("${%s is not closed", clip(after))
		}
		rest = tail
		p := labelPart{text: strings.TrimSpace(token), dynamic: true}
		if arg, ok := strings.CutPrefix(p.text, "PROP("); ok {
			arg, ok = strings.CutSuffix(arg, ")")
			if n := len(arg); !ok || n < 3 || arg[0] != arg[n-1] || (arg[0] != '\'' && arg[0] != '"') {
				return l, fmt.Errorf("${%s} is not of the form ${PROP('name')}", clip(token))
			}
			p.text, p.prop = "PROP", arg[1:len(arg)-1]
			if !labelProps[p.prop] && !strings.HasPrefix(p.prop, "Dim.") {
				return l, fmt.Errorf("the property %q is not supported", clip(p.prop))
			}
		} else if p.text == "LABEL" {
			labels++
		} else if p.text != "DATAPOINT_COUNT" && labelValues[p.text] == nil {
			return l, fmt.Errorf("the dynamic value ${%s} is not supported", clip(token))
		}
		if dynamic++; dynamic > maxDynamicValues {
			return l, fmt.Errorf("it has more than %d dynamic values", maxDynamicValues)
		}
		l.parts = append(l.parts, p)
	}
	if labels > 1 {
		return l, fmt.Errorf("${LABEL} stands in it more than once")
	}
	return l, nil
}

// text returns the label over line, whose datapoints are oldest first. Values
// over no datapoints are "-".
func (l *label) text(q *dataQuery, line metricexec.Line) string {
	if len(l.parts) == 0 {
		return l.plain
	}
	var b strings.Builder
	for _, p := range l.parts {
		switch {
		case !p.dynamic:
			b.WriteString(p.text)
		case p.text == "LABEL":
			b.WriteString(l.plain)
		case p.text == "DATAPOINT_COUNT":
			b.WriteString(strconv.Itoa(len(line.Values)))
		case p.text == "PROP":
			b.WriteString(q.property(p.prop))
		case len(line.Values) == 0:
			b.WriteByte('-')
		default:
			b.WriteString(labelNumber(labelValues[p.text](line.Values)))
		}
	}
	return b.String()
}

func (q *dataQuery) property(name string) string {
	k := q.exec.Key
	switch name {
	case "AccountId":
		return k.Scope.Account
	case "Region":
		return k.Scope.Region
	case "Namespace":
		return k.Namespace
	case "MetricName":
		return k.Name
	case "Period":
		return strconv.FormatInt(q.period, 10)
	case "Stat":
		return q.stat
	}
	value, _ := k.Dimension(strings.TrimPrefix(name, "Dim."))
	return value
}

// labelNumber writes a number for people: at most three decimals, or four
// significant digits of a small one.
func labelNumber(v float64) string {
	if a := math.Abs(v); a != 0 && a < 0.1 || a >= 1e15 {
		return strconv.FormatFloat(v, 'g', 4, 64)
	}
	s := strconv.FormatFloat(v, 'f', 3, 64)
	return strings.TrimSuffix(strings.TrimRight(s, "0"), ".")
}

// setDefaultLabels gives each query the label that tells it from the others:
// the metric's name, or the values of the dimensions in which the queries
// differ, followed by the name when names differ too.
func setDefaultLabels(queries []dataQuery) {
	names := map[string]bool{}
	values := map[string]map[string]bool{} // of a dimension; "" when a query lacks it
	for i := range queries {
		k := &queries[i].exec.Key
		names[k.Name] = true
		for _, d := range k.Dimensions {
			if values[d.Name] == nil {
				values[d.Name] = map[string]bool{}
			}
		}
	}
	for i := range queries {
		for name, set := range values {
			v, _ := queries[i].exec.Key.Dimension(name)
			set[v] = true
		}
	}
	for i := range queries {
		k := &queries[i].exec.Key
		var parts []string
		for _, d := range k.Dimensions {
			if len(values[d.Name]) > 1 {
				parts = append(parts, d.Value)
			}
		}
		if len(parts) == 0 || len(names) > 1 {
			parts = append(parts, k.Name)
		}
		queries[i].label.plain = strings.Join(parts, " ")
	}
}
