package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"time"

	"skywatch/internal/lang/insights"
	"skywatch/internal/localscan"
	"skywatch/internal/logexec"
	"skywatch/internal/logfile"
	"skywatch/internal/logs"
)

// fileFlags say how to read log files.
type fileFlags struct {
	Multiline bool              `help:"Join lines to events: one begins at a line with a timestamp near its start, or that is not indented."`
	StripCR   bool              `name:"strip-cr" help:"Take the carriage return of lines that end in CR LF away (default: it stays in the message, as import leaves it)."`
	Zone      string            `help:"Time zone of timestamps without one, such as Asia/Seoul." default:"UTC" placeholder:"NAME"`
	Lambda    bool              `help:"Read the files as logs of Lambda functions: @type, @duration, @maxMemoryUsed and so on."`
	Table     map[string]string `help:"Lookup table for lookup and cidrlookup: a CSV file with a header row. Repeatable." placeholder:"NAME=FILE"`
	MaxMemory int64             `help:"MiB that the query itself may hold: what sort, stats, dedup and others gather. One that needs more fails." default:"1024" placeholder:"MiB"`
	TempDir   string            `help:"Folder for what is put into order of time and does not fit into memory (not for a sort by other fields), and for standard input that is read twice (default the system's)." type:"existingdir" placeholder:"DIR"`
}

func (f *fileFlags) location() (*time.Location, error) {
	loc, err := time.LoadLocation(f.Zone)
	if err != nil {
		return nil, usagef("--zone %q: %v", f.Zone, err)
	}
	return loc, nil
}

// tables are lookup tables by name.
type tables map[string]*logexec.Table

// Lookup implements logexec.Tables.
func (t tables) Lookup(name string) (*logexec.Table, error) { return t[name], nil }

// readTables reads the CSV files of lookup tables.
func readTables(files map[string]string) (tables, error) {
	out := tables{}
	for name, path := range files {
		b, err := os.ReadFile(path)
		if err != nil {
			return nil, fmt.Errorf("--table %s: %w", name, err)
		}
		if out[name], err = logexec.ParseTable(string(b)); err != nil {
			return nil, fmt.Errorf("--table %s: read %s: %w", name, path, err)
		}
	}
	return out, nil
}

// readsAgain says whether a query looks at the events, or at the range itself,
// more than once.
func readsAgain(q *insights.Query) bool {
	return len(q.Subqueries()) > 0 || hasCommand(q, "diff", "logcompare", "relevantfields", "fillmissing") != ""
}

func (c *queryCmd) queryFiles(ctx context.Context, con *console) error {
	began := time.Now()
	q, err := parseQuery(c.Text)
	if err != nil {
		return err
	}
	loc, err := c.Files.location()
	if err != nil {
		return err
	}
	if c.Files.MaxMemory < 1 {
		return usagef("--max-memory %d: want at least 1", c.Files.MaxMemory)
	}
	tables, err := readTables(c.Files.Table)
	if err != nil {
		return err
	}
	sources, closeSources, err := c.sources(con, q)
	if err != nil {
		return err
	}
	defer closeSources()
	scanner := localscan.New(sources, localscan.Options{
		Reader: logfile.Options{Multiline: c.Files.Multiline, KeepCR: !c.Files.StripCR, Location: loc}, TempDir: c.Files.TempDir,
	})
	query := localscan.Query{Query: q, StartMs: localscan.EverythingFrom, EndMs: localscan.EverythingTo, MaxMemory: c.Files.MaxMemory << 20, Now: con.now(), Tables: tables}
	switch {
	case c.given():
		from, to, err := c.window(con.now(), time.Hour)
		if err != nil {
			return err
		}
		query.StartMs, query.EndMs = from.UnixMilli(), to.UnixMilli()
	case readsAgain(q):
		// These mean the range itself, so it must be the events' own.
		if query.StartMs, query.EndMs, err = extent(ctx, scanner); err != nil {
			return err
		}
	}
	out := &results{con: con, cmd: c}
	st, err := withProgress(ctx, con, scanner, func() (logexec.Statistics, error) {
		return localscan.Run(ctx, scanner, query, func(columns []string, rows [][]logexec.Cell) error {
			if out.out == nil {
				out.begin(columns)
			}
			for _, row := range rows {
				if err := out.add(row); err != nil {
					return err
				}
			}
			return nil
		})
	})
	var pe *insights.Error
	if errors.As(err, &pe) {
		return &queryError{text: c.Text, start: pe.Start, end: pe.End, msg: pe.Msg}
	}
	var limit *logexec.LimitError
	if errors.As(err, &limit) && limit.What == "memory" {
		return fmt.Errorf("%w, or raise --max-memory", err)
	}
	if err != nil {
		return err
	}
	c.tellRead(con, scanner)
	return out.end(st, time.Since(began))
}

