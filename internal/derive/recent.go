package derive

import (
	"hash/maphash"
	"sync"
	"sync/atomic"
)

// flags say what is already known of the end of an invocation.
type flags uint8

const (
	timedOut    flags = 1 << iota // counted as a timeout
	outOfMemory                   // counted as out of memory
	killed                        // the runtime was killed; out of memory if the memory was full
	fullMemory                    // its REPORT said max memory == size
)

// sameInvocation is how far apart, in milliseconds, two lines of one
// invocation may be. Lambda stamps them together; an asynchronous invocation
// that is tried again has the same request id, but begins a minute later.
const sameInvocation = 15_000

func near(a, b int64) bool { return a-b <= sameInvocation && b-a <= sameInvocation }

// maxRecent bounds the memory of failures: twice so many are held, 24 bytes
// each. An older one is forgotten, and would be counted twice only if its
// second line came that late.
const maxRecent = 1 << 15

type mark struct {
	key   uint64
	at    int64
	flags flags
}

var seed = maphash.MakeSeed()

func newMark(requestID string, at int64, f flags) mark {
	return mark{maphash.String(seed, requestID), at, f}
}

type record struct {
	at    int64
	flags flags
}

// recent is a bounded map in two generations: when the young one is full it
// becomes the old one, and the old one is forgotten.
type recent struct {
	n          atomic.Int64 // 0 means that a get can answer without the lock
	mu         sync.Mutex
	max        int
	young, old map[uint64]record
}

func newRecent(max int) *recent {
	return &recent{max: max, young: map[uint64]record{}}
}

func (r *recent) get(requestID string, at int64) flags {
	if r.n.Load() == 0 {
		return 0
	}
	k := maphash.String(seed, requestID)
	r.mu.Lock()
	defer r.mu.Unlock()
	rec, ok := r.young[k]
	if !ok {
		rec, ok = r.old[k]
	}
	if !ok || !near(rec.at, at) {
		return 0
	}
	return rec.flags
}

func (r *recent) put(marks []mark) {
	if len(marks) == 0 {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, m := range marks {
		rec, ok := r.young[m.key]
		if !ok {
			rec, ok = r.old[m.key]
		}
		if !ok || !near(rec.at, m.at) {
			rec = record{}
		}
		if len(r.young) >= r.max {
			r.old, r.young = r.young, make(map[uint64]record, r.max)
		}
		r.young[m.key] = record{m.at, rec.flags | m.flags}
	}
	r.n.Store(int64(len(r.young) + len(r.old)))
}
