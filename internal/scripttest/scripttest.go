// Package scripttest runs data-driven tests: text files of what is asked and
// what is answered, which a person reads and a flag rewrites.
//
// A script is blocks between empty lines. A block is its input, a line "----",
// and the answer:
//
//	# a comment, kept as it is
//	query limit=2
//	fields a
//	----
//	a
//	1
//
// Where input or answer have empty lines of their own, every block of the
// script begins with a line "=== title" instead, and ends before the next:
//
//	=== a request without a body
//	GET / HTTP/1.1
//
//	----
//	404 Not Found
//
// Each script has its own subtest and its own world, and its blocks run in
// order. A block whose answer differs fails on its own; with -rewrite the
// answers are written into the scripts (and golden files) instead, for a look at
// the difference in version control.
package scripttest

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var rewrite = flag.Bool("rewrite", false, "write what came out into testdata, instead of comparing")

// Rewriting reports whether the test was started with -rewrite.
func Rewriting() bool { return *rewrite }

// Answer gives the answer to one block's input, which has neither the comments
// before it nor a newline at its end; in a titled block its first line is the
// title. White space at the end of an answer does not count.
type Answer func(input string) string

// Run runs every script that pattern names, which must be one at least. It calls
// begin once for each, with the test of that script: named like the file without
// its ending.
func Run(t *testing.T, pattern string, begin func(t *testing.T) Answer) {
	t.Helper()
	files, err := filepath.Glob(pattern)
	if err != nil || len(files) == 0 {
		t.Fatalf("no scripts %s (%v)", pattern, err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), filepath.Ext(file)), func(t *testing.T) {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			s := parse(string(text))
			for _, failure := range s.run(begin(t)) {
				if failure.fatal || !*rewrite {
					t.Errorf("%s:%d: %s", file, failure.line, failure.text)
				}
			}
			if *rewrite && !t.Failed() {
				write(t, file, []byte(s.String()))
			}
		})
	}
}

// Golden compares got with a file, or writes it there.
func Golden(t testing.TB, file string, got []byte) {
	t.Helper()
	if *rewrite {
		write(t, file, got)
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(string(want), string(got)); d != "" {
		t.Errorf("%s (-want +got):\n%s", file, d)
	}
}

func write(t testing.TB, file string, b []byte) {
	t.Helper()
	if err := os.WriteFile(file, b, 0o666); err != nil {
		t.Fatal(err)
	}
}

// script is a parsed file.
type script struct {
	titled bool
	blocks []block
}

// block is one question; a block of comments has neither input nor answer.
type block struct {
	line     int    // of its beginning in the file, from 1
	comments string // lines as they are, each with its newline
	input    string
	answer   string
	asked    bool // the block has a line "----"
}

const (
	rule  = "----"
	title = "=== "
)

func parse(text string) *script {
	s := &script{titled: strings.HasPrefix(text, title)}
	var lines []string
	begin := 1
	end := func(next int) {
		if b := strings.TrimRight(strings.Join(lines, "\n"), "\n"); b != "" {
			s.blocks = append(s.blocks, s.block(begin, b))
		}
		lines, begin = nil, next
	}
	for i, line := range strings.Split(text, "\n") {
		switch {
		case s.titled && strings.HasPrefix(line, title):
			end(i + 1)
			lines = append(lines, strings.TrimPrefix(line, title))
		case !s.titled && line == "":
			end(i + 2)
		default:
			lines = append(lines, line)
		}
	}
	end(0)
	return s
}

func (s *script) block(line int, text string) block {
	b := block{line: line}
	for !s.titled && strings.HasPrefix(text, "#") {
		comment, rest, _ := strings.Cut(text, "\n")
		b.comments += comment + "\n"
		text = rest
	}
	// The newline in front lets an empty input have its rule as well.
	input, answer, asked := strings.Cut("\n"+text+"\n", "\n"+rule+"\n")
	b.input = strings.TrimPrefix(input, "\n")
	if !asked {
		b.input = text
	}
	b.answer, b.asked = trim(answer), asked
	return b
}

func trim(answer string) string { return strings.TrimRight(answer, " \n") }

// failure is a block that was not answered as written.
type failure struct {
	line  int
	text  string
	fatal bool // rewriting does not mend it
}

// run asks every block, and keeps what was answered.
func (s *script) run(answer Answer) []failure {
	var out []failure
	for i := range s.blocks {
		b := &s.blocks[i]
		if b.input == "" && !b.asked {
			continue
		}
		got := trim(answer(b.input))
		switch {
		case !s.titled && got != "" && strings.Contains("\n"+got, "\n\n"):
			out = append(out, failure{b.line, "the answer has an empty line, which ends a block:\n" + got, true})
		case !b.asked:
			out = append(out, failure{b.line, "the block has no line " + rule + ":\n" + b.input, false})
		case got != b.answer:
			diff := cmp.Diff(strings.Split(b.answer, "\n"), strings.Split(got, "\n"))
			out = append(out, failure{b.line, b.input + "\n(-want +got)\n" + diff, false})
		}
		b.answer, b.asked = got, true
	}
	return out
}

// String is the script as a file.
func (s *script) String() string {
	var out strings.Builder
	for i, b := range s.blocks {
		if i > 0 {
			out.WriteByte('\n')
		}
		if s.titled {
			out.WriteString(title)
		}
		out.WriteString(b.comments)
		if b.input != "" {
			out.WriteString(b.input + "\n")
		}
		if b.asked {
			out.WriteString(rule + "\n")
		}
		if b.answer != "" {
			fmt.Fprintln(&out, b.answer)
		}
	}
	return out.String()
}
