package logexec

import (
	"slices"
	"strings"
	"testing"
)

func TestParseTable(t *testing.T) {
	f := func(text, want string) {
		t.Helper()
		got, err := ParseTable(text)
		if err == nil {
			err = errorOf(strings.Join(got.Columns, "|"))
			for _, row := range got.Rows {
				err = errorOf(err.Error() + "; " + strings.Join(row, "|"))
			}
		}
		if err.Error() != want {
			t.Errorf("%q: %q, want %q", text, err, want)
		}
	}
	f("a,b\n1,\"x, y\"\n,\n", "a|b; 1|x, y; |")
	f("\ufeffa\n", "a")
	f("", "it has no header row")
	f("a,a\n", `the name of column 2, "a", is empty or used twice`)
	f("a,\n", `the name of column 2, "", is empty or used twice`)
	f("a,b\n1\n", "record on line 2: wrong number of fields")
	f("a\xff\n", "it is not UTF-8")
	f("a\n"+strings.Repeat("x", MaxTable), "it has 10485762 bytes, want at most 10485760")
}

type errorOf string

func (e errorOf) Error() string { return string(e) }

func FuzzParseTable(f *testing.F) {
	f.Add("a,b\n1,2\n")
	f.Fuzz(func(t *testing.T, text string) {
		table, err := ParseTable(text)
		if err == nil && slices.ContainsFunc(table.Rows, func(r []string) bool { return len(r) != len(table.Columns) }) {
			t.Errorf("%q: rows of another length than the header", text)
		}
	})
}
