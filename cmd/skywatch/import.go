package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"

	"skywatch/internal/cliout"
	"skywatch/internal/logfile"
	"skywatch/internal/logimport"
)

// importCmd sends log files to a server.
type importCmd struct {
	Path []string `arg:"" help:"Files or folders: plain text, NDJSON, gzip, bzip2, zstd; - is standard input." type:"path"`

	Group  string `short:"g" required:"" help:"Log group the events go into; it is made when it does not exist." placeholder:"NAME"`
	Stream string `help:"One log stream for everything (default: one per file; see above)." placeholder:"NAME"`

	Multiline    bool   `help:"Join lines to events: one begins at a line with a timestamp near its start, or that is not indented."`
	MessageField string `help:"Field of JSON lines that is the message, such as @message (default: the whole line)." placeholder:"FIELD"`
	Zone         string `help:"Time zone of timestamps without one, such as Asia/Seoul." default:"UTC" placeholder:"NAME"`

	StripCR  bool `name:"strip-cr" help:"Take the carriage return of lines that end in CR LF away (default: it stays in the message, so that export gives the file's bytes)."`
	S3Export bool `name:"s3-export" help:"Read every file, and standard input, as one of CloudWatch Logs' export to S3 (export -o s3), whatever its name."`

	State    string `help:"Remember in this file how far the import came, and go on from there." type:"path" placeholder:"FILE"`
	DryRun   bool   `help:"Send nothing; print what would go where."`
	Parallel int    `help:"Batches under way at a time." default:"4"`
	Output   string `short:"o" enum:"table,json,csv,ndjson" default:"table" help:"How to write the summary: table, json, csv or ndjson."`

	Remote remoteFlags `embed:"" group:"Server"`
}

// Help is the longer text of --help.
func (*importCmd) Help() string {
	return `Every line is an event; its timestamp is found in it (ISO 8601, access logs, log4j, syslog, seconds or ` +
		`milliseconds since 1970, and in JSON the fields timestamp, @timestamp, time and ts), else it is that of the line before, else the file's.` + "\n\n" +
		`The stream is the path below the folder; the parts of CloudWatch Logs' export to S3 (PREFIX/TASK/STREAM/000000.gz) go into STREAM, ` +
		`and S3 access log files into one stream per target prefix. Of CloudTrail's files each record is an event.` + "\n\n" +
		`Servers refuse events older than 14 days unless the setting maxEventAge in their configuration file allows more; ` +
		`what was refused is reported and makes the exit code 1.` + "\n\n" +
		`A line is sent as it is, also the carriage return of one that ends in CR LF (--strip-cr takes it away) and NULs in it, so that export gives the file's bytes. ` +
		`Empty lines are left out, and each byte that is no UTF-8 becomes U+FFFD. Events of one stream and time keep their order. ` +
		`Files that are clearly no text are left out, with exit code 1 when one was named.` + "\n\n" +
		`An import that was cut sends its events again when it is run again, unless --state remembers them: interrupted (ctrl-C) it waits up to ten seconds for the batches ` +
		`under way and sends no events of a file in order of time twice; when the server failed, at most the last 50,000 of each stream; killed outright, also those of the last second before.`
}

func (c *importCmd) Run(ctx context.Context, con *console) error {
	loc, err := (&fileFlags{Zone: c.Zone}).location()
	if err != nil {
		return err
	}
	if c.Parallel < 1 || c.Parallel > 64 {
		return usagef("--parallel %d: want 1 to 64", c.Parallel)
	}
	units, skipped, err := c.plan(con)
	if err != nil {
		return err
	}
	for _, s := range skipped {
		con.warn("%s is left out: %s", s.Path, s.Why)
	}
	opts := logimport.Options{
		Reader: logfile.Options{Multiline: c.Multiline, KeepCR: !c.StripCR, MessageField: c.MessageField, Location: loc}, Parallel: c.Parallel,
	}
	if c.State != "" {
		endpoint, err := c.Remote.endpoint(os.Getenv, "CLOUDWATCH_LOGS")
		if err != nil {
			return err
		}
		target := fmt.Sprintf("%s %s %s", endpoint, c.Remote.Region, c.Group)
		if c.Multiline {
			target += " multiline"
		}
		if c.StripCR {
			target += " strip-cr"
		}
		if c.S3Export {
			target += " s3-export"
		}
		if opts.State, err = logimport.OpenState(c.State, target); err != nil {
			return err
		}
	}
	if !c.DryRun {
		client, err := c.Remote.logsClient(os.Getenv, importAttempts)
		if err != nil {
			return err
		}
		sender := &sender{client: client, group: c.Group}
		if err := sender.makeGroup(ctx); err != nil {
			return err
		}
		opts.Sender = sender
	}
	began := time.Now()
	result, err := c.importWithProgress(ctx, con, units, opts)
	if err != nil {
		if result.Events > 0 {
			next := "run again, the command sends them once more (--state remembers them)"
			if c.State != "" {
				next = "the same command goes on from there"
			}
			con.warn("%d events were sent before it ended; %s", result.Events, next)
		}
		return err
	}
	if err := c.summary(con, units, &result); err != nil {
		return err
	}
	if con.live {
		took := time.Since(began)
		fmt.Fprintf(con.err, "%d events, %s, in %s\n", result.Events, size(float64(result.Bytes)), took.Round(time.Millisecond))
	}
	return c.verdict(con, &result, skipped)
}

