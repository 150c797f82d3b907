// Package logparttest is a logpart.Source in memory for tests: it cuts events
// into parts as a test asks, typed and plain, overlapping and masked, and
// answers Scan from the same events one by one.
package logparttest

import (
	"cmp"
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"sort"

	"skywatch/internal/colenc"
	"skywatch/internal/logpart"
	"skywatch/internal/logs"
	"skywatch/internal/logtype"
)

// Event is one event.
type Event struct {
	Group     logs.GroupID
	Stream    logs.StreamID
	Timestamp int64
	Ingested  int64
	Seq       uint64
	Message   string
}

func (e *Event) position() logs.Position { return logs.Position{Timestamp: e.Timestamp, Seq: e.Seq} }

// Options say how events become parts.
type Options struct {
	// BlockRows is the most rows of a part; 0 means 1000.
	BlockRows int
	// PlainShare is how many of 100 parts are plain.
	PlainShare int
	// Overlap deals the events of a group out to so many runs of parts, which
	// then overlap in time; 0 means 1.
	Overlap int
	// DropShare is how many of 100 events are dropped: they are rows of parts,
	// masked.
	DropShare int
	// DamageShare is how many of 100 parts fail to open. Half of these are known
	// to be damaged beforehand.
	DamageShare int
	// TornShare is how many of 100 typed parts open, but have a column that no
	// message can be joined from: Scan leaves them out.
	TornShare int
	// NoFilterShare is how many of 100 typed parts have no filter of texts.
	NoFilterShare int
	// NoMinutes takes the counts per minute away.
	NoMinutes bool
	Level     colenc.Level
	Seed      uint64
}

// Source holds events. It does not change.
type Source struct {
	events  []Event // alive ones that can be read, by position
	parts   []*part // by group, then first position
	damaged int64
}

// New cuts events into parts. Events without a Seq get one by their place.
func New(events []Event, o Options) *Source {
	if o.BlockRows <= 0 {
		o.BlockRows = 1000
	}
	rng := rand.New(rand.NewPCG(o.Seed, 77))
	runs := map[logs.GroupID][][]Event{}
	for i, e := range events {
		if e.Seq == 0 {
			e.Seq = uint64(i + 1)
		}
		if runs[e.Group] == nil {
			runs[e.Group] = make([][]Event, max(o.Overlap, 1))
		}
		r := rng.IntN(max(o.Overlap, 1))
		runs[e.Group][r] = append(runs[e.Group][r], e)
	}
	var groups []logs.GroupID
	for g := range runs {
		groups = append(groups, g)
	}
	slices.Sort(groups)
	s := &Source{}
	for _, g := range groups {
		for _, run := range runs[g] {
			sortEvents(run)
			for len(run) > 0 {
				n := min(o.BlockRows, len(run))
				s.add(run[:n:n], o, rng)
				run = run[n:]
			}
		}
	}
	sort.SliceStable(s.parts, func(i, j int) bool {
		a, b := s.parts[i].info, s.parts[j].info
		return a.Group < b.Group || a.Group == b.Group && a.First.Less(b.First)
	})
	sortEvents(s.events)
	return s
}

func sortEvents(events []Event) {
	slices.SortFunc(events, func(a, b Event) int {
		return cmp.Or(cmp.Compare(a.Timestamp, b.Timestamp), cmp.Compare(a.Seq, b.Seq))
	})
}

func (s *Source) add(events []Event, o Options, rng *rand.Rand) {
	p := &part{events: events, bad: rng.IntN(100) < o.DamageShare, noMinutes: o.NoMinutes}
	p.info = logpart.Info{Group: events[0].Group, Rows: len(events), First: events[0].position(), Last: events[len(events)-1].position()}
	p.info.Damaged = p.bad && rng.IntN(2) == 0
	if o.TornShare > 0 && !p.bad && rng.IntN(100) < o.TornShare {
		p.torn = true
	}
	for i := range events {
		p.info.Bytes += int64(len(events[i].Message))
		p.dropped = append(p.dropped, rng.IntN(100) < o.DropShare)
		if !p.bad && !p.torn && !p.dropped[i] {
			s.events = append(s.events, events[i])
		}
	}
	if rng.IntN(100) >= o.PlainShare {
		e := logtype.NewEncoder(o.Level)
		for i := range events {
			e.Add(events[i].Message, events[i].Timestamp)
		}
		stored := e.AppendBlock(nil)
		if p.torn {
			stored = tear(stored, events)
		}
		b, err := logtype.Open(stored)
		if err != nil {
			panic(fmt.Sprintf("logparttest: %v", err))
		}
		p.typed = b
		if rng.IntN(100) >= o.NoFilterShare {
			if p.filter, err = logtype.OpenTextFilter(e.AppendTextFilter(nil)); err != nil {
				panic(fmt.Sprintf("logparttest: %v", err))
			}
		}
		p.info.Typed = true
		p.info.Size = b.Bytes
	}
	s.parts = append(s.parts, p)
}

