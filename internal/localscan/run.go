package localscan

import (
	"context"
	"fmt"
	"math"
	"slices"
	"time"

	"skywatch/internal/lang/insights"
	"skywatch/internal/logexec"
	"skywatch/internal/logs"
)

// Query is a query over a Scanner.
type Query struct {
	Query          *insights.Query
	StartMs, EndMs int64 // EndMs exclusive
	MaxMemory      int64 // of the query's own, in bytes; 0 means logexec's default
	Now            time.Time
}

// Everything is the time range that leaves nothing out: from 1970 to 9999.
const (
	EverythingFrom = 0
	EverythingTo   = 253402300800000
)

// Run executes a query. emit gets the columns, and rows in their order, in any
// number of calls (at least one); the rows are emit's to keep.
//
// A query whose commands look at one event at a time runs piece by piece over
// events in order, so that its rows need never be held together. All others run
// in one piece, and what they hold is bounded by MaxMemory.
func Run(ctx context.Context, s *Scanner, q Query, emit func(columns []string, rows [][]logexec.Cell) error) (logexec.Statistics, error) {
	req := logexec.Request{
		Query: q.Query, Groups: s.Groups(), StartMs: q.StartMs, EndMs: q.EndMs,
		Limit: math.MaxInt32, Stream: s.Stream, Now: q.Now, MaxMemory: q.MaxMemory, MaxGroups: math.MaxInt32,
	}
	if limit, ok := RowByRow(q.Query); ok {
		return runPieces(ctx, s, req, limit, emit)
	}
	result, err := logexec.Run(ctx, s, req, nil)
	if err != nil {
		return logexec.Statistics{}, err
	}
	return result.Statistics, emit(result.Columns, result.Rows)
}

// RowByRow says whether every command of a query looks at one event at a time,
// save for a limit at the end, which it returns (0: none).
func RowByRow(q *insights.Query) (limit int, ok bool) {
	if len(q.Subqueries()) > 0 || q.Source != nil {
		return 0, false
	}
	for i, c := range q.Commands {
		switch c := c.(type) {
		case *insights.Fields, *insights.Display, *insights.Filter, *insights.Extract:
		case *insights.Limit:
			if i < len(q.Commands)-1 || c.Any {
				return 0, false
			}
			limit = c.N
		default:
			return 0, false
		}
	}
	return limit, true
}

// pieceRows and pieceBytes (of messages) are what a piece of a query looks at:
// enough that compiling the query again does not count.
const (
	pieceRows  = 64 << 10
	pieceBytes = 32 << 20
)

// runPieces runs the query on one piece of the ordered events after the other.
func runPieces(ctx context.Context, s *Scanner, req logexec.Request, limit int, emit func([]string, [][]logexec.Cell) error) (logexec.Statistics, error) {
	var total logexec.Statistics
	piece := &replay{}
	left := limit
	run := func() error {
		result, err := logexec.Run(ctx, piece, req, nil)
		if err != nil {
			return err
		}
		total.RecordsMatched += result.Statistics.RecordsMatched
		*piece = replay{blocks: piece.blocks[:0]}
		rows := result.Rows
		if limit > 0 {
			rows = rows[:min(left, len(rows))]
			left -= len(rows)
		}
		if err := emit(result.Columns, rows); err != nil {
			return err
		}
		if limit > 0 && left == 0 {
			return logs.ErrStop
		}
		return nil
	}
	ids := make([]logs.GroupID, len(req.Groups))
	for i, g := range req.Groups {
		ids[i] = g.ID
	}
	st, err := s.Scan(ctx, logs.Scan{Groups: ids, Start: req.StartMs, End: req.EndMs, Order: logs.NewestFirst, Columns: logs.AllColumns},
		func(b *logs.Block) error {
			piece.keep(b)
			if piece.rows < pieceRows && piece.bytes < pieceBytes {
				return nil
			}
			return run()
		})
	if err == nil && (limit == 0 || left > 0) {
		err = run() // the last piece; when there is no event, it gives the columns
	}
	total.RecordsScanned, total.BytesScanned = float64(st.Rows), float64(st.Bytes)
	total.LogGroupsScanned = float64(len(req.Groups))
	if err != nil && err != logs.ErrStop {
		return total, fmt.Errorf("query files: %w", err)
	}
	return total, nil
}

// replay is a scanner over blocks that were kept, in the order they came.
type replay struct {
	blocks []logs.Block
	rows   int
	bytes  int
}

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

// Scan implements logs.Scanner for the one scan of a query whose commands look
// at one event at a time.
func (p *replay) Scan(ctx context.Context, _ logs.Scan, yield func(*logs.Block) error) (st logs.ScanStats, err error) {
	for i := range p.blocks {
		st.Rows += int64(p.blocks[i].Len)
		if err := yield(&p.blocks[i]); err == logs.ErrStop {
			return st, nil
		} else if err != nil {
			return st, err
		}
	}
	return st, ctx.Err()
}
