package segment

import (
	"fmt"

	"skywatch/internal/logs"
)

// Column is what the footer says of one stored column of a block, for tools
// that show files.
type Column struct {
	Name     string // such as "messages"
	Encoding string // such as "delta+zstd"
	Offset   int64  // in the file
	Bytes    int64  // as stored
}

var (
	kindNames     = [kindEnd]string{kindTimestamps: "timestamps", kindStreams: "streams", kindIngested: "ingested", kindSeqs: "seqs", kindMessages: "messages", kindMinutes: "counts per minute"}
	encodingNames = map[encoding]string{encConst: "const", encDelta: "delta", encDeltaZstd: "delta+zstd", encPlain: "plain", encPlainZstd: "plain+zstd",
		encTyped: "typed", encInts: "ints", encListed: "listed", encByStream: "by stream"}
)

// Columns describes the columns of block i.
func (r *Reader) Columns(i int) []Column {
	var out []Column
	for k, c := range r.blocks[i].columns {
		if c.length == 0 {
			continue
		}
		name := encodingNames[c.enc]
		if name == "" {
			name = fmt.Sprintf("unknown %d", c.enc)
		}
		out = append(out, Column{Name: kindNames[k], Encoding: name, Offset: c.offset, Bytes: int64(c.length)})
	}
	if c := r.blocks[i].filter; c.length > 0 {
		out = append(out, Column{Name: "text filter", Encoding: "filter", Offset: c.offset, Bytes: int64(c.length)})
	}
	return out
}

// Check reads, checks and decodes every column of block i, and holds its text
// filter against its messages. The error is as of [Reader.Timestamps].
func (r *Reader) Check(i int) error {
	if _, err := r.Timestamps(i, nil); err != nil {
		return err
	}
	streams, err := r.Streams(i, nil)
	if err != nil {
		return err
	}
	if _, err := r.Ingested(i, nil, streams); err != nil {
		return err
	}
	if _, err := r.Seqs(i, nil, streams); err != nil {
		return err
	}
	if r.blocks[i].columns[kindMinutes].enc != 0 {
		if _, err := r.Minutes(i); err != nil {
			return err
		}
	}
	messages, err := r.Messages(i, nil)
	if err != nil {
		return err
	}
	filters, err := r.TextFilters(i, i+1)
	if err != nil {
		return err
	}
	if err := filters[0].Err; err != nil {
		return err
	}
	for row, m := range messages {
		if f := filters[0].Filter; f != nil && !f.Covers(m) {
			return fmt.Errorf("%w: text filter at offset %d rules out message %d", logs.ErrCorrupt, r.blocks[i].filter.offset, row)
		}
	}
	return nil
}
