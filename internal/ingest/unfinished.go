package ingest

import (
	"crypto/sha256"
	"encoding/binary"
	"sync"
	"sync/atomic"

	"skywatch/internal/logs"
)

// stored says which of a batch's two appends are done.
type stored uint8

const (
	eventsStored stored = 1 << iota
	dataStored          // what was derived from the events

)

// maxUnfinished bounds the batches that are remembered, at about 100 bytes each.
const maxUnfinished = 4096

// digest tells batches apart for certain: taking one for another would lose it.
type digest [sha256.Size]byte

// unfinished remembers the batches of which one append was done and the other
// failed, so that the writer's second try does what is missing and not the
// other twice. It is memory: a try after a restart counts as the first.
type unfinished struct {
	n     atomic.Int32 // 0, as nearly always, and nobody makes a digest
	mu    sync.Mutex
	known map[digest]stored
	order []digest // oldest first; may name forgotten ones
}

// take answers what is stored of a batch, and forgets it.
func (u *unfinished) take(b *logs.Batch) stored {
	if u.n.Load() == 0 {
		return 0
	}
	d := digestOf(b)
	u.mu.Lock()
	defer u.mu.Unlock()
	done := u.known[d]
	delete(u.known, d)
	u.n.Store(int32(len(u.known)))
	return done
}

// put remembers what is stored of a batch whose call fails.
func (u *unfinished) put(b *logs.Batch, done stored) {
	if done == 0 {
		return
	}
	d := digestOf(b)
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.known == nil {
		u.known = map[digest]stored{}
	}
	u.known[d] = done
	u.order = append(u.order, d)
	for len(u.order) > maxUnfinished {
		delete(u.known, u.order[0])
		u.order = u.order[1:]
	}
	u.n.Store(int32(len(u.known)))
}

// digestOf is over all that a second try has in common with the first: not the
// time of the call.
func digestOf(b *logs.Batch) (d digest) {
	h := sha256.New()
	var word [16]byte
	two := func(a, b uint64) {
		binary.LittleEndian.PutUint64(word[:8], a)
		binary.LittleEndian.PutUint64(word[8:], b)
		h.Write(word[:])
	}
	two(uint64(b.Group), uint64(b.Stream))
	for _, e := range b.Events {
		two(uint64(e.Timestamp), uint64(len(e.Message)))
		h.Write([]byte(e.Message))
	}
	h.Sum(d[:0])
	return d
}
