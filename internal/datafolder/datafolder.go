// Package datafolder looks at a server's data folder from outside, without
// opening its engines: what lies in it ([Inspect]) and whether every byte of it
// is as it was written ([Verify]). These only read. [Repair] makes a folder whose
// damage keeps the server from starting one that it opens.
//
//	DIR/damaged/TIME/      files as they were before Repair; nobody reads it
//	DIR/meta.db, -wal      metastore's inspection, SQLite's own check
//	DIR/meta.journal       the copy that meta.db is compared with
//	DIR/logs/MANIFEST      logstore.ReadContents ─ segment.Reader, wal.Inspect
//	DIR/metrics/MANIFEST   metricstore.ReadContents ─ metricstore.InspectSegment, wal.Inspect
//
// How a file reads is its engine's to say; this room knows which files there are.
//
// A folder in use can be inspected, as files that are named by a manifest never
// change; what goes away meanwhile is reported. Verify wants it stopped.
package datafolder

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"skywatch/internal/vfs"
)

// Parts of a data folder.
const (
	metaDB      = "meta.db"
	metaJournal = "meta.journal"
	logsDir     = "logs"
	metricsDir  = "metrics"
)

// ErrInUse is returned for a folder that a server has open.
var ErrInUse = errors.New("the folder is in use by a running server; stop it first")

// check says whether dir is a data folder, or the folder of an engine.
func check(dir string) error {
	for _, name := range []string{metaDB, metaJournal, filepath.Join(logsDir, "MANIFEST"), filepath.Join(metricsDir, "MANIFEST")} {
		if _, err := os.Stat(filepath.Join(dir, name)); err == nil {
			return nil
		}
	}
	if _, err := os.Stat(dir); err != nil {
		return err
	}
	return fmt.Errorf("%s is no data folder: it has neither %s, %s nor %s", dir, metaDB, logsDir, metricsDir)
}

// lock takes locks of a folder's parts, as a server would.
func lock(fs vfs.FS, dir string, names ...string) (unlock func() error, err error) {
	var held []io.Closer
	unlock = func() error {
		var errs []error
		for _, c := range held {
			errs = append(errs, c.Close())
		}
		return errors.Join(errs...)
	}
	for _, name := range names {
		path := filepath.Join(dir, name)
		if _, err := fs.Stat(path); vfs.IsNotExist(err) {
			continue // nobody has it
		}
		c, err := fs.Lock(path)
		if errors.Is(err, vfs.ErrLocked) {
			return nil, errors.Join(fmt.Errorf("%s: %w", dir, ErrInUse), unlock())
		}
		if err != nil {
			return nil, errors.Join(fmt.Errorf("lock %s: %w", path, err), unlock())
		}
		held = append(held, c)
	}
	return unlock, nil
}

// Damage is something that is not as it was written.
type Damage struct {
	File string
	What string // one line
}

// Report is the outcome of Verify.
type Report struct {
	Files   int   // looked at
	Bytes   int64 // of these files
	Blocks  int64 // blocks and records whose checksums were looked at
	Damaged int   // files with damage
	// DamagedBlocks counts blocks that fail; damage elsewhere in a file may
	// make all of it unreadable.
	DamagedBlocks int64
	Damage        []Damage // at most maxDamage, in the order found
	Notes         []string // what is odd and harmless
}

// maxDamage bounds the list; the counts go on.
const maxDamage = 1000

// Progress tells how far Verify is.
type Progress struct {
	File  string
	Bytes int64 // done
	Total int64
}

// Verify reads everything in a stopped data folder and checks all checksums
// and decodes what has none. progress may be nil. The error is that the folder
// is no data folder, is in use (ErrInUse), or ctx's; damage is in the report.
func Verify(ctx context.Context, dir string, progress func(Progress)) (_ *Report, err error) {
	if err := check(dir); err != nil {
		return nil, err
	}
	fs := vfs.Disk()
	unlock, err := lock(fs, dir, "meta.lock", filepath.Join(logsDir, "LOCK"), filepath.Join(metricsDir, "LOCK"))
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, unlock()) }()
	v := &verifier{ctx: ctx, fs: fs, progress: progress, report: &Report{}, bad: map[string]bool{}}
	v.total = folderSize(dir)
	for _, part := range []func(string) error{v.meta, v.logs, v.metrics} {
		if err := part(dir); err != nil {
			return nil, err
		}
		if err := ctx.Err(); err != nil {
			return nil, err
		}
	}
	v.report.Damaged = len(v.bad)
	return v.report, nil
}

func folderSize(dir string) (n int64) {
	_ = filepath.Walk(dir, func(_ string, i os.FileInfo, err error) error {
		if err == nil && i.Mode().IsRegular() {
			n += i.Size()
		}
		return nil // it is only for the progress
	})
	return n
}

// verifier collects what it finds.
type verifier struct {
	ctx      context.Context
	fs       vfs.FS
	progress func(Progress)
	total    int64
	report   *Report
	bad      map[string]bool
}

// begin counts a file that is looked at.
func (v *verifier) begin(file string, bytes int64) {
	if v.progress != nil {
		v.progress(Progress{file, v.report.Bytes, v.total})
	}
	v.report.Files++
	v.report.Bytes += bytes
}

func (v *verifier) damage(file string, err error) {
	v.bad[file] = true
	if len(v.report.Damage) < maxDamage {
		v.report.Damage = append(v.report.Damage, Damage{file, err.Error()})
	}
}

func (v *verifier) note(format string, args ...any) {
	v.report.Notes = append(v.report.Notes, fmt.Sprintf(format, args...))
}
