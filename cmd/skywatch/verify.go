package main

import (
	"context"
	"fmt"
	"path/filepath"

	"skywatch/internal/datafolder"
)

// verifyCmd checks a data folder.
type verifyCmd struct {
	Dir    string `arg:"" help:"Data folder of a server that is not running." type:"path"`
	Repair bool   `help:"Mend first what keeps the server from starting: keep all that is whole, tell what is lost, and keep the damaged files."`
}

// Help is the longer text of --help.
func (*verifyCmd) Help() string {
	return `Reads everything in the folder and checks every checksum: metadata, manifests, segments, write-ahead logs. ` +
		`It only reads. The exit code is 1 when something is damaged.

With --repair it first makes a folder that the server refuses to open one that it opens: ` +
		`whole records of a damaged write-ahead log are found again by their checksums, segments of which one of the two footers is damaged are written anew, those that cannot be opened are left out, ` +
		`a manifest of which both copies are lost is made anew, and so is damaged metadata from its journal; ` +
		`events whose log group is lost with it get one of the name recovered/log-group-ID. It tells what is lost, and copies every file that it changes to DIR/damaged first. ` +
		`Damaged blocks within segments stay as they are: the server leaves them out by itself.`
}

func (c *verifyCmd) Run(ctx context.Context, con *console) error {
	if c.Repair {
		if err := c.repair(ctx, con); err != nil {
			return err
		}
	}
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

// repair mends the folder and tells what was done.
func (c *verifyCmd) repair(ctx context.Context, con *console) error {
	r, err := datafolder.Repair(ctx, c.Dir)
	if r == nil {
		return err
	}
	for _, a := range r.Actions {
		word := "repaired"
		if a.Lost {
			word = "repaired with loss"
		}
		fmt.Fprintf(con.out, "%s: %s: %s\n", word, a.File, a.What)
	}
	if r.Kept != "" {
		fmt.Fprintf(con.out, "the files as they were are in %s\n", r.Kept)
	}
	if err == nil && len(r.Actions) == 0 {
		fmt.Fprintln(con.out, "nothing had to be repaired")
	}
	return err
}
