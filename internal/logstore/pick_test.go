package logstore

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"skywatch/internal/vfs"
)

func TestPickMerge(t *testing.T) {
	// Sizes are in MB; a trailing ! is a damaged table, a trailing * one with
	// a block as large as mergeBytes.
	f := func(name string, width int, sizes, want string) {
		t.Helper()
		var tables []*table
		for _, text := range strings.Fields(sizes) {
			tb := &table{name: strings.TrimRight(text, "!*"), largestBlock: 1 << 20}
			var mb float64
			if _, err := fmt.Sscan(tb.name, &mb); err != nil {
				t.Fatal(err)
			}
			tb.size = int64(mb * (1 << 20))
			tb.damaged.Store(strings.HasSuffix(text, "!"))
			if strings.HasSuffix(text, "*") {
				tb.largestBlock = mergeBytes
			}
			tables = append(tables, tb)
		}
		var got []string
		for _, tb := range pickMerge(tables, 256<<20, width) {
			got = append(got, tb.name)
		}
		if g := strings.Join(got, " "); g != want {
			t.Errorf("%s: merge of %q is %q, want %q", name, sizes, g, want)
		}
	}
	many := func(n int) string { return strings.TrimSpace(strings.Repeat("3 ", n)) }
	f("nothing", quietWidth, "", "")
	f("one", quietWidth, "3", "")
	f("two", quietWidth, "3 3", "3 3")
	f("two are few", mergeWidth, "3 3", "")
	f("four", mergeWidth, "3 3 3 3", "3 3 3 3")
	f("four are few", busyWidth, "3 3 3 3", "")
	f("many", busyWidth, many(busyWidth), many(busyWidth))
	f("more than a merge takes", quietWidth, many(maxMerge+5), many(maxMerge))
	f("the small ones first", quietWidth, "50 40 0.5 0.4 0.3", "0.5 0.4 0.3")
	f("a large one before small ones stays", quietWidth, "100 3", "")
	f("nearly as much as the large one stays", quietWidth, "100 40 20 9", "")
	f("as much as the large one", quietWidth, "100 60 40", "100 60 40")
	f("no further than the limit", quietWidth, "100 100 100 100", "100 100")
	f("full ones stay", quietWidth, "250 250 250", "")
	f("one full, then others", quietWidth, "250 100 100", "100 100")
	f("around a damaged one", quietWidth, "3 3! 3 3", "3 3")
	f("few before a damaged one", mergeWidth, "3 3 3 3! 3 3 3", "")
	f("large blocks by twos", quietWidth, "3* 3* 3* 3*", "3 3")
}

// TestPace: flushes in quick succession hold merging back.
func TestPace(t *testing.T) {
	now := time.UnixMilli(1_760_000_000_000)
	s := openStore(t, vfs.NewMem(), Options{MaintainEvery: time.Hour, Now: func() time.Time { return now }})
	defer s.Close(ctx)
	want := func(what string, width int) {
		t.Helper()
		if got := s.width(); got != width {
			t.Errorf("%s: width %d, want %d", what, got, width)
		}
	}
	want("before the first flush", quietWidth)
	flushAfter := func(d time.Duration) {
		now = now.Add(d)
		put(t, s, 1, now.UnixMilli(), 10)
		flush(t, s)
	}
	flushAfter(0)
	want("after one flush", mergeWidth)
	flushAfter(time.Second)
	want("after two flushes", busyWidth)
	now = now.Add(busyFlush)
	want("a while later", mergeWidth)
	now = now.Add(quietAfter)
	want("long after", quietWidth)
	flushAfter(0)
	want("after one flush more", mergeWidth)
}

// TestHoldBack: flushes rest when many segments wait for a merge, the longer the
// more there are, whatever larger ones lie before them.
func TestHoldBack(t *testing.T) {
	f := func(name string, want time.Duration, sizes ...int64) {
		t.Helper()
		var tables []*table
		for _, mb := range sizes {
			tables = append(tables, &table{segmentRef: segmentRef{size: mb << 20}})
		}
		if got := holdBack(tables, time.Second); got != want {
			t.Errorf("%s: %v, want %v", name, got, want)
		}
	}
	many := func(mb int64, n int, behind ...int64) []int64 {
		return append(slices.Repeat([]int64{mb}, n), behind...)
	}
	f("nothing", 0)
	f("few", 0, many(3, fewFlushed)...)
	f("a merge behind", time.Second, many(3, fewFlushed+busyWidth)...)
	f("ten merges behind", 10*time.Second, many(3, fewFlushed+10*busyWidth)...)
	f("large ones need none", 0, many(200, 1000, many(3, 100)...)...)
	f("a small one behind", time.Second, many(1, fewFlushed+busyWidth-1, 0)...)
}
