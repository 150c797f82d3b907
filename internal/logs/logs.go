// Package logs holds the nouns of the log side (group, stream, event, batch,
// block) and the narrow contracts between those who write events, the engine
// that keeps them and those who read them. It imports no engine and no wire.
//
// Data passes through like this: ingest builds a [Batch] and hands it to an
// [Appender], which returns only when the events are durable; readers describe
// what they want as a [Scan] and receive [Block]s from a [Scanner].
package logs

import (
	"context"
	"errors"
)

// Sentinel errors, tested with errors.Is. Engines wrap them with what was
// being done and to what.
var (
	ErrCorrupt = errors.New("corrupt data")    // bytes on disk fail their checksum or format
	ErrClosed  = errors.New("store is closed") // used after Close
	ErrFull    = errors.New("out of space")    // the device or a configured limit is exhausted
	ErrStop    = errors.New("stop scan")       // returned by a yield function to end a scan early, not an error
)

// GroupID identifies a log group for ever: given by the metastore, never used
// again after the group is deleted. Zero is no group.
type GroupID uint64

// StreamID identifies a log stream for ever, over all groups. Zero is no stream.
type StreamID uint64

// Event is one log event as its writer gave it.
type Event struct {
	Timestamp int64  // milliseconds since the Unix epoch, given by the writer
	Message   string // the bytes as written; may be any bytes, also invalid UTF-8 and NUL
}

// Batch is the accepted part of one PutLogEvents call: events of one stream,
// Timestamps non-decreasing. The Appender may keep Message strings (they are
// immutable) but not the Events slice.
type Batch struct {
	Group    GroupID
	Stream   StreamID
	Ingested int64 // milliseconds, the server's clock when the call arrived
	Events   []Event
}

// Appender makes events durable.
type Appender interface {
	// Append stores every event of every batch or none. When it returns nil
	// the events survive kill -9 and power loss and are visible to every scan
	// that starts afterwards. It blocks while the engine holds back writers
	// (back-pressure) and honours ctx while waiting. Safe for concurrent use.
	Append(ctx context.Context, batches []Batch) error
}

// Position is the place of an event in time order. Seq is given by the engine
// in the order of acknowledgement, starts at 1, is unique over the whole store
// and never changes, also not by compaction or restart.
type Position struct {
	Timestamp int64
	Seq       uint64
}

// Less orders positions by Timestamp, then Seq.
func (p Position) Less(q Position) bool {
	return p.Timestamp < q.Timestamp || p.Timestamp == q.Timestamp && p.Seq < q.Seq
}

// Order is the order in which a scan delivers events.
type Order uint8

const (
	AnyOrder    Order = iota // whatever is fastest
	OldestFirst              // ascending Position over all groups of the scan
	NewestFirst              // descending Position over all groups of the scan
)

// Columns is the set of columns a reader will look at. Columns not asked for
// may be nil in the delivered blocks.
type Columns uint8

const (
	ColGroup Columns = 1 << iota
	ColStream
	ColTimestamp
	ColIngested
	ColSeq
	ColMessage
	AllColumns = ColGroup | ColStream | ColTimestamp | ColIngested | ColSeq | ColMessage
)

// Scan says which events a reader wants.
type Scan struct {
	Groups  []GroupID  // at least one; an unknown group has no events
	Streams []StreamID // nil means every stream of the groups
	Start   int64      // milliseconds, inclusive
	End     int64      // milliseconds, exclusive
	Order   Order
	Columns Columns
	// After, when not nil, leaves out everything up to and including that
	// position in scan order (it needs OldestFirst or NewestFirst).
	After *Position
	// Texts are all in the message of every event that the reader has use for.
	// A scanner may leave others out, counted as skipped, and need not.
	Texts []string
	// EscapedTexts says that the message may also be one whose JSON writes
	// characters as \uXXXX.
	EscapedTexts bool
	// Lost, when not nil, is told of each block that an ordered scan leaves out
	// because it is damaged: where its first event in scan order was, which may
	// lie outside of the range, and how many it had, wanted or not. So whoever
	// reads page by page can count each once. It is called like yield.
	Lost func(first Position, events int64)
}

// Block is a batch of events in columns: all non-nil slices have length Len.
// Slices belong to the scanner and are valid only until yield returns;
// strings are immutable and may be kept.
type Block struct {
	Len        int
	Groups     []GroupID
	Streams    []StreamID
	Timestamps []int64
	Ingested   []int64
	Seqs       []uint64
	Messages   []string
}

// ScanStats says what a scan touched, for the progress numbers of a query.
type ScanStats struct {
	Rows         int64 // events looked at (inside the groups and the time range)
	Bytes        int64 // message bytes of these events
	SkippedRows  int64 // events ruled out by statistics without being read
	SkippedBytes int64
	Corrupt      int64 // blocks left out because their checksum failed, and whole files of blocks, which count as one
	CorruptRows  int64 // events of these, whether or not the scan wanted them, of a file also those of other groups; not in Rows
}

// Add adds t's counts to s.
func (s *ScanStats) Add(t ScanStats) {
	s.Rows += t.Rows
	s.Bytes += t.Bytes
	s.SkippedRows += t.SkippedRows
	s.SkippedBytes += t.SkippedBytes
	s.Corrupt += t.Corrupt
	s.CorruptRows += t.CorruptRows
}

// Scanner reads events.
type Scanner interface {
	// Scan calls yield with blocks of at most a few thousand events until the
	// scan is exhausted, yield returns an error (ErrStop ends the scan without
	// error) or ctx is done. It sees every event acknowledged before the call
	// and a consistent view throughout. A corrupt block is left out and
	// counted, never an error of its own. Safe for concurrent use; yield is
	// called from one goroutine at a time.
	Scan(ctx context.Context, scan Scan, yield func(*Block) error) (ScanStats, error)
}

// StreamStat is what the engine knows of the events of one stream.
type StreamStat struct {
	Stream        StreamID
	FirstEvent    int64 // milliseconds, smallest Timestamp
	LastEvent     int64 // milliseconds, largest Timestamp
	LastIngestion int64 // milliseconds
	Events        int64
	Bytes         int64 // message bytes + 26 per event, as PutLogEvents counts
}

// GroupStat is what the engine knows of the events of one group.
type GroupStat struct {
	Events     int64
	Bytes      int64 // message bytes + 26 per event
	FirstEvent int64
	LastEvent  int64
}

// Catalog answers questions about what is stored without reading events.
type Catalog interface {
	GroupStat(GroupID) GroupStat
	// StreamStats returns the streams of a group that have events, in no order.
	StreamStats(GroupID) []StreamStat
	StreamStat(GroupID, StreamID) (StreamStat, bool)
}

// Dropper forgets events. Both are durable on return; the events are
// invisible to scans that start afterwards, and their space is freed later.
type Dropper interface {
	DropGroup(ctx context.Context, g GroupID) error
	DropStream(ctx context.Context, g GroupID, s StreamID) error
}
