package logexec

import (
	"encoding/json"
	"fmt"
	"sort"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"skywatch/internal/logs"
)

// flatten is discovery at its plainest: decode, then walk.
func flatten(msg string) map[string]string {
	out := map[string]string{}
	d := json.NewDecoder(strings.NewReader(msg))
	d.UseNumber()
	var node map[string]any
	if d.Decode(&node) != nil {
		return out
	}
	var walk func(path string, v any)
	walk = func(path string, v any) {
		switch v := v.(type) {
		case map[string]any:
			for k, m := range v {
				walk(path+"."+k, m)
			}
		case []any:
			for i, m := range v {
				walk(fmt.Sprintf("%s.%d", path, i), m)
			}
		case nil:
		default:
			x := fromJSON(v)
			out[path] = x.text()
		}
	}
	for k, v := range node {
		if strings.HasPrefix(k, "@") {
			k = "@" + k
		}
		walk(k, v)
	}
	return out
}

func TestDiscoveryMatchesDecoding(t *testing.T) {
	keys := rapid.SampledFrom([]string{"a", "b", "@c", "d e", "ö", "q\"\\", "\n"})
	var gen func(depth int) *rapid.Generator[any]
	gen = func(depth int) *rapid.Generator[any] {
		leaf := rapid.OneOf(
			rapid.Map(rapid.String(), func(s string) any { return strings.ToValidUTF8(s, "?") }),
			rapid.Map(rapid.Float64Range(-1e6, 1e6), func(f float64) any { return f }),
			rapid.Map(rapid.Int(), func(i int) any { return i }),
			rapid.Map(rapid.Bool(), func(b bool) any { return b }),
			rapid.Just[any](nil))
		if depth == 0 {
			return leaf
		}
		return rapid.OneOf(leaf,
			rapid.Map(rapid.MapOfN(keys, gen(depth-1), 0, 4), func(m map[string]any) any { return m }),
			rapid.Map(rapid.SliceOfN(gen(depth-1), 0, 4), func(l []any) any { return l }))
	}
	rapid.Check(t, func(t *rapid.T) {
		doc := rapid.MapOfN(keys, gen(3), 0, 5).Draw(t, "doc")
		raw, err := json.Marshal(doc)
		if err != nil {
			t.Fatal(err)
		}
		got := map[string]string{}
		fields := Fields(" "+string(raw)+"\n", "g")
		for _, f := range fields {
			got[f.Name] = f.Value
		}
		want := flatten(string(raw))
		if len(want) > maxJSONFields {
			return
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Fatalf("%s\n-decoded +discovered\n%s", raw, d)
		}
		// A prefix of it is no JSON, and text around it only in Lambda's groups.
		if f := Fields(string(raw[:len(raw)-1]), "g"); len(f) > 0 {
			t.Fatalf("torn %s gives %v", raw[:len(raw)-1], f)
		}
		if f := Fields("x "+string(raw), "/aws/lambda/f"); len(f) != len(fields) {
			t.Fatalf("Lambda fragment %s gives %v, want %v", raw, f, fields)
		}
	})
}

func TestFieldLimit(t *testing.T) {
	var b strings.Builder
	b.WriteString(`{"f0":0`)
	for i := 1; i < 300; i++ {
		fmt.Fprintf(&b, `,"f%d":%d`, i, i)
	}
	b.WriteString("}")
	if f := Fields(b.String(), "g"); len(f) != maxJSONFields || f[199].Name != "f199" {
		t.Errorf("got %d fields, want the first %d", len(f), maxJSONFields)
	}
	deep := strings.Repeat(`{"a":`, 100000) + "1" + strings.Repeat("}", 100000)
	if f := Fields(deep, "g"); len(f) != 0 {
		t.Errorf("got %d fields from a message that nests too deep, want none", len(f))
	}
}