// plan finds what to import.
func (c *importCmd) plan(con *console) (units []logimport.Unit, skipped []logimport.Skipped, err error) {
	files := slices.DeleteFunc(slices.Clone(c.Path), func(path string) bool { return path == "-" })
	if len(files) < len(c.Path) {
		switch {
		case len(files) < len(c.Path)-1:
			return nil, nil, usagef("standard input (-) can be given once")
		case c.State != "":
			return nil, nil, usagef("--state remembers files; standard input cannot be read again")
		}
		name := c.Stream
		if name == "" {
			name = "stdin"
		}
		units = append(units, logimport.Stream(con.in, name, con.now()))
	}
	more, skipped, err := logimport.Plan(files, c.Stream)
	for _, u := range more {
		if len(units) > 0 && units[0].Stream == u.Stream {
			units[0].Files = append(units[0].Files, u.Files...) // a stream is one unit, whose batches keep their order
			continue
		}
		units = append(units, u)
	}
	if c.S3Export {
		for _, u := range units {
			for i := range u.Files {
				u.Files[i].Export = true
			}
		}
	}
	return units, skipped, err
}

// importAttempts is how often a batch is tried: an import outlives a restart of
// the server.
const importAttempts = 12

func (c *importCmd) importWithProgress(ctx context.Context, con *console, units []logimport.Unit, opts logimport.Options) (logimport.Result, error) {
	var p logimport.Progress
	var total int64
	for _, u := range units {
		for _, f := range u.Files {
			total += f.Size
		}
	}
	if con.live {
		showing, stop := context.WithCancel(ctx)
		done := make(chan struct{})
		go func() {
			defer close(done)
			line := &progress{con: con}
			defer line.clear()
			tick := time.NewTicker(2 * progressEvery)
			defer tick.Stop()
			for {
				select {
				case <-showing.Done():
					return
				case <-tick.C:
					line.show("%d events; %s of %s of files", p.Events(), size(float64(p.Stored())), size(float64(total)))
				}
			}
		}()
		defer func() { stop(); <-done }()
	}
	return logimport.Run(ctx, units, opts, &p)
}

// summary writes a row for each stream. A table leaves out the figures behind
// the first ones that are 0 everywhere.
func (c *importCmd) summary(con *console, units []logimport.Unit, r *logimport.Result) error {
	type column struct {
		name string
		of   func(*logimport.Counts) int64
	}
	columns := []column{
		{"files", func(n *logimport.Counts) int64 { return n.Files }},
		{"events", func(n *logimport.Counts) int64 { return n.Events }},
		{"bytes", func(n *logimport.Counts) int64 { return n.Bytes }},
	}
	for _, rare := range []column{
		{"resumed", func(n *logimport.Counts) int64 { return n.Resumed }},
		{"undated", func(n *logimport.Counts) int64 { return n.Undated }},
		{"blank", func(n *logimport.Counts) int64 { return n.Blank }},
		{"repaired", func(n *logimport.Counts) int64 { return n.Repaired }},
		{"tooOld", func(n *logimport.Counts) int64 { return n.TooOld }},
		{"tooNew", func(n *logimport.Counts) int64 { return n.TooNew }},
		{"expired", func(n *logimport.Counts) int64 { return n.Expired }},
		{"tooLarge", func(n *logimport.Counts) int64 { return n.TooLarge }},
	} {
		if c.Output != string(cliout.Table) || rare.of(&r.Counts) != 0 {
			columns = append(columns, rare)
		}
	}
	names, right := []string{"stream", "first", "last"}, []bool{false, false, false}
	for _, col := range columns {
		names, right = append(names, col.name), append(right, true)
	}
	w := cliout.New(con.out, cliout.Format(c.Output), cliout.Options{Columns: names, Width: con.width, Right: right})
	for i, u := range units {
		n := &r.Units[i]
		row := []cliout.Value{cliout.Text(u.Stream), {}, {}}
		if n.Events > 0 {
			row[1], row[2] = instant(n.First), instant(n.Last)
		}
		for _, col := range columns {
			row = append(row, cliout.Number(col.of(n)))
		}
		if err := w.Row(row); err != nil {
			return err
		}
	}
	return w.Close()
}

