package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"skywatch/internal/cliout"
	"skywatch/internal/lang/insights"
	"skywatch/internal/logexec"
	"skywatch/internal/logs"
)

// queryCmd runs a query on a server (query_server.go) or on files
// (query_files.go).
type queryCmd struct {
	Text string `arg:"" name:"query" help:"The query, such as 'filter @message like /ERROR/ | stats count(*) by bin(5m)'."`

	Group []string `short:"g" sep:"none" help:"Log group of the server: a name, or a pattern such as '/aws/lambda/*'. Repeatable." placeholder:"NAME"`
	File  []string `short:"f" sep:"none" help:"Log file to query instead of a server: plain, gzip or zstd; - is standard input. Repeatable." placeholder:"FILE"`

	rangeFlags
	Output string `short:"o" enum:"table,json,csv,ndjson,text" default:"table" help:"How to write rows: table, json, csv, ndjson, or text (the values alone, as they are, with tabs between)."`
	Ptr    bool   `help:"Write the column @ptr, the identifier of a log event."`

	Files  fileFlags   `embed:"" group:"Files (--file)"`
	Remote remoteFlags `embed:"" group:"Server"`
}

// Help is the longer text of --help.
func (*queryCmd) Help() string {
	return `On a server the last hour is queried unless --since, --start or --end say otherwise; ` +
		`groups that a query names itself with SOURCE need no --group. Over files everything is queried, ` +
		`and read as import reads them: a line's own timestamp is found in it, the carriage return of one that ends in CR LF stays (--strip-cr takes it away), ` +
		`and bytes that are no UTF-8 become U+FFFD each. There is no cap on rows but that of the query's limit. ` +
		`Rows go to standard output. Progress, and at the end how much was looked at, are shown on standard error when that is a terminal; ` +
		`what is missing from the rows, or was not read as it is, is always told there. ctrl-C stops the query on the server too.`
}

func (c *queryCmd) Run(ctx context.Context, con *console) error {
	if len(c.File) > 0 && len(c.Group) > 0 {
		return usagef("--file and --group cannot be given together: a query reads files or a server")
	}
	if len(c.File) > 0 {
		return c.queryFiles(ctx, con)
	}
	return c.queryServer(ctx, con)
}

// results writes the rows of a query in the chosen format.
type results struct {
	con   *console
	cmd   *queryCmd
	names []string
	index map[string]int
	out   *cliout.Writer
	row   []cliout.Value
}

// begin sets the columns. It must be called before rows are written, once.
func (r *results) begin(columns []string) {
	r.index = map[string]int{}
	for _, name := range columns {
		if name == "@ptr" && !r.cmd.Ptr {
			continue
		}
		if _, ok := r.index[name]; !ok {
			r.index[name] = len(r.names)
			r.names = append(r.names, name)
		}
	}
	r.row = make([]cliout.Value, len(r.names))
	r.out = cliout.New(r.con.out, cliout.Format(r.cmd.Output), cliout.Options{Columns: r.names, Width: r.con.width})
}

// add writes a row.
func (r *results) add(cells []logexec.Cell) error {
	clear(r.row)
	for _, c := range cells {
		i, ok := r.index[c.Field]
		switch {
		case ok:
			r.row[i] = cliout.Text(c.Value)
		case c.Field != "@ptr":
			return fmt.Errorf("a row has the column %q, which the rows before did not announce (%s)", c.Field, strings.Join(r.names, ", "))
		}
	}
	return r.out.Row(r.row)
}

// end writes what is left, and on a terminal what the query looked at.
func (r *results) end(st logexec.Statistics, took time.Duration) error {
	if err := r.out.Close(); err != nil {
		return fmt.Errorf("write rows: %w", err)
	}
	if r.con.live {
		fmt.Fprintf(r.con.err, "%d rows; %.0f of %.0f events matched, %s, %s\n",
			r.out.Rows(), st.RecordsMatched, st.RecordsScanned, size(st.BytesScanned), took.Round(time.Millisecond))
	}
	return nil
}

// parseQuery checks a query here, where its text can be pointed into.
func parseQuery(text string) (*insights.Query, error) {
	q, err := insights.Parse(text)
	var pe *insights.Error
	if errors.As(err, &pe) {
		return nil, &queryError{text: text, start: pe.Start, end: pe.End, msg: pe.Msg}
	}
	return q, err
}

// columnsOf asks the engine which columns a query has, by running it on nothing.
func columnsOf(ctx context.Context, q *insights.Query) ([]string, error) {
	result, err := logexec.Run(ctx, nothing{}, logexec.Request{Query: q, Groups: []logexec.Group{{ID: 1}}, EndMs: 1}, nil)
	if err != nil {
		return nil, err
	}
	return result.Columns, nil
}

type nothing struct{}

func (nothing) Scan(context.Context, logs.Scan, func(*logs.Block) error) (logs.ScanStats, error) {
	return logs.ScanStats{}, nil
}

// hasCommand returns the first of the named commands that a query has, or "".
func hasCommand(q *insights.Query, names ...string) string {
	for _, c := range q.Commands {
		if slices.Contains(names, c.Name()) {
			return c.Name()
		}
	}
	return ""
}
