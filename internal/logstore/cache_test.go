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
