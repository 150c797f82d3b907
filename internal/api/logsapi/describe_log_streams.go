package logsapi

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"sort"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"

	"skywatch/internal/awswire"
	"skywatch/internal/logs"
	"skywatch/internal/metastore"
)

const streamPage = 50 // most and default number of streams in an answer

// DescribeLogStreams lists a group's streams by name or by last event.
func (a *API) DescribeLogStreams(ctx context.Context, in *cloudwatchlogs.DescribeLogStreamsInput) (*cloudwatchlogs.DescribeLogStreamsOutput, error) {
	var c checks
	if err := nameOrIdentifier(&c, in.LogGroupName, in.LogGroupIdentifier); err != nil {
		return nil, err
	}
	within(&c, "limit", in.Limit, 1, streamPage)
	oneOf(&c, "orderBy", in.OrderBy, types.OrderByLogStreamName, types.OrderByLastEventTime)
	if in.LogStreamNamePrefix != nil {
		c.streamText("logStreamNamePrefix", *in.LogStreamNamePrefix)
	}
	c.nextToken(in.NextToken)
	if err := c.err(); err != nil {
		return nil, err
	}
	byTime := in.OrderBy == types.OrderByLastEventTime
	if byTime && in.LogStreamNamePrefix != nil {
		return nil, invalid("Cannot order by LastEventTime with a logStreamNamePrefix.")
	}
	g, err := a.either(awswire.Info(ctx).Scope, in.LogGroupName, in.LogGroupIdentifier)
	if err != nil {
		return nil, err
	}
	kind := "streams"
	if byTime {
		kind = "streams-by-time"
	}
	kind += fmt.Sprintf(" of %d", g.ID) // a token of another group is none of this one
	from, err := parseCursor(in.NextToken, kind)
	if err != nil {
		return nil, err
	}
	streams := withPrefix(a.cfg.Store.Streams(g.ID), value(in.LogStreamNamePrefix))
	limit := limitOr(in.Limit, streamPage)
	var page []metastore.Stream
	var last func(metastore.Stream) int64
	if byTime {
		last = a.lastEvents(g)
		page = pageByTime(streams, last, value(in.Descending), in.NextToken != nil, from, limit+1)
	} else {
		page = pageByName(streams, value(in.Descending), in.NextToken != nil, from.Name, limit+1)
	}
	out := &cloudwatchlogs.DescribeLogStreamsOutput{LogStreams: []types.LogStream{}}
	if len(page) > limit {
		page = page[:limit]
		next := cursor{Kind: kind, Name: page[limit-1].Name}
		if byTime {
			next.At = last(page[limit-1])
		}
		out.NextToken = next.token()
	}
	for _, s := range page {
		out.LogStreams = append(out.LogStreams, a.describeStream(g, s))
	}
	return out, nil
}

// withPrefix returns the part of sorted streams whose names have the prefix.
func withPrefix(streams []metastore.Stream, prefix string) []metastore.Stream {
	i := sort.Search(len(streams), func(i int) bool { return streams[i].Name >= prefix })
	n := sort.Search(len(streams)-i, func(j int) bool { return !strings.HasPrefix(streams[i+j].Name, prefix) })
	return streams[i : i+n]
}

// pageByName returns at most limit streams behind the name after.
func pageByName(streams []metastore.Stream, descending, resume bool, after string, limit int) []metastore.Stream {
	from, to := 0, len(streams)
	if resume && descending {
		to = sort.Search(len(streams), func(i int) bool { return streams[i].Name >= after })
	} else if resume {
		from = sort.Search(len(streams), func(i int) bool { return streams[i].Name > after })
	}
	if !descending {
		return streams[from:min(to, from+limit)]
	}
	page := slices.Clone(streams[max(from, to-limit):to])
	slices.Reverse(page)
	return page
}

// pageByTime returns at most limit streams by last event, then name. Streams
// without events count as older than all.
func pageByTime(streams []metastore.Stream, last func(metastore.Stream) int64, descending, resume bool, from cursor, limit int) []metastore.Stream {
	order := func(at int64, name string, bt int64, bname string) int {
		c := cmp.Compare(at, bt)
		if c == 0 {
			c = strings.Compare(name, bname)
		}
		if descending {
			c = -c
		}
		return c
	}
	var rest []metastore.Stream
	for _, s := range streams {
		if !resume || order(last(s), s.Name, from.At, from.Name) > 0 {
			rest = append(rest, s)
		}
	}
	slices.SortFunc(rest, func(x, y metastore.Stream) int { return order(last(x), x.Name, last(y), y.Name) })
	return rest[:min(limit, len(rest))]
}

// lastEvents returns a lookup of the time of a stream's last event, -1 for none.
func (a *API) lastEvents(g metastore.Group) func(metastore.Stream) int64 {
	stats := a.cfg.Catalog.StreamStats(g.ID)
	last := make(map[string]int64, len(stats))
	for _, st := range stats {
		s, _ := a.cfg.Store.StreamByID(st.Stream) // maybe that of an entity
		if at, ok := last[s.Name]; !ok || at < st.LastEvent {
			last[s.Name] = st.LastEvent
		}
	}
	return func(s metastore.Stream) int64 {
		if at, ok := last[s.Name]; ok {
			return at
		}
		return -1
	}
}

func (a *API) describeStream(g metastore.Group, s metastore.Stream) types.LogStream {
	rec := types.LogStream{
		Arn:           aws.String(groupARN(g.Scope, g.Name) + ":log-stream:" + s.Name),
		LogStreamName: aws.String(s.Name),
		CreationTime:  aws.Int64(s.Created),
		StoredBytes:   aws.Int64(0), // AWS stopped counting per stream in 2019
	}
	if st := a.streamStat(g, s); st.Events > 0 {
		rec.FirstEventTimestamp = aws.Int64(st.FirstEvent)
		rec.LastEventTimestamp = aws.Int64(st.LastEvent)
		rec.LastIngestionTime = aws.Int64(st.LastIngestion)
		rec.UploadSequenceToken = aws.String(sequenceToken(s.ID, st.LastIngestion))
	}
	return rec
}

// streamStat is what the engine knows of a stream, whatever the entities of its
// events.
func (a *API) streamStat(g metastore.Group, s metastore.Stream) (all logs.StreamStat) {
	for _, id := range a.cfg.Store.StreamIDs(s.ID) {
		st, ok := a.cfg.Catalog.StreamStat(g.ID, id)
		switch {
		case !ok || st.Events == 0:
		case all.Events == 0:
			all = st
		default:
			all.FirstEvent, all.LastEvent = min(all.FirstEvent, st.FirstEvent), max(all.LastEvent, st.LastEvent)
			all.LastIngestion = max(all.LastIngestion, st.LastIngestion)
			all.Events += st.Events
			all.Bytes += st.Bytes
		}
	}
	return all
}
