package logstore

import (
	"container/list"
	"sync"
)

// blockCache keeps templates and decoded columns of blocks, the least recently
// used going first. What is in it is shared and never written to.
type blockCache struct {
	mu           sync.Mutex
	limit        int64 // bytes; at most 0 keeps nothing
	bytes        int64
	hits, misses int64
	offers       int64 // that came when it was full
	entries      map[cacheKey]*list.Element
	recent       *list.List // of *cacheEntry, the most recent in front
}

// cacheKey names a column of a block. Segment numbers are never used twice
// while a store is open.
type cacheKey struct {
	segment uint64
	block   int
	column  column
}

type cacheEntry struct {
	key   cacheKey
	value any
	bytes int64
}

func newBlockCache(limit int64) *blockCache {
	return &blockCache{limit: limit, entries: map[cacheKey]*list.Element{}, recent: list.New()}
}

func (c *blockCache) get(key cacheKey) any {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.limit <= 0 {
		return nil
	}
	e := c.entries[key]
	if e == nil {
		c.misses++
		return nil
	}
	c.hits++
	c.recent.MoveToFront(e)
	return e.Value.(*cacheEntry).value
}

// put keeps a value. It answers false when the value is there already, as
// another scan was faster.
func (c *blockCache) put(key cacheKey, value any, bytes int64) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if bytes > c.limit/8 { // one giant must not drive out everything
		return true
	}
	if c.entries[key] != nil {
		return false
	}
	c.entries[key] = c.recent.PushFront(&cacheEntry{key, value, bytes})
	c.bytes += bytes
	c.cut()
	return true
}

// resize sets the limit.
func (c *blockCache) resize(limit int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.limit = limit
	c.cut()
}

// cut keeps the limit; mu is held.
func (c *blockCache) cut() {
	for c.bytes > max(c.limit, 0) {
		e := c.recent.Back()
		old := c.recent.Remove(e).(*cacheEntry)
		delete(c.entries, old.key)
		c.bytes -= old.bytes
	}
}

// offer is put for what a question over everything reads: once the cache is
// full only every eighth goes in. If more is read than fits, again and again,
// the least recently used is always the next one needed, and giving way to
// each would leave no hit at all.
func (c *blockCache) offer(key cacheKey, value any, bytes int64) {
	c.mu.Lock()
	taken := c.bytes+bytes <= c.limit
	if !taken {
		c.offers++
		taken = c.offers%8 == 0
	}
	c.mu.Unlock()
	if taken {
		c.put(key, value, bytes)
	}
}

func (c *blockCache) stats() (bytes, hits, misses int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.bytes, c.hits, c.misses
}
