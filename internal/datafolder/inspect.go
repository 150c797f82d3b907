package datafolder

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"time"

	"skywatch/internal/logs"
	"skywatch/internal/logstore"
	"skywatch/internal/metastore"
	"skywatch/internal/metricstore"
	"skywatch/internal/segment"
	"skywatch/internal/vfs"
	"skywatch/internal/wal"
)

// Table is a part of what Inspect tells.
type Table struct {
	Title   string
	Columns []string
	Right   []bool // columns of numbers
	Rows    [][]string
}

// Options of Inspect.
type Options struct {
	Blocks    bool // tell every block and column
	Rows      int  // tell the first so many rows of each file
	Templates int  // tell the so many most frequent templates of each block
}

// Inspect tells what lies in a data folder, in an engine's folder, or in one of
// their files, whichever path is. It takes no lock and changes nothing.
func Inspect(ctx context.Context, path string, opts Options, emit func(Table) error) error {
	st, err := os.Stat(path)
	if err != nil {
		return err
	}
	in := &inspector{ctx: ctx, fs: vfs.Disk(), opts: opts, emit: emit}
	if !st.IsDir() {
		in.meta = nearMeta(ctx, filepath.Dir(path))
		return in.file(path)
	}
	in.meta = nearMeta(ctx, path)
	if base := filepath.Base(path); base == logsDir || base == metricsDir {
		if _, err := os.Stat(filepath.Join(path, "wal")); err == nil {
			return in.engine(path)
		}
	}
	if err := check(path); err != nil {
		return err
	}
	if err := in.groups(); err != nil {
		return err
	}
	for _, part := range []string{logsDir, metricsDir} {
		dir := filepath.Join(path, part)
		if _, err := os.Stat(dir); err != nil {
			continue
		}
		if err := in.engine(dir); err != nil {
			return err
		}
	}
	return nil
}

// groups tells the log groups of the metadata.
func (in *inspector) groups() error {
	t := Table{Title: "Log groups", Columns: []string{"id", "account", "region", "group", "class", "retention days", "streams"},
		Right: []bool{true, false, false, false, false, true, true}}
	streams := map[logs.GroupID]int{}
	for _, s := range in.meta.Streams {
		streams[s.Group]++
	}
	for _, id := range sortedKeys(in.meta.Groups) {
		g := in.meta.Groups[id]
		t.Rows = append(t.Rows, []string{fmt.Sprint(id), g.Scope.Account, g.Scope.Region, g.Name, g.Class, strconv.Itoa(g.RetentionDays), strconv.Itoa(streams[id])})
	}
	return in.emit(t)
}

// nearMeta reads the names from the nearest metadata above; without one there
// are only numbers.
func nearMeta(ctx context.Context, dir string) *metastore.Inspection {
	if abs, err := filepath.Abs(dir); err == nil {
		dir = abs
	}
	for range 3 {
		if m, err := metastore.Inspect(ctx, dir); err == nil {
			return m
		}
		dir = filepath.Dir(dir)
	}
	return &metastore.Inspection{}
}

type inspector struct {
	ctx  context.Context
	fs   vfs.FS
	opts Options
	emit func(Table) error
	meta *metastore.Inspection
}

// group names a log group.
func (in *inspector) group(id logs.GroupID) string {
	if g, ok := in.meta.Groups[id]; ok {
		return g.Name
	}
	return "?"
}

func (in *inspector) stream(id logs.StreamID) string {
	if s, ok := in.meta.Streams[id]; ok {
		return s.Name
	}
	return "?"
}

// engine tells the folder of an engine.
func (in *inspector) engine(dir string) error {
	if filepath.Base(dir) == metricsDir || metricstore.Holds(in.fs, dir) {
		return in.metrics(dir)
	}
	return in.logs(dir)
}

