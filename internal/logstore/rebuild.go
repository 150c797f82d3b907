package logstore

import (
	"cmp"
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"skywatch/internal/logs"
	"skywatch/internal/manifest"
	"skywatch/internal/vfs"
	"skywatch/internal/wal"
)

// # Rebuilding the manifest
//
// Without a manifest the folder holds all that was live, and what a crash may
// have left beside it: outcomes of flushes and merges that were not listed yet,
// inputs of merges and files of the log that were not removed yet. Sequence
// numbers tell them apart, for every event has one of its own and keeps it:
//
//   - Two segments with an event in common are a merge and one of its inputs.
//     The merge was complete before it could be listed, and has what was alive
//     of all its inputs: the one with the higher number is kept.
//   - A record of the log with an event in a segment was flushed into it: the
//     record is left out.
//   - But a segment with a damaged block may be one that was never synced. When
//     all its events that can be read are in sound segments before it or in the
//     log, it is left out.
//
// So no event is there twice, and none is missing that lies anywhere whole.
// What is not known any more is which events were deleted with their group or
// stream: see Repaired.Rebuilt.

// candidate is a segment that may be live.
type candidate struct {
	ref   segmentRef
	seqs  ranges // of the events that can be read
	span  ranges // of those that cannot, and others between them
	sound bool   // all its blocks are whole
}

// sameAs reports whether known, the events of other files, holds all events of a
// segment as far as they can be told.
func (c *candidate) sameAs(known ranges) bool {
	if len(c.seqs) == 0 {
		return known.overlaps(c.span)
	}
	return known.contains(c.seqs)
}

// rebuild makes the manifest anew.
func (r *repairer) rebuild() error {
	for _, name := range [...]string{manifest.Name, manifest.CopyName} {
		path := filepath.Join(r.dir, name)
		if _, err := r.fs.Stat(path); vfs.IsNotExist(err) {
			continue
		} else if err != nil {
			return err
		}
		if err := r.aside(path); err != nil {
			return err
		}
	}
	all, next, err := r.candidates()
	if err != nil {
		return err
	}
	from, logged, err := r.salvageLog()
	if err != nil {
		return err
	}
	live, err := r.choose(all, logged)
	if err != nil {
		return err
	}
	var flushed ranges
	st := &state{walFrom: from, nextSegment: next}
	for _, c := range live {
		flushed = flushed.with(c.seqs)
		st.segments = append(st.segments, c.ref)
	}
	st.flushedSeq = flushed.last()
	// Only then the manifest: listed segments and records that are in them would
	// be found twice.
	cut, err := wal.Salvage(r.fs, r.walDir(), from, r.aside, func(payload []byte) ([]byte, error) {
		seqs, err := recordSeqs(payload)
		if err != nil || flushed.overlaps(seqs) {
			return nil, err
		}
		return payload, nil
	})
	r.done.Log = append(r.done.Log, cut...)
	if err != nil {
		return err
	}
	if _, err := r.mend(st); err != nil {
		return err
	}
	return r.save(st)
}

// candidates opens all segments there are, in the order of their numbers, and
// says which number is the next.
func (r *repairer) candidates() (all []candidate, next uint64, err error) {
	names, err := r.segmentFiles()
	if err != nil {
		return nil, 0, err
	}
	next = 1
	for _, name := range names {
		number, err := strconv.ParseUint(strings.TrimSuffix(name, segmentSuffix), 10, 64)
		if err != nil || segmentName(number) != name || number == 0 {
			return nil, 0, fmt.Errorf("%s is no name of a segment", filepath.Join(r.dir, segmentDir, name))
		}
		next = max(next, number+1)
		t, err := r.open(unknownRef(number, -1))
		if err != nil {
			return nil, 0, err
		}
		if t == nil {
			continue
		}
		c := candidate{ref: t.segmentRef}
		err = r.readSeqs(t, &c)
		t.unref()
		if err != nil {
			return nil, 0, err
		}
		all = append(all, c)
	}
	slices.SortFunc(all, func(a, b candidate) int { return cmp.Compare(a.ref.number, b.ref.number) })
	return all, next, nil
}

