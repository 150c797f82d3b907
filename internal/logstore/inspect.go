package logstore

import (
	"path/filepath"

	"skywatch/internal/logs"
	"skywatch/internal/manifest"
	"skywatch/internal/vfs"
)

// Contents is what the manifest of a log engine's folder says, for tools that
// look at a folder without opening the engine.
type Contents struct {
	Damage error // why the manifest cannot be read, when its copy is told instead

	FlushedSeq  uint64 // highest seq that is in a segment or gone
	WALFrom     uint64 // lowest WAL file that still matters
	NextSegment uint64
	Segments    []SegmentFile
	Drops       []Drop
	Lost        []SegmentFile // left out by a repair
	WALDir      string
}

// SegmentFile is what the manifest says of a segment.
type SegmentFile struct {
	Path        string
	Size        int64 // bytes
	Events      int64 // 0 when it does not say, and then First and Last mean nothing
	First, Last int64 // milliseconds, smallest and largest timestamp
}

// Drop forgets the events of a group, or of a stream of it, up to a seq.
type Drop struct {
	Group  logs.GroupID
	Stream logs.StreamID // 0: the whole group
	Seq    uint64
}

// ReadContents reads the manifest of the engine's folder. It changes nothing.
func ReadContents(fs vfs.FS, dir string) (*Contents, error) {
	l, err := manifest.Load(fs, dir, ManifestKind)
	if err != nil {
		return nil, err
	}
	st, err := stateOf(l, dir)
	if err != nil {
		return nil, err
	}
	c := &Contents{Damage: l.Damage, FlushedSeq: st.flushedSeq, WALFrom: st.walFrom, NextSegment: st.nextSegment, WALDir: filepath.Join(dir, walDir)}
	for _, r := range st.segments {
		c.Segments = append(c.Segments, r.file(dir))
	}
	for _, r := range st.lost {
		c.Lost = append(c.Lost, r.file(dir))
	}
	for _, d := range st.drops {
		c.Drops = append(c.Drops, Drop{d.group, d.stream, d.seq})
	}
	return c, nil
}

func (r segmentRef) file(dir string) SegmentFile {
	return SegmentFile{filepath.Join(dir, segmentDir, segmentName(r.number)), r.size, r.events, r.first, r.last}
}

// Record is a decoded record of the engine's write-ahead log: a drop or batches.
type Record struct {
	Drop     *Drop
	FirstSeq uint64
	Batches  []logs.Batch
}

// DecodeRecord decodes a record's payload. The messages point into it.
func DecodeRecord(payload []byte) (*Record, error) {
	r, err := decodeRecord(payload)
	if err != nil {
		return nil, err
	}
	out := &Record{}
	if r.drop != nil {
		out.Drop = &Drop{r.drop.group, r.drop.stream, r.drop.seq}
		return out, nil
	}
	for i := range r.batches {
		b := &r.batches[i]
		if i == 0 {
			out.FirstSeq = b.firstSeq
		}
		batch := logs.Batch{Group: b.group, Stream: b.stream, Ingested: b.ingested, Events: make([]logs.Event, len(b.timestamps))}
		for j := range b.timestamps {
			batch.Events[j] = logs.Event{Timestamp: b.timestamps[j], Message: b.messages[j]}
		}
		out.Batches = append(out.Batches, batch)
	}
	return out, nil
}
