package derive

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	"skywatch/internal/logs"
	"skywatch/internal/scope"
	"skywatch/internal/scripttest"
)

var testScope = scope.Scope{Account: "123456789012", Region: "eu-west-1"}

// TestScripts runs testdata/*.test. A block is
//
//	only <metric> …      prints data of these metrics only, and no facts
//	batch <group> <stream> [uncommitted]
//	<milliseconds> <message, with Go's escapes>
//
// One Deriver lives through a script; "new" instead of "batch …" begins
// another.
func TestScripts(t *testing.T) {
	scripttest.Run(t, "testdata/*.test", func(t *testing.T) scripttest.Answer {
		d := New()
		return func(input string) string { return runCase(t, &d, input) }
	})
}

func runCase(t *testing.T, d **Deriver, input string) string {
	t.Helper()
	var group, stream string
	var events []logs.Event
	var only []string
	commit := true
	for _, line := range strings.Split(input, "\n") {
		switch {
		case strings.HasPrefix(line, "only "):
			only = strings.Fields(line)[1:]
		case line == "new":
			*d = New()
		case strings.HasPrefix(line, "batch "):
			f := strings.Fields(line)
			group, stream = f[1], f[2]
			commit = len(f) < 4
		default:
			ts, msg, _ := strings.Cut(line, " ")
			at, err := strconv.ParseInt(ts, 10, 64)
			if err != nil {
				t.Fatalf("line %q: %v", line, err)
			}
			// Only backslash escapes are taken; quotes stand for themselves.
			m, err := strconv.Unquote(`"` + strings.ReplaceAll(msg, `"`, `\"`) + `"`)
			if err != nil {
				t.Fatalf("line %q: %v", line, err)
			}
			events = append(events, logs.Event{Timestamp: at, Message: m})
		}
	}
	r := (*d).Derive(testScope, group, stream, events)
	if commit {
		(*d).Commit(r)
	}
	return printResult(r, only)
}

func printResult(r Result, only []string) string {
	var b strings.Builder
	for _, d := range r.Data {
		if only != nil && !slices.Contains(only, d.Key.Name) {
			continue
		}
		fmt.Fprintf(&b, "%d %s %s", d.Timestamp, d.Key.Namespace, d.Key.Name)
		for _, dim := range d.Key.Dimensions {
			fmt.Fprintf(&b, " %s=%s", dim.Name, dim.Value)
		}
		fmt.Fprintf(&b, " %s n=%g sum=%.6g min=%.6g max=%.6g [", d.Unit, d.Stats.Count, d.Stats.Sum, d.Stats.Min, d.Stats.Max)
		for i, v := range d.Values {
			if i > 0 {
				b.WriteByte(' ')
			}
			fmt.Fprintf(&b, "%.6g", v)
			if d.Counts[i] != 1 {
				fmt.Fprintf(&b, "×%g", d.Counts[i])
			}
		}
		b.WriteString("]\n")
	}
	for _, f := range r.Facts {
		if only != nil {
			break
		}
		if v, ok := f.Value.(float64); ok {
			f.Value = strconv.FormatFloat(v, 'f', -1, 64)
		}
		fmt.Fprintf(&b, "fact %s %s %s=%v at %d\n", f.Kind, f.Name, f.Attribute, f.Value, f.At)
	}
	if r.Malformed > 0 {
		fmt.Fprintf(&b, "malformed %d\n", r.Malformed)
	}
	return strings.TrimSpace(b.String())
}
