package localscan

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
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
	Tables         logexec.Tables // of lookup and cidrlookup; nil means there are none
}

// Everything is the time range that leaves nothing out: from 1970 to 9999.
const (
	EverythingFrom = 0
	EverythingTo   = 253402300800000
)

// Run executes a query. emit gets the columns, and rows in their order, in any
// number of calls (at least one); the rows are emit's to keep.
//
// A query whose commands look at one event at a time runs piece by piece while
// the files are read, and only its rows are put into order, on disk when they
// are many. All others run in one piece, and what they hold is bounded by
// MaxMemory.
//
// SOURCE chooses log groups of a server and is refused, with its place, as an
// *[insights.Error].
func Run(ctx context.Context, s *Scanner, q Query, emit func(columns []string, rows [][]logexec.Cell) error) (logexec.Statistics, error) {
	if sources := q.Query.Sources(); len(sources) > 0 {
		return logexec.Statistics{}, &insights.Error{Span: sources[0].Span, Msg: "SOURCE chooses log groups of a server; over files leave it out"}
	}
	req := logexec.Request{
		Query: q.Query, Tables: q.Tables, Groups: s.Groups(), StartMs: q.StartMs, EndMs: q.EndMs,
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

// runPieces runs the query on one piece of the events after the other, as they
// are read, and puts only its rows into order. With a limit at the end no piece
// gives more rows than that, its newest ones: it is done as soon as it has them,
// and the sorter keeps the newest of all.
func runPieces(ctx context.Context, s *Scanner, req logexec.Request, limit int, emit func([]string, [][]logexec.Cell) error) (logexec.Statistics, error) {
	p := &pieces{req: req, events: replay{newest: limit > 0}, sorter: newSorter(true, s.opts.SortMemory, s.opts.TempDir)}
	p.sorter.keep = limit
	defer p.sorter.close()
	ids := make([]logs.GroupID, len(req.Groups))
	for i, g := range req.Groups {
		ids[i] = g.ID
	}
	st, err := s.Scan(ctx, logs.Scan{Groups: ids, Start: req.StartMs, End: req.EndMs, Columns: logs.AllColumns},
		func(b *logs.Block) error {
			p.events.keep(b)
			if p.events.rows < pieceRows && p.events.bytes < pieceBytes {
				return nil
			}
			return p.run(ctx)
		})
	if err == nil {
		err = p.run(ctx) // the last piece; when there is no event, it gives the columns
	}
	if err == nil {
		err = p.emit(ctx, limit, emit)
	}
	p.stats.RecordsScanned, p.stats.BytesScanned = float64(st.Rows), float64(st.Bytes)
	p.stats.LogGroupsScanned = float64(len(req.Groups))
	if err != nil {
		return p.stats, fmt.Errorf("query files: %w", err)
	}
	return p.stats, nil
}

// pieces is a query that is run piece by piece.
type pieces struct {
	req     logexec.Request
	events  replay
	sorter  *sorter
	columns []string
	index   map[string]uint64 // of columns
	stats   logexec.Statistics
	rows    []row
}

// run runs the query on the piece that is there and hands its rows, packed, to
// the sorter.
func (p *pieces) run(ctx context.Context) error {
	result, err := logexec.Run(ctx, &p.events, p.req, nil)
	if err != nil {
		return err
	}
	p.events.clear()
	p.stats.RecordsMatched += result.Statistics.RecordsMatched
	if p.columns == nil {
		p.columns = result.Columns
		p.index = map[string]uint64{}
		for i, name := range p.columns {
			p.index[name] = uint64(i)
		}
	}
	p.rows = p.rows[:0]
	for _, cells := range result.Rows {
		r := row{}
		var at logexec.Pointer
		var b []byte
		for _, c := range cells {
			if c.Field == "@ptr" {
				if at, err = logexec.ParsePointer(c.Value); err != nil {
					return err
				}
			}
			i, ok := p.index[c.Field]
			if !ok {
				return fmt.Errorf("a row has the column %q, the query %q", c.Field, p.columns)
			}
			b = binary.AppendUvarint(b, i)
			b = binary.AppendUvarint(b, uint64(len(c.Value)))
			b = append(b, c.Value...)
		}
		r.Position, r.message = at.Position, string(b)
		p.rows = append(p.rows, r)
	}
	return p.sorter.add(p.rows)
}

// emit gives the sorted rows.
func (p *pieces) emit(ctx context.Context, limit int, emit func([]string, [][]logexec.Cell) error) error {
	left := limit
	given := false
	err := p.sorter.merge(ctx, func(rows []row) error {
		if limit > 0 {
			rows = rows[:min(left, len(rows))]
			left -= len(rows)
		}
		out := make([][]logexec.Cell, len(rows))
		for i := range rows {
			out[i] = p.unpack(rows[i].message)
		}
		given = true
		if err := emit(p.columns, out); err != nil {
			return err
		}
		if limit > 0 && left == 0 {
			return logs.ErrStop
		}
		return nil
	})
	if errors.Is(err, logs.ErrStop) {
		err = nil
	}
	if err == nil && !given {
		err = emit(p.columns, nil)
	}
	return err
}

// unpack undoes run's packing.
func (p *pieces) unpack(s string) []logexec.Cell {
	var cells []logexec.Cell
	uvarint := func() int {
		v, n := uint64(0), 0
		for shift := 0; ; shift += 7 {
			c := s[n]
			n++
			v |= uint64(c&0x7f) << shift
			if c < 0x80 {
				break
			}
		}
		s = s[n:]
		return int(v)
	}
	for s != "" {
		i := uvarint()
		n := uvarint()
		cells = append(cells, logexec.Cell{Field: p.columns[i], Value: s[:n]})
		s = s[n:]
	}
	return cells
}
