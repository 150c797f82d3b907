package metastore

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"skywatch/internal/logs"
	"skywatch/internal/scope"
)

// files are the contents of a folder by name.
type files map[string][]byte

func readFiles(t testing.TB, dir string) files {
	t.Helper()
	f := files{}
	for _, name := range []string{dbName, logName, indexName, journalName} {
		b, err := os.ReadFile(filepath.Join(dir, name))
		if errors.Is(err, os.ErrNotExist) {
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		f[name] = b
	}
	return f
}

func (f files) writeTo(t testing.TB, dir string) {
	t.Helper()
	for name, b := range f {
		if err := os.WriteFile(filepath.Join(dir, name), b, 0o666); err != nil {
			t.Fatal(err)
		}
	}
}

// snapshot is everything that a store says.
type snapshot struct {
	Groups  []Group
	Streams map[logs.GroupID][]Stream
	IDs     map[logs.StreamID][]logs.StreamID
	Docs    []Doc
	Last    [2]int64
}

func snapshotOf(t testing.TB, s *Store) snapshot {
	t.Helper()
	out := snapshot{Groups: slices.Clone(s.Groups(here)), Streams: map[logs.GroupID][]Stream{}, IDs: map[logs.StreamID][]logs.StreamID{}}
	for i, g := range out.Groups {
		if len(g.Tags) == 0 {
			out.Groups[i].Tags = nil // read back it is empty
		}
		out.Streams[g.ID] = s.Streams(g.ID)
		for _, st := range out.Streams[g.ID] {
			out.IDs[st.ID] = s.StreamIDs(st.ID)
		}
	}
	var err error
	if out.Docs, err = s.ListDocs(ctx, "kind", here); err != nil {
		t.Fatal(err)
	}
	g, st, err := s.LastIDs(ctx)
	if err != nil {
		t.Fatal(err)
	}
	out.Last = [2]int64{int64(g), int64(st)}
	return out
}

// changeAtRandom makes n changes of all kinds, each of its own transaction.
func changeAtRandom(t testing.TB, s *Store, rnd *rand.Rand, n int) {
	t.Helper()
	for i := range n {
		groups := s.Groups(here)
		var err error
		switch k := rnd.IntN(10); {
		case k < 3 || len(groups) == 0:
			_, err = s.CreateGroup(ctx, Group{Scope: here, Name: fmt.Sprintf("/%d/%d", i, rnd.Uint32()), Class: "STANDARD", Created: rnd.Int64(), Tags: map[string]string{"k": fmt.Sprint(i)}})
		case k < 5:
			_, err = s.CreateStream(ctx, groups[rnd.IntN(len(groups))].ID, fmt.Sprintf("s%d/%d", i, rnd.Uint32()), rnd.Int64())
		case k < 6:
			_, err = s.UpdateGroup(ctx, groups[rnd.IntN(len(groups))].ID, func(g *Group) error {
				g.RetentionDays = rnd.IntN(400)
				return nil
			})
		case k < 7:
			err = s.PutDoc(ctx, "kind", here, fmt.Sprint(rnd.IntN(20)), map[string]int{"v": i})
		case k < 8:
			if g := groups[rnd.IntN(len(groups))]; len(s.Streams(g.ID)) > 0 {
				_, err = s.EntityStream(ctx, s.Streams(g.ID)[0], service(fmt.Sprint(i)))
			}
		case k < 9:
			if g := groups[rnd.IntN(len(groups))]; len(s.Streams(g.ID)) > 1 {
				_, err = s.DeleteStream(ctx, s.Streams(g.ID)[0].ID)
			}
		case i%4 == 0:
			err = s.DeleteGroup(ctx, groups[rnd.IntN(len(groups))].ID)
		default:
			_, err = s.DeleteDoc(ctx, "kind", here, fmt.Sprint(rnd.IntN(20)))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

func keepNothing(string) error { return nil }

// Any one stretch of bytes that is altered, zeroed or cut off, in any of the
// files, of a stopped or a killed store: it opens and says all that was
// acknowledged, or refuses, and then a repair brings all of it back.
func TestDamage(t *testing.T) {
	for _, stopped := range []bool{false, true} {
		t.Run(fmt.Sprintf("stopped %v", stopped), func(t *testing.T) {
			rnd := rand.New(rand.NewPCG(1, 2))
			dir := t.TempDir()
			s := mustOpen(t, dir)
			changeAtRandom(t, s, rnd, 150)
			want := snapshotOf(t, s)
			whole := readFiles(t, dir) // as a kill leaves them: all was synced
			if stopped {
				if err := s.Close(); err != nil {
					t.Fatal(err)
				}
				whole = readFiles(t, dir)
				if n := len(whole[logName]); n > 0 {
					t.Errorf("a stopped store left %d bytes in SQLite's log", n)
				}
			}
			names := slices.DeleteFunc(slices.Sorted(maps.Keys(whole)), func(n string) bool { return len(whole[n]) == 0 || n == indexName })
			refused := map[string]int{}
			for i := range 80 {
				name := names[i%len(names)]
				damaged := maps.Clone(whole)
				b := slices.Clone(whole[name])
				at := rnd.IntN(len(b))
				what := "removed"
				switch k := rnd.IntN(20); {
				case k < 12:
					what = "flipped"
					b[at] ^= byte(1 + rnd.IntN(255))
				case k < 16:
					what = "zeroed"
					clear(b[at:min(len(b), at+1+rnd.IntN(5000))])
				case k < 19:
					what = "cut"
					b = b[:at]
				default:
					b = nil
				}
				if damaged[name] = b; b == nil {
					delete(damaged, name)
				}
				if bytes.Equal(b, whole[name]) {
					continue
				}
				where := fmt.Sprintf("%s %s at %d of %d", name, what, at, len(whole[name]))
				dir := t.TempDir()
				delete(damaged, indexName)
				damaged.writeTo(t, dir)
				checked, err := Check(ctx, dir)
				if err != nil {
					t.Fatalf("%s: check: %v", where, err)
				}
				s, err := Open(ctx, dir)
				if err != nil {
					refused[name]++
					if !errors.Is(err, logs.ErrCorrupt) || len(checked.Damage) == 0 {
						t.Errorf("%s: refused for %v; the check says %v", where, err, checked.Damage)
					}
					done, err := Repair(ctx, dir, keepNothing)
					if err != nil || done == nil || done.Lost {
						t.Fatalf("%s: repair: %+v, %v", where, done, err)
					}
					if again, err := Repair(ctx, dir, keepNothing); err != nil || again != nil {
						t.Errorf("%s: a second repair did %+v, %v", where, again, err)
					}
					if s, err = Open(ctx, dir); err != nil {
						t.Fatalf("%s: after the repair: %v", where, err)
					}
				}
				if diff := cmp.Diff(want, snapshotOf(t, s)); diff != "" {
					t.Errorf("%s: %s", where, diff)
				}
				if err := s.Close(); err != nil {
					t.Errorf("%s: close: %v", where, err)
				}
			}
			for _, name := range names {
				if name != journalName && refused[name] == 0 {
					t.Errorf("no damage to %s was found", name)
				}
			}
		})
	}
}

// Both copies are damaged: what the tables or the journal's beginning still
// say is kept, and the repair says that something is lost.
func TestDamageToBoth(t *testing.T) {
	rnd := rand.New(rand.NewPCG(3, 4))
	whole := t.TempDir()
	s := mustOpen(t, whole)
	changeAtRandom(t, s, rnd, 100)
	f := readFiles(t, whole)
	for i := range 15 {
		dir := t.TempDir()
		damaged := files{}
		for name, b := range f {
			b = slices.Clone(b)
			for range 1 + rnd.IntN(20) {
				b[rnd.IntN(len(b))] ^= 0x40
			}
			damaged[name] = b
		}
		damaged.writeTo(t, dir)
		if s, err := Open(ctx, dir); err == nil {
			_ = s.Close() // damage to what nobody needs
			continue
		}
		if _, err := Repair(ctx, dir, keepNothing); err != nil {
			t.Fatalf("%d: %v", i, err)
		}
		s, err := Open(ctx, dir)
		if err != nil {
			t.Fatalf("%d: after the repair: %v", i, err)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
}

// Groups and streams that events belong to and the metadata does not know get
// names, their identifiers, and the owner that all others have.
func TestAdopt(t *testing.T) {
	dir := t.TempDir()
	s := mustOpen(t, dir)
	g := mustGroup(t, s, here, "/known")
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	other := scope.Scope{Account: "999999999999", Region: "eu-west-1"}
	if err := Adopt(ctx, dir, other, []Unknown{{Group: 24, Streams: []logs.StreamID{7, 9}}, {Group: g.ID, Streams: []logs.StreamID{8}}}, keepNothing); err != nil {
		t.Fatal(err)
	}
	s = mustOpen(t, dir)
	found, ok := s.Group(here, "recovered/log-group-24")
	if !ok || found.ID != 24 || len(s.Streams(24)) != 2 {
		t.Errorf("adopted %+v with streams %v", found, s.Streams(24))
	}
	if st, ok := s.Stream(g.ID, "recovered/log-stream-8"); !ok || st.ID != 8 {
		t.Errorf("adopted stream %+v", st)
	}
	if next := mustGroup(t, s, here, "/next"); next.ID != 25 {
		t.Errorf("the next group has identifier %d, want 25", next.ID)
	}
}

// A damaged index is made anew by Open, which says so.
func TestIndexDamage(t *testing.T) {
	dir := t.TempDir()
	s := mustOpen(t, dir)
	for i := range 50 {
		mustGroup(t, s, here, fmt.Sprintf("/group/%d", i))
	}
	var root, page int
	if err := s.db.QueryRow("SELECT rootpage FROM sqlite_schema WHERE type = 'index' AND tbl_name = 'log_groups'").Scan(&root); err != nil {
		t.Fatal(err)
	}
	if err := s.db.QueryRow("PRAGMA page_size").Scan(&page); err != nil {
		t.Fatal(err)
	}
	want := snapshotOf(t, s)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	f := readFiles(t, dir)
	index := f[dbName][(root-1)*page : root*page]
	at := bytes.Index(index, []byte("/group/17"))
	if at < 0 {
		t.Fatal("the index does not hold the name")
	}
	index[at+7] = '9'
	f.writeTo(t, dir)
	if c, err := Check(ctx, dir); err != nil || len(c.Damage) == 0 {
		t.Errorf("the check says %+v, %v", c, err)
	}
	s = mustOpen(t, dir)
	if len(s.Healed()) != 1 {
		t.Errorf("healed %q", s.Healed())
	}
	if diff := cmp.Diff(want, snapshotOf(t, s)); diff != "" {
		t.Error(diff)
	}
}

// A long journal is written anew, and says the same.
func TestJournalIsCompacted(t *testing.T) {
	dir := t.TempDir()
	s := mustOpen(t, dir)
	long := string(bytes.Repeat([]byte{'x'}, 200<<10))
	for i := range 60 {
		if err := s.PutDoc(ctx, "kind", here, fmt.Sprint(i%3), long+fmt.Sprint(i)); err != nil {
			t.Fatal(err)
		}
	}
	st, err := os.Stat(filepath.Join(dir, journalName))
	if err != nil || st.Size() > 2*journalGrowth {
		t.Errorf("journal of %d bytes, %v", st.Size(), err)
	}
	want := snapshotOf(t, s)
	f := readFiles(t, dir)
	delete(f, dbName)
	delete(f, logName)
	other := t.TempDir()
	f.writeTo(t, other)
	if done, err := Repair(ctx, other, keepNothing); err != nil || done == nil || done.Lost {
		t.Fatalf("repair: %+v, %v", done, err)
	}
	if diff := cmp.Diff(want, snapshotOf(t, mustOpen(t, other))); diff != "" {
		t.Error(diff)
	}
}

// FuzzJournal: whatever the bytes, decoding ends with contents or an error, and
// what was decoded whole is written and read back as it is.
func FuzzJournal(f *testing.F) {
	dir := f.TempDir()
	c := newContents()
	c.apply(change{group: &groupRow{id: 3, account: "a", region: "r", name: "/g", tags: "{}", protected: true}})
	c.apply(change{stream: &streamRow{id: 4, group: 3, name: "s", created: -1, entity: "{}"}})
	c.apply(change{doc: &docChange{docKey{"k", "a", "r", "x"}, &docRow{"{}", 7}}})
	j, err := createJournal(disk, dir, c)
	if err != nil {
		f.Fatal(err)
	}
	for seq, ch := range []change{{dropStream: 4}, {doc: &docChange{key: docKey{"k", "a", "r", "x"}}}, {dropGroup: 3}} {
		if err := j.append(uint64(seq+1), []change{ch}); err != nil {
			f.Fatal(err)
		}
	}
	if err := j.close(); err != nil {
		f.Fatal(err)
	}
	b, err := os.ReadFile(filepath.Join(dir, journalName))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(b)
	f.Add(b[:len(b)-3])
	f.Fuzz(func(t *testing.T, b []byte) {
		c, err := decodeJournal(b)
		if err != nil {
			return
		}
		dir := t.TempDir()
		j, err := createJournal(disk, dir, c)
		if err != nil {
			t.Fatal(err)
		}
		_ = j.close()
		again, err := readJournal(disk, dir)
		if err != nil || again.differs(c) != "" || again.seq != c.seq {
			t.Errorf("written and read back: %v, %s", err, again.differs(c))
		}
	})
}

// FuzzChanges decodes rows that no checksum vouches for.
func FuzzChanges(f *testing.F) {
	f.Add(appendChange(nil, change{group: &groupRow{id: 3, name: "/g"}}))
	f.Add(appendChange(nil, change{doc: &docChange{key: docKey{"k", "a", "r", "x"}}}))
	f.Fuzz(func(t *testing.T, b []byte) {
		c := newContents()
		_ = decodeChanges(b, c.apply) // it must only end
	})
}

// FuzzSQLiteLog: a log of any bytes is judged without a panic.
func FuzzSQLiteLog(f *testing.F) {
	dir := f.TempDir()
	s, err := Open(ctx, dir)
	if err != nil {
		f.Fatal(err)
	}
	if _, err := s.CreateGroup(ctx, Group{Scope: here, Name: "/a"}); err != nil {
		f.Fatal(err)
	}
	b, err := os.ReadFile(filepath.Join(dir, logName))
	if err != nil {
		f.Fatal(err)
	}
	if err := s.Close(); err != nil {
		f.Fatal(err)
	}
	if err := checkSQLiteFrames(b); err != nil {
		f.Fatal(err)
	}
	f.Add(b)
	f.Fuzz(func(t *testing.T, b []byte) { _ = checkSQLiteFrames(b) })
}
