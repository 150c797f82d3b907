package localscan

import (
	"cmp"
	"context"
	"errors"
	"slices"

	"skywatch/internal/logs"
)

// replay is a scanner over blocks that were kept, for the one scan of a query
// whose commands look at one event at a time.
type replay struct {
	newest bool // newest first, for who may stop early; else in the order they came

	blocks []logs.Block
	rows   int
	bytes  int
}

// keep copies a block of all columns.
func (p *replay) keep(b *logs.Block) {
	p.rows += b.Len
	for _, m := range b.Messages {
		p.bytes += len(m)
	}
	p.blocks = append(p.blocks, logs.Block{
		Len: b.Len, Groups: slices.Clone(b.Groups), Streams: slices.Clone(b.Streams), Timestamps: slices.Clone(b.Timestamps),
		Ingested: slices.Clone(b.Ingested), Seqs: slices.Clone(b.Seqs), Messages: slices.Clone(b.Messages),
	})
}

// clear forgets the blocks.
func (p *replay) clear() {
	clear(p.blocks)
	p.blocks, p.rows, p.bytes = p.blocks[:0], 0, 0
}

// Scan implements logs.Scanner.
func (p *replay) Scan(ctx context.Context, _ logs.Scan, yield func(*logs.Block) error) (st logs.ScanStats, err error) {
	give := func(b *logs.Block) error {
		st.Rows += int64(b.Len)
		if err := yield(b); err != nil {
			return err
		}
		return ctx.Err()
	}
	if p.newest {
		err = p.backwards(give)
	} else {
		for i := range p.blocks {
			if err = give(&p.blocks[i]); err != nil {
				break
			}
		}
	}
	if errors.Is(err, logs.ErrStop) {
		err = nil
	}
	return st, errors.Join(err, ctx.Err())
}

// backwards gives the kept events newest first. Most files are in order already,
// and then sorting is no more than a look at each.
func (p *replay) backwards(give func(*logs.Block) error) error {
	type place struct{ block, row int32 }
	places := make([]place, 0, p.rows)
	for i := len(p.blocks) - 1; i >= 0; i-- {
		for k := p.blocks[i].Len - 1; k >= 0; k-- {
			places = append(places, place{int32(i), int32(k)})
		}
	}
	slices.SortFunc(places, func(a, b place) int {
		x, y := &p.blocks[a.block], &p.blocks[b.block]
		if s, t := x.Timestamps[a.row], y.Timestamps[b.row]; s != t {
			return cmp.Compare(t, s)
		}
		return cmp.Compare(y.Seqs[b.row], x.Seqs[a.row])
	})
	var b logs.Block
	for some := range slices.Chunk(places, blockRows) {
		b = logs.Block{
			Len: len(some), Groups: b.Groups[:0], Streams: b.Streams[:0], Timestamps: b.Timestamps[:0],
			Ingested: b.Ingested[:0], Seqs: b.Seqs[:0], Messages: b.Messages[:0],
		}
		for _, at := range some {
			from, i := &p.blocks[at.block], at.row
			b.Groups = append(b.Groups, from.Groups[i])
			b.Streams = append(b.Streams, from.Streams[i])
			b.Timestamps = append(b.Timestamps, from.Timestamps[i])
			b.Ingested = append(b.Ingested, from.Ingested[i])
			b.Seqs = append(b.Seqs, from.Seqs[i])
			b.Messages = append(b.Messages, from.Messages[i])
		}
		if err := give(&b); err != nil {
			return err
		}
	}
	return nil
}
