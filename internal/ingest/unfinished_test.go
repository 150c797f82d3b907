package ingest

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"skywatch/internal/logs"
	"skywatch/internal/metrics"
)

// TestSecondTryStoresOnlyWhatIsMissing: whichever append failed, and however
// often, in the end events and data are there once.
func TestSecondTryStoresOnlyWhatIsMissing(t *testing.T) {
	bad := errors.New("disk on fire")
	// Each letter is a try: l the events fail, m the data fail, b both.
	for _, script := range []string{"", "l", "m", "b", "ll", "mm", "lm", "ml", "bl", "bm", "lb", "mbl", "lbm", "mlbm"} {
		h := build(t, nil)
		put := func(message string) error {
			_, err := h.PutLogEvents(t.Context(), here, group, stream, []logs.Event{
				{Timestamp: now.UnixMilli() - 5, Message: message}, {Timestamp: now.UnixMilli(), Message: report}})
			return err
		}
		acknowledged := false
		for _, c := range script + "-" {
			h.gate.before = func(context.Context) error {
				if c == 'l' || c == 'b' {
					return bad
				}
				return nil
			}
			h.metrics.Fail = func([]metrics.Datum) error {
				if c == 'm' || c == 'b' {
					return bad
				}
				return nil
			}
			// What an earlier try stored is not tried again, so cannot fail.
			err := put("x")
			if acknowledged = err == nil; acknowledged {
				break
			}
			if !errors.Is(err, bad) {
				t.Fatalf("%q: %v", script, err)
			}
		}
		if !acknowledged {
			t.Fatalf("%q: the last try failed", script)
		}
		h.gate.before, h.metrics.Fail = nil, nil
		for _, other := range []string{"y", "x"} { // another batch, and the same on purpose
			if err := put(other); err != nil {
				t.Fatalf("%q: %v", script, err)
			}
		}
		if n := h.logs.GroupStat(1).Events; n != 6 {
			t.Errorf("%q: %d events, want 6", script, n)
		}
		if s := h.sum(t, "Duration"); s != 9000 {
			t.Errorf("%q: sum of durations %v, want 9000", script, s)
		}
		if n := h.unfinished.n.Load(); n != 0 {
			t.Errorf("%q: %d batches are still remembered", script, n)
		}
	}
}

func TestUnfinishedIsBounded(t *testing.T) {
	var u unfinished
	for i := range 3 * maxUnfinished {
		u.put(&logs.Batch{Group: 1, Stream: 1, Events: []logs.Event{{Message: fmt.Sprint(i)}}}, eventsStored)
	}
	if len(u.known) > maxUnfinished || len(u.order) > maxUnfinished {
		t.Errorf("%d batches, %d places; want at most %d", len(u.known), len(u.order), maxUnfinished)
	}
}
