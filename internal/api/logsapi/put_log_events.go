package logsapi

import (
	"context"
	"fmt"
	"slices"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"

	"skywatch/internal/awswire"
	"skywatch/internal/ingest"
	"skywatch/internal/logs"
)

const (
	maxBatchBytes  = 1 << 20 // message bytes plus eventOverhead each
	maxBatchEvents = 10000
	eventOverhead  = 26
)

// logEvents is the list of PutLogEvents that is decoded into rows.
var logEvents = awswire.RowsOf{List: "logEvents", Text: "message", Number: "timestamp"}

// eventsPool keeps the events of calls: whoever gets them may keep their
// messages, not the slice.
var eventsPool = sync.Pool{New: func() any { return new([]logs.Event) }}

// PutLogEvents checks the shape of the batch and hands it to ingest, which
// knows what time allows.
func (a *API) PutLogEvents(ctx context.Context, in *cloudwatchlogs.PutLogEventsInput, rows *awswire.Rows) (*cloudwatchlogs.PutLogEventsOutput, error) {
	var c checks
	c.groupName("logGroupName", in.LogGroupName)
	c.streamName("logStreamName", in.LogStreamName)
	if in.SequenceToken != nil {
		c.length("sequenceToken", *in.SequenceToken, 1, 1<<20)
	}
	if c.required("logEvents", rows.Present) {
		c.count("logEvents", rows.Len(), 1, maxBatchEvents)
	}
	buffer := eventsPool.Get().(*[]logs.Event)
	defer func() {
		clear(*buffer)
		eventsPool.Put(buffer)
	}()
	events := c.events((*buffer)[:0], rows)
	*buffer = events
	if err := c.err(); err != nil {
		return nil, err
	}
	if err := checkBatch(events); err != nil {
		return nil, err
	}
	sc := awswire.Info(ctx).Scope
	g, err := a.group(sc, *in.LogGroupName)
	if err != nil {
		return nil, err
	}
	s, err := a.stream(g, *in.LogStreamName)
	if err != nil {
		return nil, err
	}
	into, rejectedEntity, err := a.entityStream(ctx, g, s, in.Entity)
	if err != nil {
		return nil, err
	}
	rejected, err := a.cfg.Ingest.PutLogEvents(ctx, sc, g, into, events)
	if err != nil {
		return nil, wire(err)
	}
	return &cloudwatchlogs.PutLogEventsOutput{
		NextSequenceToken:     aws.String(sequenceToken(s.ID, a.cfg.Now().UnixMilli())),
		RejectedLogEventsInfo: rejectedInfo(rejected),
		RejectedEntityInfo:    rejectedEntity,
	}, nil
}

// events checks each event's members and appends them as nouns to dst. All
// their messages share one string.
func (c *checks) events(dst []logs.Event, rows *awswire.Rows) []logs.Event {
	n := rows.Len()
	if n > maxBatchEvents {
		return dst
	}
	text := string(rows.Text)
	gaps := rows.Gaps
	dst = slices.Grow(dst, n)
	from := 0
	for i, to := range rows.Ends {
		gap := awswire.Gap{}
		if len(gaps) > 0 && gaps[0].Row == i {
			gap, gaps = gaps[0], gaps[1:]
		}
		e := logs.Event{Timestamp: rows.Numbers[i], Message: text[from:to]}
		if e.Message == "" || e.Timestamp < 0 || gap.Number {
			c.event(i, &e, gap)
		}
		dst = append(dst, e)
		from = to
	}
	return dst
}

// event words what is wrong with one event.
func (c *checks) event(i int, e *logs.Event, gap awswire.Gap) {
	at := fmt.Sprintf("logEvents.%d.member.", i+1)
	if c.required(at+"message", !gap.Text) {
		c.length(at+"message", e.Message, 1, maxBatchBytes)
	}
	if c.required(at+"timestamp", !gap.Number) {
		c.notNegative(at+"timestamp", &e.Timestamp)
	}
}

// checkBatch checks sizes and order.
func checkBatch(events []logs.Event) error {
	total := 0
	for i := range events {
		n := len(events[i].Message) + eventOverhead
		if n > maxBatchBytes {
			return invalid("Log event too large: %d bytes exceeds limit of %d", n, maxBatchBytes)
		}
		total += n
		if i > 0 && events[i].Timestamp < events[i-1].Timestamp {
			return wire(ingest.ErrOrder)
		}
	}
	if total > maxBatchBytes {
		return invalid("Upload too large: %d bytes exceeds limit of %d", total, maxBatchBytes)
	}
	return nil
}

func rejectedInfo(r ingest.Rejected) *types.RejectedLogEventsInfo {
	if !r.Any() {
		return nil
	}
	index := func(i *int) *int32 {
		if i == nil {
			return nil
		}
		return aws.Int32(int32(*i))
	}
	return &types.RejectedLogEventsInfo{
		TooNewLogEventStartIndex: index(r.TooNewStart),
		TooOldLogEventEndIndex:   index(r.TooOldEnd),
		ExpiredLogEventEndIndex:  index(r.ExpiredEnd),
	}
}
