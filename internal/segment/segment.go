// Package segment is the immutable column file of the log engine: many groups'
// events, sorted, cut into blocks, with statistics and checksums.
//
// A [Writer] takes rows in ascending (group, timestamp, seq) order, cuts a
// block whenever one is full or the group changes, and ends with a footer. A
// [Reader] reads the footer once and then single columns of single blocks, so
// that a question about timestamps never touches messages, and a damaged block
// costs nothing but itself.
//
// Messages are kept as package logtype makes them: templates and typed columns.
// [Reader.Open] gives the block of templates for those who read columns;
// [Reader.Messages] joins it back to text.
//
// # Layout
//
// Integers are little-endian; uvarint and varint (zigzag) are those of
// encoding/binary.
//
//	header (16 bytes)
//	     0    8  magic "SKYSEG\r\n"
//	     8    4  format version, 4
//	    12    4  zero
//
//	blocks, one after the other; a block is its column chunks, one after the
//	other, in the order the footer names them
//
//	footer and trailer
//
//	text filters (package logtype) of the blocks, one after the other, in the
//	order of the blocks: together, so that a question for a text that is in few
//	blocks is told so by one short read
//
//	footer and trailer again, the same but for the offset
//
//	a footer, compressed as one zstd frame; raw:
//	    uvarint number of groups; per group, ascending:
//	        uvarint  group id, less that of the group before
//	        uvarint  number of streams; per stream, ascending:
//	            uvarint  stream id, less that of the stream before
//	            uvarint  events, message bytes
//	            varint   smallest timestamp;  uvarint  largest less smallest
//	            varint   largest ingestion time
//	            uvarint  smallest seq, largest less smallest
//	        uvarint  number of blocks; per block, in row order:
//	            uvarint  rows, message bytes
//	            varint   timestamp of the first row;  uvarint  of the last, less the first
//	            uvarint  seq of the first row, of the last row
//	            uvarint  smallest seq, largest less smallest
//	            uvarint  smallest stream id, largest less smallest
//	            uvarint  number of columns; per column:
//	                byte kind, byte encoding, uvarint length, 4 bytes CRC32C of the
//	                chunk (but see encoding 6)
//	            uvarint  length of the text filter, 0 for none; 4 bytes its CRC32C
//
//	a trailer (44 bytes), behind its footer
//	     0    8  footer offset
//	     8    8  footer length as stored
//	    16    8  footer length raw
//	    24    4  CRC32C of the footer as stored
//	    28    4  format version, as in the header
//	    32    8  magic "SKYSEGF\n"
//	    40    4  CRC32C of bytes 0..39
//
// Without its footer a file is nothing, and with it every block can be read that
// is whole. So there are two, as far from each other as the layout allows, and
// together they are some 0.3 % of a large file. A reader reads the last one. When
// that is damaged, cut off or not at the end, it looks for the magic of trailers
// from the end backwards and takes the first whole footer that it finds, which
// costs nothing but that search; [Reader.Foot] tells of it and [Reader.Mend]
// writes the file with both footers again.
//
// # Columns
//
//	kind 1 timestamps, 2 streams, 3 ingested, 4 seqs: integers
//	kind 5 messages
//	kind 6 minutes: how many rows lie in each minute since 1970, from that of the
//	       first row to that of the last; left out when they are more than the
//	       rows and minutesMin
//
// "ints" are an integer column of package colenc.
//
//	encoding 6 typed:     per page (4096 bytes, the last may be shorter) of what
//	                      follows its CRC32C; a block of package logtype, whose
//	                      reference times are the timestamps. The footer's CRC32C is
//	                      that of the pages' alone, so that a page can be read alone
//	encoding 7 ints:      ints
//	encoding 8 listed:    uvarint different values; uvarint length, ints: the values,
//	                      ascending; ints: per row the place of its value in the list
//	encoding 9 by stream: ints: per row what its value is more than that of the row
//	                      before with the same stream; of seqs one less. A stream's
//	                      first row is held against the last row of the stream that
//	                      began before it, the block's first row against 0. Batches
//	                      of a stream have one ingestion time and consecutive seqs,
//	                      so nearly all of these are 0.
//
// Version 3 had only the last footer. Version 2 had no text filters either, and
// nothing about them in the footer. Version 1 had other encodings besides, which
// are read and not written:
//
//	encoding 1 const:      one varint, the value of every row
//	encoding 2 delta:      per row a varint, the difference to the row before (the first to 0)
//	encoding 3 delta+zstd: uvarint raw length, zstd frame of encoding 2
//	encoding 4 plain:      per row a uvarint length, then all messages' bytes
//	encoding 5 plain+zstd: uvarint raw length, zstd frame of encoding 4
//
// A reader passes over kinds it does not know and refuses encodings it does
// not know, so columns can be added under one version; anything else that
// changes takes a new version.
package segment

import (
	"errors"

	"skywatch/internal/logs"
)