// file tells one file. Its first bytes say what it is, but these may be what is
// damaged of a log segment, and then its place does.
func (in *inspector) file(path string) error {
	f, err := in.fs.Open(path)
	if err != nil {
		return err
	}
	var magic [8]byte
	_, err = f.ReadAt(magic[:], 0)
	f.Close() // it was only read
	if err != nil {
		return fmt.Errorf("inspect %s: %w", path, err)
	}
	switch string(magic[:]) {
	case "SKYSEG\r\n":
		return in.segments([]string{path}, true)
	case "SKYMSEG\n":
		return in.metricSegments([]string{path}, true)
	case "SKYWAL\r\n":
		return in.wal(filepath.Dir(path), 0, path)
	case "SQLite f":
		if filepath.Base(path) == metaDB {
			return in.groups()
		}
	case "SKYMANI\n":
		return in.engine(filepath.Dir(path))
	case "SKYMKEY\n", "SKYMBND\n":
		s, err := metricstore.InspectSealed(in.fs, path)
		if err != nil {
			return fmt.Errorf("inspect %s: %w", path, err)
		}
		return in.emit(Table{Title: path, Columns: []string{"series", "bytes"}, Right: []bool{true, true},
			Rows: [][]string{{strconv.Itoa(s.Series), fmt.Sprint(s.Bytes)}}})
	}
	if filepath.Base(filepath.Dir(path)) == "segments" && filepath.Ext(path) == ".seg" {
		return in.segments([]string{path}, true)
	}
	return fmt.Errorf("inspect %s: no file of Skywatch's engines (it begins with %q)", path, magic[:])
}

// logs tells the log engine's folder.
func (in *inspector) logs(dir string) error {
	c, err := logstore.ReadContents(in.fs, dir)
	if err != nil {
		return err
	}
	err = in.emit(Table{Title: "Log engine " + dir, Columns: []string{"segments", "flushed to seq", "WAL from file", "drops"}, Right: []bool{true, true, true, true},
		Rows: [][]string{{strconv.Itoa(len(c.Segments)), fmt.Sprint(c.FlushedSeq), fmt.Sprint(c.WALFrom), strconv.Itoa(len(c.Drops))}}})
	if err != nil {
		return err
	}
	var paths []string
	for _, s := range c.Segments {
		paths = append(paths, s.Path)
	}
	if err := in.segments(paths, false); err != nil {
		return err
	}
	if len(c.Drops) > 0 {
		t := Table{Title: "Drops", Columns: []string{"group", "stream", "up to seq"}, Right: []bool{true, true, true}}
		for _, d := range c.Drops {
			t.Rows = append(t.Rows, []string{fmt.Sprint(d.Group), fmt.Sprint(d.Stream), fmt.Sprint(d.Seq)})
		}
		if err := in.emit(t); err != nil {
			return err
		}
	}
	return in.wal(c.WALDir, c.WALFrom, "")
}

// groupTotal is what several segments hold of a group.
type groupTotal struct {
	blocks        int
	streams       map[logs.StreamID]bool
	events, bytes int64
	stored        int64
	first, last   int64
}

// segments tells log segments; whole tells their groups' streams too.
func (in *inspector) segments(paths []string, whole bool) error {
	files := Table{Title: "Log segments", Columns: []string{"file", "bytes", "groups", "blocks", "events", "message bytes", "ratio", "first", "last"},
		Right: []bool{false, true, true, true, true, true, true, false, false}}
	columns := map[[2]string][3]int64{} // blocks, values, bytes
	groups := map[logs.GroupID]*groupTotal{}
	var details []Table
	for _, path := range paths {
		if err := in.ctx.Err(); err != nil {
			return err
		}
		if err := in.segment(path, &files, columns, groups, &details); err != nil {
			if !whole {
				files.Rows = append(files.Rows, []string{filepath.Base(path), message(err)})
				continue
			}
			return fmt.Errorf("inspect %s: %w", path, err)
		}
	}
	tables := []Table{files, columnTable(columns), in.groupTable(groups)}
	if whole {
		tables = append(tables, in.streamTable(groups))
	}
	for _, t := range append(tables, details...) {
		if len(t.Rows) == 0 {
			continue
		}
		if err := in.emit(t); err != nil {
			return err
		}
	}
	return nil
}

func message(err error) string { return "cannot be read: " + err.Error() }

// openSegment opens a file of the log engine. The caller closes it after the last
// use of the reader.
func openSegment(fs vfs.FS, path string) (*segment.Reader, vfs.File, error) {
	f, err := fs.Open(path)
	if err != nil {
		return nil, nil, err
	}
	size, err := f.Size()
	if err == nil {
		var r *segment.Reader
		if r, err = segment.NewReader(f, size); err == nil {
			return r, f, nil
		}
	}
	return nil, nil, errors.Join(err, f.Close())
}

