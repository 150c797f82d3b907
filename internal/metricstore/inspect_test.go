package metricstore

import (
	"context"
	"errors"
	"strings"
	"testing"

	"skywatch/internal/manifest"
	"skywatch/internal/metrics"
	"skywatch/internal/vfs"
)

// flushed returns a folder in which everything lies in segments.
func flushed(t *testing.T) *vfs.Mem {
	t.Helper()
	ctx, fs := context.Background(), vfs.NewMem()
	s, err := Open(ctx, fs, "db", testOptions())
	if err != nil {
		t.Fatal(err)
	}
	now := testOptions().Now()
	if err := errors.Join(s.Append(ctx, now, oneEach(20, now)), s.Flush(ctx), s.Close()); err != nil {
		t.Fatal(err)
	}
	return fs
}

func TestInspect(t *testing.T) {
	fs := flushed(t)
	c, err := ReadContents(fs, "db")
	if err != nil || len(c.Segments) != 1 || len(c.Keys) != 1 || c.Bounds == "" || c.SeriesUpTo != 20 {
		t.Fatalf("contents %+v, %v", c, err)
	}
	for _, path := range []string{c.Keys[0], c.Bounds} {
		if s, err := InspectSealed(fs, path); err != nil || s.Series != 20 {
			t.Errorf("%s: %+v, %v, want 20 series", path, s, err)
		}
	}
	s, err := InspectSegment(fs, c.Segments[0].Path)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if s.Series != 20 || s.Size() != c.Segments[0].Size {
		t.Errorf("%d series in %d bytes, want 20 in %d", s.Series, s.Size(), c.Segments[0].Size)
	}
	var bytes, regions int64
	blocks := s.Blocks()
	for _, b := range blocks {
		if err := s.Check(b); err != nil {
			t.Error(err)
		}
		bytes += b.Bytes
	}
	for _, n := range s.Regions {
		regions += n
	}
	if len(blocks) < 20 || bytes != regions || segmentHeader+regions+s.Index+footerSize != s.Size() {
		t.Errorf("%d blocks of %d bytes, regions of %d, index of %d in a file of %d", len(blocks), bytes, regions, s.Index, s.Size())
	}
}

// A folder that lost its manifest is refused and left as it is.
func TestLostManifest(t *testing.T) {
	fs := flushed(t)
	for _, name := range []string{manifest.Name, manifest.CopyName} {
		if err := fs.Remove("db/" + name); err != nil {
			t.Fatal(err)
		}
	}
	before, err := fs.List("db")
	if err != nil {
		t.Fatal(err)
	}
	if s, err := Open(context.Background(), fs, "db", testOptions()); !errors.Is(err, metrics.ErrCorrupt) || !errors.Is(err, manifest.ErrNotExist) {
		t.Errorf("open %v, %v, want ErrCorrupt", s, err)
	}
	if _, err := ReadContents(fs, "db"); !errors.Is(err, metrics.ErrCorrupt) {
		t.Errorf("contents: %v, want ErrCorrupt", err)
	}
	if after, err := fs.List("db"); err != nil || strings.Join(after, " ") != strings.Join(before, " ") {
		t.Errorf("the folder held %q, now %q (%v)", before, after, err)
	}
}
