package datafolder

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"skywatch/internal/metastore"
	"skywatch/internal/scope"
)

// removeAll removes files of a folder.
func removeAll(t *testing.T, dir string, names ...string) {
	t.Helper()
	for _, name := range names {
		if err := os.Remove(filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
}

// repaired repairs the folder and looks at it after: whole, and a second repair
// has nothing to do.
func repaired(t *testing.T, dir string) *Repaired {
	t.Helper()
	done, err := Repair(context.Background(), dir)
	if err != nil {
		t.Fatal(err)
	}
	if r := verify(t, dir); r.Damaged != 0 {
		t.Errorf("after the repair: %+v", r.Damage)
	}
	if again, err := Repair(context.Background(), dir); err != nil || len(again.Actions) != 0 {
		t.Errorf("a second repair did %+v, %v", again.Actions, err)
	}
	return done
}

// groupNames are the names of the folder's log groups, by its own metadata.
func groupNames(t *testing.T, dir string) string {
	t.Helper()
	meta, err := metastore.Open(context.Background(), dir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, g := range meta.Groups(scope.Scope{Account: "000000000000", Region: "us-east-1"}) {
		names = append(names, g.Name)
		for _, s := range meta.Streams(g.ID) {
			names = append(names, g.Name+":"+s.Name)
		}
	}
	if err := meta.Close(); err != nil {
		t.Fatal(err)
	}
	return strings.Join(names, " ")
}

// Without meta.db everything comes back from the journal.
func TestRepairMetadata(t *testing.T) {
	dir := folder(t)
	want := groupNames(t, dir)
	removeAll(t, dir, metaDB)
	if r := verify(t, dir); r.Damaged != 1 {
		t.Errorf("verify found %+v", r.Damage)
	}
	done := repaired(t, dir)
	if len(done.Actions) != 1 || done.Actions[0].Lost {
		t.Errorf("the repair did %+v", done.Actions)
	}
	if got := groupNames(t, dir); got != want {
		t.Errorf("groups %s, want %s", got, want)
	}
}

// With neither meta.db nor the journal the events get groups and streams again.
func TestRepairAdoptsGroups(t *testing.T) {
	dir := folder(t)
	removeAll(t, dir, metaDB, metaJournal)
	done := repaired(t, dir)
	if len(done.Actions) != 3 || !done.Actions[0].Lost {
		t.Errorf("the repair did %+v", done.Actions)
	}
	want := "recovered/log-group-1 recovered/log-group-1:recovered/log-stream-1" +
		" recovered/log-group-2 recovered/log-group-2:recovered/log-stream-2" +
		" recovered/log-group-3 recovered/log-group-3:recovered/log-stream-3"
	if got := groupNames(t, dir); got != want {
		t.Errorf("groups %s, want %s", got, want)
	}
}

// What a deletion left behind stays deleted.
func TestRepairAdoptsNothingDeleted(t *testing.T) {
	ctx := context.Background()
	dir := folder(t)
	meta, err := metastore.Open(ctx, dir)
	if err != nil {
		t.Fatal(err)
	}
	if err := meta.DeleteGroup(ctx, 2); err != nil {
		t.Fatal(err)
	}
	if err := meta.Close(); err != nil {
		t.Fatal(err)
	}
	if done := repaired(t, dir); len(done.Actions) != 0 {
		t.Errorf("the repair did %+v", done.Actions)
	}
	removeAll(t, dir, metaDB) // the journal knows that it was deleted
	if done := repaired(t, dir); len(done.Actions) != 1 {
		t.Errorf("the repair did %+v", done.Actions)
	}
	if got := groupNames(t, dir); got != "etl/0 etl/0:stream etl/2 etl/2:stream" {
		t.Errorf("groups %s", got)
	}
}
