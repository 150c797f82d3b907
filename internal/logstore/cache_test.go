package logstore

import "testing"

// TestCacheOfALoop: reading more than fits over and over still hits.
func TestCacheOfALoop(t *testing.T) {
	c := newBlockCache(1000)
	hits := 0
	for round := range 50 {
		for i := range 200 {
			key := cacheKey{1, i, colTemplates}
			if c.get(key) != nil {
				hits++
				continue
			}
			c.offer(key, round, 10)
		}
	}
	if hits < 50*200/8 {
		t.Errorf("%d hits of %d, with room for half", hits, 50*200)
	}
	if bytes, _, _ := c.stats(); bytes > 1000 {
		t.Errorf("%d bytes of at most 1000", bytes)
	}
	// What is asked for in a small circle gets in.
	for range 40 {
		for i := range 20 {
			if key := (cacheKey{2, i, colTemplates}); c.get(key) == nil {
				c.offer(key, 0, 10)
			}
		}
	}
	for i := range 20 {
		if c.get(cacheKey{2, i, colTemplates}) == nil {
			t.Errorf("block %d is not kept", i)
		}
	}
}

// TestCacheGivesWay: a smaller limit holds at once, and what was used last stays.
func TestCacheGivesWay(t *testing.T) {
	c := newBlockCache(1000)
	fill := func() {
		for i := range 100 {
			c.offer(cacheKey{1, i, colTemplates}, i, 10)
		}
	}
	want := func(bytes int64) {
		t.Helper()
		if got, _, _ := c.stats(); got != bytes {
			t.Errorf("%d bytes are kept, want %d", got, bytes)
		}
	}
	fill()
	want(1000)
	c.resize(300)
	want(300)
	for i := range 100 {
		if kept := c.get(cacheKey{1, i, colTemplates}) != nil; kept != (i >= 70) {
			t.Errorf("block %d is kept: %v", i, kept)
		}
	}
	c.resize(-5)
	want(0)
	fill()
	want(0)
	c.resize(1000)
	fill()
	want(1000)
}
