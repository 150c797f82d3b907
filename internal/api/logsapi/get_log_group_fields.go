package logsapi

import (
	"cmp"
	"context"
	"math"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"

	"skywatch/internal/awswire"
	"skywatch/internal/logs"
)

const (
	fieldsAround = 8 * time.Minute  // either side of time
	fieldsBack   = 15 * time.Minute // without a time
	// maxFieldEvents bounds the events looked at, newest first.
	maxFieldEvents = 10000
	maxGroupFields = 1000
)

// GetLogGroupFields answers the fields of a group's events around a time, or of
// the last minutes, with the share of events that have them.
func (a *API) GetLogGroupFields(ctx context.Context, in *cloudwatchlogs.GetLogGroupFieldsInput) (*cloudwatchlogs.GetLogGroupFieldsOutput, error) {
	var c checks
	if err := nameOrIdentifier(&c, in.LogGroupName, in.LogGroupIdentifier); err != nil {
		return nil, err
	}
	c.notNegative("time", in.Time)
	if err := c.err(); err != nil {
		return nil, err
	}
	g, err := a.either(awswire.Info(ctx).Scope, in.LogGroupName, in.LogGroupIdentifier)
	if err != nil {
		return nil, err
	}
	now := a.cfg.Now()
	start, end := now.Add(-fieldsBack).UnixMilli(), now.UnixMilli()+1
	if in.Time != nil {
		at := *in.Time
		if at < millisecondsFrom {
			at *= 1000
		}
		start, end = at-fieldsAround.Milliseconds(), at+fieldsAround.Milliseconds()
	}
	counts, total := map[string]int{}, 0
	_, err = a.cfg.Scanner.Scan(ctx, logs.Scan{Groups: []logs.GroupID{g.ID}, Start: start, End: end, Order: logs.NewestFirst,
		Columns: logs.ColMessage | logs.ColStream}, func(b *logs.Block) error {
		for i := range b.Len {
			if total == maxFieldEvents {
				return logs.ErrStop
			}
			total++
			stream, _ := a.cfg.Store.StreamByID(b.Streams[i])
			for _, f := range eventFields(g, stream, b.Messages[i]) {
				counts[f.Name]++
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	out := &cloudwatchlogs.GetLogGroupFieldsOutput{LogGroupFields: []types.LogGroupField{}}
	if total == 0 {
		return out, nil
	}
	for _, name := range []string{"@timestamp", "@message", "@ingestionTime", "@logStream", "@log", "@aws.account", "@aws.region"} {
		counts[name] = total
	}
	for name, n := range counts {
		percent := int32(math.Round(float64(n) / float64(total) * 100))
		out.LogGroupFields = append(out.LogGroupFields, types.LogGroupField{Name: aws.String(name), Percent: percent})
	}
	slices.SortFunc(out.LogGroupFields, func(x, y types.LogGroupField) int {
		return cmp.Or(int(y.Percent-x.Percent), cmp.Compare(*x.Name, *y.Name))
	})
	if len(out.LogGroupFields) > maxGroupFields {
		out.LogGroupFields = out.LogGroupFields[:maxGroupFields]
	}
	return out, nil
}
