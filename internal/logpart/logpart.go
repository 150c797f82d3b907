// Package logpart is the contract between an engine that keeps log messages as
// templates with typed columns and an executor that answers queries on these
// columns without joining the messages first. It holds no data and reads no
// files.
//
// Data passes through like this: an executor asks a [Source] for the parts
// that a [logs.Scan] covers and gets a [Snapshot], which stays the same until
// it is released. Each [Part] is rows of one group in (timestamp, seq) order;
// parts overlap in time and several parts of one group interleave. The executor
// looks at a part's [Info], its counts per minute and its filter of texts, and
// opens it only when these do not answer. An open [Block] decodes what is asked of it: columns
// that every row has, the columns of a template, or whole messages.
//
// A block is typed, with templates, or plain, with messages only ([Block.Plain]):
// what is in memory and not yet encoded, and old files. Every row of a plain
// block must be answered from its message.
//
// # Which rows count
//
// Not every row of a block is part of the scan: time bounds, streams, drops,
// retention and Scan.After leave rows out. Those in it are the rows
// [Block.Lo] to [Block.Hi] whose bit in [Block.Live] is set. Rows over all
// parts are what Scanner.Scan delivers for the same scan at the same moment,
// no more and no less.
//
// # Damage
//
// A part whose bytes are damaged fails with [logs.ErrCorrupt] when it is opened
// or when a column is read. The source has taken note by then; the caller
// counts it in ScanStats.Corrupt and goes on as if the part did not exist. So
// it must not have used anything of the part by then that it cannot take back,
// and must not count the part's Stats.
package logpart

import (
	"context"

	"skywatch/internal/logs"
	"skywatch/internal/logtype"
)

// Source is an engine that can hand out parts beside messages. Both ways give
// the same rows.
type Source interface {
	logs.Scanner

	// Parts takes a snapshot of what a scan covers: everything acknowledged
	// before the call, consistent until Release. Scan.Order says only how
	// After is meant, and Scan.Columns nothing. Safe for concurrent use.
	Parts(ctx context.Context, scan logs.Scan) (Snapshot, error)
}

// Snapshot keeps files and memory of its parts alive. It may be used by
// several goroutines.
type Snapshot interface {
	// Parts are those that may have live rows, by group, then by the position
	// of their first row. The slice is the snapshot's.
	Parts() []Part

	// Skipped counts what statistics have ruled out and is in no part.
	Skipped() logs.ScanStats

	// Release must be called once, after the last use of every part and block.
	Release()
}

// Part is a run of rows of one group. It may be used by several goroutines at
// once, each with a Scratch of its own.
type Part interface {
	Info() Info

	// Minutes returns how many rows lie in each minute, nil when the part
	// cannot tell without being opened. It is nil as well when rows are
	// masked, but not when the part is cut: then the counts are those of
	// all rows, also of those outside the time bounds. Damaged counts are
	// [logs.ErrCorrupt].
	Minutes(ctx context.Context) (*Minutes, error)

	// TextFilter says which texts no message of the part holds, nil when
	// nothing is known. Damage to what it is kept in is reported by the
	// source and answers nil: it costs no rows.
	TextFilter(ctx context.Context) (*logtype.TextFilter, error)

	// Open reads what is needed to answer anything of the part. The block
	// and everything had from it, but for strings made by it, are valid until
	// the next Open with the same Scratch, or until the snapshot's Release.
	Open(ctx context.Context, scratch *Scratch) (*Block, error)
}

// Info is what is known of a part without reading it. Numbers are those of all
// of its rows, live or not.
type Info struct {
	Group       logs.GroupID
	Rows        int
	Bytes       int64 // of messages
	First, Last logs.Position
	// Cut says that the scan's time bounds, or its After, leave out rows.
	Cut bool
	// Masked says that streams, drops or retention may leave out rows.
	Masked bool
	// Damaged says that the source has met damage in the part: who answers from
	// Rows or Minutes may count events that are gone. What nobody has read yet
	// is not known.
	Damaged bool
	Typed   bool
	Size    int64 // bytes to be read at most, 0 for what is in memory
}

// Whole says that every row is live.
func (i *Info) Whole() bool { return !i.Cut && !i.Masked }

// Minutes counts rows per minute. It is shared and must not be written to.
type Minutes struct {
	First  int64   // minutes since the Unix epoch, of Counts[0]
	Counts []int64 // without gaps
}

const minute = 60_000

// MinuteOf is the minute, counted from the Unix epoch, that a timestamp in
// milliseconds lies in.
func MinuteOf(ms int64) int64 {
	m := ms / minute
	if ms%minute < 0 {
		m--
	}
	return m
}
