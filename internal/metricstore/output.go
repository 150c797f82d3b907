package metricstore

import "skywatch/internal/metrics"

// output is the files that a flush or a compaction makes, before the manifest
// names them.
type output struct {
	s         *Store
	writer    *segmentWriter
	run       uint64
	metas     []segmentMeta
	files     []string // made
	dropped   []string // not needed once the new manifest is safe
	uncertain bool     // a manifest that failed to be saved may name the files
}

func (s *Store) newOutput() *output { return &output{s: s} }

// begin starts the run of a partition.
func (o *output) begin(start int64) {
	o.s.editMu.Lock()
	o.run = o.s.nextRun
	o.s.nextRun++
	o.s.editMu.Unlock()
	o.writer = newSegmentWriter(start)
}

// add appends a series to the run; ids ascend.
func (o *output) add(id metrics.SeriesID, points []point, keep policy) error {
	o.writer.add(id, points, keep)
	if o.writer.size() < o.s.opts.SegmentBytes {
		return nil
	}
	start := o.writer.start
	if err := o.end(); err != nil {
		return err
	}
	o.writer = newSegmentWriter(start)
	return nil
}

// end writes what was gathered.
func (o *output) end() error {
	w := o.writer
	o.writer = nil
	if len(w.ids) == 0 {
		return nil
	}
	o.s.editMu.Lock()
	number := o.s.fileNumber()
	o.s.editMu.Unlock()
	name := o.s.path(number, segmentSuffix)
	meta, err := w.finish(o.s.fs, name)
	if err != nil {
		return err
	}
	meta.number, meta.run = number, o.run
	o.files = append(o.files, name)
	o.metas = append(o.metas, meta)
	return nil
}

// drop says that a file is not needed once the new manifest is safe.
func (o *output) drop(name string) { o.dropped = append(o.dropped, name) }

// abandon removes the files after a failure, unless a manifest may name them.
func (o *output) abandon() {
	if o.uncertain {
		return
	}
	for _, name := range o.files {
		_ = o.s.fs.Remove(name) // the next Open removes what stays
	}
}