func (in *inspector) segment(path string, files *Table, columns map[[2]string][3]int64, groups map[logs.GroupID]*groupTotal, details *[]Table) error {
	r, f, err := openSegment(in.fs, path)
	if err != nil {
		return err
	}
	defer f.Close() // it was only read
	blocks := Table{Title: "Blocks of " + filepath.Base(path), Columns: []string{"block", "group", "events", "message bytes", "first", "last", "columns"},
		Right: []bool{true, true, true, true, false, false, false}}
	var bytes, first, last int64
	for _, g := range r.Groups() {
		if bytes == 0 || g.First < first {
			first = g.First
		}
		last = max(last, g.Last)
		bytes += g.Bytes
		t := groups[g.Group]
		if t == nil {
			t = &groupTotal{streams: map[logs.StreamID]bool{}, first: g.First, last: g.Last}
			groups[g.Group] = t
		}
		t.blocks += g.Blocks
		t.events += g.Events
		t.bytes += g.Bytes
		t.first, t.last = min(t.first, g.First), max(t.last, g.Last)
		for _, s := range g.Streams {
			t.streams[s.Stream] = true
		}
		for i := g.FirstBlock; i < g.FirstBlock+g.Blocks; i++ {
			b := r.Block(i)
			text := ""
			for _, c := range r.Columns(i) {
				k := [2]string{c.Name, c.Encoding}
				n := columns[k]
				columns[k] = [3]int64{n[0] + 1, n[1] + int64(b.Rows), n[2] + c.Bytes}
				t.stored += c.Bytes
				text += fmt.Sprintf("%s %s %d  ", c.Name, c.Encoding, c.Bytes)
			}
			if in.opts.Blocks {
				blocks.Rows = append(blocks.Rows, []string{strconv.Itoa(i), fmt.Sprint(b.Group), strconv.Itoa(b.Rows), fmt.Sprint(b.Bytes),
					instant(b.First.Timestamp), instant(b.Last.Timestamp), text})
			}
		}
	}
	files.Rows = append(files.Rows, []string{filepath.Base(path), fmt.Sprint(r.Size()), strconv.Itoa(len(r.Groups())), strconv.Itoa(r.Blocks()),
		fmt.Sprint(r.Rows()), fmt.Sprint(bytes), ratio(bytes, r.Size()), instant(first), instant(last)})
	damage := Table{Title: "Damage to " + filepath.Base(path) + " that hides no event", Columns: []string{"what"}}
	for _, err := range flaws(r) {
		damage.Rows = append(damage.Rows, []string{err.Error()})
	}
	*details = append(*details, damage, blocks)
	if in.opts.Templates > 0 {
		tables, err := in.templates(path, r)
		if err != nil {
			return err
		}
		*details = append(*details, tables...)
	}
	if in.opts.Rows > 0 {
		rows, err := in.rows(path, r)
		if err != nil {
			return err
		}
		*details = append(*details, rows)
	}
	return nil
}

// rows are the first events of a segment in its own order.
func (in *inspector) rows(path string, r *segment.Reader) (Table, error) {
	t := eventTable("Events of " + filepath.Base(path))
	for i := 0; i < r.Blocks() && len(t.Rows) < in.opts.Rows; i++ {
		ts, err := r.Timestamps(i, nil)
		if err != nil {
			return t, err
		}
		streams, err := r.Streams(i, nil)
		if err != nil {
			return t, err
		}
		seqs, err := r.Seqs(i, nil, streams)
		if err != nil {
			return t, err
		}
		messages, err := r.Messages(i, nil)
		if err != nil {
			return t, err
		}
		for j := range ts {
			if len(t.Rows) == in.opts.Rows {
				break
			}
			t.Rows = append(t.Rows, []string{instant(ts[j]), fmt.Sprint(seqs[j]), in.group(r.Block(i).Group), in.stream(streams[j]), messages[j]})
		}
	}
	return t, nil
}

func eventTable(title string) Table {
	return Table{Title: title, Columns: []string{"timestamp", "seq", "group", "stream", "message"}, Right: []bool{false, true}}
}

