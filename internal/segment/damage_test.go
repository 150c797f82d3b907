package segment

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"skywatch/internal/logs"
)

// sound is a small file and where its parts begin.
type sound struct {
	rows                       []Row
	bytes                      []byte
	first, filters, last, size int
}

func newSound(t *testing.T, seed uint64, n int) *sound {
	t.Helper()
	s := &sound{rows: rows(rand.New(rand.NewPCG(seed, 7)), n)}
	s.bytes = write(t, s.rows, Fast)
	r := open(t, s.bytes)
	s.first, s.filters, s.last = int(r.blocksEnd), int(r.blocks[0].filter.offset), int(r.offset)
	s.size = len(s.bytes)
	if r.first() || r.Size() != int64(s.size) || r.Head() != nil || r.Foot() != nil || r.CheckCopy() != nil {
		t.Fatalf("a whole file of %d bytes: size %d; %v, %v, %v", s.size, r.Size(), r.Head(), r.Foot(), r.CheckCopy())
	}
	return s
}

func open(t *testing.T, b []byte) *Reader {
	t.Helper()
	r, err := NewReader(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// whole wants all rows of a damaged file, and all of them and nothing damaged
// from the file that Mend makes of it.
func (s *sound) whole(t *testing.T, what string, bad []byte) *Reader {
	t.Helper()
	r, err := NewReader(bytes.NewReader(bad), int64(len(bad)))
	if err != nil {
		t.Fatalf("%s: open: %v", what, err)
	}
	if r.Size() != int64(s.size) {
		t.Fatalf("%s: %d bytes as it was written, want %d", what, r.Size(), s.size)
	}
	if got, err := read(r); err != nil || !slices.Equal(got, s.rows) {
		t.Fatalf("%s: read: %v", what, err)
	}
	var b bytes.Buffer
	if n, err := r.Mend(&b); err != nil || n != int64(b.Len()) {
		t.Fatalf("%s: mended: %d bytes of %d, %v", what, n, b.Len(), err)
	}
	m, err := NewReader(bytes.NewReader(b.Bytes()), int64(b.Len()))
	if err != nil || m.Head() != nil || m.Foot() != nil || m.CheckCopy() != nil {
		t.Fatalf("%s: mended: %v; %v, %v, %v", what, err, m.Head(), m.Foot(), m.CheckCopy())
	}
	if got, err := read(m); err != nil || !slices.Equal(got, s.rows) {
		t.Fatalf("%s: mended: read: %v", what, err)
	}
	if len(bad) >= s.size && !bytes.Equal(b.Bytes()[:s.filters], s.bytes[:s.filters]) {
		t.Fatalf("%s: mended: other bytes", what)
	}
	return r
}

// TestDamage flips a bit of every byte of a file: neither header nor footers
// cost anything, and are told of; a block spoils only its own column.
func TestDamage(t *testing.T) {
	s := newSound(t, 7, 400)
	for i := range s.bytes {
		bad := bytes.Clone(s.bytes)
		bad[i] ^= 4
		what := fmt.Sprintf("byte %d of %d", i, s.size)
		switch {
		case i >= 12 && i < headerSize: // reserved
		case i < headerSize:
			if r := s.whole(t, what, bad); !errors.Is(r.Head(), logs.ErrCorrupt) || r.Foot() != nil {
				t.Fatalf("%s: %v, %v", what, r.Head(), r.Foot())
			}
		case i < s.first:
			if _, err := read(open(t, bad)); !errors.Is(err, logs.ErrCorrupt) {
				t.Fatalf("%s: read: %v", what, err)
			}
		case i < s.filters:
			if r := s.whole(t, what, bad); r.Foot() != nil || !errors.Is(r.CheckCopy(), logs.ErrCorrupt) {
				t.Fatalf("%s: %v, %v", what, r.Foot(), r.CheckCopy())
			}
		case i < s.last: // costs one block's filter and no row
			r := s.whole(t, what, bad)
			if n := damagedFilters(t, r); n != 1 {
				t.Fatalf("%s: %d filters are damaged", what, n)
			}
		default:
			if r := s.whole(t, what, bad); !errors.Is(r.Foot(), logs.ErrCorrupt) || r.CheckCopy() != nil || damagedFilters(t, r) != 0 {
				t.Fatalf("%s: %v, %v", what, r.Foot(), r.CheckCopy())
			}
		}
	}
}

// TestDamagedEnd cuts a file anywhere and writes on behind its end: as long as
// one footer is there every row is.
func TestDamagedEnd(t *testing.T) {
	s := newSound(t, 8, 200)
	for n := range s.size {
		what := fmt.Sprintf("cut to %d bytes of %d", n, s.size)
		if n < s.filters {
			if _, err := NewReader(bytes.NewReader(s.bytes[:n]), int64(n)); !errors.Is(err, logs.ErrCorrupt) {
				t.Fatalf("%s: %v", what, err)
			}
			continue
		}
		r := s.whole(t, what, s.bytes[:n])
		missing := 0
		for i := range r.blocks {
			if c := r.blocks[i].filter; int(c.offset)+c.length > n {
				missing++
			}
		}
		if got := damagedFilters(t, r); got != missing || !errors.Is(r.Foot(), logs.ErrCorrupt) {
			t.Fatalf("%s: %d filters are damaged, want %d; %v", what, got, missing, r.Foot())
		}
	}
	for _, n := range []int{1, 43, 44, 5000, searchWindow - 40, searchWindow, searchWindow + 3, 3 * searchWindow} {
		what := fmt.Sprintf("%d bytes behind the end", n)
		if r := s.whole(t, what, append(bytes.Clone(s.bytes), make([]byte, n)...)); r.first() || !errors.Is(r.Foot(), logs.ErrCorrupt) {
			t.Fatalf("%s: %v", what, r.Foot())
		}
	}
}

// TestBothFootersDamaged refuses a file without any footer, and says why.
func TestBothFootersDamaged(t *testing.T) {
	s := newSound(t, 9, 200)
	rng := rand.New(rand.NewPCG(9, 9))
	for range 300 {
		bad := bytes.Clone(s.bytes)
		bad[s.first+rng.IntN(s.filters-s.first)] ^= 1 << rng.IntN(8)
		bad[s.last+rng.IntN(s.size-s.last)] ^= 1 << rng.IntN(8)
		if _, err := NewReader(bytes.NewReader(bad), int64(len(bad))); !errors.Is(err, logs.ErrCorrupt) {
			t.Fatal(err)
		}
	}
}
