package metastore

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"skywatch/internal/logs"
	"skywatch/internal/scope"

	"github.com/google/go-cmp/cmp"
)

var (
	ctx   = context.Background()
	here  = scope.Scope{Account: "000000000000", Region: "us-east-1"}
	there = scope.Scope{Account: "111111111111", Region: "eu-west-1"}
)

func mustOpen(t *testing.T, dir string) *Store {
	t.Helper()
	s, err := Open(ctx, dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func mustGroup(t *testing.T, s *Store, sc scope.Scope, name string) Group {
	t.Helper()
	g, err := s.CreateGroup(ctx, Group{Scope: sc, Name: name, Class: "STANDARD", Created: 1000})
	if err != nil {
		t.Fatal(err)
	}
	return g
}

func TestReopenKeepsEverything(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a folder", "100% ?odd#")
	s := mustOpen(t, dir)
	a, err := s.CreateGroup(ctx, Group{Scope: here, Name: "/a", Class: "STANDARD", Created: 5, RetentionDays: 7,
		KMSKeyID: "key", DeletionProtected: true, Tags: map[string]string{"k": "v"}})
	if err != nil {
		t.Fatal(err)
	}
	b := mustGroup(t, s, there, "/b")
	s1, err := s.CreateStream(ctx, a.ID, "z", 6)
	if err != nil {
		t.Fatal(err)
	}
	s2, err := s.CreateStream(ctx, a.ID, "a", 7)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.PutDoc(ctx, "alarm", here, "x", map[string]int{"n": 1}); err != nil {
		t.Fatal(err)
	}

	check := func(s *Store) {
		t.Helper()
		if diff := cmp.Diff([]Group{a}, s.Groups(here)); diff != "" {
			t.Error(diff)
		}
		if diff := cmp.Diff([]scope.Scope{here, there}, s.AllScopes()); diff != "" {
			t.Error(diff)
		}
		if diff := cmp.Diff([]Stream{s2, s1}, s.Streams(a.ID)); diff != "" {
			t.Error(diff)
		}
		if got, ok := s.Stream(a.ID, "z"); !ok || got != s1 {
			t.Errorf("stream z: got %v, %v", got, ok)
		}
		if got, ok := s.StreamByID(s2.ID); !ok || got != s2 {
			t.Errorf("stream %d: got %v, %v", s2.ID, got, ok)
		}
		if got, ok := s.GroupByID(b.ID); !ok || got.Name != "/b" {
			t.Errorf("group %d: got %v, %v", b.ID, got, ok)
		}
		if _, ok := s.Group(there, "/a"); ok {
			t.Error("a group shows in another scope")
		}
		var doc map[string]int
		if ok, err := s.GetDoc(ctx, "alarm", here, "x", &doc); err != nil || !ok || doc["n"] != 1 {
			t.Errorf("document: got %v %v %v", doc, ok, err)
		}
	}
	check(s)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	check(mustOpen(t, dir))
}

func TestSentinels(t *testing.T) {
	dir := t.TempDir()
	s := mustOpen(t, dir)
	g := mustGroup(t, s, here, "/a")
	want := func(err, class error) {
		t.Helper()
		if !errors.Is(err, class) {
			t.Errorf("got %v, want %v", err, class)
		}
	}
	_, err := s.CreateGroup(ctx, Group{Scope: here, Name: "/a"})
	want(err, ErrExists)
	if _, err := s.CreateStream(ctx, g.ID, "s", 1); err != nil {
		t.Fatal(err)
	}
	_, err = s.CreateStream(ctx, g.ID, "s", 1)
	want(err, ErrExists)
	_, err = s.CreateStream(ctx, g.ID+99, "s", 1)
	want(err, ErrNotFound)
	_, err = s.UpdateGroup(ctx, g.ID+99, func(*Group) error { return nil })
	want(err, ErrNotFound)
	want(s.DeleteGroup(ctx, g.ID+99), ErrNotFound)
	_, err = s.DeleteStream(ctx, 99)
	want(err, ErrNotFound)
	mine := errors.New("mine")
	_, err = s.UpdateGroup(ctx, g.ID, func(g *Group) error { g.RetentionDays = 1; return mine })
	want(err, mine)
	if g, _ := s.Group(here, "/a"); g.RetentionDays != 0 {
		t.Error("a refused update was stored")
	}
	_, err = Open(ctx, dir)
	want(err, ErrInUse)
	gone, cancel := context.WithCancel(ctx)
	cancel()
	_, err = s.CreateGroup(gone, Group{Scope: here, Name: "/cancelled"})
	want(err, context.Canceled)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	_, err = s.CreateGroup(ctx, Group{Scope: here, Name: "/b"})
	want(err, logs.ErrClosed)
}

func TestIDsAreNeverUsedAgain(t *testing.T) {
	dir := t.TempDir()
	groups, streams := map[logs.GroupID]bool{}, map[logs.StreamID]bool{}
	for round := range 3 {
		s := mustOpen(t, dir)
		for range 3 {
			g := mustGroup(t, s, here, "/same")
			st, err := s.CreateStream(ctx, g.ID, "same", 1)
			if err != nil {
				t.Fatal(err)
			}
			if groups[g.ID] || streams[st.ID] {
				t.Fatalf("round %d: group %d or stream %d came back", round, g.ID, st.ID)
			}
			groups[g.ID], streams[st.ID] = true, true
			if err := s.DeleteGroup(ctx, g.ID); err != nil {
				t.Fatal(err)
			}
			if _, ok := s.StreamByID(st.ID); ok {
				t.Fatal("a stream outlived its group")
			}
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

func TestUpdatesDoNotOverlap(t *testing.T) {
	s := mustOpen(t, t.TempDir())
	g := mustGroup(t, s, here, "/a")
	const n = 64
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() {
			_, err := s.UpdateGroup(ctx, g.ID, func(g *Group) error {
				g.RetentionDays++
				if g.Tags == nil {
					g.Tags = map[string]string{}
				}
				g.Tags[fmt.Sprint(i)] = "x"
				return nil
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if g, _ := s.Group(here, "/a"); g.RetentionDays != n || len(g.Tags) != n {
		t.Errorf("after %d updates: %d days, %d tags", n, g.RetentionDays, len(g.Tags))
	}
}

func TestDocs(t *testing.T) {
	s := mustOpen(t, t.TempDir())
	for i, key := range []string{"b", "a", "b"} {
		if err := s.PutDoc(ctx, "k", here, key, i); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.PutDoc(ctx, "k", there, "c", 9); err != nil {
		t.Fatal(err)
	}
	docs, err := s.ListDocs(ctx, "k", here)
	if err != nil {
		t.Fatal(err)
	}
	got := ""
	for _, d := range docs {
		got += d.Key + "=" + string(d.JSON) + " "
	}
	if got != "a=1 b=2 " {
		t.Errorf("list: got %q", got)
	}
	if ok, err := s.DeleteDoc(ctx, "k", here, "a"); !ok || err != nil {
		t.Errorf("delete: %v %v", ok, err)
	}
	if ok, err := s.DeleteDoc(ctx, "k", here, "a"); ok || err != nil {
		t.Errorf("delete again: %v %v", ok, err)
	}
	if ok, err := s.GetDoc(ctx, "k", here, "a", new(int)); ok || err != nil {
		t.Errorf("get after delete: %v %v", ok, err)
	}
}

func TestOpenRefuses(t *testing.T) {
	t.Run("not a database", func(t *testing.T) {
		dir := t.TempDir()
		junk := make([]byte, 8192)
		copy(junk, "this is no database at all")
		if err := os.WriteFile(filepath.Join(dir, "meta.db"), junk, 0o666); err != nil {
			t.Fatal(err)
		}
		if _, err := Open(ctx, dir); !errors.Is(err, logs.ErrCorrupt) {
			t.Errorf("got %v, want %v", err, logs.ErrCorrupt)
		}
	})
	t.Run("newer schema", func(t *testing.T) {
		dir := t.TempDir()
		s := mustOpen(t, dir)
		if _, err := s.db.Exec("PRAGMA user_version = 999"); err != nil {
			t.Fatal(err)
		}
		_ = s.Close()
		if _, err := Open(ctx, dir); err == nil {
			t.Error("opened a file of a newer schema")
		}
	})
	t.Run("a file where the folder should be", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "f")
		if err := os.WriteFile(path, nil, 0o666); err != nil {
			t.Fatal(err)
		}
		if _, err := Open(ctx, path); err == nil {
			t.Error("opened a file as a folder")
		}
	})
}

// TestFull fills the database to a page limit: the write says so, nothing of
// it shows, and the store works again once there is room.
func TestFull(t *testing.T) {
	s := mustOpen(t, t.TempDir())
	g := mustGroup(t, s, here, "/a")
	limit := func(pages int) {
		t.Helper()
		err := s.writer.do(ctx, func(*transaction) (func(*cache), error) {
			var n int
			return nil, s.writer.conn.QueryRowContext(ctx, fmt.Sprintf("PRAGMA max_page_count = %d", pages)).Scan(&n)
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	limit(1) // clamps to the present size
	var full error
	made := 0
	for i := 0; i < 10000 && full == nil; i++ {
		if _, full = s.CreateStream(ctx, g.ID, fmt.Sprintf("stream %d", i), 1); full == nil {
			made++
		}
	}
	if !errors.Is(full, logs.ErrFull) {
		t.Fatalf("got %v, want %v", full, logs.ErrFull)
	}
	if n := len(s.Streams(g.ID)); n != made {
		t.Errorf("%d streams acknowledged, %d visible", made, n)
	}
	limit(100000)
	if _, err := s.CreateStream(ctx, g.ID, "after", 1); err != nil {
		t.Errorf("with room again: %v", err)
	}
}

func BenchmarkCreateStreamParallel(b *testing.B) {
	s, err := Open(ctx, b.TempDir())
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	g, err := s.CreateGroup(ctx, Group{Scope: here, Name: "/a"})
	if err != nil {
		b.Fatal(err)
	}
	var mu sync.Mutex
	n := 0
	b.SetParallelism(32)
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			mu.Lock()
			n++
			name := fmt.Sprint("2026/11/22/[$LATEST]", n)
			mu.Unlock()
			if _, err := s.CreateStream(ctx, g.ID, name, 1); err != nil {
				b.Error(err)
			}
		}
	})
}

func BenchmarkLookup(b *testing.B) {
	s, err := Open(ctx, b.TempDir())
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	g, err := s.CreateGroup(ctx, Group{Scope: here, Name: "/a"})
	if err != nil {
		b.Fatal(err)
	}
	if _, err := s.CreateStream(ctx, g.ID, "s", 1); err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			g, _ := s.Group(here, "/a")
			if _, ok := s.Stream(g.ID, "s"); !ok {
				b.Error("lost")
			}
		}
	})
}
