package colenc

import (
	"errors"
	"testing"
)

// Decoders meet bytes that no writer wrote: they may answer anything or
// ErrCorrupt, but neither panic nor take more memory than they were allowed.

func FuzzDecodeInts(f *testing.F) {
	for _, n := range []int{0, 1, 5, 300, 2000} {
		for k := range int64(4) {
			v := make([]int64, n)
			for i := range v {
				v[i] = int64(i) * int64(i) * k / int64(1+i%7)
				if k == 3 {
					v[i] = int64(i / 100)
				}
			}
			f.Add(AppendInts(nil, v, Compact), n)
			f.Add(AppendInts(nil, v, Fast), n)
		}
	}
	f.Fuzz(func(t *testing.T, b []byte, n int) {
		if n < 0 || n > 1<<16 {
			return
		}
		v, err := DecodeInts(nil, b, n)
		if err != nil && !errors.Is(err, ErrCorrupt) || err == nil && len(v) != n {
			t.Fatal(len(v), err)
		}
		if n > 0 {
			rows := []uint32{0}
			if n > 1 {
				rows = append(rows, uint32(n-1))
			}
			some, err2 := SelectInts(nil, b, n, rows)
			if (err == nil) != (err2 == nil) {
				t.Fatalf("decode: %v, select: %v", err, err2)
			}
			if err == nil && (some[0] != v[0] || some[len(some)-1] != v[n-1]) {
				t.Fatal("select and decode differ")
			}
		}
		if err == nil { // what decodes encodes again
			again, err := DecodeInts(nil, AppendInts(nil, v, Fast), n)
			if err != nil {
				t.Fatal(err)
			}
			for i := range again {
				if again[i] != v[i] {
					t.Fatal("round trip")
				}
			}
		}
	})
}

func FuzzDecodeStrings(f *testing.F) {
	f.Add(AppendStrings(nil, list("a", "abc", "abcd", "abd", "b"), Fast), 5)
	f.Add(AppendStrings(nil, list("", "some longer text that is worth compressing, worth compressing", "x"), Fast), 3)
	f.Fuzz(func(t *testing.T, b []byte, n int) {
		var s Strings
		err := DecodeStrings(&s, b, n, 1<<20)
		if err != nil && !errors.Is(err, ErrCorrupt) {
			t.Fatal(err)
		}
		if err == nil {
			if s.Len() != n || len(s.Bytes) > 1<<20 {
				t.Fatal(s.Len(), len(s.Bytes))
			}
			for i := range n {
				s.At(i)
			}
		}
	})
}

func FuzzDecodeBitmap(f *testing.F) {
	b := NewBitmap(200)
	b.SetRange(20, 150)
	f.Add(AppendBitmap(nil, b, 200), 200)
	f.Add([]byte{bitmapWords, 1, 1, 0, 0, 0, 0, 0, 0, 0}, 1)
	f.Fuzz(func(t *testing.T, b []byte, n int) {
		if n < 0 || n > 1<<20 {
			return
		}
		m, err := DecodeBitmap(b, n)
		if err != nil && !errors.Is(err, ErrCorrupt) {
			t.Fatal(err)
		}
		for _, row := range m.AppendRows(nil) {
			if int(row) >= n {
				t.Fatal("row behind the last")
			}
		}
		if _, err := DecodeFilter(b); err != nil && !errors.Is(err, ErrCorrupt) {
			t.Fatal(err)
		}
		if _, err := DecodeFixed(nil, b, n, 16); err != nil && !errors.Is(err, ErrCorrupt) {
			t.Fatal(err)
		}
	})
}
