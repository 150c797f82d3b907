package jsontext

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
)

var samples = []string{
	``, `"`, `""`, `"a"`, `"a\"b"`, `"\u00e9"`, `"\ud83d\ude00"`, `"\ud83d"`, `"\ude00\ud83d"`, `"\ud83dx"`, `"\ud83d\n"`, `"\ud83d\ud83d\ude00"`, `"\u12"`, `"\x"`, "\"\x01\"", "\"\xff\"", "\"\\n\xff\"", "\"\xc3\\n\xa9\"",
	`0`, `-0`, `01`, `-`, `1.`, `.5`, `1.5e+10`, `1e`, `1E5`, `12x`, `true`, `false`, `null`, `nul`, `truee`,
	`{}`, `[]`, `[1,2]`, `[1,]`, `[,1]`, `{"a":1}`, `{"a" : [ 1 , {"b":null} ] }`, `{"a":1,}`, `{"a"}`, `{a:1}`, `{"a":1]`, `[1}`, ` [1]`, `[1] `, `{"a":"}"}`, `[[[[]]]]`,
}

// check holds every function to encoding/json on one text.
func check(t *testing.T, s string) {
	t.Helper()
	valid := json.Valid([]byte(s))
	i := Blank(s, 0)
	end := Value(s, i, 10000)
	if got := end >= 0 && Blank(s, end) == len(s); got != valid {
		t.Errorf("%q: valid %v, want %v", s, got, valid)
	}
	if end >= 0 {
		if !json.Valid([]byte(s[i:end])) {
			t.Errorf("%q: the value %q is none", s, s[i:end])
		}
		if skipped := SkipValue(s, i); skipped != end && s[i] != '-' && (s[i] < '0' || s[i] > '9') && (s[i] < 'a' || s[i] > 'z') {
			t.Errorf("%q: skips to %d, the value ends at %d", s, skipped, end)
		}
		if Value(s, i, strings.Count(s, "[")+strings.Count(s, "{")) != end {
			t.Errorf("%q: nests deeper than it has brackets", s)
		}
	}
	if n := SkipValue(s, 0); n == 0 || n > len(s) {
		t.Errorf("%q: SkipValue answers %d", s, n)
	}
	isString := s != "" && String(s, 0) == len(s)
	if want := valid && strings.HasPrefix(s, `"`) && strings.HasSuffix(s, `"`); isString != want {
		t.Errorf("%q: a string %v, want %v", s, isString, want)
	}
	if len(s) > 1 {
		Unquote(s) // of anything
	}
	text, ok := Text(s)
	if !isString {
		if ok && SkipString(s, 0) != len(s) && strings.Contains(s, `\`) {
			t.Errorf("%q says %q", s, text)
		}
		return
	}
	var want string
	if err := json.Unmarshal([]byte(s), &want); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(s, `\`) && text != want {
		t.Errorf("%q says %q, want %q", s, text, want)
	}
	if strings.ToValidUTF8(text, "\ufffd") == text && text != want {
		t.Errorf("%q says %q, want %q", s, text, want)
	}
}

// checkWrite holds AppendString to encoding/json on one text.
func checkWrite(t *testing.T, s string) {
	t.Helper()
	out := string(AppendString([]byte("x"), s))[1:]
	if again := string(AppendString(nil, []byte(s))); again != out {
		t.Errorf("%q: %s as bytes, %s as a string", s, again, out)
	}
	b, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	var got, want string
	if err := json.Unmarshal([]byte(out), &got); err != nil {
		t.Fatalf("%q is written as %s: %v", s, out, err)
	}
	if err := json.Unmarshal(b, &want); err != nil {
		t.Fatal(err)
	}
	if got != want {
		t.Errorf("%q is written as %s, which says %q", s, out, got)
	}
}

func TestSamples(t *testing.T) {
	for _, s := range samples {
		check(t, s)
		checkWrite(t, s)
	}
}

func TestDepth(t *testing.T) {
	deep := strings.Repeat("[", 600) + strings.Repeat("]", 600)
	if got := Value(deep, 0, 600); got != len(deep) {
		t.Errorf("600 deep of 600: %d", got)
	}
	if got := Value(deep, 0, 599); got != -1 {
		t.Errorf("600 deep of 599: %d", got)
	}
}

func TestMembers(t *testing.T) {
	for s, want := range map[string]string{
		`{}`:                             "true",
		` { "a" : 1 , "b":{"c":[2]} } x`: `a=1 b={"c":[2]} true`,
		`{"a\u0062":"c\n","\q":1}`:       `ab="c\n" =1 true`,
		`{"a":1,}`:                       "a=1 false",
		`{"a":1`:                         "a=1 false",
		`{"a":,}`:                        "false",
		`[1]`:                            "false",
		`{"stop":1,"a":`:                 "stop=1 true",
	} {
		got := ""
		whole := Members(s, func(key, value string) bool {
			got += key + "=" + value + " "
			return key != "stop"
		})
		if got += fmt.Sprint(whole); got != want {
			t.Errorf("%s has %s, want %s", s, got, want)
		}
	}
}

func TestSkipInBrokenText(t *testing.T) {
	for s, want := range map[string]int{
		`abc,`: 3, `,`: -1, `"a`: -1, `"a\"`: -1, `{"a`: -1, `[1,2`: -1, `{"a":x}y`: 7, `[}`: 2,
	} {
		if got := SkipValue(s, 0); got != want {
			t.Errorf("SkipValue(%q) = %d, want %d", s, got, want)
		}
	}
}

func FuzzRead(f *testing.F) {
	for _, s := range samples {
		f.Add(s)
	}
	f.Fuzz(check)
}

func FuzzWrite(f *testing.F) {
	for _, s := range samples {
		f.Add(s)
	}
	f.Fuzz(checkWrite)
}

const sample = `{"level":"INFO","time":"2026-01-31T12:00:00.123Z","message":"request \"GET /items/17\" took 12.5 ms","tags":["a","b",{"c":null}],"n":-12.75e3}`

func BenchmarkValue(b *testing.B) {
	b.SetBytes(int64(len(sample)))
	for b.Loop() {
		if Value(sample, 0, 512) < 0 {
			b.Fatal("no value")
		}
	}
}

func BenchmarkAppendString(b *testing.B) {
	b.SetBytes(int64(len(sample)))
	var buf []byte
	for b.Loop() {
		buf = AppendString(buf[:0], sample)
	}
}

func BenchmarkUnquote(b *testing.B) {
	quoted := string(AppendString(nil, sample))
	b.SetBytes(int64(len(quoted)))
	for b.Loop() {
		if Unquote(quoted) != sample {
			b.Fatal("another text")
		}
	}
}
