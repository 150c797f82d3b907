package metricstore

import (
	"fmt"
	"hash/maphash"
	"math"
	"math/bits"
	"strings"
	"sync"
	"sync/atomic"

	"skywatch/internal/metrics"
)

// entry is one registered series. Key, unit and id never change.
type entry struct {
	id   metrics.SeriesID
	hash uint64
	key  metrics.Key
	unit string
	next *entry // same hash, other series

	// logged says that the definition is durable, in the WAL or in a keys
	// file. Until then every append to the series carries the definition.
	logged atomic.Bool

	first, last atomic.Int64 // seconds, instants of the data
	update      atomic.Int64 // milliseconds, server clock; 0: no data yet
}

// touch widens the bounds by a datum at ts (seconds), written at now (ms).
func (e *entry) touch(ts, now int64) { e.widen(ts, ts, now) }

// widen stores update last: whoever sees it not 0 sees bounds that are set.
func (e *entry) widen(first, last, update int64) {
	for old := e.first.Load(); first < old && !e.first.CompareAndSwap(old, first); old = e.first.Load() {
	}
	raise(&e.last, last)
	raise(&e.update, max(update, 1))
}

func raise(a *atomic.Int64, v int64) {
	for old := a.Load(); v > old && !a.CompareAndSwap(old, v); old = a.Load() {
	}
}

// registryShards spreads the lookups of concurrent appends.
const registryShards = 64

// registry knows all series. Lookup by key takes a shard's read lock; making a
// series also takes mu.
type registry struct {
	seed   maphash.Seed
	limit  int
	shards [registryShards]struct {
		sync.RWMutex
		byHash map[uint64]*entry
	}

	mu     sync.RWMutex
	byID   []*entry // index id-1; nil where an id was given but never made durable
	count  int
	sorted []*entry // in Find's order; rebuilt when fresh is not empty
	fresh  []*entry // made since sorted was built
	names  map[string]map[string][]*entry
	pairs  map[metrics.Dimension][]*entry
	dims   map[string][]*entry
	intern map[string]string // namespaces, names, dimension names, units, scopes
}

func newRegistry(limit int) *registry {
	r := &registry{
		seed:   maphash.MakeSeed(),
		limit:  limit,
		names:  map[string]map[string][]*entry{},
		pairs:  map[metrics.Dimension][]*entry{},
		dims:   map[string][]*entry{},
		intern: map[string]string{},
	}
	for i := range r.shards {
		r.shards[i].byHash = map[uint64]*entry{}
	}
	return r
}

// hashKey hashes the parts of a key without joining them. The seed differs per
// process, so nobody can choose keys that collide.
func (r *registry) hashKey(k *metrics.Key, unit string) uint64 {
	h := maphash.String(r.seed, k.Name)
	mix := func(s string) {
		h = bits.RotateLeft64(h, 23)*0x9E3779B97F4A7C15 ^ maphash.String(r.seed, s)
	}
	mix(k.Namespace)
	mix(k.Scope.Account)
	mix(k.Scope.Region)
	mix(unit)
	for i := range k.Dimensions {
		mix(k.Dimensions[i].Name)
		mix(k.Dimensions[i].Value)
	}
	return h ^ h>>29
}

func (e *entry) is(k *metrics.Key, unit string) bool {
	if e.key.Name != k.Name || e.key.Namespace != k.Namespace || e.key.Scope != k.Scope || e.unit != unit ||
		len(e.key.Dimensions) != len(k.Dimensions) {
		return false
	}
	for i := range k.Dimensions {
		if e.key.Dimensions[i] != k.Dimensions[i] {
			return false
		}
	}
	return true
}

// get returns the entry of a series or nil.
func (r *registry) get(k *metrics.Key, unit string) *entry {
	return r.find(r.hashKey(k, unit), k, unit)
}

func (r *registry) find(hash uint64, k *metrics.Key, unit string) *entry {
	shard := &r.shards[hash%registryShards]
	shard.RLock()
	e := shard.byHash[hash]
	shard.RUnlock()
	for ; e != nil; e = e.next {
		if e.is(k, unit) {
			return e
		}
	}
	return nil
}

