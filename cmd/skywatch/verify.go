package main

import (
	"context"
	"fmt"
	"path/filepath"

	"skywatch/internal/datafolder"
)

// verifyCmd checks a data folder.
type verifyCmd struct {
	Dir string `arg:"" help:"Data folder of a server that is not running." type:"path"`
}

// Help is the longer text of --help.
func (*verifyCmd) Help() string {
	return `Reads everything in the folder and checks every checksum: metadata, manifests, segments, write-ahead logs. ` +
		`It only reads. The exit code is 1 when something is damaged.`
}

func (c *verifyCmd) Run(ctx context.Context, con *console) error {
	line := &progress{con: con}
	r, err := datafolder.Verify(ctx, c.Dir, func(p datafolder.Progress) {
		line.show("%s of %s, %s", size(float64(p.Bytes)), size(float64(p.Total)), filepath.Base(p.File))
	})
	line.clear()
	if err != nil {
		return err
	}
	for _, d := range r.Damage {
		fmt.Fprintf(con.out, "damaged: %s: %s\n", d.File, d.What)
	}
	for _, n := range r.Notes {
		fmt.Fprintf(con.out, "note: %s\n", n)
	}
	fmt.Fprintf(con.out, "%d files, %s, %d blocks and records: ", r.Files, size(float64(r.Bytes)), r.Blocks)
	if r.Damaged == 0 {
		fmt.Fprintln(con.out, "all as written")
		return nil
	}
	fmt.Fprintf(con.out, "%d files damaged, %d blocks\n", r.Damaged, r.DamagedBlocks)
	return fmt.Errorf("%s: %d of %d files are damaged", c.Dir, r.Damaged, r.Files)
}