// part holds all that a Source has of one part; a snapshot's parts add the scan.
type part struct {
	info      logpart.Info
	events    []Event
	dropped   []bool
	typed     *logtype.Block
	filter    *logtype.TextFilter
	bad, torn bool
	noMinutes bool
}

// tear spoils a byte of a block such that it still opens and its templates have
// their rows, but some message cannot be joined.
func tear(stored []byte, events []Event) []byte {
	times, _ := columns(events).Timestamps(nil)
	for at := len(stored) - 1; at >= 0; at-- {
		bad := slices.Clone(stored)
		bad[at] ^= 0xff
		b, err := logtype.Open(bad)
		if err != nil || b.Rows != len(events) {
			continue
		}
		j, err := logtype.NewJoiner(b, times)
		if err != nil {
			continue
		}
		var text colenc.Strings
		if j.AppendAll(&text) != nil {
			return bad
		}
	}
	panic("logparttest: no byte tears the block")
}

// wanted says whether an event is in a scan, but for drops.
func wanted(scan *logs.Scan, e *Event) bool {
	if !slices.Contains(scan.Groups, e.Group) || scan.Streams != nil && !slices.Contains(scan.Streams, e.Stream) {
		return false
	}
	return inRange(scan, e)
}

// inRange says whether an event is in the time bounds of a scan and behind its After.
func inRange(scan *logs.Scan, e *Event) bool {
	if e.Timestamp < scan.Start || e.Timestamp >= scan.End {
		return false
	}
	if scan.After == nil {
		return true
	}
	if scan.Order == logs.NewestFirst {
		return e.position().Less(*scan.After)
	}
	return scan.After.Less(e.position())
}

// Scan implements logs.Scanner. Its Rows and Bytes are those of the parts that
// Parts hands out.
func (s *Source) Scan(ctx context.Context, scan logs.Scan, yield func(*logs.Block) error) (logs.ScanStats, error) {
	snap, err := s.Parts(ctx, scan)
	if err != nil {
		return logs.ScanStats{}, err
	}
	defer snap.Release()
	stats := snap.Skipped()
	for _, p := range snap.Parts() {
		st, bad := p.(*scanPart).stats()
		if stats.Add(st); bad {
			stats.Corrupt++
		}
	}
	var out logs.Block
	flush := func() error {
		if out.Len == 0 {
			return nil
		}
		b := out
		out = logs.Block{}
		if err := ctx.Err(); err != nil {
			return err
		}
		return yield(&b)
	}
	for i := range s.events {
		e := &s.events[i]
		if scan.Order == logs.NewestFirst {
			e = &s.events[len(s.events)-1-i]
		}
		if !wanted(&scan, e) {
			continue
		}
		out.Len++
		out.Groups = append(out.Groups, e.Group)
		out.Streams = append(out.Streams, e.Stream)
		out.Timestamps = append(out.Timestamps, e.Timestamp)
		out.Ingested = append(out.Ingested, e.Ingested)
		out.Seqs = append(out.Seqs, e.Seq)
		out.Messages = append(out.Messages, e.Message)
		if out.Len == 512 {
			if err := flush(); err != nil {
				return stats, ignoreStop(err)
			}
		}
	}
	return stats, ignoreStop(flush())
}

func ignoreStop(err error) error {
	if err == logs.ErrStop {
		return nil
	}
	return err
}

