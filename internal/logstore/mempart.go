package logstore

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"

	"skywatch/internal/logpart"
	"skywatch/internal/logs"
	"skywatch/internal/logtype"
	"skywatch/internal/segment"
)

const (
	// ownPart events of a batch are a part as they lie in memory, with nothing
	// copied or sorted; batches of fewer are gathered into parts.
	ownPart = 128

	// gatheredPart events end a part of gathered batches.
	gatheredPart = 8 << 10
)

// memPart is plain events of a group in memory: those of the scan, no others.
type memPart struct {
	of      *parts
	batches []*batch // cut to the scan
	read    *atomic.Int64
	info    logpart.Info

	once sync.Once
	rows gatheredColumns // by position, when there are several batches
}

// addPlain cuts the plain events of one memtable into parts.
func (p *parts) addPlain(plan *groupPlan, events plainEvents) {
	var gathered *memPart
	for _, b := range events.batches {
		if !plan.wantsBatch(b) {
			continue
		}
		lo, hi := plan.batchRange(b)
		if lo >= hi {
			continue
		}
		m := gathered
		if hi-lo >= ownPart || m == nil {
			m = &memPart{of: p, read: events.read, info: logpart.Info{Group: plan.group}}
			p.list = append(p.list, m)
		}
		m.add(b, lo, hi)
		switch {
		case hi-lo >= ownPart:
		case m.info.Rows >= gatheredPart:
			gathered = nil
		default:
			gathered = m
		}
	}
}

// add puts events [lo, hi) of b into the part.
func (p *memPart) add(b *batch, lo, hi int) {
	var st logs.ScanStats
	countBatch(&st, b, lo, hi)
	if first := b.position(lo); p.info.Rows == 0 || first.Less(p.info.First) {
		p.info.First = first
	}
	if last := b.position(hi - 1); p.info.Rows == 0 || p.info.Last.Less(last) {
		p.info.Last = last
	}
	p.info.Rows += hi - lo
	p.info.Bytes += st.Bytes
	if hi-lo < len(b.timestamps) {
		b = &batch{group: b.group, stream: b.stream, ingested: b.ingested, firstSeq: b.firstSeq + uint64(lo),
			timestamps: b.timestamps[lo:hi], messages: b.messages[lo:hi]}
	}
	p.batches = append(p.batches, b)
}

func (p *memPart) Info() logpart.Info { return p.info }

// Minutes implements [logpart.Part]: memory is not worth it.
func (p *memPart) Minutes(context.Context) (*logpart.Minutes, error) { return nil, nil }

// TextFilter implements [logpart.Part]: memory keeps none.
func (p *memPart) TextFilter(context.Context) (*logtype.TextFilter, error) { return nil, nil }

// Open implements [logpart.Part].
func (p *memPart) Open(ctx context.Context, scratch *logpart.Scratch) (*logpart.Block, error) {
	if err := p.of.alive(ctx); err != nil {
		return nil, err
	}
	p.read.Add(int64(p.info.Rows))
	var b *logpart.Block
	if len(p.batches) == 1 {
		b = scratch.Reset((*batchColumns)(p.batches[0]), nil)
		b.Plain = p.batches[0].messages
	} else {
		p.once.Do(p.sort)
		b = scratch.Reset(p.rows, nil)
		b.Plain = make([]string, len(p.rows))
		for i := range p.rows {
			b.Plain[i] = p.rows[i].Message
		}
	}
	b.Group, b.Rows, b.Hi = p.info.Group, p.info.Rows, p.info.Rows
	b.Stats = logs.ScanStats{Rows: int64(p.info.Rows), Bytes: p.info.Bytes}
	return b, nil
}

func (p *memPart) sort() {
	p.rows = make(gatheredColumns, 0, p.info.Rows)
	err := sortedRows(p.info.Group, p.batches, func(r *segment.Row) error {
		p.rows = append(p.rows, *r)
		return nil
	})
	if err != nil || len(p.rows) != p.info.Rows {
		panic(fmt.Sprintf("logstore: %d rows of a memtable, want %d: %v", len(p.rows), p.info.Rows, err))
	}
}

// batchColumns implements [logpart.Columns] for one batch.
type batchColumns batch

func (c *batchColumns) Timestamps(dst []int64) ([]int64, error) {
	return append(dst, c.timestamps...), nil
}

func (c *batchColumns) Streams(dst []logs.StreamID) ([]logs.StreamID, error) {
	for range c.timestamps {
		dst = append(dst, c.stream)
	}
	return dst, nil
}

func (c *batchColumns) Ingested(dst []int64) ([]int64, error) {
	for range c.timestamps {
		dst = append(dst, c.ingested)
	}
	return dst, nil
}

func (c *batchColumns) Seqs(dst []uint64) ([]uint64, error) {
	for i := range c.timestamps {
		dst = append(dst, c.firstSeq+uint64(i))
	}
	return dst, nil
}

// gatheredColumns implements [logpart.Columns] for sorted rows.
type gatheredColumns []segment.Row

func (c gatheredColumns) Timestamps(dst []int64) ([]int64, error) {
	for i := range c {
		dst = append(dst, c[i].Timestamp)
	}
	return dst, nil
}

func (c gatheredColumns) Streams(dst []logs.StreamID) ([]logs.StreamID, error) {
	for i := range c {
		dst = append(dst, c[i].Stream)
	}
	return dst, nil
}

func (c gatheredColumns) Ingested(dst []int64) ([]int64, error) {
	for i := range c {
		dst = append(dst, c[i].Ingested)
	}
	return dst, nil
}

func (c gatheredColumns) Seqs(dst []uint64) ([]uint64, error) {
	for i := range c {
		dst = append(dst, c[i].Seq)
	}
	return dst, nil
}
