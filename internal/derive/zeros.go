package derive

import (
	"hash/maphash"
	"sync"
)

// zeros remembers the REPORTs that are samples of 0, of which there are many
// more than failures: it is a table of fixed size, of rows of one cache line, and
// a REPORT pushes the oldest out of its row. So 10,000 a second are held for
// some 20 seconds, and memory for them is neither allocated nor collected.
type zeros struct {
	mu   sync.Mutex
	rows []zeroRow // nil until the first is put
	size int       // of rows, a power of two
}

const (
	zeroRows = 1 << 16 // 4 MiB
	zeroFlag = timedOut | outOfMemory
)

// zeroRow holds the newest first.
type zeroRow [4]zero

type zero struct {
	key uint64 // of the request; its low bits are the flags
	at  int64  // milliseconds; a key of 0 is none
}

func newZeros(size int) *zeros { return &zeros{size: size} }

// put remembers REPORTs; the flags say which metrics they are samples of 0 of.
func (z *zeros) put(marks []mark) {
	if len(marks) == 0 {
		return
	}
	z.mu.Lock()
	defer z.mu.Unlock()
	if z.rows == nil {
		z.rows = make([]zeroRow, z.size)
	}
	for _, m := range marks {
		row := &z.rows[z.row(m.key)]
		copy(row[1:], row[:])
		row[0] = zero{m.key&^uint64(zeroFlag) | uint64(m.flags), m.at}
	}
}

func (z *zeros) row(key uint64) uint64 { return key >> 8 & uint64(z.size-1) }

// find returns which metrics the REPORT of a request near at is a sample of 0
// of, and its time.
func (z *zeros) find(requestID string, at int64) (f flags, when int64) {
	key := maphash.String(seed, requestID)
	z.mu.Lock()
	defer z.mu.Unlock()
	if z.rows == nil {
		return 0, 0
	}
	for _, e := range z.rows[z.row(key)] {
		if e.key&^uint64(zeroFlag) == key&^uint64(zeroFlag) && e.key != 0 && near(e.at, at) {
			return flags(e.key) & zeroFlag, e.at
		}
	}
	return 0, 0
}
