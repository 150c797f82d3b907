package logtype

import (
	"errors"
	"testing"

	"skywatch/internal/colenc"
)

func TestVerify(t *testing.T) {
	fill := func(e *Encoder, change int) []byte {
		e.Reset()
		for i := range 600 {
			msg := lines[i%len(lines)]
			if i == change {
				msg += "!"
			}
			e.Add(msg, 1_790_000_000_000+int64(i))
		}
		return e.AppendBlock(nil)
	}
	e := NewEncoder(colenc.Compact)
	other := fill(e, 17)
	block := fill(e, -1)
	for range 2 { // it leaves the encoder as it was
		if err := e.Verify(block); err != nil {
			t.Fatal(err)
		}
	}
	for name, bad := range map[string][]byte{"other messages": other, "cut": block[:len(block)/2], "nothing": nil} {
		if err := e.Verify(bad); !errors.Is(err, ErrVerify) {
			t.Errorf("%s: %v", name, err)
		}
	}
	e.Reset()
	if err := e.Verify(block); !errors.Is(err, ErrVerify) {
		t.Errorf("after Reset: %v", err)
	}
}
