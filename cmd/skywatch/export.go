package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"

	"skywatch/internal/localscan"
)

// exportCmd writes the events of log groups to standard output.
type exportCmd struct {
	Group []string `arg:"" name:"group" help:"Log groups: names, or patterns such as '/aws/lambda/*'."`

	Stream string `help:"Only log streams whose name begins so." placeholder:"PREFIX"`
	Filter string `short:"p" help:"Only events that fit this filter pattern of CloudWatch Logs." placeholder:"PATTERN"`
	rangeFlags
	Output string `short:"o" enum:"text,ndjson,s3" default:"text" help:"How to write events: text (the messages as they are), ndjson, or s3 (as CloudWatch Logs exports them to S3)."`

	Remote remoteFlags `embed:"" group:"Server"`
}

// Help is the longer text of --help.
func (*exportCmd) Help() string {
	return `Everything is written unless --since, --start or --end say otherwise, group after group, in order of time; events of one ` +
		`stream and time stay in the order they came in. There is no cap on events.` + "\n\n" +
		`text writes each message byte for byte, and a line end unless it ends with one. ndjson keeps everything: timestamp, logGroup, ` +
		`logStream, ingestionTime, message. s3 writes the timestamp, a blank and the message; its further lines follow as they are, so that one ` +
		`that begins with such a timestamp cannot be told from an event: that is the format, which AWS's own exports share.` + "\n\n" +
		`import reads all three: text with --multiline where messages have several lines, ndjson with --message-field message (the only one of which ` +
		`every message comes back as it was), s3 with --s3-export.` + "\n\n" +
		`Progress and counts are shown on standard error when that is a terminal. Events that the server cannot read are told there, and make the exit code 3.`
}

// exportRow is a line of --output ndjson.
type exportRow struct {
	Timestamp string `json:"timestamp"`
	Group     string `json:"logGroup"`
	Stream    string `json:"logStream"`
	Ingested  string `json:"ingestionTime"`
	Message   string `json:"message"`
}

func (c *exportCmd) Run(ctx context.Context, con *console) error {
	began := time.Now()
	from, to := time.UnixMilli(localscan.EverythingFrom), time.UnixMilli(localscan.EverythingTo)
	if c.given() {
		var err error
		if from, to, err = c.window(con.now(), to.Sub(from)); err != nil {
			return err
		}
	}
	client, err := c.Remote.logsClient(os.Getenv, importAttempts)
	if err != nil {
		return err
	}
	groups, err := findGroups(ctx, client, c.Group)
	if err != nil {
		return err
	}
	if len(groups) == 0 {
		return fmt.Errorf("no log group fits %s", strings.Join(c.Group, ", "))
	}
	e := &exporter{cmd: c, client: client, out: bufio.NewWriterSize(con.out, 256<<10), show: progress{con: con}}
	e.json = json.NewEncoder(e.out)
	e.json.SetEscapeHTML(false)
	for _, group := range groups {
		if err := e.group(ctx, group, max(0, from.UnixMilli()), to.UnixMilli()); err != nil {
			e.show.clear()
			if e.events > 0 {
				con.warn("%d events were written before it failed", e.events)
			}
			return err
		}
	}
	e.show.clear()
	if con.live {
		fmt.Fprintf(con.err, "%d events, %s, in %s\n", e.events, size(float64(e.bytes)), time.Since(began).Round(time.Millisecond))
	}
	return e.lost.err()
}

// exporter writes events page by page.
type exporter struct {
	cmd    *exportCmd
	client *cloudwatchlogs.Client
	out    *bufio.Writer
	json   *json.Encoder // onto out
	show   progress

	events, bytes int64
	lost          losses
}

// group writes the events of a group with from ≤ timestamp < to, in milliseconds.
func (e *exporter) group(ctx context.Context, group string, from, to int64) error {
	in := &cloudwatchlogs.FilterLogEventsInput{LogGroupName: &group, StartTime: &from, EndTime: aws.Int64(to - 1)} // the API includes its end
	if e.cmd.Filter != "" {
		in.FilterPattern = &e.cmd.Filter
	}
	if e.cmd.Stream != "" {
		in.LogStreamNamePrefix = &e.cmd.Stream
	}
	for pages := cloudwatchlogs.NewFilterLogEventsPaginator(e.client, in); pages.HasMorePages(); {
		page, err := pages.NextPage(ctx)
		if err == nil {
			e.lost.add(page.ResultMetadata)
			for i := range page.Events {
				if err = e.event(group, &page.Events[i]); err != nil {
					break
				}
			}
		}
		if err == nil {
			err = e.out.Flush()
		}
		if err != nil {
			return fmt.Errorf("export %s: %w", group, err)
		}
		e.show.show("%d events, %s; %s", e.events, size(float64(e.bytes)), group)
	}
	return nil
}

// event writes one event; the writer keeps the first error.
func (e *exporter) event(group string, ev *types.FilteredLogEvent) error {
	message := aws.ToString(ev.Message)
	e.events++
	e.bytes += int64(len(message))
	switch e.cmd.Output {
	case "ndjson":
		return e.json.Encode(exportRow{
			Timestamp: timestamp(aws.ToInt64(ev.Timestamp)), Group: group, Stream: aws.ToString(ev.LogStreamName),
			Ingested: timestamp(aws.ToInt64(ev.IngestionTime)), Message: message,
		})
	case "s3":
		e.out.WriteString(timestamp(aws.ToInt64(ev.Timestamp)))
		e.out.WriteByte(' ')
		e.out.WriteString(message)
		return e.out.WriteByte('\n')
	}
	_, err := e.out.WriteString(message)
	if err == nil && !strings.HasSuffix(message, "\n") {
		err = e.out.WriteByte('\n')
	}
	return err
}
