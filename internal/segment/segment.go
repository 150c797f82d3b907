// Package segment is the immutable column file of the log engine: many groups'
// events, sorted, cut into blocks, with statistics and checksums.
//
// A [Writer] takes rows in ascending (group, timestamp, seq) order, cuts a
// block whenever one is full or the group changes, and ends with a footer. A
// [Reader] reads the footer once and then single columns of single blocks, so
// that a question about timestamps never touches messages, and a damaged block
// costs nothing but itself.
//
// # Layout
//
// Integers are little-endian; uvarint and varint (zigzag) are those of
// encoding/binary.
//
//	header (16 bytes)
//	     0    8  magic "SKYSEG\r\n"
//	     8    4  format version, 1
//	    12    4  zero
//
//	blocks, one after the other; a block is its column chunks, one after the
//	other, in the order the footer names them
//
//	footer, compressed as one zstd frame; raw:
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
//	                byte kind, byte encoding, uvarint length, 4 bytes CRC32C of the chunk
//
//	trailer (44 bytes)
//	     0    8  footer offset
//	     8    8  footer length as stored
//	    16    8  footer length raw
//	    24    4  CRC32C of the footer as stored
//	    28    4  format version, 1
//	    32    8  magic "SKYSEGF\n"
//	    40    4  CRC32C of bytes 0..39
//
// # Columns
//
//	kind 1 timestamps, 2 streams, 3 ingested, 4 seqs: integers
//	kind 5 messages: per row a uvarint length, then all bytes
//
//	encoding 1 const:      one varint, the value of every row
//	encoding 2 delta:      per row a varint, the difference to the row before (the first to 0)
//	encoding 3 delta+zstd: uvarint raw length, zstd frame of encoding 2
//	encoding 4 plain:      messages as said above
//	encoding 5 plain+zstd: uvarint raw length, zstd frame of encoding 4
//
// A reader passes over kinds it does not know and refuses encodings it does
// not know, so columns can be added under one version; anything else that
// changes takes a new version.
package segment

import (
	"errors"
	"hash/crc32"

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

	// version counts changes of the format. 1: first.
	version = 1

	// BlockRows and BlockBytes (of messages) end a block. A block is what is
	// decompressed for a single event, so it bounds the cost of "the newest
	// 100 events"; larger ones would compress better.
	BlockRows  = 4096
	BlockBytes = 256 << 10

	// Limits that a reader holds lengths against before it allocates.
	maxBlockRows   = 1 << 16
	maxBlockBytes  = 64 << 20 // one event may be larger than BlockBytes, not than a WAL record
	maxFooterBytes = 256 << 20
)

// kind is a column of a block.
type kind uint8

const (
	kindTimestamps kind = 1 + iota
	kindStreams
	kindIngested
	kindSeqs
	kindMessages
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
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

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
