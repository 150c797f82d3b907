package main

import (
	"context"
	"fmt"

	"skywatch/internal/cliout"
	"skywatch/internal/datafolder"
)

// inspectCmd tells what lies in a data folder.
type inspectCmd struct {
	Path      string `arg:"" help:"A data folder, an engine's folder in it, or one of their files." type:"path"`
	Blocks    bool   `help:"Also every block and its columns."`
	Templates int    `help:"Also the so many most frequent templates of each block, and what their variables are." default:"0" placeholder:"N"`
	Rows      int    `help:"Also the first so many events of each segment and of the write-ahead log." default:"0" placeholder:"N"`
}

// Help is the longer text of --help.
func (*inspectCmd) Help() string {
	return `Log groups, streams, blocks, columns with their encodings and sizes, templates; metric segments; write-ahead logs. ` +
		`It only reads, and may be used while a server runs. verify tells whether everything is whole.`
}

func (c *inspectCmd) Run(ctx context.Context, con *console) error {
	if c.Rows < 0 {
		return usagef("--rows %d: want 0 or more", c.Rows)
	}
	if c.Templates < 0 {
		return usagef("--templates %d: want 0 or more", c.Templates)
	}
	first := true
	return datafolder.Inspect(ctx, c.Path, datafolder.Options{Blocks: c.Blocks, Rows: c.Rows, Templates: c.Templates}, func(t datafolder.Table) error {
		if !first {
			fmt.Fprintln(con.out)
		}
		first = false
		fmt.Fprintf(con.out, "%s\n\n", t.Title)
		w := cliout.New(con.out, cliout.Table, cliout.Options{Columns: t.Columns, Right: t.Right, Width: con.width})
		row := make([]cliout.Value, len(t.Columns))
		for _, cells := range t.Rows {
			clear(row)
			for i, cell := range cells {
				row[i] = cliout.Text(cell)
			}
			if err := w.Row(row); err != nil {
				return err
			}
		}
		return w.Close()
	})
}
