package metricstore

import (
	"time"
)

// Options configure a store; the zero Options are fit for use.
type Options struct {
	Retention Retention

	// HeadBytes is the memory of points (estimated) after which the head is
	// written to segments. One such head is filled while up to two are being
	// written; beyond that appends wait. Default 48 MiB, some 800,000 points.
	HeadBytes int64
	// HeadAge is how old the head's first point may become. Shorter means a
	// faster start after a crash, longer fewer and larger segments. Default 30
	// minutes.
	HeadAge time.Duration
	// SegmentBytes is the size at which a segment is closed and the next of
	// the same run begun. It bounds the memory of flush and compaction.
	// Default 32 MiB.
	SegmentBytes int
	// MaxSeries bounds the registry, which is held in memory (about 500 bytes
	// a series). Appends that need more fail with metrics.ErrFull. Default one
	// million.
	MaxSeries int
	// WALFileSize is passed to the write-ahead log; default its own.
	WALFileSize int64

	// Now is the clock in milliseconds since the epoch, for ages and
	// retention. Default the machine's.
	Now func() int64
	// Events, when not nil, is told of background work. It is called from
	// several goroutines and must be quick.
	Events func(Event)

	// manual leaves out the background goroutines' own initiative: tests call
	// the steps themselves.
	manual bool
}

func (o Options) withDefaults() Options {
	o.Retention = o.Retention.withDefaults()
	if o.HeadBytes <= 0 {
		o.HeadBytes = 48 << 20
	}
	if o.HeadAge <= 0 {
		o.HeadAge = 30 * time.Minute
	}
	if o.SegmentBytes <= 0 {
		o.SegmentBytes = 32 << 20
	}
	if o.MaxSeries <= 0 {
		o.MaxSeries = 1_000_000
	}
	o.MaxSeries = min(o.MaxSeries, maxSeriesID/2)
	if o.Now == nil {
		o.Now = func() int64 { return time.Now().UnixMilli() }
	}
	if o.Events == nil {
		o.Events = func(Event) {}
	}
	return o
}

// EventKind says what an Event is about.
type EventKind string

// The kinds of events.
const (
	EventRecovered EventKind = "recovered" // Open has replayed the WAL
	EventHealed    EventKind = "healed"    // Open found a damaged file that a copy stands in for; nothing is lost
	EventTorn      EventKind = "torn"      // the WAL's torn, never acknowledged tail was cut off
	EventFlushed   EventKind = "flushed"   // a head was written to segments
	EventCompacted EventKind = "compacted" // segments were merged or coarsened
	EventExpired   EventKind = "expired"   // segments were dropped by retention
	EventCorrupt   EventKind = "corrupt"   // a block failed its checks and was left out
	EventFailed    EventKind = "failed"    // background work failed; it will be tried again
	EventLeftOver  EventKind = "left-over" // a file that is not needed could not be removed
)

// Event reports background work.
type Event struct {
	Kind     EventKind
	What     string        // the files or the work, for people
	Points   int64         // points written or replayed
	Bytes    int64         // bytes written
	Files    int           // files written, or dropped
	Duration time.Duration // how long it took
	Err      error         // of corrupt, failed, healed and left-over
}

// Stats are figures of a store, for its own metrics page.
type Stats struct {
	Series        int
	HeadPoints    int64 // not yet in segments
	HeadBytes     int64 // estimated memory
	Segments      int
	SegmentPoints int64 // at the finest stored resolution of each
	SegmentBytes  int64 // on disk
	WALBytes      int64 // written since Open
	WALSyncs      int64 // group commits since Open
	Appended      int64 // data acknowledged since Open
	Flushes       int64
	Compactions   int64
	CorruptBlocks int64 // left out of reads and merges since Open
}