// FuzzDiscovery holds that the scanner takes exactly what encoding/json takes
// as an object, and that no message brings discovery down.
func FuzzDiscovery(f *testing.F) {
	for _, s := range []string{`{"a":{"b":[1,-2.5e3,true,null,"x\u00e9\n"]}}`, `{}`, ` {"a" : 1 } `, `{"a":01}`, `{"a":"` + "\x01" + `"}`, `{"":{"":1}}`,
		"REPORT RequestId: x\tDuration: 1 ms\t", `x {"a":1} {`, `{"a":1}}`, `{"a":"\ud800"}`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		trimmed := strings.Trim(s, " \t\r\n")
		isObject := strings.HasPrefix(trimmed, "{") && json.Valid([]byte(trimmed))
		got := scanMessage(new(jsonScanner), s, false, func([]byte, string) {}, func() {})
		if got != isObject && strings.Count(s, "[")+strings.Count(s, "{") < maxJSONDepth {
			t.Fatalf("%q: scanner says %v, encoding/json %v", s, got, isObject)
		}
		names := map[string]bool{}
		for _, fld := range Fields(s, "/aws/lambda/f") {
			if names[fld.Name] {
				t.Fatalf("%q: field %q twice", s, fld.Name)
			}
			names[fld.Name] = true
		}
		// Decoding replaces invalid UTF-8; discovery keeps the bytes.
		if isObject && len(names) < maxJSONFields && utf8.ValidString(s) {
			for name := range flatten(trimmed) {
				if !names[name] {
					t.Fatalf("%q: field %q is missing", s, name)
				}
			}
		}
	})
}

func TestSortOrderIsTotal(t *testing.T) {
	texts := rapid.StringOfN(rapid.SampledFrom([]rune("ab019Zé-.")), 0, 6, -1)
	rapid.Check(t, func(t *rapid.T) {
		list := rapid.SliceOfN(texts, 3, 3).Draw(t, "texts")
		v := make([]value, 3)
		for i, s := range list {
			if v[i] = str(s); s == "" {
				v[i] = value{}
			}
		}
		sort.Slice(v, func(i, j int) bool { return compare(&v[i], &v[j]) < 0 })
		for i := range v {
			for j := range v {
				if c := compare(&v[i], &v[j]); c > 0 && i < j || (c < 0) != (compare(&v[j], &v[i]) > 0) {
					t.Fatalf("%v and %v of %v compare as %d", v[i], v[j], v, c)
				}
			}
		}
	})
}

func TestSortSamples(t *testing.T) {
	// Ascending; equal to no neighbour.
	order := []value{{}, str(""), str("1a"), str("A"), str("a"), str("a-1"), str("a2"), str("a10"), str("a10b"), str("é"), str("-3"), num(0), str("0.5"), num(1), str("10")}
	for i := 1; i < len(order); i++ {
		if c := compare(&order[i-1], &order[i]); c >= 0 {
			t.Errorf("compare(%q, %q) = %d, want negative", order[i-1].text(), order[i].text(), c)
		}
	}
}

func TestPointer(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := Pointer{logs.GroupID(rapid.Uint64().Draw(t, "group")),
			logs.Position{Timestamp: rapid.Int64().Draw(t, "timestamp"), Seq: rapid.Uint64().Draw(t, "seq")}}
		s := p.String()
		if got, err := ParsePointer(s); err != nil || got != p {
			t.Fatalf("%s: got %v, %v, want %v", s, got, err, p)
		}
		b := []byte(s)
		i := rapid.IntRange(0, len(b)-1).Draw(t, "at")
		if b[i]++; b[i] == '=' {
			b[i] = 'A'
		}
		if got, err := ParsePointer(string(b)); err == nil {
			t.Fatalf("%s spoilt to %s gives %v, want an error", s, b, got)
		}
	})
	for _, s := range []string{"", "x", "AAAA", strings.Repeat("A", 40)} {
		if p, err := ParsePointer(s); err == nil {
			t.Errorf("ParsePointer(%q) = %v, want an error", s, p)
		}
	}
}
