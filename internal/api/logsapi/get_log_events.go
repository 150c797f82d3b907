package logsapi

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"

	"skywatch/internal/awswire"
	"skywatch/internal/logs"
)

// GetLogEvents reads one stream, a page at a time and in either direction.
//
// A token is a place between events: "f/" and an event id means everything
// behind that position, "b/" everything before it. Both are in every answer.
// At an end the token comes back unchanged, and works again when events have
// arrived since.
func (a *API) GetLogEvents(ctx context.Context, in *cloudwatchlogs.GetLogEventsInput) (*cloudwatchlogs.GetLogEventsOutput, error) {
	var c checks
	if err := nameOrIdentifier(&c, in.LogGroupName, in.LogGroupIdentifier); err != nil {
		return nil, err
	}
	c.streamName("logStreamName", in.LogStreamName)
	within(&c, "limit", in.Limit, 1, maxPageEvents)
	c.notNegative("startTime", in.StartTime)
	c.notNegative("endTime", in.EndTime)
	c.nextToken(in.NextToken)
	if err := c.err(); err != nil {
		return nil, err
	}
	g, err := a.either(awswire.Info(ctx).Scope, in.LogGroupName, in.LogGroupIdentifier)
	if err != nil {
		return nil, err
	}
	s, err := a.stream(g, *in.LogStreamName)
	if err != nil {
		return nil, err
	}
	start, end := timeRange(in.StartTime, in.EndTime, false)
	scan := logs.Scan{Groups: []logs.GroupID{g.ID}, Streams: a.cfg.Store.StreamIDs(s.ID), Start: start, End: end, Order: logs.NewestFirst, Columns: eventColumns}
	place := logs.Position{Timestamp: start} // before every event of the range
	if value(in.StartFromHead) {
		scan.Order = logs.OldestFirst
	}
	if in.NextToken != nil {
		var ok bool
		if scan.Order, place, ok = parsePlace(*in.NextToken, s.ID); !ok {
			return nil, invalid(msgBadToken)
		}
		scan.After = &place
	}
	p := page{limit: limitOr(in.Limit, maxPageEvents)}
	if start < end {
		var lost losses
		lost.watch(&scan)
		var end *logs.Position // nil when nothing is behind the page
		st, err := a.cfg.Scanner.Scan(ctx, scan, func(b *logs.Block) error {
			for i := range b.Len {
				if !p.room(b.Messages[i]) {
					end = &p.events[len(p.events)-1].pos
					return logs.ErrStop
				}
				p.add(b, i)
			}
			if p.full() {
				end = &p.events[len(p.events)-1].pos
				return logs.ErrStop
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
		lost.tell(ctx, &scan, st, end)
	}
	if scan.Order == logs.NewestFirst {
		slices.Reverse(p.events)
	}

	out := &cloudwatchlogs.GetLogEventsOutput{Events: make([]types.OutputLogEvent, 0, len(p.events))}
	for i := range p.events {
		e := &p.events[i]
		out.Events = append(out.Events, types.OutputLogEvent{
			Timestamp: &e.pos.Timestamp, IngestionTime: &e.ingested, Message: &e.message,
		})
	}
	// With no events, what lies behind a place must reach up to it from the
	// other side: a token of one direction excludes its own position.
	before, behind := place, place
	switch {
	case len(p.events) > 0:
		before, behind = p.events[0].pos, p.events[len(p.events)-1].pos
	case in.NextToken != nil && scan.Order == logs.OldestFirst:
		before = after(place)
	case in.NextToken != nil:
		behind = beforehand(place)
	}
	out.NextForwardToken = aws.String("f/" + placeID(s.ID, behind))
	out.NextBackwardToken = aws.String("b/" + placeID(s.ID, before))
	return out, nil
}

// after returns the next position.
func after(p logs.Position) logs.Position {
	if p.Seq < math.MaxUint64 {
		p.Seq++
	}
	return p
}

// beforehand returns the position before p; sequence numbers of events begin
// at 1.
func beforehand(p logs.Position) logs.Position {
	if p.Seq > 0 {
		p.Seq--
	}
	return p
}

// streamDigits is how much of a stream's id a place names: enough to know a
// token of another stream.
const streamDigits = 1_000_000_000_000_000

// placeID is a position within a stream in the 56 digits of a token: "3", the
// timestamp in 20 digits, the stream in 15, the sequence number in 20.
func placeID(stream logs.StreamID, p logs.Position) string {
	return fmt.Sprintf("3%020d%015d%020d", p.Timestamp, stream%streamDigits, p.Seq)
}

// parsePlace decodes a token that GetLogEvents has given for stream.
func parsePlace(token string, stream logs.StreamID) (logs.Order, logs.Position, bool) {
	order := logs.OldestFirst
	id, ok := strings.CutPrefix(token, "f/")
	if !ok {
		order = logs.NewestFirst
		if id, ok = strings.CutPrefix(token, "b/"); !ok {
			return 0, logs.Position{}, false
		}
	}
	id = strings.TrimSuffix(id, "/s") // AWS ends some of its tokens with /s
	if len(id) != 56 || id[0] != '3' || strings.Trim(id, "0123456789") != "" {
		return 0, logs.Position{}, false
	}
	ts, err1 := strconv.ParseInt(id[1:21], 10, 64)
	of, err2 := strconv.ParseUint(id[21:36], 10, 64)
	seq, err3 := strconv.ParseUint(id[36:], 10, 64)
	ok = err1 == nil && err2 == nil && err3 == nil && logs.StreamID(of) == stream%streamDigits
	return order, logs.Position{Timestamp: ts, Seq: seq}, ok
}
