package logtype

import (
	"errors"
	"strings"
	"testing"

	"skywatch/internal/colenc"
)

// FuzzRoundTrip takes lines and wants them back from a block, alone and
// repeated with small changes.
func FuzzRoundTrip(f *testing.F) {
	for _, l := range lines {
		f.Add(l, int64(1_790_000_000_000))
	}
	f.Fuzz(func(t *testing.T, text string, ref int64) {
		msgs := strings.Split(text, "\n")
		if len(msgs) > 100 {
			return
		}
		msgs = append(msgs, text)
		for k := range 6 {
			msgs = append(msgs, text, strings.ReplaceAll(text, "1", string(rune('0'+k))), text[:len(text)*k/6])
		}
		refs := make([]int64, len(msgs))
		for i := range refs {
			refs[i] = ref + int64(i)
		}
		roundTrip(t, msgs, refs, colenc.Fast)
	})
}

// FuzzOpen reads bytes that no encoder wrote: an answer or an error, never a
// panic.
func FuzzOpen(f *testing.F) {
	for _, n := range []int{1, 9, 60} {
		e := NewEncoder(colenc.Plain) // so that the fuzzer reaches the header
		for range n {
			for _, l := range lines[len(lines)-n:] {
				e.Add(l, 7)
			}
		}
		f.Add(e.AppendBlock(nil))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		b, err := Open(data)
		if err == nil && b.Rows <= 1<<14 {
			var j *Joiner
			if j, err = NewJoiner(b, make([]int64, b.Rows)); err == nil {
				var s colenc.Strings
				for r := 0; r < b.Rows && err == nil && len(s.Bytes) < 1<<20; r++ {
					s.Bytes, err = j.Append(s.Bytes, r)
				}
			}
		}
		if err != nil && !errors.Is(err, colenc.ErrCorrupt) {
			t.Fatal(err)
		}
	})
}
