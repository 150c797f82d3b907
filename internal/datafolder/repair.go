package datafolder

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"skywatch/internal/logstore"
	"skywatch/internal/metastore"
	"skywatch/internal/metricstore"
	"skywatch/internal/vfs"
	"skywatch/internal/wal"
)

// Repaired tells what Repair did.
type Repaired struct {
	Actions []Action // none when nothing had to be done
	Kept    string   // the folder that holds the files as they were, when there are any
}

// Action is one thing that Repair did.
type Action struct {
	File string
	What string // what was wrong, what was done and what is lost, in one line
	Lost bool   // data is lost, or may be
}

// damagedDir is the folder within a data folder that keeps files as they were
// before a repair: damaged/TIME/logs/wal/000000000042.wal. Nothing reads it.
const damagedDir = "damaged"

// Repair makes a stopped data folder that the server refuses for damage to its
// files one that it opens, keeping all that can be kept (the Repair of the metadata
// and of each engine say how). Every file is copied to a folder of its own before
// it is replaced or left out. Damaged blocks in segments stay as they are. Events
// whose log group or stream the metadata has lost get one of the name
// recovered/log-group-ID or recovered/log-stream-ID. The error is that the folder is no data folder, is in use
// (ErrInUse), ctx's, or that it cannot be repaired; after an error Repair may be
// called again.
func Repair(ctx context.Context, dir string) (_ *Repaired, err error) {
	if err := check(dir); err != nil {
		return nil, err
	}
	fs := vfs.Disk()
	unlock, err := lock(fs, dir, "meta.lock") // the engines take their own
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, unlock()) }()
	r := &repairer{dir: dir, kept: filepath.Join(dir, damagedDir, time.Now().UTC().Format("20060102T150405Z")), done: &Repaired{}}
	metaLost, err := r.meta(ctx)
	if err != nil {
		return r.done, err
	}
	for _, part := range []struct {
		dir    string
		repair func(context.Context, vfs.FS, string) error
	}{{logsDir, r.logs}, {metricsDir, r.metrics}} {
		path := filepath.Join(dir, part.dir)
		if _, err := os.Stat(path); errors.Is(err, os.ErrNotExist) {
			continue // the next start makes it
		}
		err := part.repair(ctx, fs, path)
		if errors.Is(err, vfs.ErrLocked) {
			err = fmt.Errorf("%s: %w", dir, ErrInUse)
		}
		if err != nil {
			return r.done, err
		}
	}
	return r.done, r.adopt(ctx, fs, metaLost)
}

type repairer struct {
	dir, kept string
	done      *Repaired
}

func (r *repairer) did(lost bool, file, format string, args ...any) {
	r.done.Actions = append(r.done.Actions, Action{File: file, What: fmt.Sprintf(format, args...), Lost: lost})
}

// meta repairs the metadata; lost says that some of it is not what it was.
func (r *repairer) meta(ctx context.Context) (lost bool, err error) {
	done, err := metastore.Repair(ctx, r.dir, r.aside)
	if done == nil {
		return false, err
	}
	what := "nothing is lost"
	if done.Lost {
		what = "changes behind the damage may be lost"
	}
	for _, d := range done.Damage {
		r.did(done.Lost, d.File, "%v; the metadata was written anew from %s, with %d log groups and %d streams: %s", d.Err, done.Source, done.Groups, done.Streams, what)
	}
	return done.Lost, err
}

func (r *repairer) logs(ctx context.Context, fs vfs.FS, dir string) error {
	done, err := logstore.Repair(ctx, fs, dir, r.aside)
	if done == nil {
		return err
	}
	r.manifest(dir, done.Healed)
	if done.Rebuilt != nil {
		r.did(false, filepath.Join(dir, "MANIFEST"), "%v; made anew from the segments and the write-ahead log: no event is lost or there twice; of log groups and streams that were deleted the next start deletes again what meta.db does not know", done.Rebuilt)
	}
	for _, m := range done.Mended {
		r.did(false, m.Path, "%v; written anew as %s, nothing is lost", m.Why, filepath.Base(m.As))
	}
	for _, l := range done.LeftOut {
		if l.Why == nil {
			r.did(false, l.Path, "left out: all its events are in other files")
			continue
		}
		events := "events"
		if l.Events > 0 {
			events = fmt.Sprintf("%d events, which queries count as skipped", l.Events)
		}
		r.did(true, l.Path, "%v; left out, and with it its %s (%d bytes)", l.Why, events, l.Size)
	}
	r.log(done.Log)
	return err
}

func (r *repairer) metrics(ctx context.Context, fs vfs.FS, dir string) error {
	done, err := metricstore.Repair(ctx, fs, dir, r.aside)
	if done == nil {
		return err
	}
	r.manifest(dir, done.Healed)
	if done.Rebuilt != nil {
		r.did(true, filepath.Join(dir, "MANIFEST"), "%v; made anew from all files there are: no datapoint is lost, but should a crash just have left files that were merged or flushed already, their datapoints count twice", done.Rebuilt)
	}
	for _, l := range done.LeftOut {
		if l.Anew {
			r.did(false, l.Path, "%v; written anew, nothing is lost", l.Why)
			continue
		}
		r.did(true, l.Path, "%v; left out, and with it its data (%d bytes)", l.Why, l.Size)
	}
	r.log(done.Log)
	if done.Unnamed > 0 {
		r.did(true, filepath.Join(dir, "wal"), "%d datapoints are lost, because the record that named their metrics is damaged", done.Unnamed)
	}
	return err
}

func (r *repairer) manifest(dir string, healed error) {
	if healed != nil {
		r.did(false, filepath.Join(dir, "MANIFEST"), "%v; its copy took its place, nothing is lost", healed)
	}
}

func (r *repairer) log(files []wal.Salvaged) {
	for _, f := range files {
		switch {
		case f.Missing:
			r.did(true, f.Name, "%v; all its records are lost", f.Err)
		case f.Err != nil:
			r.did(f.Lost > 0, f.Name, "%v; kept %d whole records of %d bytes, lost %d bytes in which there is none", f.Err, f.Records, f.Bytes, f.Lost)
		case f.Unwanted > 0:
			r.did(false, f.Name, "left out %d records that are in segments", f.Unwanted)
		}
	}
}

// aside copies a file of the folder to where it is kept, durably.
func (r *repairer) aside(name string) (err error) {
	rel, err := filepath.Rel(r.dir, name)
	if err != nil {
		return err
	}
	to := filepath.Join(r.kept, rel)
	for n := 2; ; n++ { // a file may be replaced twice
		if _, err := os.Lstat(to); errors.Is(err, os.ErrNotExist) {
			break
		}
		to = fmt.Sprintf("%s.%d", filepath.Join(r.kept, rel), n)
	}
	fs := vfs.Disk()
	if err := fs.MkdirAll(filepath.Dir(to)); err != nil {
		return err
	}
	in, err := os.Open(name)
	if err != nil {
		return err
	}
	defer in.Close() // it was only read
	out, err := fs.Create(to)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	if err == nil {
		err = out.Sync()
	}
	if err = errors.Join(err, out.Close()); err != nil {
		return fmt.Errorf("keep %s as %s: %w", name, to, err)
	}
	r.done.Kept = r.kept
	return fs.SyncDir(filepath.Dir(to))
}