func columnTable(columns map[[2]string][3]int64) Table {
	t := Table{Title: "Columns", Columns: []string{"column", "encoding", "blocks", "values", "bytes", "bytes/value"}, Right: []bool{false, false, true, true, true, true}}
	for k, n := range columns {
		t.Rows = append(t.Rows, []string{k[0], k[1], fmt.Sprint(n[0]), fmt.Sprint(n[1]), fmt.Sprint(n[2]), fmt.Sprintf("%.2f", float64(n[2])/float64(max(1, n[1])))})
	}
	slices.SortFunc(t.Rows, slices.Compare)
	return t
}

func (in *inspector) groupTable(groups map[logs.GroupID]*groupTotal) Table {
	t := Table{Title: "Log groups in segments", Columns: []string{"id", "group", "streams", "blocks", "events", "message bytes", "stored", "ratio", "first", "last"},
		Right: []bool{true, false, true, true, true, true, true, true, false, false}}
	for _, id := range sortedKeys(groups) {
		g := groups[id]
		t.Rows = append(t.Rows, []string{fmt.Sprint(id), in.group(id), strconv.Itoa(len(g.streams)), strconv.Itoa(g.blocks), fmt.Sprint(g.events),
			fmt.Sprint(g.bytes), fmt.Sprint(g.stored), ratio(g.bytes, g.stored), instant(g.first), instant(g.last)})
	}
	return t
}

func (in *inspector) streamTable(groups map[logs.GroupID]*groupTotal) Table {
	t := Table{Title: "Log streams", Columns: []string{"group id", "stream id", "stream"}, Right: []bool{true, true, false}}
	for _, id := range sortedKeys(groups) {
		for _, s := range sortedKeys(groups[id].streams) {
			t.Rows = append(t.Rows, []string{fmt.Sprint(id), fmt.Sprint(s), in.stream(s)})
		}
	}
	return t
}

func sortedKeys[K ~uint64, V any](m map[K]V) []K {
	keys := make([]K, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// wal tells a write-ahead log, or only one file of it; records are told when
// they are the log engine's.
func (in *inspector) wal(dir string, from uint64, only string) error {
	t := Table{Title: "Write-ahead log " + dir, Columns: []string{"file", "bytes", "records", "payload bytes", "state"}, Right: []bool{false, true, true, true, false}}
	events := eventTable("Events of the write-ahead log, oldest first")
	reports, err := wal.Inspect(in.fs, dir, from, func(file uint64, _ int64, payload []byte) error {
		if in.opts.Rows > len(events.Rows) && (only == "" || filepath.Base(only) == fmt.Sprintf("%012d.wal", file)) {
			in.record(payload, &events)
		}
		return in.ctx.Err()
	})
	if err != nil {
		return err
	}
	for _, r := range reports {
		if only != "" && filepath.Base(only) != filepath.Base(r.Name) {
			continue
		}
		state := "whole"
		switch {
		case r.Err != nil:
			state = "damaged: " + r.Err.Error()
		case r.Torn > 0:
			state = fmt.Sprintf("ends in %d bytes of a write that was cut", r.Torn)
		}
		t.Rows = append(t.Rows, []string{filepath.Base(r.Name), fmt.Sprint(r.Size), fmt.Sprint(r.Records), fmt.Sprint(r.Bytes), state})
	}
	for _, t := range []Table{t, events} {
		if len(t.Rows) > 0 {
			if err := in.emit(t); err != nil {
				return err
			}
		}
	}
	return nil
}

// record adds a log engine's record to the events; other records are not told.
func (in *inspector) record(payload []byte, t *Table) {
	r, err := logstore.DecodeRecord(slices.Clone(payload))
	if err != nil {
		return
	}
	if r.Drop != nil {
		t.Rows = append(t.Rows, []string{"", fmt.Sprint(r.Drop.Seq), in.group(r.Drop.Group), "", fmt.Sprintf("(drop of stream %d up to this seq)", r.Drop.Stream)})
		return
	}
	seq := r.FirstSeq
	for _, b := range r.Batches {
		for _, e := range b.Events {
			if len(t.Rows) == in.opts.Rows {
				return
			}
			t.Rows = append(t.Rows, []string{instant(e.Timestamp), fmt.Sprint(seq), in.group(b.Group), in.stream(b.Stream), e.Message})
			seq++
		}
	}
}

func instant(ms int64) string { return time.UnixMilli(ms).UTC().Format("2006-01-02T15:04:05.000Z") }

func ratio(raw, stored int64) string {
	if stored <= 0 {
		return ""
	}
	return fmt.Sprintf("%.1f", float64(raw)/float64(stored))
}
