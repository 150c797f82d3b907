//go:build e2e

package test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
)

// A killed server's folder is damaged in the middle of its write-ahead log, and
// then loses its manifest with the copy. Each time the start is refused with the
// command that helps; after that command everything but the record that was hit
// is there, once, a deleted group stays deleted, and the damaged files are kept.
func TestRepairFolder(t *testing.T) {
	dir := t.TempDir()
	ctx := context.Background()
	refused := func() {
		t.Helper()
		out, code := skywatch(t, "serve", "--data", dir, "--listen", freeAddress(t))
		if code != 1 || !strings.Contains(out, "skywatch verify --repair "+dir) {
			t.Fatalf("serve: exit %d\n%s", code, out)
		}
	}
	repair := func(want ...string) (kept string) {
		t.Helper()
		out, code := skywatch(t, "verify", "--repair", dir)
		for _, w := range append(want, "all as written") {
			if !strings.Contains(out, w) {
				t.Errorf("the repair does not say %q:\n%s", w, out)
			}
		}
		if code != 0 {
			t.Fatalf("repair: exit %d\n%s", code, out)
		}
		_, rest, _ := strings.Cut(out, "the files as they were are in ")
		kept, _, _ = strings.Cut(rest, "\n")
		return kept
	}

	p := start(t, "serve", "--data", dir)
	fillGroups(t, ctx, logsClient(p.url))
	p.kill()
	logs, err := filepath.Glob(filepath.Join(dir, "logs/wal/*.wal"))
	if err != nil || len(logs) != 1 {
		t.Fatalf("log files %v, %v; want one", logs, err)
	}
	b, err := os.ReadFile(logs[0])
	if err != nil {
		t.Fatal(err)
	}
	flip(t, logs[0], b, 1000) // in the first record, the first group's
	refused()
	kept := repair("repaired with loss", "kept 3 whole records")
	if moved, err := os.ReadFile(filepath.Join(kept, "logs/wal", filepath.Base(logs[0]))); err != nil || len(moved) != len(b) {
		t.Errorf("the damaged log was not kept: %d bytes, %v", len(moved), err)
	}
	p = start(t, "serve", "--data", dir)
	cl := logsClient(p.url)
	if n := countEvents(t, ctx, cl); n != (damageGroups-1)*damageEvents {
		t.Errorf("%d events after the repair, want %d", n, (damageGroups-1)*damageEvents)
	}
	p.stop() // into a segment
	p = start(t, "serve", "--data", dir)
	gone := damageGroup(2)
	if _, err := logsClient(p.url).DeleteLogGroup(ctx, &cloudwatchlogs.DeleteLogGroupInput{LogGroupName: &gone}); err != nil {
		t.Fatal(err)
	}
	p.kill()

	for _, name := range []string{"logs/MANIFEST", "logs/MANIFEST.copy", "metrics/MANIFEST", "metrics/MANIFEST.copy"} {
		if err := os.Remove(filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	refused()
	repair("repaired: ", "made anew", "deletes again what meta.db does not know")
	p = start(t, "serve", "--data", dir)
	if n := countEvents(t, ctx, logsClient(p.url)); n != (damageGroups-2)*damageEvents {
		t.Errorf("%d events after the rebuild, want %d", n, (damageGroups-2)*damageEvents)
	}
	p.stop()
}
