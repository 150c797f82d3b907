package derive

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"skywatch/internal/logs"
	"skywatch/internal/scope"
)

var rewrite = flag.Bool("rewrite", false, "write the expected output of the scripts anew")

var testScope = scope.Scope{Account: "123456789012", Region: "eu-west-1"}

// TestScripts runs testdata/*.test. A script is a list of cases parted by
// empty lines; a case is
//
//	# comments
//	only <metric> …      prints data of these metrics only, and no facts
//	batch <group> <stream> [uncommitted]
//	<milliseconds> <message, with Go's escapes>
//	----
//	expected output
//
// One Deriver lives through a script; "new" instead of "batch …" begins
// another.
func TestScripts(t *testing.T) {
	files, err := filepath.Glob("testdata/*.test")
	if err != nil || len(files) == 0 {
		t.Fatalf("no scripts: %v", err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			raw, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			var out []string
			d := New()
			for _, block := range strings.Split(strings.TrimSpace(string(raw)), "\n\n") {
				input, want, _ := strings.Cut(block, "\n----\n")
				input = strings.TrimSuffix(input, "\n----")
				got := runCase(t, &d, input)
				if got != strings.TrimSpace(want) && !*rewrite {
					t.Errorf("%s\n--- got\n%s\n--- want\n%s", input, got, strings.TrimSpace(want))
				}
				out = append(out, strings.TrimSpace(input+"\n----\n"+got))
			}
			if *rewrite {
				if err := os.WriteFile(file, []byte(strings.Join(out, "\n\n")+"\n"), 0o666); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}

func runCase(t *testing.T, d **Deriver, input string) string {
	t.Helper()
	var group, stream string
	var events []logs.Event
	var only []string
	commit := true
	for _, line := range strings.Split(input, "\n") {
		switch {
		case strings.HasPrefix(line, "#"):
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