// instant is a cell of milliseconds since the epoch.
func instant(ms int64) cliout.Value { return cliout.Text(timestamp(ms)) }

// verdict says what did not get in, and what to do about it.
func (c *importCmd) verdict(con *console, r *logimport.Result, skipped []logimport.Skipped) error {
	for _, w := range r.Warnings {
		con.warn("%s", w)
	}
	for _, err := range r.Failed {
		con.warn("%v", err)
	}
	if r.Repaired > 0 {
		con.warn("%d events hold bytes that are no UTF-8; U+FFFD takes the place of each", r.Repaired)
	}
	named := 0
	for _, s := range skipped {
		if s.Named {
			named++
		}
	}
	var why []string
	add := func(n int64, text string) {
		if n > 0 {
			why = append(why, fmt.Sprintf("%d %s", n, text))
		}
	}
	add(r.TooOld, "older than the server takes (raise maxEventAge in its configuration file and import again)")
	add(r.Expired, "older than the log group's retention")
	add(r.TooNew, "more than two hours in the future")
	add(r.TooLarge, "over the limit of one megabyte")
	switch {
	case len(why) > 0:
		return fmt.Errorf("%d events were refused: %s", r.Refused(), strings.Join(why, ", "))
	case len(r.Failed) > 0:
		return fmt.Errorf("%d files could not be read to their end", len(r.Failed))
	case named > 0:
		return fmt.Errorf("%d of the files named were left out", named)
	}
	return nil
}

// sender is a server as the import sees it.
type sender struct {
	client *cloudwatchlogs.Client
	group  string
}

func (s *sender) makeGroup(ctx context.Context) error {
	_, err := s.client.CreateLogGroup(ctx, &cloudwatchlogs.CreateLogGroupInput{LogGroupName: &s.group})
	return existing(err)
}

// existing forgives that something exists.
func existing(err error) error {
	var exists *types.ResourceAlreadyExistsException
	if errors.As(err, &exists) {
		return nil
	}
	return err
}

// Prepare implements logimport.Sender.
func (s *sender) Prepare(ctx context.Context, stream string) error {
	_, err := s.client.CreateLogStream(ctx, &cloudwatchlogs.CreateLogStreamInput{LogGroupName: &s.group, LogStreamName: &stream})
	return existing(err)
}

// Put implements logimport.Sender.
func (s *sender) Put(ctx context.Context, stream string, events []logimport.Event) (r logimport.Rejected, err error) {
	in := &cloudwatchlogs.PutLogEventsInput{LogGroupName: &s.group, LogStreamName: &stream, LogEvents: make([]types.InputLogEvent, len(events))}
	for i := range events {
		in.LogEvents[i] = types.InputLogEvent{Timestamp: &events[i].Timestamp, Message: &events[i].Message}
	}
	out, err := s.client.PutLogEvents(ctx, in)
	if err != nil {
		return r, err
	}
	if info := out.RejectedLogEventsInfo; info != nil {
		r.TooOld = int64(aws.ToInt32(info.TooOldLogEventEndIndex))
		r.Expired = int64(aws.ToInt32(info.ExpiredLogEventEndIndex))
		if info.TooNewLogEventStartIndex != nil {
			r.TooNew = int64(len(events)) - int64(*info.TooNewLogEventStartIndex)
		}
	}
	return r, nil
}
