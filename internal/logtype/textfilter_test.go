package logtype

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"skywatch/internal/colenc"
)

func filterOf(t testing.TB, msgs ...string) *TextFilter {
	t.Helper()
	e := NewEncoder(colenc.Fast)
	for _, m := range msgs {
		e.Add(m, 0)
	}
	f, err := OpenTextFilter(e.AppendTextFilter(nil))
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func TestTextFilter(t *testing.T) {
	const id = "8f0a2b6e-6c1d-4b2a-9d3e-0123456789ab"
	f := filterOf(t, "START RequestId: "+id+" Version: $LATEST\n", "took 12ms for größe", `{"level":"WARN","id":"x`+strings.ToUpper(id)[:35]+`B0"}`)
	for _, c := range []struct {
		text string
		want bool
	}{
		{"RequestId", true}, {"requestid", true}, {"questI", true}, {id, true}, {"for " + id, true}, {strings.ToUpper(id), true},
		{id[:35], true}, {"WARN", true}, {"größe", true}, {"deadbeef", true}, {"40711", true}, {"", true},
		{"RequestIds", false}, {"ERROR", false}, {"größenwahn", false}, {"8f0a2b6e-6c1d-4b2a-9d3e-0123456789ac", false},
	} {
		p := NewTextProbe(c.text)
		if got := f.MayHold(&p); got != c.want {
			t.Errorf("%q: %v, want %v", c.text, got, c.want)
		}
	}
	p := NewTextProbe("ERROR")
	if f.MayDecode(&p) {
		t.Error("no string decodes to ERROR")
	}
	if f := filterOf(t, `{"level":"\u0045RROR"}`); !f.MayDecode(&p) || f.MayHold(&p) {
		t.Error("a string decodes to ERROR that no message holds")
	}
	if (&TextFilter{}).MayHold(&p) != true {
		t.Error("without a filter everything may be there")
	}
}

// TestTextFilterCovers puts random texts together from pieces that meet in the
// middle of words and ids.
func TestTextFilterCovers(t *testing.T) {
	seed := rand.Uint64()
	r := rand.New(rand.NewPCG(seed, 1))
	pieces := []string{"ERR", "OR", "request", "Id", " ", ":", "12", "3ms", "a", "zz", "8f0a2b6e-6c1d-4b2a-9d3e-0123456789ab", "-9d3e-", "8F0A2B6E-6C1D-4B2A",
		"-0123456789ab", `{"k":"v`, `"}`, `\u0041`, "é", "\xff", "\x00", "10.0.0.1", "2026-11-20T08:00:01.123Z", "/a/b", "\n", "=", "-", "Nov", `","n":1`}
	for range 300 {
		var msgs []string
		shape := make([]int, 1+r.IntN(12))
		for n := 1 + r.IntN(40); n > 0; n-- {
			if n%8 == 0 || msgs == nil {
				for i := range shape {
					shape[i] = r.IntN(len(pieces))
				}
			}
			var b strings.Builder
			for _, k := range shape {
				if r.IntN(6) == 0 {
					k = r.IntN(len(pieces))
				}
				b.WriteString(pieces[k])
				if r.IntN(5) == 0 {
					fmt.Fprint(&b, r.IntN(100))
				}
			}
			msgs = append(msgs, b.String())
		}
		f := filterOf(t, msgs...)
		for _, m := range msgs {
			for range 4 {
				from := r.IntN(len(m) + 1)
				if part := m[from : from+r.IntN(len(m)-from+1)]; !f.Covers(part) && !(strings.Contains(part, `\u`) && !strings.Contains(m, `\u`)) {
					t.Fatalf("seed %d: the filter rules out %q of %q", seed, part, m)
				}
			}
		}
	}
}

// TestTextFilterRulesOut wants the filter to be worth its bytes.
func TestTextFilterRulesOut(t *testing.T) {
	blocks := estateEvents()
	asked, yes, size := 0, 0, 0
	for _, g := range blocks {
		e := NewEncoder(colenc.Fast)
		for i, m := range g.msgs {
			e.Add(m, g.refs[i])
		}
		b := e.AppendTextFilter(nil)
		f, err := OpenTextFilter(b)
		if err != nil {
			t.Fatal(err)
		}
		size += len(b)
		all := strings.Join(g.msgs, "\n")
		for _, word := range []string{"quetzalcoatlus", "OutOfMemoryError", "deadlock detected", "00000000-0000-4000-8000-000000000000", "connection refused", "Quota"} {
			if strings.Contains(all, word) {
				continue
			}
			asked++
			if p := NewTextProbe(word); f.MayHold(&p) {
				yes++
			}
		}
	}
	t.Logf("%d blocks, %d bytes of filter each, %d of %d questions wrongly yes", len(blocks), size/len(blocks), yes, asked)
	if 50*yes > asked {
		t.Errorf("%d of %d answers are yes for texts that are not there", yes, asked)
	}
}

func FuzzOpenTextFilter(f *testing.F) {
	e := NewEncoder(colenc.Fast)
	for _, l := range lines {
		e.Add(l, 7)
	}
	f.Add(e.AppendTextFilter(nil), "ERROR")
	f.Add([]byte{1, 0, 0, 0}, lines[12])
	f.Fuzz(func(t *testing.T, b []byte, text string) {
		filter, err := OpenTextFilter(b)
		if err != nil {
			if !errors.Is(err, colenc.ErrCorrupt) {
				t.Fatal(err)
			}
			return
		}
		p := NewTextProbe(text)
		if !filter.MayDecode(&p) && filter.MayHold(&p) {
			t.Fatal("what may stand there may be decoded from there")
		}
	})
}

// BenchmarkTextFilter looks at every byte, as for messages that have no skeleton
// in common.
func BenchmarkTextFilter(b *testing.B) {
	builder, bytes := &textFilterBuilder{}, 0
	for b.Loop() {
		builder.reset()
		for _, g := range estateEvents() {
			for _, m := range g.msgs {
				builder.message(m, nil, true)
				bytes += len(m)
			}
		}
	}
	b.SetBytes(int64(bytes / b.N))
}

// TestGramsOfBuilder: the builder's way through a text finds the grams that
// eachGram finds.
func TestGramsOfBuilder(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 7))
	letters := "afgzAFGZ09-_ \x00\x80\xff"
	for range 20_000 {
		b := make([]byte, rng.IntN(40))
		some := 1 + rng.IntN(len(letters))
		for i := range b {
			b[i] = letters[rng.IntN(some)]
		}
		s := string(b)
		var got, want textFilterBuilder
		got.text(s)
		eachGram(s, func(g uint32) {
			h := g >> (32 - maxGramLog)
			want.grams[h>>6] |= 1 << (h & 63)
		})
		if got.grams != want.grams {
			t.Fatalf("%q: other grams", s)
		}
	}
}

// TestEachUUID: it finds those at every place, also where they touch.
func TestEachUUID(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 7))
	for range 5_000 {
		b := []byte(strings.Repeat("0123abcd-", 12))
		for range rng.IntN(30) {
			b[rng.IntN(len(b))] = "09afAF-x"[rng.IntN(8)]
		}
		for range rng.IntN(3) { // one, perhaps over another
			at := rng.IntN(len(b) - uuidLen)
			copy(b[at:], "8f0a2b6e-6c1d-4b2a-9d3e-0123456789ab")
		}
		s := string(b)
		var got, want []UUID
		eachUUID(s, func(id UUID) { got = append(got, id) })
		for i := 0; i+uuidLen <= len(s); i++ {
			if part := strings.ToLower(s[i : i+uuidLen]); part[8] == '-' && part[13] == '-' && part[18] == '-' && part[23] == '-' {
				if id, ok := parseUUID(part); ok {
					want = append(want, id)
				}
			}
		}
		if !slices.Equal(got, want) {
			t.Fatalf("%q: %v, want %v", s, got, want)
		}
	}
}
