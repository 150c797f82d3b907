package logtype_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"skywatch/internal/colenc"
	"skywatch/internal/logexec"
	"skywatch/internal/logtype"
)

// templateFields are the fields of a row as its template tells them; false
// when it does not.
func templateFields(t testing.TB, b *logtype.Block, ids []int64, j *logtype.Joiner, row int, lambda, execution bool) ([]logexec.Field, bool) {
	t.Helper()
	tpl := &b.Templates[ids[row]]
	var out []logexec.Field
	add := func(fs []logtype.Field) {
		for _, f := range fs {
			raw, err := j.AppendField(nil, row, &f)
			if err != nil {
				t.Fatal(err)
			}
			if v, ok := f.Value(string(raw)); ok {
				out = append(out, logexec.Field{Name: f.Name, Value: v})
			}
		}
	}
	if lambda {
		if !tpl.LambdaKnown {
			return nil, false
		}
		add(tpl.LambdaFields)
	}
	switch {
	case tpl.JSON == logtype.JSONUnknown:
		return nil, false
	case tpl.JSON == logtype.JSONWhole, tpl.JSON == logtype.JSONFragment && lambda:
		add(tpl.JSONFields)
	case lambda:
		// Lines of other services are not looked for in a function's log.
	case tpl.Line == logtype.LineUnknown:
		return nil, false
	case tpl.Line == logtype.LineFields, tpl.Line == logtype.LineExecution && execution:
		add(tpl.LineFields)
	}
	return out, true
}

func checkFields(t testing.TB, b *logtype.Block, refs []int64, msgs []string) (known int) {
	t.Helper()
	j, err := logtype.NewJoiner(b, refs)
	if err != nil {
		t.Fatal(err)
	}
	ids, err := b.TemplateIDs(nil)
	if err != nil {
		t.Fatal(err)
	}
	for i, m := range msgs {
		for _, group := range []string{"/aws/lambda/f", "API-Gateway-Execution-Logs_x/prod", "other"} {
			got, ok := templateFields(t, b, ids, j, i, group[1] == 'a', group[0] == 'A')
			if !ok {
				continue
			}
			known++
			if diff := cmp.Diff(logexec.Fields(m, group), got, cmpopts.EquateEmpty()); diff != "" {
				t.Fatalf("fields of %q in %s (-discovered +template):\n%s", m, group, diff)
			}
		}
	}
	return known
}

// TestFieldsAreTheDiscoveredOnes holds templates against discovery, on real
// lines and their neighbours.
func TestFieldsAreTheDiscoveredOnes(t *testing.T) {
	for seed := range uint64(150) {
		r := rand.New(rand.NewPCG(seed, 2))
		var msgs []string
		at := r.IntN(len(logtype.Lines))
		few := logtype.Lines[at:min(len(logtype.Lines), at+1+r.IntN(3))]
		for range 30 + r.IntN(200) {
			msgs = append(msgs, logtype.Vary(r, few[r.IntN(len(few))]))
		}
		refs := make([]int64, len(msgs))
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			checkFields(t, logtype.RoundTrip(t, msgs, refs, colenc.Fast), refs, msgs)
		})
	}
}

// TestPlatformLinesAreKnown: the lines that matter do not fall back.
func TestPlatformLinesAreKnown(t *testing.T) {
	for _, form := range []string{
		"REPORT RequestId: 8f0a2b6e-6c1d-4b2a-9d3e-%012d\tDuration: %d.40 ms\tBilled Duration: 13 ms\tMemory Size: 128 MB\tMax Memory Used: 66 MB\tInit Duration: 12.50 ms\t\nXRAY TraceId: 1-6748a1b2-0123456789abcdef01234567\tSegmentId: 0123456789abcdef\tSampled: true\t\n",
		"START RequestId: 8f0a2b6e-6c1d-4b2a-9d3e-%012d Version: %d\n",
		"[INFO]\t2026-11-20T08:00:01.123Z\t8f0a2b6e-6c1d-4b2a-9d3e-%012d\tloaded %d rows\n",
		"[INFO]\t2026-11-20T08:00:01.123Z\t8f0a2b6e-6c1d-4b2a-9d3e-%012d\tevent {\"a\":{\"b\":%d}}\n",
		`{"time":"2026-11-20T08:00:01.123Z","type":"platform.report","record":{"requestId":"8f0a2b6e-6c1d-4b2a-9d3e-%012d","metrics":{"durationMs":%d.40,"billedDurationMs":13,"memorySizeMB":128,"maxMemoryUsedMB":66},"status":"success"}}`,
		`{"level":"INFO","function_request_id":"8f0a2b6e-6c1d-4b2a-9d3e-%012d","n":%d,"nested":{"l":[true,null,"x"]}}` + "\n",
	} {
		var msgs []string
		for i := range 300 {
			msgs = append(msgs, fmt.Sprintf(form, i/3, i*i))
		}
		refs := make([]int64, len(msgs))
		b := logtype.RoundTrip(t, msgs, refs, colenc.Compact)
		if known := checkFields(t, b, refs, msgs); known != 3*len(msgs) || len(b.Templates) != 1 {
			t.Errorf("%d of %d known, %d templates for %q", known, 3*len(msgs), len(b.Templates), form)
		}
	}
}

func init() { logtype.CheckFields = checkFields }
