package logstest

import (
	"context"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"skywatch/internal/logs"
)

func TestMem(t *testing.T) {
	ctx := context.Background()
	m := NewMem()
	m.BlockLen = 2
	put := func(g logs.GroupID, s logs.StreamID, events ...logs.Event) {
		t.Helper()
		if err := m.Append(ctx, []logs.Batch{{Group: g, Stream: s, Ingested: 99, Events: events}}); err != nil {
			t.Fatal(err)
		}
	}
	put(1, 1, logs.Event{Timestamp: 10, Message: "a"}, logs.Event{Timestamp: 30, Message: "c"})
	put(2, 2, logs.Event{Timestamp: 20, Message: "b"}, logs.Event{Timestamp: 30, Message: "d"})
	scan := func(want string, s logs.Scan) {
		t.Helper()
		s.Columns = logs.ColMessage
		if s.Groups == nil {
			s.Groups = []logs.GroupID{1, 2}
		}
		if s.End == 0 {
			s.End = 100
		}
		got := ""
		if _, err := m.Scan(ctx, s, func(b *logs.Block) error {
			for _, msg := range b.Messages {
				got += msg
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		if got != want {
			t.Errorf("scan %+v: got %q, want %q", s, got, want)
		}
	}
	scan("abcd", logs.Scan{Order: logs.OldestFirst})
	scan("dcba", logs.Scan{Order: logs.NewestFirst})
	scan("ac", logs.Scan{Order: logs.OldestFirst, Groups: []logs.GroupID{1}})
	scan("bd", logs.Scan{Order: logs.OldestFirst, Streams: []logs.StreamID{2}})
	scan("b", logs.Scan{Start: 20, End: 30})
	scan("d", logs.Scan{Order: logs.OldestFirst, After: &logs.Position{Timestamp: 30, Seq: 2}})
	scan("ba", logs.Scan{Order: logs.NewestFirst, After: &logs.Position{Timestamp: 30, Seq: 2}})

	if d := cmp.Diff(logs.GroupStat{Events: 2, Bytes: 54, FirstEvent: 10, LastEvent: 30}, m.GroupStat(1)); d != "" {
		t.Error(d)
	}
	st, err := m.Scan(ctx, logs.Scan{Groups: []logs.GroupID{1, 2}, End: 100}, func(*logs.Block) error { return logs.ErrStop })
	if err != nil || st.Rows != 2 {
		t.Errorf("stopped scan: %+v, %v", st, err)
	}
	if err := m.DropGroup(ctx, 1); err != nil {
		t.Fatal(err)
	}
	scan("bd", logs.Scan{Order: logs.OldestFirst})
	m.Close()
	if _, err := m.Scan(ctx, logs.Scan{Groups: []logs.GroupID{1}}, nil); !errors.Is(err, logs.ErrClosed) {
		t.Errorf("scan after close: %v", err)
	}
}
