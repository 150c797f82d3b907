package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"
	"golang.org/x/sync/errgroup"

	"skywatch/internal/cliout"
)

// tailCmd follows log groups.
type tailCmd struct {
	Group []string `arg:"" name:"group" help:"Log groups: names, or patterns such as '/aws/lambda/*'."`

	Filter   string        `short:"p" help:"Filter pattern of CloudWatch Logs, such as '?ERROR ?\"Task timed out\"'." placeholder:"PATTERN"`
	Stream   string        `help:"Only log streams whose name begins so." placeholder:"PREFIX"`
	Since    string        `help:"Begin so long ago: 90s, 30m, 1h, 7d." default:"10m" placeholder:"DURATION"`
	Live     bool          `help:"Follow over StartLiveTail: what comes from now on, of at most 10 groups, sampled beyond 500 events a second."`
	NoFollow bool          `help:"End when all events so far are written."`
	JSON     bool          `help:"Write one JSON object a line."`
	Color    string        `enum:"auto,always,never" default:"auto" help:"Colour levels: auto (on a terminal), always or never."`
	Interval time.Duration `help:"Pause between two looks at a group." default:"1s"`
	Late     time.Duration `help:"How late events may come behind newer ones of their group and still be seen." default:"2m"`

	Remote remoteFlags `embed:"" group:"Server"`
}

// Help is the longer text of --help.
func (*tailCmd) Help() string {
	return `Events of all groups come in the order of their time, as far as they have arrived; each comes once. ` +
		`Groups that begin to fit a pattern are followed too. When the server is away, tail waits for it. ctrl-C ends it. ` +
		`--live asks for nothing again and again, which AWS bills by the minute, and shows events as they arrive; ` +
		`what comes while the server is away is not shown. ` +
		`Events that the server cannot read are told on standard error; with --no-follow they make the exit code 3.`
}

const (
	tailSince = "10m" // the default of --since

	tailWorkers  = 8               // groups asked at a time
	tailEvents   = 20_000          // held of all groups together, about
	regroupEvery = 5 * time.Second // how often patterns are resolved anew, at each look while no group fits
	tailOverlap  = 5 * time.Second // looked at again each time; the whole of Late is every lateEvery
	lateEvery    = 10 * time.Second
	tailBackOff  = 10 * time.Second // at most between two tries
)

func (c *tailCmd) Run(ctx context.Context, con *console) error {
	since, ok := parseDuration(c.Since)
	if !ok {
		return usagef("--since %q: want a duration such as 30m, 1h or 7d", c.Since)
	}
	if c.Interval < 10*time.Millisecond || c.Late < 0 {
		return usagef("--interval must be at least 10ms and --late not negative")
	}
	if c.Live {
		if err := c.checkLive(); err != nil {
			return err
		}
	}
	client, err := c.Remote.logsClient(os.Getenv, 1) // tail has a patience of its own
	if err != nil {
		return err
	}
	t := &tailer{
		cmd: c, con: con, client: client, start: con.now().Add(-since).UnixMilli(), groups: map[string]*tailGroup{}, deleted: map[string]bool{},
		color: c.Color == "always" || c.Color == "auto" && con.color && !c.JSON,
	}
	if c.Live {
		err = t.live(ctx)
	} else {
		err = t.follow(ctx)
	}
	if errors.Is(err, context.Canceled) && ctx.Err() != nil {
		return nil // ctrl-C is how it ends
	}
	return err
}

// tailer follows groups until its context ends.
type tailer struct {
	cmd    *tailCmd
	con    *console
	client *cloudwatchlogs.Client
	start  int64 // milliseconds
	color  bool

	groups    map[string]*tailGroup
	deleted   map[string]bool
	resolved  time.Time
	damaged   bool // and events that it could not read were told of
	connected bool // the server has answered at least once
	trouble   bool // and does not at present
}

// tailGroup is the place in one group.
type tailGroup struct {
	name  string
	token *string // of the page to come, nil when everything so far was seen
	from  int64   // start time that belongs to the token
	last  int64   // newest timestamp seen
	// seen are the events from the look-back on, by id, so that each is written
	// once.
	seen   map[string]int64
	events []tailEvent // fetched and not yet written, in order of time
	asked  time.Time   // when the last look began
	wide   time.Time   // when all of Late was last looked at
	gone   bool        // deleted
	lost   losses
}

type tailEvent struct {
	group string
	types.FilteredLogEvent
}

func (e *tailEvent) at() int64 { return aws.ToInt64(e.Timestamp) }