// ErrVersion is returned for a file of a format this program does not read.
// Damaged files are [logs.ErrCorrupt].
var ErrVersion = errors.New("segment of another format version")

const (
	magicHead   = "SKYSEG\r\n"
	magicTail   = "SKYSEGF\n"
	headerSize  = 16
	trailerSize = 44
	magicAt     = 32 // in a trailer

	// Version counts changes of the format.
	//  1: first; messages compressed as text.
	//  2: messages typed (package logtype), integers by package colenc, counts
	//     per minute; blocks of four times the rows.
	//  3: text filters.
	//  4: the footer twice.
	Version = 4

	// BlockRows and BlockBytes (of messages) end a block. A block's columns are
	// decoded whole, so it bounds the cost of "the newest 100 events"; larger
	// ones would hardly compress better (1.5 % with 64 Ki rows).
	BlockRows  = 16 << 10
	BlockBytes = 8 << 20

	// minutesMin counts per minute are kept also for fewer rows.
	minutesMin = 60

	// Limits that a reader holds lengths against before it allocates.
	maxBlockRows   = 1 << 16
	maxBlockBytes  = 64 << 20 // one event may be larger than BlockBytes, not than a WAL record
	maxFooterBytes = 256 << 20
	maxFilterBytes = 32 << 20
)

// kind is a column of a block.
type kind uint8

const (
	kindTimestamps kind = 1 + iota
	kindStreams
	kindIngested
	kindSeqs
	kindMessages
	kindMinutes
	kindEnd
)

// encoding says how a chunk's bytes are to be read.
type encoding uint8

const (
	encConst     encoding = 1
	encDelta     encoding = 2
	encDeltaZstd encoding = 3
	encPlain     encoding = 4
	encPlainZstd encoding = 5
	encTyped     encoding = 6
	encInts      encoding = 7
	encListed    encoding = 8
	encByStream  encoding = 9
)

// Stream is what a segment holds of one stream.
type Stream struct {
	Stream         logs.StreamID
	Events         int64
	Bytes          int64 // message bytes
	First, Last    int64 // milliseconds, smallest and largest Timestamp
	LastIngestion  int64 // milliseconds
	MinSeq, MaxSeq uint64
}

// Block is what the footer says of one block.
type Block struct {
	Group                logs.GroupID
	Rows                 int
	Bytes                int64         // message bytes
	First, Last          logs.Position // of the first and last row
	MinSeq, MaxSeq       uint64
	MinStream, MaxStream logs.StreamID

	columns [kindEnd]chunk
	filter  chunk // of length 0 for none
}

// chunk is where a column's bytes lie.
type chunk struct {
	offset int64
	length int
	sum    uint32
	enc    encoding
}

// Group is what a segment holds of one group. Blocks FirstBlock up to
// FirstBlock+Blocks, in row order, are its own.
type Group struct {
	Group              logs.GroupID
	Streams            []Stream // ascending by id
	FirstBlock, Blocks int
	Events             int64
	Bytes              int64 // message bytes
	First, Last        int64 // milliseconds
	MinSeq, MaxSeq     uint64
}

// sum sets the totals of a group from its streams.
func (g *Group) sum() {
	for i, s := range g.Streams {
		if i == 0 {
			g.First, g.Last, g.MinSeq, g.MaxSeq = s.First, s.Last, s.MinSeq, s.MaxSeq
		}
		g.Events += s.Events
		g.Bytes += s.Bytes
		g.First, g.Last = min(g.First, s.First), max(g.Last, s.Last)
		g.MinSeq, g.MaxSeq = min(g.MinSeq, s.MinSeq), max(g.MaxSeq, s.MaxSeq)
	}
}

// order returns the columns of a block in the order of their bytes.
func (b *Block) order() []kind {
	if b.columns[kindMinutes].enc == 0 {
		return []kind{kindTimestamps, kindStreams, kindIngested, kindSeqs, kindMessages}
	}
	return []kind{kindTimestamps, kindStreams, kindIngested, kindSeqs, kindMinutes, kindMessages}
}

// Typed says whether the messages of a block are kept as templates and columns.
func (b *Block) Typed() bool { return b.columns[kindMessages].enc == encTyped }

// Size is how many bytes the columns of a block take in the file.
func (b *Block) Size() int64 {
	n := int64(0)
	for _, c := range b.columns {
		n += int64(c.length)
	}
	return n
}

// MessageSize is how many bytes the messages take of these.
func (b *Block) MessageSize() int64 { return int64(b.columns[kindMessages].length) }

// FilterSize is how many bytes the text filter of a block takes in the file.
func (b *Block) FilterSize() int64 { return int64(b.filter.length) }

// ColumnSizes are the bytes in the file of timestamps, streams, ingestion
// times, seqs, messages and counts per minute.
func (b *Block) ColumnSizes() [6]int64 {
	var out [6]int64
	for k := range out {
		out[k] = int64(b.columns[k+1].length)
	}
	return out
}