// getOrMake returns the entry of a series, made if missing. The key is copied.
func (r *registry) getOrMake(k *metrics.Key, unit string) (*entry, error) {
	hash := r.hashKey(k, unit)
	if e := r.find(hash, k, unit); e != nil {
		return e, nil
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if e := r.find(hash, k, unit); e != nil {
		return e, nil
	}
	if r.count >= r.limit {
		return nil, fmt.Errorf("register series %s %s: %d series exist, the limit: %w", k.Namespace, k.Name, r.count, metrics.ErrFull)
	}
	return r.insert(metrics.SeriesID(len(r.byID)+1), hash, k, unit), nil
}

// restore registers a series read from the WAL or a keys file, under its id.
// Definitions repeat; one that contradicts an earlier one is corruption.
func (r *registry) restore(id metrics.SeriesID, k *metrics.Key, unit string) error {
	if id == 0 || id > maxSeriesID {
		return fmt.Errorf("series id %d: %w", id, metrics.ErrCorrupt)
	}
	hash := r.hashKey(k, unit)
	r.mu.Lock()
	defer r.mu.Unlock()
	if e := r.find(hash, k, unit); e != nil {
		if e.id != id {
			return fmt.Errorf("series %s %s has the ids %d and %d: %w", k.Namespace, k.Name, e.id, id, metrics.ErrCorrupt)
		}
		return nil
	}
	for metrics.SeriesID(len(r.byID)) < id {
		r.byID = append(r.byID, nil)
	}
	if other := r.byID[id-1]; other != nil {
		return fmt.Errorf("series id %d is both %s %s and %s %s: %w",
			id, other.key.Namespace, other.key.Name, k.Namespace, k.Name, metrics.ErrCorrupt)
	}
	r.insert(id, hash, k, unit).logged.Store(true)
	return nil
}

// reserve sees to it that the ids up to id are not given to new series: they
// are those of series whose definition a repair could not find.
func (r *registry) reserve(id metrics.SeriesID) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for metrics.SeriesID(len(r.byID)) < min(id, maxSeriesID) {
		r.byID = append(r.byID, nil)
	}
}

// maxSeriesID bounds the ids a decoder believes, and with it the id table.
const maxSeriesID = 1 << 27

// insert makes the entry; r.mu is held.
func (r *registry) insert(id metrics.SeriesID, hash uint64, k *metrics.Key, unit string) *entry {
	same := func(s string) string {
		if t, ok := r.intern[s]; ok {
			return t
		}
		s = strings.Clone(s) // s may be a piece of a whole request body
		r.intern[s] = s
		return s
	}
	e := &entry{id: id, hash: hash, unit: same(unit)}
	e.key = metrics.Key{Namespace: same(k.Namespace), Name: same(k.Name)}
	e.key.Scope.Account, e.key.Scope.Region = same(k.Scope.Account), same(k.Scope.Region)
	e.first.Store(math.MaxInt64)
	e.last.Store(math.MinInt64)
	if len(k.Dimensions) > 0 {
		e.key.Dimensions = make([]metrics.Dimension, len(k.Dimensions))
		for i, d := range k.Dimensions {
			e.key.Dimensions[i] = metrics.Dimension{Name: same(d.Name), Value: strings.Clone(d.Value)}
		}
	}
	if int(id) > len(r.byID) {
		r.byID = append(r.byID, e)
	} else {
		r.byID[id-1] = e
	}
	r.count++
	r.fresh = append(r.fresh, e)
	byName := r.names[e.key.Namespace]
	if byName == nil {
		byName = map[string][]*entry{}
		r.names[e.key.Namespace] = byName
	}
	byName[e.key.Name] = append(byName[e.key.Name], e)
	for _, d := range e.key.Dimensions {
		r.pairs[d] = append(r.pairs[d], e)
		r.dims[d.Name] = append(r.dims[d.Name], e)
	}
	shard := &r.shards[hash%registryShards]
	shard.Lock()
	e.next = shard.byHash[hash]
	shard.byHash[hash] = e
	shard.Unlock()
	return e
}

// entry returns the series of an id or nil.
func (r *registry) entry(id metrics.SeriesID) *entry {
	r.mu.RLock()
	defer r.mu.RUnlock()
	if id == 0 || uint64(id) > uint64(len(r.byID)) {
		return nil
	}
	return r.byID[id-1]
}

// from returns the entries with ids above after, in order, and the highest id
// given so far.
func (r *registry) from(after metrics.SeriesID) ([]*entry, metrics.SeriesID) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	var out []*entry
	for _, e := range r.byID[min(int(after), len(r.byID)):] {
		if e != nil {
			out = append(out, e)
		}
	}
	return out, metrics.SeriesID(len(r.byID))
}
