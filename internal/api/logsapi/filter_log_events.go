package logsapi

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"

	"skywatch/internal/awswire"
	"skywatch/internal/lang/filterpattern"
	"skywatch/internal/logs"
	"skywatch/internal/metastore"
)

// newestFirstSince is the earliest startTime with which startFromHead may be
// false: 2024-01-01 UTC in milliseconds.
const newestFirstSince = 1704067200000

// FilterLogEvents searches a group. A call ends when its page is full or it
// has searched for Config.ScanTime; the token then goes on behind the last
// event looked at, so an empty page with a token is no end.
func (a *API) FilterLogEvents(ctx context.Context, in *cloudwatchlogs.FilterLogEventsInput) (*cloudwatchlogs.FilterLogEventsOutput, error) {
	var c checks
	if err := nameOrIdentifier(&c, in.LogGroupName, in.LogGroupIdentifier); err != nil {
		return nil, err
	}
	if in.LogStreamNames != nil {
		c.count("logStreamNames", len(in.LogStreamNames), 1, 100)
		for i, name := range in.LogStreamNames {
			c.streamText(fmt.Sprintf("logStreamNames.%d.member", i+1), name)
		}
	}
	if in.LogStreamNamePrefix != nil {
		c.streamText("logStreamNamePrefix", *in.LogStreamNamePrefix)
	}
	if in.FilterPattern != nil {
		c.length("filterPattern", *in.FilterPattern, 0, filterpattern.MaxLength)
	}
	within(&c, "limit", in.Limit, 1, maxPageEvents)
	c.notNegative("startTime", in.StartTime)
	c.notNegative("endTime", in.EndTime)
	c.nextToken(in.NextToken)
	if err := c.err(); err != nil {
		return nil, err
	}
	if in.LogStreamNames != nil && in.LogStreamNamePrefix != nil {
		return nil, invalid("logStreamNames and logStreamNamePrefix are mutually exclusive parameters.")
	}
	newestFirst := in.StartFromHead != nil && !*in.StartFromHead
	if newestFirst && value(in.StartTime) < newestFirstSince {
		return nil, invalid("startFromHead can be false only with a startTime on or after 2024-01-01T00:00:00Z.")
	}
	pattern, err := filterpattern.Parse(value(in.FilterPattern))
	if err != nil {
		return nil, wirePattern(err)
	}
	g, err := a.either(awswire.Info(ctx).Scope, in.LogGroupName, in.LogGroupIdentifier)
	if err != nil {
		return nil, err
	}
	start, end := timeRange(in.StartTime, in.EndTime, true)
	scan := logs.Scan{Groups: []logs.GroupID{g.ID}, Start: start, End: end, Order: logs.OldestFirst, Columns: eventColumns | logs.ColStream}
	if newestFirst {
		scan.Order = logs.NewestFirst
	}
	scan.Texts, scan.EscapedTexts = pattern.Needs()
	owner := filterOwner(g, in)
	if in.NextToken != nil {
		from, err := parseCursor(in.NextToken, filterForward, filterBackward)
		if err != nil || from.Name != owner || (from.Kind == filterBackward) != newestFirst {
			return nil, invalid(msgBadToken)
		}
		scan.After = &logs.Position{Timestamp: from.At, Seq: from.Seq}
	}
	none := start >= end
	if in.LogStreamNames != nil || in.LogStreamNamePrefix != nil {
		if scan.Streams, err = a.chosenStreams(g, in); err != nil {
			return nil, err
		}
		none = none || len(scan.Streams) == 0
	}

	out := &cloudwatchlogs.FilterLogEventsOutput{Events: []types.FilteredLogEvent{}, SearchedLogStreams: []types.SearchedLogStream{}}
	if none {
		return out, nil
	}
	p := page{limit: limitOr(in.Limit, maxPageEvents)}
	goOn, err := a.search(ctx, scan, pattern, &p)
	if err != nil {
		return nil, err
	}
	if goOn != nil {
		next := cursor{Kind: filterForward, Name: owner, At: goOn.Timestamp, Seq: goOn.Seq}
		if scan.Order == logs.NewestFirst {
			next.Kind = filterBackward
		}
		out.NextToken = next.token()
	}
	names := map[logs.StreamID]*string{}
	for i := range p.events {
		e := &p.events[i]
		name := names[e.stream]
		if name == nil {
			s, ok := a.cfg.Store.StreamByID(e.stream)
			if !ok {
				continue // deleted while we searched
			}
			name = &s.Name
			names[e.stream] = name
		}
		out.Events = append(out.Events, types.FilteredLogEvent{
			EventId: aws.String(eventID(e.pos)), Timestamp: &e.pos.Timestamp, IngestionTime: &e.ingested,
			LogStreamName: name, Message: &e.message,
		})
	}
	return out, nil
}

const (
	filterForward  = "filter"
	filterBackward = "filter-newest"
)

// filterOwner binds a token to the search that it goes on with: the group and
// whatever says which events are found. The limit may change from page to page.
func filterOwner(g metastore.Group, in *cloudwatchlogs.FilterLogEventsInput) string {
	h := fnv.New64a()
	fmt.Fprintf(h, "%q %q %q %d %d", value(in.FilterPattern), in.LogStreamNames, value(in.LogStreamNamePrefix), value(in.StartTime), value(in.EndTime))
	return fmt.Sprintf("%d-%016x", g.ID, h.Sum64())
}

// chosenStreams resolves the names or the prefix of a request.
func (a *API) chosenStreams(g metastore.Group, in *cloudwatchlogs.FilterLogEventsInput) ([]logs.StreamID, error) {
	ids := []logs.StreamID{}
	for _, name := range in.LogStreamNames {
		s, err := a.stream(g, name)
		if err != nil {
			return nil, err
		}
		ids = append(ids, a.cfg.Store.StreamIDs(s.ID)...)
	}
	if in.LogStreamNamePrefix != nil {
		for _, s := range withPrefix(a.cfg.Store.Streams(g.ID), *in.LogStreamNamePrefix) {
			ids = append(ids, a.cfg.Store.StreamIDs(s.ID)...)
		}
	}
	return ids, nil
}

// search fills the page with matches. It returns the last position looked at
// when there may be more behind it, nil when the scan came to its end.
func (a *API) search(ctx context.Context, scan logs.Scan, pattern *filterpattern.Pattern, p *page) (*logs.Position, error) {
	deadline := time.Now().Add(a.cfg.ScanTime)
	var seen logs.Position
	more := false
	var lost losses
	lost.watch(&scan)
	st, err := a.cfg.Scanner.Scan(ctx, scan, func(b *logs.Block) error {
		for i := range b.Len {
			if pattern.Match(b.Messages[i]) {
				if !p.room(b.Messages[i]) {
					more = true
					return logs.ErrStop
				}
				p.add(b, i)
			}
			seen = logs.Position{Timestamp: b.Timestamps[i], Seq: b.Seqs[i]}
			if p.full() {
				more = true
				return logs.ErrStop
			}
		}
		if !time.Now().Before(deadline) {
			more = true
			return logs.ErrStop
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	if !more {
		lost.tell(ctx, &scan, st, nil)
		return nil, nil
	}
	lost.tell(ctx, &scan, st, &seen)
	return &seen, nil
}

// wirePattern words an error in a filter pattern.
func wirePattern(err error) error {
	var pe *filterpattern.Error
	if errors.As(err, &pe) {
		return invalid("Invalid filter pattern: %s (at position %d)", pe.Message, pe.Start+1)
	}
	return err
}
