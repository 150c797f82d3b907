package logexec

import (
	"context"
	"sync"
	"sync/atomic"
	"time"
)

// Pool is the memory that all queries of a process may hold together, running
// ones and the results kept of ended ones:
//
//	Pool ─┬─ Lease of a running query ─ grows with its budget, may wait
//	      ├─ Lease of a result         ─ what is left of it when the query ends
//	      └─ Lease of partial rows     ─ never waits, and goes for those who do
//
// A running query takes what is free; one that holds much leaves a part to
// others, so that small queries are answered beside large ones. When too little
// is free, the pool first asks for results nobody needs any more (OnShort); then
// the query waits a little for others to end, unless all others wait as well, and
// then fails. A Pool may be used by several goroutines.
type Pool struct {
	size  int64
	short func(n int64) (freed bool) // may be nil
	told  func(taken int64)          // may be nil

	mu      sync.Mutex
	taken   int64
	working int           // leases that will give something back by themselves
	waiting int           // of them, those that wait for freed
	freed   chan struct{} // closed when bytes come back or a lease ends its work
}

// NewPool returns a pool of size bytes.
func NewPool(size int64) *Pool { return &Pool{size: size, freed: make(chan struct{})} }

// OnShort names the function that is asked to release leases when n bytes are
// missing, and answers whether it released any. It is called without locks of the
// pool, from goroutines of queries, and may be called again for the same bytes; it
// must be set before the first query runs.
func (p *Pool) OnShort(f func(n int64) (freed bool)) { p.short = f }

// OnTaken names the function that is told how many bytes are taken whenever that
// changes, so that caches can give way. It is called with the pool locked, must
// not wait for anything that may use the pool, and must be set before the first
// query runs.
func (p *Pool) OnTaken(f func(taken int64)) { p.told = f }

// add changes how many bytes are taken; mu is held.
func (p *Pool) add(n int64) {
	p.taken += n
	if p.told != nil && n != 0 {
		p.told(p.taken)
	}
}

// reserve is how much a query that holds more than that leaves to others.
func (p *Pool) reserve() int64 { return p.size / poolReserve }

// Taken is how many bytes are taken now.
func (p *Pool) Taken() int64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.taken
}

// leaseStep is by how much at least a lease grows, in bytes: the pool is for
// all queries, and must not be asked for every row.
const leaseStep = 64 << 10

// poolReserve is which part of a pool, as its divisor, is left to running queries
// that hold no more than that part each.
const poolReserve = 16

// poolPatience is how long a query waits for memory that others hold.
const poolPatience = 2 * time.Second

// Lease is the part of a pool that one query, or one result, holds. Its
// methods may be called on nil, which holds nothing.
type Lease struct {
	pool    *Pool
	working bool // guarded by pool.mu: it belongs to a running query, or to its partial rows while they are made
	partial bool // it is for partial rows

	grow sync.Mutex // held by the one goroutine of the query that asks for more
	held atomic.Int64
}

// Take leases n bytes for partial rows, without waiting; nil when they are not
// free, when a query waits for memory, or when n is zero.
func (p *Pool) Take(n int64) *Lease {
	l := &Lease{pool: p, partial: true}
	if n <= 0 || l.try(n, n) != nil {
		return nil
	}
	return l
}

// work is the lease of a query that begins to run.
func (p *Pool) work() *Lease { return p.begin(&Lease{}) }

// workPartial is the lease of partial rows that are about to be made.
func (p *Pool) workPartial() *Lease { return p.begin(&Lease{partial: true}) }

func (p *Pool) begin(l *Lease) *Lease {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.working++
	l.pool, l.working = p, true
	return l
}

// Keep ends the work of the query and shrinks the lease to n bytes.
func (l *Lease) Keep(n int64) {
	if l == nil {
		return
	}
	p := l.pool
	p.mu.Lock()
	defer p.mu.Unlock()
	if l.working {
		l.working = false
		p.working--
	}
	l.shrinkLocked(n)
}

// shrink is Keep of a lease that still counts as one that will give something
// back: the rows of a result are packed, or let go, before long.
func (l *Lease) shrink(n int64) {
	l.pool.mu.Lock()
	defer l.pool.mu.Unlock()
	l.shrinkLocked(n)
}

func (l *Lease) shrinkLocked(n int64) {
	if held := l.held.Load(); held > n {
		l.pool.add(n - held)
		l.held.Store(n)
	}
	l.pool.wakeAll()
}

// Release gives all of it back. It may be called again.
func (l *Lease) Release() { l.Keep(0) }

// wakeAll lets all that wait look again; mu is held.
func (p *Pool) wakeAll() {
	close(p.freed)
	p.freed = make(chan struct{})
	p.waiting = 0
}

// missing says that a pool has too little left, and by how much.
type missing int64

func (missing) Error() string { return "the memory of all queries is in use" }

// try makes the lease hold step more bytes, or if that is too much n more.
func (l *Lease) try(n, step int64) error {
	p := l.pool
	p.mu.Lock()
	defer p.mu.Unlock()
	return l.tryLocked(n, step)
}

func (l *Lease) tryLocked(n, step int64) error {
	p := l.pool
	free := p.size - p.taken
	if reserve := p.reserve(); l.partial || l.held.Load()+n > reserve {
		free -= reserve
	}
	if free < n || l.partial && p.waiting > 0 {
		return missing(n - free)
	}
	if n = max(n, min(step, free)); n > 0 {
		p.add(n)
		l.held.Add(n)
	}
	return nil
}

// tries makes the lease hold at least n bytes if they are free now.
func (l *Lease) tries(n int64) bool {
	l.grow.Lock()
	defer l.grow.Unlock()
	lack := n - l.held.Load()
	return lack <= 0 || l.try(lack, leaseStep) == nil
}

// reach makes the lease hold at least n bytes. A lease of a running query may
// wait for that, one of partial rows may not: the query itself has room then.
func (l *Lease) reach(ctx context.Context, n int64, where string) error {
	l.grow.Lock()
	defer l.grow.Unlock()
	if n <= l.held.Load() {
		return nil
	}
	p := l.pool
	var patience <-chan time.Time
	for {
		p.mu.Lock()
		err := l.tryLocked(n-l.held.Load(), leaseStep)
		freed, full := p.freed, l.full(where)
		p.mu.Unlock()
		lack, short := err.(missing)
		if !short {
			return err
		}
		if l.partial {
			return full
		}
		// Asked every time: what was not to be given up before may be now, and
		// what was may have gone to somebody else.
		if p.short != nil && p.short(int64(lack)) {
			continue
		}
		p.mu.Lock()
		if freed != p.freed {
			p.mu.Unlock()
			continue // something came back meanwhile
		}
		if p.waiting+1 >= p.working {
			p.mu.Unlock() // nobody is at work who could give anything back
			return full
		}
		p.waiting++
		p.mu.Unlock()
		if patience == nil {
			patience = time.After(poolPatience)
		}
		var end error
		select {
		case <-freed:
			continue
		case <-patience:
			end = full
		case <-ctx.Done():
			end = context.Cause(ctx)
		}
		p.mu.Lock()
		if freed == p.freed { // else wakeAll has counted
			p.waiting--
		}
		p.mu.Unlock()
		return end
	}
}

// full is the error of a lease that finds too little: the query's own limit when
// nobody else holds anything. The lock is held.
func (l *Lease) full(where string) *LimitError {
	e := &LimitError{What: "memory", Limit: l.pool.size, Unit: "bytes", Where: where, Shared: true}
	if l.pool.taken == l.held.Load() {
		e.Limit, e.Shared = l.pool.size-l.pool.reserve(), false
	}
	return e
}
