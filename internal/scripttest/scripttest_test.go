package scripttest

import (
	"fmt"
	"strings"
	"testing"
)

const plain = `# What stands alone
# is kept.

# in front of a block
upper a
b
----
UPPER A
B

empty
----
`

const titled = `=== first
one

two

----
ONE

TWO

=== second
----
`

func upper(input string) string {
	if input == "empty" || input == "second" {
		return ""
	}
	if _, text, ok := strings.Cut(input, "first\n"); ok {
		return strings.ToUpper(text)
	}
	return strings.ToUpper(input)
}

func TestScriptsPrintAsTheyWereRead(t *testing.T) {
	for _, text := range []string{plain, titled, ""} {
		s := parse(text)
		if got := s.String(); got != text {
			t.Errorf("prints as %q, want %q", got, text)
		}
		if f := s.run(upper); len(f) > 0 {
			t.Errorf("%q fails: %v", text, f)
		}
		if got := s.String(); got != text {
			t.Errorf("answered, it prints as %q, want %q", got, text)
		}
	}
}

func TestInputs(t *testing.T) {
	for text, want := range map[string]string{
		plain:                        `"upper a\nb" "empty"`,
		titled:                       `"first\none\n\ntwo\n" "second"`,
		"a\n\n\n\nb\n":               `"a" "b"`,
		"  a  \n----\n\n#\n----\nx":  `"  a  " ""`,
		"=== t\n\n\nx\n\n\n=== u\ny": `"t\n\n\nx" "u\ny"`,
	} {
		var got []string
		parse(text).run(func(input string) string {
			got = append(got, fmt.Sprintf("%q", input))
			return ""
		})
		if got := strings.Join(got, " "); got != want {
			t.Errorf("%q asks %s, want %s", text, got, want)
		}
	}
}

func TestFailuresNameTheirLine(t *testing.T) {
	text := "# why\na\n----\nb\n\nc\n\nd\n----\nd  \n\ne\n----\n"
	s := parse(text)
	var got []string
	for _, f := range s.run(func(input string) string {
		if input == "e" {
			return "e\n\nf"
		}
		return input + "\n"
	}) {
		got = append(got, fmt.Sprintf("%d %v %s", f.line, f.fatal, strings.SplitN(f.text, "\n", 2)[0]))
	}
	want := []string{"1 false a", "6 false the block has no line ----:", "12 true the answer has an empty line, which ends a block:"}
	if strings.Join(got, "|") != strings.Join(want, "|") {
		t.Errorf("got %q, want %q", got, want)
	}
	if got, want := s.blocks[0].answer, "a"; got != want {
		t.Errorf("the first block keeps the answer %q, want %q", got, want)
	}
}
