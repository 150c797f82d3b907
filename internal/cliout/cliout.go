// Package cliout writes rows for people and programs: an aligned table that
// knows the terminal's width, JSON, CSV, NDJSON and bare text. Rows come one after the
// other, so that no result is too long.
//
//	w := cliout.New(out, cliout.Table, cliout.Options{Columns: …, Width: …})
//	err = w.Row(values)   // any number of times
//	err = w.Close()
package cliout

import (
	"bufio"
	"encoding/csv"
	"fmt"
	"io"
	"strings"

	"skywatch/internal/jsontext"
)

// Format is a way of writing rows.
type Format string

const (
	Table  Format = "table"  // aligned columns under a header
	JSON   Format = "json"   // one array of objects
	CSV    Format = "csv"    // RFC 4180 with a header
	NDJSON Format = "ndjson" // one object a line
	// Plain is the values alone, byte for byte, with tabs between them and
	// neither header nor quotes: a single column comes out as it went in.
	Plain Format = "text"
)

// Value is one cell. Absent cells are empty in tables and CSV and left out of
// JSON objects.
type Value struct {
	Text    string
	Present bool
	// Number writes Text into JSON as it is, without quotes. It must be JSON.
	Number bool
}

// Text returns a present value.
func Text(s string) Value { return Value{Text: s, Present: true} }

// Number returns a value that is a number in JSON.
func Number[T int | int32 | int64 | uint64](n T) Value {
	return Value{Text: fmt.Sprint(n), Present: true, Number: true}
}

// Options describe the rows.
type Options struct {
	Columns []string
	// Width is that of the terminal in cells: tables are cut to it. 0 means
	// that nothing is cut.
	Width int
	// Right marks columns of numbers, which tables align to the right.
	Right []bool
}

// Writer writes rows of one format. The first error stays.
type Writer struct {
	format Format
	opts   Options
	out    *bufio.Writer
	csv    *csv.Writer
	table  *table
	keys   [][]byte // quoted, for JSON
	rows   int64
	err    error
}

// New returns a writer. Nothing is written before the first row or Close.
func New(w io.Writer, format Format, opts Options) *Writer {
	out := &Writer{format: format, opts: opts, out: bufio.NewWriterSize(w, 64<<10)}
	switch format {
	case Table:
		out.table = newTable(out.out, opts)
	case CSV:
		out.csv = csv.NewWriter(out.out)
		out.err = out.csv.Write(opts.Columns)
	case Plain:
	case JSON, NDJSON:
		for _, c := range opts.Columns {
			out.keys = append(out.keys, jsontext.AppendString(nil, c))
		}
	default:
		panic("cliout: format " + string(format))
	}
	return out
}

// Rows returns how many rows were written.
func (w *Writer) Rows() int64 { return w.rows }

// Row writes one row, a value for each column. The slice stays the caller's.
func (w *Writer) Row(values []Value) error {
	if w.err != nil {
		return w.err
	}
	w.rows++
	switch w.format {
	case Table:
		w.err = w.table.row(values)
	case CSV:
		record := make([]string, len(values))
		for i, v := range values {
			record[i] = v.Text
		}
		w.err = w.csv.Write(record)
	case Plain:
		w.err = w.plain(values)
	case JSON:
		if w.rows == 1 {
			w.out.WriteString("[\n")
		} else {
			w.out.WriteString(",\n")
		}
		w.err = w.object(values)
	case NDJSON:
		if w.err = w.object(values); w.err == nil {
			w.err = w.out.WriteByte('\n')
		}
	}
	return w.err
}

// plain writes a row of bare values. The last one's own line end is enough.
func (w *Writer) plain(values []Value) error {
	for i, v := range values {
		if i > 0 {
			w.out.WriteByte('\t')
		}
		w.out.WriteString(v.Text)
	}
	if n := len(values); n > 0 && strings.HasSuffix(values[n-1].Text, "\n") {
		return nil // an error of the writes comes back from the next
	}
	return w.out.WriteByte('\n')
}

func (w *Writer) object(values []Value) error {
	b := append(w.out.AvailableBuffer(), '{')
	first := true
	for i, v := range values {
		if !v.Present {
			continue
		}
		if !first {
			b = append(b, ',')
		}
		first = false
		b = append(b, w.keys[i]...)
		b = append(b, ':')
		if v.Number {
			b = append(b, v.Text...)
		} else {
			b = jsontext.AppendString(b, v.Text)
		}
	}
	_, err := w.out.Write(append(b, '}'))
	return err
}

// Flush writes out what is complete, for rows that come slowly.
func (w *Writer) Flush() error {
	if w.err == nil && w.csv != nil {
		w.csv.Flush()
		w.err = w.csv.Error()
	}
	if w.err == nil {
		w.err = w.out.Flush()
	}
	return w.err
}

// Close ends the output; the underlying writer stays open.
func (w *Writer) Close() error {
	if w.err == nil {
		switch w.format {
		case Table:
			w.err = w.table.close()
		case JSON:
			end := "\n]\n"
			if w.rows == 0 {
				end = "[]\n"
			}
			_, w.err = w.out.WriteString(end)
		}
	}
	return w.Flush()
}
