package datafolder

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"

	"skywatch/internal/logstore"
	"skywatch/internal/manifest"
	"skywatch/internal/metastore"
	"skywatch/internal/segment"
	"skywatch/internal/wal"
)

// meta checks the metadata: the file, SQLite's log beside it, and the journal.
func (v *verifier) meta(dir string) error {
	c, err := metastore.Check(v.ctx, dir)
	if err != nil {
		return err
	}
	for _, path := range c.Files {
		v.begin(path, v.size(path))
	}
	if len(c.Files) == 0 {
		v.damage(filepath.Join(dir, metaDB), errors.New("is missing: log groups and streams are lost"))
	}
	for _, d := range c.Damage {
		err := d.Err
		if d.Harmless {
			err = fmt.Errorf("%w (the next start writes it anew, nothing is lost)", err)
		}
		v.damage(d.File, err)
	}
	for _, n := range c.Notes {
		v.note("%s", n)
	}
	return nil
}

// logs checks the log engine's folder.
func (v *verifier) logs(root string) error {
	dir := filepath.Join(root, logsDir)
	if _, err := v.fs.Stat(dir); err != nil {
		v.damage(dir, err)
		return nil
	}
	path := filepath.Join(dir, manifest.Name)
	c, err := logstore.ReadContents(v.fs, dir)
	v.begin(path, v.size(path))
	v.manifestCopy(dir, logstore.ManifestKind)
	if err == nil && c.Damage != nil {
		v.damage(path, fmt.Errorf("%w (the next start puts its copy, which is whole, in its place)", c.Damage))
	}
	if err != nil {
		v.damage(path, err)
		// Without it nobody knows which files are live: look at all there are.
		c = &logstore.Contents{WALDir: filepath.Join(dir, "wal"), WALFrom: 1}
		names, _ := v.fs.List(filepath.Join(dir, "segments"))
		for _, name := range names {
			file := filepath.Join(dir, "segments", name)
			c.Segments = append(c.Segments, logstore.SegmentFile{Path: file, Size: v.size(file)})
		}
	}
	for _, s := range c.Segments {
		if err := v.ctx.Err(); err != nil {
			return err
		}
		if err := v.segment(s); err != nil {
			return err
		}
	}
	for _, s := range c.Lost {
		if s.Events > 0 {
			v.note("%s was left out by a repair, and queries count its %d events, from %s to %s, as skipped", s.Path, s.Events, instant(s.First), instant(s.Last))
		}
	}
	return v.wal(c.WALDir, c.WALFrom, func(payload []byte) error {
		// Decoding keeps slices of the payload, which is the reader's.
		_, err := logstore.DecodeRecord(slices.Clone(payload))
		return err
	})
}

// manifestCopy checks the copy of an engine's manifest.
func (v *verifier) manifestCopy(dir string, kind manifest.Kind) {
	path := filepath.Join(dir, manifest.CopyName)
	if v.size(path) > 0 {
		v.begin(path, v.size(path))
	}
	if err := manifest.Check(v.fs, dir, kind); err != nil {
		v.damage(path, err)
	}
}

func (v *verifier) size(path string) int64 {
	st, err := v.fs.Stat(path)
	if err != nil {
		return 0 // whoever reads it will say so
	}
	return st.Size
}

func (v *verifier) segment(s logstore.SegmentFile) error {
	f, err := v.fs.Open(s.Path)
	if err != nil {
		v.damage(s.Path, err)
		return nil
	}
	defer f.Close() // it was only read
	size, err := f.Size()
	v.begin(s.Path, size)
	var r *segment.Reader
	if err == nil {
		r, err = segment.NewReader(f, size)
	}
	if err != nil {
		if size != s.Size {
			err = fmt.Errorf("has %d bytes, the manifest says %d: %w", size, s.Size, err)
		}
		if s.Events > 0 {
			err = fmt.Errorf("%w; it holds %d events", err, s.Events)
		}
		v.damage(s.Path, err)
		return nil
	}
	if r.Size() != s.Size {
		v.damage(s.Path, fmt.Errorf("was written with %d bytes, the manifest says %d", r.Size(), s.Size))
		return nil
	}
	for _, err := range flaws(r) {
		v.damage(s.Path, fmt.Errorf("%w (no event is missing; the server writes the file anew, or --repair)", err))
	}
	for i := range r.Blocks() {
		if err := v.ctx.Err(); err != nil {
			return err
		}
		v.report.Blocks++
		if err := r.Check(i); err != nil {
			b := r.Block(i)
			v.report.DamagedBlocks++
			v.damage(s.Path, fmt.Errorf("block %d of group %d, %d events: %w", i, b.Group, b.Rows, err))
		}
	}
	return nil
}

// flaws are damage to a segment that hides no event.
func flaws(r *segment.Reader) (out []error) {
	for _, part := range []struct {
		name string
		err  error
	}{{"header", r.Head()}, {"first footer", r.CheckCopy()}, {"last footer", r.Foot()}} {
		if part.err != nil {
			out = append(out, fmt.Errorf("%s: %w", part.name, part.err))
		}
	}
	return out
}

// wal checks a write-ahead log; decode looks into a record.
func (v *verifier) wal(dir string, from uint64, decode func([]byte) error) error {
	bad := map[uint64][]error{}
	reports, err := wal.Inspect(v.fs, dir, from, func(file uint64, offset int64, payload []byte) error {
		if err := decode(payload); err != nil {
			bad[file] = append(bad[file], fmt.Errorf("record at offset %d: %w", offset, err))
		}
		return v.ctx.Err()
	})
	if err != nil {
		return err
	}
	for _, r := range reports {
		v.begin(r.Name, r.Size)
		v.report.Blocks += r.Records
		if r.Err != nil {
			v.damage(r.Name, r.Err)
		}
		if r.Torn > 0 {
			v.note("%s ends in %d bytes that are no whole record: a write that was cut, in which nothing is acknowledged, or damage to the last records, which cannot be told from it; the next start removes them", r.Name, r.Torn)
		}
		var number uint64
		if _, err := fmt.Sscanf(filepath.Base(r.Name), "%d.wal", &number); err == nil {
			for _, err := range bad[number] {
				v.report.DamagedBlocks++
				v.damage(r.Name, err)
			}
		}
	}
	return nil
}
