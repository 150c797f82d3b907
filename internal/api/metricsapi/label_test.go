package metricsapi

import (
	"strings"
	"testing"

	"skywatch/internal/metricexec"
	"skywatch/internal/metrics"
	"skywatch/internal/scope"
)

func TestLabels(t *testing.T) {
	q := dataQuery{period: 300, stat: "p99", exec: metricexec.Query{Key: metrics.NewKey(
		scope.Scope{Account: "111122223333", Region: "eu-west-1"}, "AWS/Lambda", "Duration", metrics.Dimension{Name: "Fn", Value: "orders"})}}
	line := metricexec.Line{Values: []float64{3, 1, 2.5, 0.0004}}
	f := func(label, want string) {
		t.Helper()
		l, err := parseLabel(label)
		if err != nil {
			t.Errorf("%s: %v", label, err)
			return
		}
		l.plain = "Duration"
		if got := l.text(&q, line); got != want {
			t.Errorf("%s: got %q, want %q", label, got, want)
		}
	}
	f("", "Duration")
	f("plain", "plain")
	f("${LABEL}!", "Duration!")
	f("$ {LABEL} } {", "$ {LABEL} } {")
	f("${AVG} ${MIN} ${MAX} ${SUM} ${FIRST} ${LAST}", "1.625 0.0004 3 6.5 3 0.0004")
	f("n=${DATAPOINT_COUNT}", "n=4")
	f("${PROP('AccountId')} ${PROP('Region')} ${PROP('Namespace')} ${PROP('MetricName')} ${PROP('Period')} ${PROP('Stat')}",
		"111122223333 eu-west-1 AWS/Lambda Duration 300 p99")
	f("${PROP('Dim.Fn')}/${PROP('Dim.fn')}", "orders/")
	line.Values = nil
	f("${AVG} ${DATAPOINT_COUNT}", "- 0")

	bad := func(label, want string) {
		t.Helper()
		if _, err := parseLabel(label); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error %v, want %q", label, err, want)
		}
	}
	bad("${", "not closed")
	bad("${}", "${} is not supported")
	bad("${avg}", "${avg} is not supported")
	bad("${LAST_TIME_RELATIVE}", "${LAST_TIME_RELATIVE} is not supported")
	bad("${PROP(Stat)}", "not of the form")
	bad("${PROP('Stat'", "not closed")
	bad("${PROP('AccountLabel')}", `"AccountLabel" is not supported`)
	bad("${LABEL}${LABEL}", "more than once")
	bad(strings.Repeat("${MAX}", 7), "more than 6")
}

func TestLabelNumbers(t *testing.T) {
	for v, want := range map[float64]string{0: "0", 1: "1", 1.5: "1.5", 1234567.8912: "1234567.891", -0.05: "-0.05", 0.000123456: "0.0001235", 100: "100", 1e18: "1e+18"} {
		if got := labelNumber(v); got != want {
			t.Errorf("%v: got %s, want %s", v, got, want)
		}
	}
}

func TestDefaultLabels(t *testing.T) {
	f := func(want string, metricsAndDims ...string) {
		t.Helper()
		var queries []dataQuery
		for _, m := range metricsAndDims {
			parts := strings.Split(m, ",")
			var dims []metrics.Dimension
			for _, d := range parts[1:] {
				k, v, _ := strings.Cut(d, "=")
				dims = append(dims, metrics.Dimension{Name: k, Value: v})
			}
			queries = append(queries, dataQuery{exec: metricexec.Query{Key: metrics.NewKey(scope.Scope{}, "N", parts[0], dims...)}})
		}
		setDefaultLabels(queries)
		var got []string
		for _, q := range queries {
			got = append(got, q.label.plain)
		}
		if s := strings.Join(got, "|"); s != want {
			t.Errorf("%v: got %s, want %s", metricsAndDims, s, want)
		}
	}
	f("Duration", "Duration,Fn=a")
	f("a|b", "Duration,Fn=a", "Duration,Fn=b")
	f("Duration|Errors", "Duration,Fn=a", "Errors,Fn=a")
	f("a Duration|b Errors", "Duration,Fn=a", "Errors,Fn=b")
	f("x|y", "Duration,Fn=a,Res=x", "Duration,Fn=a,Res=y")
	f("Duration|a", "Duration", "Duration,Fn=a")
}
