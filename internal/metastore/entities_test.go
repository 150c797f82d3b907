package metastore

import (
	"database/sql"
	"errors"
	"fmt"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"skywatch/internal/logs"
)

// service is an entity of that name.
func service(name string) Entity {
	return Entity{KeyAttributes: map[string]string{"Type": "Service", "Name": name}, Attributes: map[string]string{"EC2.InstanceId": "i-1"}}
}

func TestEntities(t *testing.T) {
	dir := t.TempDir()
	s := mustOpen(t, dir)
	g := mustGroup(t, s, here, "/a")
	base, err := s.CreateStream(ctx, g.ID, "s", 7)
	if err != nil {
		t.Fatal(err)
	}
	of := func(s *Store, e Entity) Stream {
		t.Helper()
		got, err := s.EntityStream(ctx, base, e)
		if err != nil {
			t.Fatal(err)
		}
		return got
	}
	one, two := of(s, service("one")), of(s, service("two"))
	if one.ID == base.ID || one.ID == two.ID {
		t.Fatalf("identifiers %d, %d and %d are not different", base.ID, one.ID, two.ID)
	}
	check := func(s *Store) {
		t.Helper()
		if again := of(s, service("one")); again.ID != one.ID {
			t.Errorf("the same entity has the identifiers %d and %d", one.ID, again.ID)
		}
		if got, ok := s.StreamByID(one.ID); !ok || got.Name != "s" || got.Created != 7 {
			t.Errorf("stream of the entity: %+v, %v", got, ok)
		} else if diff := cmp.Diff(map[string]string{"@entity.KeyAttributes.Type": "Service", "@entity.KeyAttributes.Name": "one",
			"@entity.Attributes.EC2.InstanceId": "i-1"}, got.Entity.Fields()); diff != "" {
			t.Error(diff)
		}
		if got, _ := s.StreamByID(base.ID); got.Entity.Fields() != nil {
			t.Errorf("the stream itself has the entity %v", got.Entity)
		}
		if diff := cmp.Diff([]logs.StreamID{base.ID, one.ID, two.ID}, s.StreamIDs(base.ID)); diff != "" {
			t.Error(diff)
		}
		if got, _ := s.Stream(g.ID, "s"); got.ID != base.ID {
			t.Errorf("the name means stream %d, want %d", got.ID, base.ID)
		}
		if diff := cmp.Diff([]Stream{base}, s.Streams(g.ID)); diff != "" {
			t.Error(diff)
		}
	}
	check(s)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = mustOpen(t, dir)
	check(s)

	ids, err := s.DeleteStream(ctx, base.ID)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]logs.StreamID{base.ID, one.ID, two.ID}, ids); diff != "" {
		t.Error(diff)
	}
	for _, id := range ids {
		if got, ok := s.StreamByID(id); ok {
			t.Errorf("deleted, yet there: %+v", got)
		}
	}
	if _, err := s.EntityStream(ctx, base, service("late")); !errors.Is(err, ErrNotFound) {
		t.Errorf("entity of a deleted stream: %v", err)
	}
	if base, err = s.CreateStream(ctx, g.ID, "s", 8); err != nil {
		t.Fatal(err)
	}
	last := of(s, service("one"))
	if err := s.DeleteGroup(ctx, g.ID); err != nil {
		t.Fatal(err)
	}
	if got, ok := s.StreamByID(last.ID); ok {
		t.Errorf("its group is deleted, yet there: %+v", got)
	}
}

// TestEntityRace lets calls make the same entities of one stream.
func TestEntityRace(t *testing.T) {
	s := mustOpen(t, t.TempDir())
	base, err := s.CreateStream(ctx, mustGroup(t, s, here, "/a").ID, "s", 1)
	if err != nil {
		t.Fatal(err)
	}
	const calls, entities = 64, 4
	got := make(chan Stream, calls)
	for i := range calls {
		go func() {
			st, err := s.EntityStream(ctx, base, service(fmt.Sprint(i%entities)))
			if err != nil {
				t.Error(err)
			}
			got <- st
		}()
	}
	for range calls {
		st := <-got
		if known, _ := s.StreamByID(st.ID); cmp.Diff(known, st) != "" {
			t.Errorf("got %+v, known as %+v", st, known)
		}
	}
	if n := len(s.StreamIDs(base.ID)); n != 1+entities {
		t.Errorf("%d identifiers, want %d", n, 1+entities)
	}
}

func TestTooManyEntities(t *testing.T) {
	s := mustOpen(t, t.TempDir())
	base, err := s.CreateStream(ctx, mustGroup(t, s, here, "/a").ID, "s", 1)
	if err != nil {
		t.Fatal(err)
	}
	s.mu.Lock()
	many := map[string]logs.StreamID{}
	for i := range MaxEntities {
		many[fmt.Sprint(i)] = logs.StreamID(100 + i)
	}
	s.cache.entities[base.ID] = many
	s.mu.Unlock()
	if _, err := s.EntityStream(ctx, base, service("one more")); !errors.Is(err, ErrTooManyEntities) {
		t.Errorf("got %v, want %v", err, ErrTooManyEntities)
	}
}

// TestMigrateStreams opens a file of the first schema, whose last stream was
// deleted: its identifier must not come again.
func TestMigrateStreams(t *testing.T) {
	dir := t.TempDir()
	db, err := sql.Open("sqlite", filepath.Join(dir, "meta.db"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.Exec(migrations[0] + `
		PRAGMA user_version = 1;
		INSERT INTO log_groups (account, region, name, class, created) VALUES ('` + here.Account + `', '` + here.Region + `', '/a', 'STANDARD', 1);
		INSERT INTO log_streams (group_id, name, created) VALUES (1, 'kept', 5), (1, 'gone', 6);
		DELETE FROM log_streams WHERE name = 'gone';`); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	in, err := Inspect(ctx, dir)
	if err != nil {
		t.Fatal(err)
	}
	kept := Stream{ID: 1, Group: 1, Name: "kept", Created: 5}
	if diff := cmp.Diff(map[logs.StreamID]Stream{1: kept}, in.Streams); diff != "" {
		t.Errorf("inspected: %s", diff)
	}
	s := mustOpen(t, dir)
	if diff := cmp.Diff([]Stream{kept}, s.Streams(1)); diff != "" {
		t.Error(diff)
	}
	if _, last, err := s.LastIDs(ctx); err != nil || last != 2 {
		t.Errorf("last stream identifier %d, %v; want 2", last, err)
	}
	if st, err := s.CreateStream(ctx, 1, "new", 7); err != nil || st.ID != 3 {
		t.Errorf("new stream %+v, %v; want identifier 3", st, err)
	}
}
