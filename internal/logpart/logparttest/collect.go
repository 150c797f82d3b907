package logparttest

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"skywatch/internal/logpart"
	"skywatch/internal/logs"
)

// Collect reads everything of a scan through Parts and holds what parts say of
// themselves against it. Events come by part.
func Collect(ctx context.Context, src logpart.Source, scan logs.Scan) (events []Event, stats logs.ScanStats, err error) {
	snap, err := src.Parts(ctx, scan)
	if err != nil {
		return nil, stats, err
	}
	defer snap.Release()
	stats = snap.Skipped()
	var scratch logpart.Scratch
	for i, p := range snap.Parts() {
		got, st, err := collectPart(ctx, p, &scratch)
		if errors.Is(err, logs.ErrCorrupt) {
			stats.Corrupt++
			continue
		}
		if err != nil {
			return nil, stats, fmt.Errorf("part %d: %w", i, err)
		}
		events = append(events, got...)
		stats.Add(st)
	}
	return events, stats, nil
}

func collectPart(ctx context.Context, p logpart.Part, scratch *logpart.Scratch) ([]Event, logs.ScanStats, error) {
	info := p.Info()
	minutes, err := p.Minutes(ctx)
	if err != nil {
		return nil, logs.ScanStats{}, err
	}
	b, err := p.Open(ctx, scratch)
	if err != nil {
		return nil, logs.ScanStats{}, err
	}
	if b.Group != info.Group || b.Rows != info.Rows || (b.Typed != nil) != info.Typed || b.Lo < 0 || b.Hi > b.Rows ||
		info.Whole() && b.LiveRows() != b.Rows {
		return nil, b.Stats, fmt.Errorf("block of group %d, %d rows [%d, %d), of part %+v", b.Group, b.Rows, b.Lo, b.Hi, info)
	}
	ts, err := b.Timestamps()
	if err != nil {
		return nil, b.Stats, err
	}
	streams, err := b.Streams()
	if err != nil {
		return nil, b.Stats, err
	}
	ingested, err := b.Ingested()
	if err != nil {
		return nil, b.Stats, err
	}
	seqs, err := b.Seqs()
	if err != nil {
		return nil, b.Stats, err
	}
	first, last := logs.Position{Timestamp: ts[0], Seq: seqs[0]}, logs.Position{Timestamp: ts[b.Rows-1], Seq: seqs[b.Rows-1]}
	if first != info.First || last != info.Last {
		return nil, b.Stats, fmt.Errorf("rows from %+v to %+v of part %+v", first, last, info)
	}
	if minutes != nil {
		counts := slices.Clone(minutes.Counts) // they may be shared
		for _, t := range ts {
			k := logpart.MinuteOf(t) - minutes.First
			if k < 0 || k >= int64(len(counts)) {
				return nil, b.Stats, fmt.Errorf("no minute for %d", t)
			}
			counts[k]--
		}
		for k, n := range counts {
			if n != 0 {
				return nil, b.Stats, fmt.Errorf("minute %d is wrong by %d", k, n)
			}
		}
	}
	var rows []uint32
	b.Each(func(r int) bool {
		rows = append(rows, uint32(r))
		return true
	})
	if len(rows) != b.LiveRows() {
		return nil, b.Stats, fmt.Errorf("%d live rows, want %d", len(rows), b.LiveRows())
	}
	messages, err := b.Messages(nil, rows)
	if err != nil {
		return nil, b.Stats, err
	}
	var out []Event
	for i, r := range rows {
		out = append(out, Event{b.Group, streams[r], ts[r], ingested[r], seqs[r], messages[i]})
	}
	return out, b.Stats, checkTemplates(b)
}

// checkTemplates holds the rows of the templates against each other.
func checkTemplates(b *logpart.Block) error {
	if b.Typed == nil {
		return nil
	}
	// The rows of one template are found in another way while nobody has asked
	// for those of all.
	var alone [][]uint32
	for t := range b.Typed.Templates {
		rows, err := b.TemplateRows(t)
		if err != nil {
			return err
		}
		alone = append(alone, slices.Clone(rows))
	}
	ids, err := b.TemplateIDs()
	if err != nil {
		return err
	}
	ordinals, err := b.Ordinals()
	if err != nil {
		return err
	}
	for t := range b.Typed.Templates {
		rows, err := b.TemplateRows(t)
		if err != nil {
			return err
		}
		if len(rows) != b.Typed.Templates[t].Rows {
			return fmt.Errorf("template %d has %d rows, want %d", t, len(rows), b.Typed.Templates[t].Rows)
		}
		if !slices.Equal(rows, alone[t]) {
			return fmt.Errorf("template %d has rows %v, alone %v", t, rows, alone[t])
		}
		for i, r := range rows {
			if ids[r] != int64(t) || int(ordinals[r]) != i {
				return fmt.Errorf("row %d is %d of template %d, want %d of %d", r, ordinals[r], ids[r], i, t)
			}
		}
		for k := range b.Typed.Templates[t].Columns {
			if _, err := b.Column(t, k); err != nil {
				return err
			}
		}
	}
	return nil
}