// tellRead tells where files were not read as they are.
func (c *queryCmd) tellRead(con *console, s *localscan.Scanner) {
	var cut, repaired int64
	for i, st := range s.Read() {
		cut, repaired = cut+st.Cut, repaired+st.Repaired
		if st.Broken > 0 {
			con.warn("%s looks like a list of CloudTrail's records and is none, or does not go on as one; that part was read by lines", c.File[i])
		}
	}
	if cut > 0 {
		con.warn("%d lines longer than %d MiB were read in pieces", cut, logfile.MaxLine>>20)
	}
	if repaired > 0 {
		con.warn("%d events hold bytes that are no UTF-8; U+FFFD takes the place of each", repaired)
	}
}

// sources opens nothing yet, save that standard input is written to a temporary
// file when the query must read it twice.
func (c *queryCmd) sources(con *console, q *insights.Query) (sources []localscan.Source, done func(), err error) {
	done = func() {}
	stdin := 0
	for _, path := range c.File {
		src := localscan.FileSource(path)
		if path == "-" {
			if stdin++; stdin > 1 {
				return nil, done, usagef("--file -: standard input can be given once")
			}
			src = localscan.Source{Name: "stdin", Open: func() (io.ReadCloser, time.Time, error) {
				plain, err := logfile.Decompress(con.in)
				return plain, con.now(), err
			}}
			if readsAgain(q) {
				spool, err := spool(con.in, c.Files.TempDir)
				if err != nil {
					return nil, done, err
				}
				done = func() { _ = os.Remove(spool) }
				src.Open = localscan.FileSource(spool).Open
			}
		} else if st, err := os.Stat(path); err != nil {
			return nil, done, err
		} else if st.IsDir() {
			return nil, done, usagef("--file %s is a folder; name its files, such as %s/*", path, path)
		}
		if c.Files.Lambda {
			// The name that makes the engine read events as Lambda's.
			src.Name = "/aws/lambda/" + filepath.Base(src.Name)
		}
		sources = append(sources, src)
	}
	return sources, done, nil
}

// spool copies a stream into a temporary file and returns its name.
func spool(in io.Reader, dir string) (string, error) {
	f, err := os.CreateTemp(dir, "skywatch-stdin-")
	if err != nil {
		return "", fmt.Errorf("keep standard input: %w", err)
	}
	_, err = io.Copy(f, in)
	if err = errors.Join(err, f.Close()); err != nil {
		_ = os.Remove(f.Name())
		return "", fmt.Errorf("keep standard input: %w", err)
	}
	return f.Name(), nil
}

// extent finds the range of the events' timestamps.
func extent(ctx context.Context, s *localscan.Scanner) (start, end int64, err error) {
	start, end = math.MaxInt64, math.MinInt64
	scan := logs.Scan{Columns: logs.ColTimestamp, Start: localscan.EverythingFrom, End: localscan.EverythingTo}
	for _, g := range s.Groups() {
		scan.Groups = append(scan.Groups, g.ID)
	}
	_, err = s.Scan(ctx, scan, func(b *logs.Block) error {
		for _, t := range b.Timestamps {
			start, end = min(start, t), max(end, t+1)
		}
		return ctx.Err()
	})
	if start > end {
		start, end = 0, 1 // no events
	}
	return start, end, err
}

// withProgress shows how far the scanner is while f works.
func withProgress(ctx context.Context, con *console, s *localscan.Scanner, f func() (logexec.Statistics, error)) (logexec.Statistics, error) {
	if !con.live {
		return f()
	}
	ctx, stop := context.WithCancel(ctx)
	done := make(chan struct{})
	go func() {
		defer close(done)
		p := &progress{con: con}
		defer p.clear()
		tick := time.NewTicker(2 * progressEvery)
		defer tick.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
				events, bytes := s.Progress()
				p.show("%d events, %s", events, size(float64(bytes)))
			}
		}
	}()
	st, err := f()
	stop()
	<-done
	return st, err
}