// follow looks, writes and waits, over and over.
func (t *tailer) follow(ctx context.Context) error {
	for pause := t.cmd.Interval; ; {
		more, err := t.round(ctx)
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case err != nil && (!t.connected || !passing(err)):
			return err // a wrong endpoint, pattern or key is told at once
		case err != nil:
			if !t.trouble {
				t.con.warn("%s; waiting for the server", message(err))
			}
			t.trouble = true
			pause = min(2*pause, tailBackOff)
		default:
			if t.trouble {
				t.con.warn("the server is back")
			}
			t.connected, t.trouble, pause = true, false, t.cmd.Interval
			if more {
				continue
			}
			if t.cmd.NoFollow {
				return t.losses().err()
			}
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(pause):
		}
	}
}

// passing says whether an error may go away by itself: anything but the
// server's own word that the request is wrong.
func passing(err error) bool {
	var status interface{ HTTPStatusCode() int }
	if errors.As(err, &status) && status.HTTPStatusCode() >= 400 && status.HTTPStatusCode() < 500 && status.HTTPStatusCode() != 429 {
		return strings.Contains(err.Error(), "Throttl") || strings.Contains(err.Error(), "LimitExceeded")
	}
	return true
}

// round asks every group that has nothing left to write for its next events and
// writes what may be written. more says that there is more at once.
func (t *tailer) round(ctx context.Context) (more bool, err error) {
	if time.Since(t.resolved) >= regroupEvery || len(t.groups) == 0 {
		if err := t.resolve(ctx); err != nil {
			return false, err
		}
		t.resolved = time.Now()
	}
	limit := int32(max(100, min(10_000, tailEvents/max(1, len(t.groups)))))
	g, asking := errgroup.WithContext(ctx)
	g.SetLimit(tailWorkers)
	for _, group := range t.groups {
		if len(group.events) == 0 {
			g.Go(func() error { return t.fetch(asking, group, limit) })
		}
	}
	failed := g.Wait()
	for name, group := range t.groups {
		if group.gone && len(group.events) == 0 {
			if !t.deleted[name] {
				t.con.warn("log group %s was deleted", name)
			}
			t.deleted[name] = true // a name is looked for again, and told once
			delete(t.groups, name)
		}
	}
	if failed != nil {
		return false, failed
	}
	more, err = t.write()
	if err == nil && !t.cmd.NoFollow && !t.damaged {
		// Later looks meet the same damage again.
		if loss := t.losses().err(); loss != nil {
			t.damaged = true
			t.con.warn("%s", loss)
		}
	}
	return more, err
}

// losses are what the server could not read of all groups so far.
func (t *tailer) losses() *losses {
	var sum losses
	for _, g := range t.groups {
		sum.merge(g.lost)
	}
	return &sum
}

// resolve finds the groups to follow.
func (t *tailer) resolve(ctx context.Context) error {
	names, err := findGroups(ctx, t.client, t.cmd.Group)
	if err != nil {
		return err
	}
	if len(names) == 0 && t.resolved.IsZero() {
		t.con.warn("no log group fits %s yet", strings.Join(t.cmd.Group, ", "))
	}
	for _, name := range names {
		if t.groups[name] == nil {
			t.groups[name] = &tailGroup{name: name, seen: map[string]int64{}}
		}
	}
	return nil
}

// fetch gets a group's next page that has an event nobody has seen, if there is one.
func (t *tailer) fetch(ctx context.Context, g *tailGroup, limit int32) error {
	for {
		if g.token == nil {
			t.look(g)
		}
		in := &cloudwatchlogs.FilterLogEventsInput{LogGroupName: &g.name, StartTime: &g.from, NextToken: g.token, Limit: &limit}
		if t.cmd.Filter != "" {
			in.FilterPattern = &t.cmd.Filter
		}
		if t.cmd.Stream != "" {
			in.LogStreamNamePrefix = &t.cmd.Stream
		}
		page, err := t.client.FilterLogEvents(ctx, in)
		var missing *types.ResourceNotFoundException
		if errors.As(err, &missing) && t.connected {
			g.gone = true
			return nil
		}
		if err != nil {
			// The token is asked again; a server that does not know it any more
			// says so at once, and the look begins anew.
			if g.token != nil && !passing(err) {
				g.token = nil
				continue
			}
			return err
		}
		g.lost.add(page.ResultMetadata)
		for _, e := range page.Events {
			id := aws.ToString(e.EventId)
			if _, known := g.seen[id]; known {
				continue
			}
			at := aws.ToInt64(e.Timestamp)
			g.seen[id] = at
			g.last = max(g.last, at)
			g.events = append(g.events, tailEvent{g.name, e})
		}
		if g.token = page.NextToken; len(g.seen) > tailEvents {
			t.forget(g)
		}
		if g.token == nil || len(g.events) > 0 {
			return nil
		}
	}
}

