package cliout

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"testing"
)

func render(t *testing.T, f Format, o Options, rows ...[]Value) string {
	t.Helper()
	var b strings.Builder
	w := New(&b, f, o)
	for _, r := range rows {
		if err := w.Row(r); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

var (
	columns = []string{"name", "n"}
	rows    = [][]Value{
		{Text("주문 적재"), Number(12)},
		{Text("a\tb\x1b[31m\nc"), {}},
		{Text(`q"<,`), Number(3)},
	}
)

func TestFormats(t *testing.T) {
	f := func(format Format, o Options, want string) {
		t.Helper()
		o.Columns = columns
		if got := render(t, format, o, rows...); got != want {
			t.Errorf("%s:\n%s\nwant:\n%s", format, got, want)
		}
	}
	f(Table, Options{Right: []bool{false, true}}, ""+
		"name            n\n"+
		"-------------  --\n"+
		"주문 적재      12\n"+
		`a b\x1b[31m⏎c    `+"\n"+
		"q\"<,            3\n")
	f(Table, Options{Width: 12}, ""+
		"name      n\n"+
		"--------  --\n"+
		"주문 적…  12\n"+
		`a b\x1b…  `+"\n"+
		"q\"<,      3\n")
	f(CSV, Options{}, "name,n\n주문 적재,12\n\"a\tb\x1b[31m\nc\",\n\"q\"\"<,\",3\n")
	f(JSON, Options{}, `[`+"\n"+`{"name":"주문 적재","n":12},`+"\n"+`{"name":"a\tb\u001b[31m\nc"},`+"\n"+`{"name":"q\"<,","n":3}`+"\n]\n")
	f(Plain, Options{}, "주문 적재\t12\na\tb\x1b[31m\nc\t\nq\"<,\t3\n")
	f(NDJSON, Options{}, `{"name":"주문 적재","n":12}`+"\n"+`{"name":"a\tb\u001b[31m\nc"}`+"\n"+`{"name":"q\"<,","n":3}`+"\n")
}

// Bare text of one column is the values byte for byte.
func TestPlainBytes(t *testing.T) {
	got := render(t, Plain, Options{Columns: columns[:1]}, []Value{Text("\xff\x00\r")}, []Value{Text("ends\n")}, []Value{{}})
	if want := "\xff\x00\r\nends\n\n"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestEmpty(t *testing.T) {
	o := Options{Columns: columns}
	for format, want := range map[Format]string{Table: "name  n\n----  -\n", JSON: "[]\n", CSV: "name,n\n", NDJSON: "", Plain: ""} {
		if got := render(t, format, o); got != want {
			t.Errorf("%s: %q, want %q", format, got, want)
		}
	}
}

// Rows behind those that decided the widths are written too.
func TestLongTables(t *testing.T) {
	var many [][]Value
	for i := range 3 * sample {
		many = append(many, []Value{Text(fmt.Sprint("row ", i)), Number(i)})
	}
	got := render(t, Table, Options{Columns: columns}, many...)
	if n := strings.Count(got, "\n"); n != 3*sample+2 || !strings.Contains(got, fmt.Sprint("row ", 3*sample-1)) {
		t.Errorf("%d lines, want %d", n, 3*sample+2)
	}
}

func TestFit(t *testing.T) {
	f := func(width int, widths, want []int) {
		t.Helper()
		if fit(widths, width); !reflect.DeepEqual(widths, want) {
			t.Errorf("width %d: %v, want %v", width, widths, want)
		}
	}
	f(80, []int{10, 20}, []int{10, 20})
	f(0, []int{1000}, []int{1000})
	f(80, []int{24, 1000}, []int{24, 54})
	f(80, []int{24, 100, 100}, []int{24, 26, 26})
	f(10, []int{20, 20, 20}, []int{8, 8, 8})
}

// No text gets control characters through to a terminal, and cutting keeps to
// the width.
func FuzzVisible(f *testing.F) {
	for _, s := range []string{"plain", "\x1b]0;x\a", "주문\u202e", "\xff\xfe", "e\u0301e\u0301e\u0301"} {
		f.Add(s, 5)
	}
	f.Fuzz(func(t *testing.T, s string, width int) {
		v := Visible(s)
		for _, r := range v {
			if r < ' ' || r >= 0x7f && r < 0xa0 {
				t.Fatalf("%q stays %q", s, v)
			}
		}
		if width = width%100 + 1; width > 0 && Width(Cut(v, width)) > width {
			t.Fatalf("%q cut to %d cells is %q", v, width, Cut(v, width))
		}
		var b strings.Builder
		w := New(&b, NDJSON, Options{Columns: []string{"k"}})
		w.Row([]Value{Text(s)})
		w.Close()
		var got map[string]string
		if err := json.Unmarshal([]byte(b.String()), &got); err != nil || got["k"] != strings.ToValidUTF8(s, "\ufffd") && len(got["k"]) == 0 {
			t.Fatalf("%q is written as %q: %v", s, b.String(), err)
		}
		if strings.Contains(s, "\r") {
			return // encoding/csv reads \r\n as \n
		}
		b.Reset()
		w = New(&b, CSV, Options{Columns: []string{"k", "l"}})
		w.Row([]Value{Text(s), Text("x")})
		w.Close()
		records, err := csv.NewReader(strings.NewReader(b.String())).ReadAll()
		if err != nil || records[1][0] != s {
			t.Fatalf("%q comes back from CSV as %q: %v", s, records, err)
		}
	})
}
