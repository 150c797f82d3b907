package datafolder

import (
	"context"
	"fmt"
	"path/filepath"

	"skywatch/internal/logs"
	"skywatch/internal/logstore"
	"skywatch/internal/metastore"
	"skywatch/internal/scope"
	"skywatch/internal/vfs"
	"skywatch/internal/wal"
)

// nobody owns recovered log groups when no known group says who does: the
// account and the Region of a server that was not configured otherwise.
var nobody = scope.Scope{Account: "000000000000", Region: "us-east-1"}

// adopt gives log groups and streams that events belong to and the metadata does
// not know a name, so that the events can be reached. What a deletion left behind is
// not known either: unless metadata is lost, only identifiers that this metadata
// never gave out are meant, and never what the engine knows to be deleted.
func (r *repairer) adopt(ctx context.Context, fs vfs.FS, metaLost bool) error {
	dir := filepath.Join(r.dir, logsDir)
	if _, err := fs.Stat(dir); vfs.IsNotExist(err) {
		return nil
	}
	held, err := heldStreams(ctx, fs, dir)
	if err != nil {
		return fmt.Errorf("list the log groups of %s: %w", dir, err)
	}
	if len(held) == 0 {
		return nil
	}
	meta := &metastore.Inspection{}
	if _, err := fs.Stat(filepath.Join(r.dir, metaDB)); err == nil {
		if meta, err = metastore.Inspect(ctx, r.dir); err != nil {
			return err
		}
	} else if !vfs.IsNotExist(err) {
		return err
	} // without a meta.db and a journal all groups are unknown
	var unknown []metastore.Unknown
	for _, g := range sortedKeys(held) {
		_, known := meta.Groups[g]
		if !known && g <= meta.LastGroup && !metaLost {
			continue // deleted; the next start drops what is left
		}
		u := metastore.Unknown{Group: g}
		for _, s := range sortedKeys(held[g]) {
			if _, ok := meta.Streams[s]; !ok && (s > meta.LastStream || metaLost || !known) {
				u.Streams = append(u.Streams, s)
			}
		}
		if !known || len(u.Streams) > 0 {
			unknown = append(unknown, u)
		}
	}
	if len(unknown) == 0 {
		return nil
	}
	if err := metastore.Adopt(ctx, r.dir, nobody, unknown, r.aside); err != nil {
		return err
	}
	for _, u := range unknown {
		name := fmt.Sprintf("%slog-group-%d", metastore.RecoveredPrefix, u.Group)
		if g, ok := meta.Groups[u.Group]; ok {
			name = g.Name
		}
		r.did(true, filepath.Join(r.dir, metaDB), "does not know what the events of %d streams of log group %d belong to; they are in log group %s now, in streams %slog-stream-ID; their names and settings are lost", len(u.Streams), u.Group, name, metastore.RecoveredPrefix)
	}
	return nil
}

// heldStreams are the groups and streams that the log engine's files hold events
// of and that it does not know to be deleted.
func heldStreams(ctx context.Context, fs vfs.FS, dir string) (map[logs.GroupID]map[logs.StreamID]bool, error) {
	c, err := logstore.ReadContents(fs, dir)
	if vfs.IsNotExist(err) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	held := map[logs.GroupID]map[logs.StreamID]bool{}
	hold := func(g logs.GroupID, s logs.StreamID) {
		if held[g] == nil {
			held[g] = map[logs.StreamID]bool{}
		}
		held[g][s] = true
	}
	for _, file := range c.Segments {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		err := segmentStreams(fs, file.Path, hold)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", file.Path, err)
		}
	}
	drops := c.Drops
	_, err = wal.Inspect(fs, c.WALDir, c.WALFrom, func(_ uint64, _ int64, payload []byte) error {
		rec, err := logstore.DecodeRecord(payload)
		if err != nil {
			return err
		}
		if rec.Drop != nil {
			drops = append(drops, *rec.Drop)
		}
		for _, b := range rec.Batches {
			hold(b.Group, b.Stream)
		}
		return ctx.Err()
	})
	if err != nil {
		return nil, err
	}
	for _, d := range drops { // an identifier never comes again
		if d.Stream == 0 {
			delete(held, d.Group)
			continue
		}
		delete(held[d.Group], d.Stream)
	}
	return held, nil
}

func segmentStreams(fs vfs.FS, path string, hold func(logs.GroupID, logs.StreamID)) error {
	r, f, err := openSegment(fs, path)
	if err != nil {
		return err
	}
	defer f.Close() // it was only read
	for _, g := range r.Groups() {
		for _, s := range g.Streams {
			hold(g.Group, s.Stream)
		}
	}
	return nil
}
