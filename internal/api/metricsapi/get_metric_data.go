package metricsapi

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"

	"skywatch/internal/awswire"
	"skywatch/internal/metricexec"
)

const (
	maxQueries = 500
	// maxPage is the most datapoints of one answer, and the default.
	maxPage = 100_800
)

// dataToken is the NextToken of GetMetricData: where the page before ended.
type dataToken struct {
	Request uint64 // fingerprint of the parameters
	Now     int64  // the clock of the first page: it shapes the grids
	Query   int    // index among the queries that return data
	Last    int64  // timestamp of the last datapoint given, in milliseconds
	Given   int    // how many datapoints with that timestamp were given; 0: start of the query
}

func (a *api) getMetricData(ctx context.Context, in *cloudwatch.GetMetricDataInput) (*cloudwatch.GetMetricDataOutput, error) {
	req, err := checkDataRequest(awswire.Info(ctx).Scope, in)
	if err != nil {
		return nil, err
	}
	now := a.Now().UnixMilli()
	pos := dataToken{Request: req.fingerprint, Now: now}
	if in.NextToken != nil {
		pos = dataToken{}
		// A token lives for a day: grids of older ones would ask for data
		// that has been rolled up since.
		if !openToken(*in.NextToken, &pos) || pos.Request != req.fingerprint ||
			pos.Now > now+60_000 || pos.Now < now-24*60*60*1000 ||
			pos.Query < 0 || pos.Query >= len(req.queries) || pos.Given < 0 {
			return nil, awswire.Errorf("InvalidNextToken", "Request parameter NextToken is invalid")
		}
	}
	for i := range req.queries {
		q := &req.queries[i]
		if q.exec.Grid, err = metricexec.GridFor(req.start, req.end, q.period, pos.Now); err != nil {
			return nil, awswire.ValidationError("Query %s: %s.", q.id, err)
		}
	}

	out := &cloudwatch.GetMetricDataOutput{MetricDataResults: []types.MetricDataResult{}, Messages: []types.MessageData{}}
	room := req.pageSize
	for room > 0 && pos.Query < len(req.queries) {
		batch := req.batch(pos.Query, room)
		results, err := a.run(ctx, batch)
		if err != nil {
			return nil, err
		}
		for i := range batch {
			if room == 0 {
				break
			}
			q := &batch[i]
			line := results[i].Flat()
			label := q.label.text(q, line)
			if req.descending {
				slices.Reverse(line.Timestamps)
				slices.Reverse(line.Values)
			}
			from := pos.skip(line.Timestamps, req.descending)
			n := min(room, len(line.Timestamps)-from)
			r := types.MetricDataResult{
				Id:         &q.id,
				Label:      &label,
				StatusCode: types.StatusCodeComplete,
				Timestamps: make([]time.Time, n),
				Values:     slices.Clone(line.Values[from : from+n]),
			}
			if n == 0 {
				r.Values = []float64{}
			}
			for j := range n {
				r.Timestamps[j] = time.UnixMilli(line.Timestamps[from+j]).UTC()
			}
			room -= n
			if from+n < len(line.Timestamps) {
				r.StatusCode = types.StatusCodePartialData
				pos.mark(line.Timestamps[:from+n])
			} else {
				pos.Query, pos.Last, pos.Given = pos.Query+1, 0, 0
			}
			out.MetricDataResults = append(out.MetricDataResults, r)
		}
	}
	if pos.Query < len(req.queries) {
		t := sealToken(pos)
		out.NextToken = &t
	}
	return out, nil
}

// batch returns the queries from index first on that are worth reading in one
// go: a request may ask for millions of datapoints, of which a page shows few.
func (r *dataRequest) batch(first, room int) []dataQuery {
	buckets := 0
	for i := first; i < len(r.queries); i++ {
		buckets += r.queries[i].exec.Grid.N
		if i > first && buckets > 2*room+maxPage {
			return r.queries[first:i]
		}
	}
	return r.queries[first:]
}

func (a *api) run(ctx context.Context, batch []dataQuery) ([]metricexec.Result, error) {
	queries := make([]metricexec.Query, len(batch))
	for i := range batch {
		queries[i] = batch[i].exec
	}
	results, err := metricexec.Run(ctx, a.Index, a.Selector, queries)
	if err != nil {
		return nil, fmt.Errorf("get metric data: %w", err)
	}
	return results, nil
}

// skip returns how many of the timestamps, in the order of the answer, the
// pages before have given.
func (t *dataToken) skip(timestamps []int64, descending bool) int {
	if t.Given == 0 {
		return 0
	}
	i, _ := slices.BinarySearchFunc(timestamps, t.Last, func(a, last int64) int {
		if a == last {
			return 0
		}
		if (a < last) != descending {
			return -1
		}
		return 1
	})
	for given := 0; i < len(timestamps) && timestamps[i] == t.Last && given < t.Given; given++ {
		i++
	}
	return i
}

// mark notes what has been given of the current query. Several units of a
// metric give several datapoints with one timestamp.
func (t *dataToken) mark(given []int64) {
	t.Last, t.Given = given[len(given)-1], 0
	for i := len(given) - 1; i >= 0 && given[i] == t.Last; i-- {
		t.Given++
	}
}
