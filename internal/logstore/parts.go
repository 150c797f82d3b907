package logstore

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"

	"skywatch/internal/colenc"
	"skywatch/internal/logpart"
	"skywatch/internal/logs"
	"skywatch/internal/logtype"
	"skywatch/internal/segment"
)

// Parts implements [logpart.Source]. A block of a segment, on disk or in
// memory, is a part, and so are plain events in memory (mempart.go).
func (s *Store) Parts(ctx context.Context, scan logs.Scan) (logpart.Snapshot, error) {
	ps, err := plans(&scan, s.expiry())
	if err != nil {
		return nil, err
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if err := s.begin(); err != nil {
		return nil, err
	}
	p := &parts{s: s}
	p.skipped = s.missing(&scan, ps)
	var mem []memory
	p.snap, mem = s.partsSnapshot(ps)
	for i := range p.snap.plans {
		if err := p.add(ctx, &p.snap.plans[i], &mem[i]); err != nil {
			p.Release()
			return nil, fmt.Errorf("parts of group %d: %w", p.snap.plans[i].group, err)
		}
	}
	return p, nil
}

// add cuts what there is of one group into parts.
func (p *parts) add(ctx context.Context, plan *groupPlan, mem *memory) error {
	from := len(p.list)
	for _, events := range mem.plain {
		p.addPlain(plan, events)
	}
	inMemory, err := mem.tables(ctx)
	if err != nil {
		return err
	}
	for _, tables := range [][]*table{inMemory, p.snap.tables} {
		for _, t := range tables {
			lo, hi := plan.blockRange(t, &p.skipped)
			for b := lo; b < hi; b++ {
				if plan.wantsBlock(t.reader.Block(b), &p.skipped) {
					p.list = append(p.list, newBlockPart(p, plan, t, b))
				}
			}
		}
	}
	slices.SortStableFunc(p.list[from:], func(a, b logpart.Part) int {
		x, y := a.Info().First, b.Info().First
		return cmp.Or(cmp.Compare(x.Timestamp, y.Timestamp), cmp.Compare(x.Seq, y.Seq))
	})
	return nil
}

// parts implements [logpart.Snapshot].
type parts struct {
	s        *Store
	snap     *snapshot
	list     []logpart.Part
	skipped  logs.ScanStats
	released atomic.Bool
}

func (p *parts) Parts() []logpart.Part   { return p.list }
func (p *parts) Skipped() logs.ScanStats { return p.skipped }

func (p *parts) Release() {
	if p.released.Swap(true) {
		panic("logstore: snapshot released twice")
	}
	p.snap.release()
	p.s.end()
}

// alive returns why nothing may be read any more.
func (p *parts) alive(ctx context.Context) error {
	if p.released.Load() {
		panic("logstore: part used after its snapshot's release")
	}
	if p.s.ctx.Err() != nil {
		return logs.ErrClosed
	}
	return ctx.Err()
}

// blockPart is a block of a segment.
type blockPart struct {
	of    *parts
	plan  *groupPlan
	table *table
	block int
	info  logpart.Info

	reported sync.Once // damage, once per snapshot
}

func newBlockPart(of *parts, plan *groupPlan, t *table, block int) *blockPart {
	b := t.reader.Block(block)
	return &blockPart{of: of, plan: plan, table: t, block: block, info: logpart.Info{
		Group: b.Group, Rows: b.Rows, Bytes: b.Bytes, First: b.First, Last: b.Last,
		Cut: plan.cuts(b), Masked: plan.needsSeqs(b) || plan.needsStreams(b),
		Damaged: of.s.knownDamaged(t, block), Typed: b.Typed(), Size: b.Size(),
	}}
}

func (p *blockPart) Info() logpart.Info { return p.info }

func (p *blockPart) meta() *segment.Block { return p.table.reader.Block(p.block) }

// damaged takes note of a corrupt block.
func (p *blockPart) damaged(err error) {
	p.reported.Do(func() { p.of.s.corrupted(p.table, p.block, err) })
}

// fail says which block an error is about, and reports damage.
func (p *blockPart) fail(err error) error {
	return asCorrupt(err, p.table, p.block, func(_ *table, _ int, err error) error {
		p.damaged(err)
		return err
	})
}

// Minutes implements [logpart.Part].
func (p *blockPart) Minutes(ctx context.Context) (*logpart.Minutes, error) {
	if p.info.Masked {
		return nil, nil
	}
	if err := p.of.alive(ctx); err != nil {
		return nil, err
	}
	cache := p.of.s.cache
	key := cacheKey{p.table.number, p.block, colMinutes}
	if v := cache.get(key); v != nil {
		return v.(*logpart.Minutes), nil
	}
	counts, err := p.table.reader.Minutes(p.block)
	if err != nil {
		return nil, p.fail(err)
	}
	if counts == nil {
		return nil, nil
	}
	m := &logpart.Minutes{First: logpart.MinuteOf(p.info.First.Timestamp), Counts: counts}
	cache.put(key, m, words(counts)+64)
	return m, nil
}

// TextFilter implements [logpart.Part].
func (p *blockPart) TextFilter(ctx context.Context) (*logtype.TextFilter, error) {
	if err := p.of.alive(ctx); err != nil {
		return nil, err
	}
	return p.of.s.textFilter(p.table, p.block)
}

// Open implements [logpart.Part].
func (p *blockPart) Open(ctx context.Context, scratch *logpart.Scratch) (*logpart.Block, error) {
	if err := p.of.alive(ctx); err != nil {
		return nil, err
	}
	meta := p.meta()
	b := scratch.Reset(&segmentColumns{r: p.table.reader, block: p.block}, p.damaged)
	b.Group, b.Rows = meta.Group, meta.Rows
	var sel []int32
	var err error
	if b.Lo, b.Hi, sel, err = p.plan.rows(meta, b, &b.Stats); err != nil {
		return nil, p.fail(err)
	}
	if sel != nil {
		b.Live = colenc.NewBitmap(b.Rows)
		for _, row := range sel {
			b.Live.Set(int(row))
		}
		b.Lo, b.Hi = 0, 0
		if len(sel) > 0 {
			b.Lo, b.Hi = int(sel[0]), int(sel[len(sel)-1])+1
		}
	}
	if p.info.Typed {
		b.Typed, err = openTyped(p.table, p.block, p.of.s.cache)
	} else {
		b.Plain, err = p.table.reader.Messages(p.block, nil)
	}
	if err != nil {
		return nil, p.fail(err)
	}
	return b, nil
}

// segmentColumns implements [logpart.Columns].
type segmentColumns struct {
	r     *segment.Reader
	block int
}

func (c *segmentColumns) Timestamps(dst []int64) ([]int64, error) {
	return c.r.Timestamps(c.block, dst)
}

func (c *segmentColumns) Streams(dst []logs.StreamID) ([]logs.StreamID, error) {
	return c.r.Streams(c.block, dst)
}

func (c *segmentColumns) Ingested(dst []int64) ([]int64, error) {
	return c.r.Ingested(c.block, dst, nil)
}

func (c *segmentColumns) Seqs(dst []uint64) ([]uint64, error) {
	return c.r.Seqs(c.block, dst, nil)
}
