package logpattern

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// tally counts messages, and keeps what words became tokens.
type tally struct {
	n     int
	words []string
}

func (t *tally) join(of *tally, tokens []int, word string) {
	t.n += of.n
	t.words = append(t.words, of.words...)
	if len(tokens) > 0 {
		t.words = append(t.words, fmt.Sprint(tokens, word))
	}
}

// patterns are those of messages, with their counts.
func patterns(messages []string) []string {
	byKey := map[string]*Shape[tally]{}
	var shapes []*Shape[tally]
	var shaper Shaper
	for _, m := range messages {
		shaper.Shape(m)
		s := byKey[string(shaper.Key)]
		if s == nil {
			s = &Shape[tally]{Pieces: Pieces(m), Key: string(shaper.Key)}
			byKey[s.Key] = s
			shapes = append(shapes, s)
		}
		s.Of.n++
	}
	var out []string
	for _, s := range Merge(shapes, (*tally).join) {
		slices.Sort(s.Of.words)
		out = append(out, strings.TrimSpace(fmt.Sprint(s.Of.n, " ", s.Key, " ", strings.Join(s.Of.words, ";"))))
	}
	return out
}

func TestMerge(t *testing.T) {
	for _, c := range []struct {
		name     string
		messages []string
		want     []string
	}{
		{"three are too few", []string{"miss for users", "miss for items", "miss for carts"},
			[]string{"1 miss for carts", "1 miss for items", "1 miss for users"}},
		{"four", []string{"miss for users", "miss for items", "miss for carts", "miss for users", "miss for boxes"},
			[]string{"5 miss for <Token-1> [0]boxes;[0]carts;[0]items;[0]users"}},
		{"levels stay", []string{"DEBUG end", "INFO end", "WARN end", "ERROR end", "FATAL end"},
			[]string{"1 DEBUG end", "1 ERROR end", "1 FATAL end", "1 INFO end", "1 WARN end"}},
		{"a word at two places", []string{"GET users/7 took 5 as /users", "GET items/7 took 6 as /items", "GET carts/7 took 5 as /carts", "GET boxes/7 took 5 as /boxes"},
			[]string{"4 GET <Token-1>/<Number-2> took <Number-3> as /<Token-4> [0 3]boxes;[0 3]carts;[0 3]items;[0 3]users"}},
		{"two places of their own", []string{"a to x", "a to y", "a to z", "a to u", "b to x", "b to y", "b to z", "b to u", "c to x", "c to y", "c to z", "c to u", "d to x", "d to y", "d to z", "d to u"},
			[]string{"16 <Token-1> to <Token-2> " + strings.Repeat("[0]a;", 4) + strings.Repeat("[0]b;", 4) + strings.Repeat("[0]c;", 4) + strings.Repeat("[0]d;", 4) + "[1]u;[1]x;[1]y;[1]z"}},
		{"one word beside identifiers", []string{"got GiTN1Y0tqqEFQoAM", "got 0bpc56yrXtEFQoAM", "got admin"},
			[]string{"3 got <ID-1> [0]admin"}},
	} {
		got := patterns(c.messages)
		if !slices.Equal(got, c.want) {
			t.Errorf("%s:\ngot  %q\nwant %q", c.name, got, c.want)
		}
	}
}

// TestMergeKeepsAll: whatever the order of the messages, the patterns are the same,
// each once, and count every message.
func TestMergeKeepsAll(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 3))
		words := []string{"get", "put", "users", "items", "carts", "boxes", "to", "ERROR", "GiTN1Y0tqqEFQoAM", "17", "for"}
		var messages []string
		for range 1 + r.IntN(120) {
			var m []string
			for range 1 + r.IntN(4) {
				m = append(m, words[r.IntN(len(words))])
			}
			messages = append(messages, strings.Join(m, []string{" ", "/"}[r.IntN(2)]))
		}
		want := patterns(messages)
		total := 0
		seen := map[string]bool{}
		for _, p := range want {
			n, rest := 0, ""
			if _, err := fmt.Sscan(p, &n, &rest); err != nil {
				t.Fatal(err)
			}
			total += n
			_, key, _ := strings.Cut(p, " ")
			if seen[key] {
				t.Fatalf("%q comes twice", key)
			}
			seen[key] = true
		}
		if total != len(messages) {
			t.Fatalf("%d messages are counted, want %d: %q", total, len(messages), want)
		}
		r.Shuffle(len(messages), func(i, j int) { messages[i], messages[j] = messages[j], messages[i] })
		if got := patterns(messages); !slices.Equal(got, want) {
			t.Fatalf("in another order:\ngot  %q\nwant %q", got, want)
		}
	})
}

// Identifiers that hide each other are found: of random letters at two places, and
// too short to look random.
func TestIdentifiers(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 9))
	id := func(n int) string {
		b := make([]byte, n)
		for i := range b {
			b[i] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"[r.IntN(62)]
		}
		return string(b)
	}
	var messages []string
	for i := range 5000 {
		messages = append(messages, fmt.Sprintf(`{"id":"%s","path":"/api/users/%s/orders/%d","trace":"%s"}`, id(12), id(8), i, id(22)))
	}
	got := patterns(messages)
	if len(got) > 20 || !slices.ContainsFunc(got, func(p string) bool {
		return strings.Contains(p, `{"id":"<ID-1>","path":"/api/users/<ID-2>/orders/<Number-3>","trace":"<ID-4>"}`)
	}) {
		t.Errorf("%d patterns, the first %.200q", len(got), got[:min(len(got), 3)])
	}
}

func TestIDs(t *testing.T) {
	for word, want := range map[string]bool{
		"GiTN1Y0tqqEFQoAM": true, "YREweyBRbzEFQoAM": true, "i-0abc12345": true, "deadbeef0": true, "run-2024-7": true,
		"NullPointerException": false, "NativeMethodAccessorImpl": false, "RedshiftIamRoleSession": false, "HTTPSConnectionPool": false,
		"getElementsByTagNameNS": false, "us-east-1": false, "s3": false, "iPhoneOSVersionX": false, "inHeapOrStack": false, "internationalization": false,
	} {
		if got := isID(word); got != want {
			t.Errorf("%s: got %v, want %v", word, got, want)
		}
	}
}

func BenchmarkMerge(b *testing.B) {
	methods := []string{"GET", "PUT", "POST", "HEAD", "PATCH", "DELETE"}
	var all []*Shape[tally]
	for i := range 10_000 {
		m := fmt.Sprintf(`{"method":"%s","path":"/%c/%c%c","user":"u%c%c%c","agent":"Go-http-client","protocol":"HTTP","error":"-","took":%d}`,
			methods[i%6], 'a'+i%5, 'a'+i/7%26, 'a'+i/3%26, 'a'+i%26, 'a'+i/26%26, 'a'+i/676%26, i)
		all = append(all, &Shape[tally]{Pieces: Pieces(m), Key: Render(Pieces(m))})
	}
	for b.Loop() {
		shapes := make([]*Shape[tally], len(all))
		for i, s := range all {
			one := *s
			shapes[i] = &one
		}
		b.ReportMetric(float64(len(Merge(shapes, (*tally).join))), "patterns")
	}
}