// look begins a new look at a group: a little before its newest event, and now
// and then all of the time in which late events are waited for.
func (t *tailer) look(g *tailGroup) {
	g.asked = time.Now()
	back := tailOverlap
	if g.asked.Sub(g.wide) >= min(lateEvery, 10*t.cmd.Interval) {
		back, g.wide = t.cmd.Late, g.asked
	}
	g.from = t.start
	if g.last > 0 {
		g.from = max(t.start, g.last-back.Milliseconds())
	}
	t.forget(g)
}

// forget drops what no look will come back to.
func (t *tailer) forget(g *tailGroup) {
	oldest := g.last - max(t.cmd.Late, tailOverlap).Milliseconds()
	for id, at := range g.seen {
		if at < oldest {
			delete(g.seen, id)
		}
	}
}

// write writes the fetched events of all groups in order of time, up to where
// a group may still have older ones.
func (t *tailer) write() (more bool, err error) {
	var ready []tailEvent
	until := int64(1<<63 - 1)
	for _, g := range t.groups {
		if g.token != nil {
			more = true
			if n := len(g.events); n > 0 {
				until = min(until, g.events[n-1].at())
			}
		}
	}
	for _, g := range t.groups {
		n := 0
		for n < len(g.events) && g.events[n].at() <= until {
			n++
		}
		ready = append(ready, g.events[:n]...)
		g.events = slices.Clip(g.events[n:])
	}
	slices.SortStableFunc(ready, func(a, b tailEvent) int {
		if a.at() != b.at() {
			return int(min(1, max(-1, a.at()-b.at())))
		}
		return strings.Compare(a.group, b.group)
	})
	var b strings.Builder
	for i := range ready {
		if err := t.line(&b, &ready[i]); err != nil {
			return false, err
		}
	}
	if _, err := io.WriteString(t.con.out, b.String()); err != nil {
		return false, fmt.Errorf("write events: %w", err)
	}
	return more, nil
}

// line writes one event.
func (t *tailer) line(b *strings.Builder, e *tailEvent) error {
	at := timestamp(e.at())
	if t.cmd.JSON {
		enc := json.NewEncoder(b)
		enc.SetEscapeHTML(false)
		return enc.Encode(struct {
			Timestamp string `json:"timestamp"`
			Group     string `json:"logGroup"`
			Stream    string `json:"logStream"`
			EventID   string `json:"eventId"`
			Ingested  int64  `json:"ingestionTime"`
			Message   string `json:"message"`
		}{at, e.group, aws.ToString(e.LogStreamName), aws.ToString(e.EventId), aws.ToInt64(e.IngestionTime), aws.ToString(e.Message)})
	}
	text := strings.TrimRight(aws.ToString(e.Message), "\r\n")
	if t.con.width > 0 {
		lines := strings.Split(text, "\n")
		for i := range lines {
			lines[i] = cliout.Visible(lines[i])
		}
		text = strings.Join(lines, "\n")
	}
	head := at
	if len(t.groups) > 1 || isGlob(t.cmd.Group[0]) {
		head += " " + e.group
	}
	head += " " + aws.ToString(e.LogStreamName)
	if !t.color {
		fmt.Fprintf(b, "%s %s\n", head, text)
		return nil
	}
	fmt.Fprintf(b, "\x1b[2m%s\x1b[0m %s%s\x1b[0m\n", head, levelColor(text), text)
	return nil
}

// levelColor chooses a colour by the first word of a message that names a level.
func levelColor(text string) string {
	head := strings.ToUpper(text[:min(len(text), 200)])
	for _, l := range []struct {
		color string
		words []string
	}{
		{"\x1b[31m", []string{"ERROR", "FATAL", "CRITICAL", "PANIC", "EXCEPTION", "TRACEBACK", "TASK TIMED OUT"}},
		{"\x1b[33m", []string{"WARN"}},
		{"\x1b[2m", []string{"DEBUG", "TRACE"}},
	} {
		for _, w := range l.words {
			if i := strings.Index(head, w); i >= 0 && (i == 0 || head[i-1] < 'A' || head[i-1] > 'Z') {
				return l.color
			}
		}
	}
	return ""
}