// Parts implements logpart.Source.
func (s *Source) Parts(ctx context.Context, scan logs.Scan) (logpart.Snapshot, error) {
	snap := &snapshot{}
	for _, p := range s.parts {
		if !slices.Contains(scan.Groups, p.info.Group) {
			continue
		}
		sp := &scanPart{part: p, scan: &scan, info: p.info}
		some := false
		for i := range p.events {
			e := &p.events[i]
			in := inRange(&scan, e)
			some = some || in
			sp.info.Cut = sp.info.Cut || !in
			if p.dropped[i] || scan.Streams != nil && !slices.Contains(scan.Streams, e.Stream) {
				sp.info.Masked = true
			}
		}
		if some {
			snap.parts = append(snap.parts, sp)
		}
	}
	return snap, ctx.Err()
}

type snapshot struct{ parts []logpart.Part }

func (s *snapshot) Parts() []logpart.Part   { return s.parts }
func (s *snapshot) Skipped() logs.ScanStats { return logs.ScanStats{} }
func (s *snapshot) Release()                {}

type scanPart struct {
	*part
	scan *logs.Scan
	info logpart.Info
}

func (p *scanPart) Info() logpart.Info { return p.info }

func (p *scanPart) Minutes(context.Context) (*logpart.Minutes, error) {
	if p.noMinutes || p.info.Masked || p.bad {
		return nil, nil
	}
	m := &logpart.Minutes{First: logpart.MinuteOf(p.info.First.Timestamp)}
	m.Counts = make([]int64, logpart.MinuteOf(p.info.Last.Timestamp)-m.First+1)
	for i := range p.events {
		m.Counts[logpart.MinuteOf(p.events[i].Timestamp)-m.First]++
	}
	return m, nil
}

func (p *scanPart) TextFilter(context.Context) (*logtype.TextFilter, error) { return p.filter, nil }

// bounds are the rows in the time bounds.
func (p *scanPart) bounds() (lo, hi int) {
	for lo < len(p.events) && !inRange(p.scan, &p.events[lo]) {
		lo++
	}
	for hi = lo; hi < len(p.events) && inRange(p.scan, &p.events[hi]); {
		hi++
	}
	return lo, hi
}

func (p *scanPart) stats() (st logs.ScanStats, bad bool) {
	if p.bad || p.torn {
		return st, true
	}
	return p.counts(), false
}

// counts are the stats of a part whose rows can be read, as far as opening shows.
func (p *scanPart) counts() (st logs.ScanStats) {
	lo, hi := p.bounds()
	st.Rows = int64(hi - lo)
	st.Bytes = p.info.Bytes * st.Rows / int64(p.info.Rows)
	return st
}

func (p *scanPart) Open(ctx context.Context, scratch *logpart.Scratch) (*logpart.Block, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if p.bad {
		return nil, fmt.Errorf("open part of group %d: %w", p.info.Group, logs.ErrCorrupt)
	}
	b := scratch.Reset(columns(p.events), nil)
	b.Group, b.Rows = p.info.Group, p.info.Rows
	b.Lo, b.Hi = p.bounds()
	b.Stats = p.counts()
	if p.info.Masked {
		b.Live = colenc.NewBitmap(b.Rows)
		for i := b.Lo; i < b.Hi; i++ {
			if !p.dropped[i] && wanted(p.scan, &p.events[i]) {
				b.Live.Set(i)
			}
		}
	}
	if b.Typed = p.typed; b.Typed == nil {
		b.Plain = make([]string, b.Rows)
		for i := range p.events {
			b.Plain[i] = p.events[i].Message
		}
	}
	return b, nil
}

// columns implements logpart.Columns.
type columns []Event

func (c columns) Timestamps(dst []int64) ([]int64, error) {
	for i := range c {
		dst = append(dst, c[i].Timestamp)
	}
	return dst, nil
}

func (c columns) Streams(dst []logs.StreamID) ([]logs.StreamID, error) {
	for i := range c {
		dst = append(dst, c[i].Stream)
	}
	return dst, nil
}

func (c columns) Ingested(dst []int64) ([]int64, error) {
	for i := range c {
		dst = append(dst, c[i].Ingested)
	}
	return dst, nil
}

func (c columns) Seqs(dst []uint64) ([]uint64, error) {
	for i := range c {
		dst = append(dst, c[i].Seq)
	}
	return dst, nil
}