// readSeqs reads the sequence numbers of a segment's events, and checks its
// blocks.
func (r *repairer) readSeqs(t *table, c *candidate) error {
	c.sound = true
	var streams []logs.StreamID
	var seqs, all []uint64
	for i := range t.reader.Blocks() {
		if err := r.ctx.Err(); err != nil {
			return err
		}
		if err := t.reader.Check(i); err != nil {
			c.sound = false
		}
		var serr error
		if streams, serr = t.reader.Streams(i, streams[:0]); serr == nil {
			seqs, serr = t.reader.Seqs(i, seqs[:0], streams)
		}
		if serr != nil {
			c.sound = false
			c.span = c.span.with(ranges{{t.reader.Block(i).MinSeq, t.reader.Block(i).MaxSeq}})
			continue
		}
		all = append(all, seqs...)
	}
	slices.Sort(all)
	for _, n := range all {
		c.seqs = c.seqs.add(n, n)
	}
	return nil
}

// salvageLog makes the log whole and says where it begins and which events it
// holds.
func (r *repairer) salvageLog() (from uint64, logged ranges, err error) {
	from = 1
	if n, ok, err := wal.First(r.fs, r.walDir()); err != nil {
		return 0, nil, err
	} else if ok {
		from = n // of what came before nothing is known, and nothing is missed
	}
	r.done.Log, err = wal.Salvage(r.fs, r.walDir(), from, r.aside, func(payload []byte) ([]byte, error) {
		seqs, err := recordSeqs(payload)
		logged = logged.with(seqs)
		return payload, err
	})
	return from, logged, err
}

// recordSeqs returns the sequence numbers in a record of the log.
func recordSeqs(payload []byte) (ranges, error) {
	rec, err := decodeRecord(slices.Clone(payload))
	if err != nil || len(rec.batches) == 0 {
		return nil, err
	}
	return ranges{{rec.batches[0].firstSeq, rec.lastSeq()}}, nil
}

// choose returns the candidates that are live, in the order of their events,
// and leaves the others out.
func (r *repairer) choose(all []candidate, logged ranges) ([]candidate, error) {
	known := logged
	var sure []candidate
	for _, c := range all {
		if !c.sound && c.sameAs(known) {
			if err := r.leaveOut(c.ref, nil); err != nil {
				return nil, err
			}
			continue
		}
		if c.sound {
			known = known.with(c.seqs)
		}
		sure = append(sure, c)
	}
	var live []candidate
	var taken ranges
	for _, c := range slices.Backward(sure) {
		if taken.overlaps(c.seqs) {
			if err := r.leaveOut(c.ref, nil); err != nil {
				return nil, err
			}
			continue
		}
		taken = taken.with(c.seqs)
		live = append(live, c)
	}
	slices.SortFunc(live, func(a, b candidate) int { return cmp.Compare(a.seqs.first(), b.seqs.first()) })
	return live, nil
}

// ranges is a set of sequence numbers: ascending runs with a gap between each
// two.
type ranges []seqRange

type seqRange struct{ first, last uint64 }

func (rs ranges) first() uint64 {
	if len(rs) == 0 {
		return 0
	}
	return rs[0].first
}

func (rs ranges) last() uint64 {
	if len(rs) == 0 {
		return 0
	}
	return rs[len(rs)-1].last
}

// add appends a run that begins behind the last one's beginning.
func (rs ranges) add(first, last uint64) ranges {
	if n := len(rs); n > 0 && first <= rs[n-1].last+1 {
		rs[n-1].last = max(rs[n-1].last, last)
		return rs
	}
	return append(rs, seqRange{first, last})
}

// with returns the numbers of either set.
func (rs ranges) with(other ranges) ranges {
	both := slices.Concat(rs, other)
	slices.SortFunc(both, func(a, b seqRange) int { return cmp.Compare(a.first, b.first) })
	var out ranges
	for _, r := range both {
		out = out.add(r.first, r.last)
	}
	return out
}

// overlaps reports whether the sets have a number in common.
func (rs ranges) overlaps(other ranges) bool {
	for _, o := range other {
		i, _ := slices.BinarySearchFunc(rs, o.first, func(r seqRange, n uint64) int { return cmp.Compare(r.last, n) })
		if i < len(rs) && rs[i].first <= o.last {
			return true
		}
	}
	return false
}

// contains reports whether all numbers of other are in rs.
func (rs ranges) contains(other ranges) bool {
	for _, o := range other {
		i, _ := slices.BinarySearchFunc(rs, o.first, func(r seqRange, n uint64) int { return cmp.Compare(r.last, n) })
		if i == len(rs) || rs[i].first > o.first || rs[i].last < o.last {
			return false
		}
	}
	return true
}
