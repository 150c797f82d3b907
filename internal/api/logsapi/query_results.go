package logsapi

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/schemas"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"
	"github.com/aws/smithy-go"

	"skywatch/internal/awswire"
	"skywatch/internal/logexec"
	"skywatch/internal/queries"
)

const resultPage = 10000 // most and default number of rows in an answer

// GetQueryResults answers a query's state and rows: while it runs the rows so
// far, afterwards pages of all.
func (a *API) GetQueryResults(ctx context.Context, in *cloudwatchlogs.GetQueryResultsInput) (*QueryResults, error) {
	var c checks
	c.queryID(in.QueryId)
	within(&c, "maxItems", in.MaxItems, 1, resultPage)
	c.nextToken(in.NextToken)
	if err := c.err(); err != nil {
		return nil, err
	}
	from, bad := parseCursor(in.NextToken, "results")
	limit := limitOr(in.MaxItems, resultPage)
	if in.NextToken != nil && (from.Name != *in.QueryId || from.At < 0 || from.At > math.MaxInt32) {
		bad = invalid(msgBadToken)
	}
	if bad != nil {
		from, limit = cursor{}, 0 // a query that does not exist is told first
	}
	r, err := a.cfg.Queries.Results(awswire.Info(ctx).Scope, *in.QueryId, int(from.At), limit)
	if err != nil {
		return nil, wireQuery(err)
	}
	if bad != nil || from.At > int64(r.Count) {
		return nil, invalid(msgBadToken)
	}
	out := &QueryResults{}
	out.Status = types.QueryStatus(r.Status)
	out.QueryLanguage = types.QueryLanguageCwli
	out.Statistics = &types.QueryStatistics{
		RecordsMatched:          r.Stats.RecordsMatched,
		RecordsScanned:          r.Stats.RecordsScanned,
		BytesScanned:            r.Stats.BytesScanned,
		EstimatedRecordsSkipped: r.Stats.EstimatedRecordsSkipped + r.Stats.CorruptRecords,
		EstimatedBytesSkipped:   r.Stats.EstimatedBytesSkipped,
		LogGroupsScanned:        r.Stats.LogGroupsScanned,
		ResultCount:             float64(r.Count),
	}
	if r.Stats.CorruptBlocks > 0 {
		tellSkipped(ctx, int64(r.Stats.CorruptRecords))
	}
	out.Reason = reason(r)
	if next := from.At + int64(len(r.Rows)); next < int64(r.Count) && !r.Status.Active() { // rows move about until the query ends
		out.NextToken = cursor{Kind: "results", Name: *in.QueryId, At: next}.token()
	}
	out.Results = make([][]types.ResultField, len(r.Rows))
	for i, row := range r.Rows {
		fields := make([]types.ResultField, len(row))
		for j := range row {
			fields[j] = types.ResultField{Field: &row[j].Field, Value: &row[j].Value}
		}
		out.Results[i] = fields
	}
	return out, nil
}

// reason says why a query failed, in words for whoever wrote it; "" when it did
// not. Other causes than the query's bounds are told to the log alone.
func reason(r queries.Results) string {
	var limit *logexec.LimitError
	switch {
	case r.Status == queries.Timeout:
		return "The query took longer than a query may; narrow the time range or the log groups."
	case r.Status != queries.Failed:
		return ""
	case errors.As(r.Err, &limit):
		return limit.Error()
	case errors.Is(r.Err, queries.ErrTooLarge):
		return r.Err.Error()
	}
	return "The query failed for a reason within the server; its log says more."
}

// QueryResults is the answer of GetQueryResults. It writes every statistic, as
// AWS does; the SDK's own type leaves out those that are 0, and clients read
// statistics["recordsMatched"] without asking whether it is there. It also says
// why a query failed, in a member that AWS does not have and its clients ignore.
type QueryResults struct {
	cloudwatchlogs.GetQueryResultsOutput
	Reason string
}

var statusReason = smithy.NewSchema(smithy.ShapeID{Namespace: "skywatch", Name: "GetQueryResultsResponse"}, smithy.ShapeTypeStructure, 1).
	AddMember("statusReason", smithy.NewSchema(smithy.ShapeID{Namespace: "skywatch", Name: "Reason"}, smithy.ShapeTypeString, 0))

// Serialize implements smithy.Serializable.
func (v *QueryResults) Serialize(s smithy.ShapeSerializer) {
	rest := v.GetQueryResultsOutput
	rest.Statistics = nil
	s.WriteStruct(schemas.GetQueryResultsResponse)
	rest.SerializeMembers(s)
	if v.Reason != "" {
		s.WriteString(statusReason, v.Reason)
	}
	if st := v.Statistics; st != nil {
		s.WriteStruct(schemas.GetQueryResultsResponse_statistics)
		s.WriteFloat64(schemas.QueryStatistics_bytesScanned, st.BytesScanned)
		s.WriteFloat64(schemas.QueryStatistics_estimatedBytesSkipped, st.EstimatedBytesSkipped)
		s.WriteFloat64(schemas.QueryStatistics_estimatedRecordsSkipped, st.EstimatedRecordsSkipped)
		s.WriteFloat64(schemas.QueryStatistics_logGroupsScanned, st.LogGroupsScanned)
		s.WriteFloat64(schemas.QueryStatistics_recordsMatched, st.RecordsMatched)
		s.WriteFloat64(schemas.QueryStatistics_recordsScanned, st.RecordsScanned)
		s.WriteFloat64(schemas.QueryStatistics_resultCount, st.ResultCount)
		s.CloseStruct()
	}
	s.CloseStruct()
}

// StopQuery cancels a query that waits or runs.
func (a *API) StopQuery(ctx context.Context, in *cloudwatchlogs.StopQueryInput) (*cloudwatchlogs.StopQueryOutput, error) {
	var c checks
	c.queryID(in.QueryId)
	if err := c.err(); err != nil {
		return nil, err
	}
	if err := a.cfg.Queries.Stop(awswire.Info(ctx).Scope, *in.QueryId); err != nil {
		return nil, wireQuery(err)
	}
	return &cloudwatchlogs.StopQueryOutput{Success: true}, nil
}

// DescribeQueries lists queries, newest first.
func (a *API) DescribeQueries(ctx context.Context, in *cloudwatchlogs.DescribeQueriesInput) (*cloudwatchlogs.DescribeQueriesOutput, error) {
	var c checks
	if in.LogGroupName != nil {
		c.groupText("logGroupName", *in.LogGroupName)
	}
	oneOf(&c, "status", in.Status, in.Status.Values()...)
	oneOf(&c, "queryLanguage", in.QueryLanguage, in.QueryLanguage.Values()...)
	within(&c, "maxResults", in.MaxResults, 1, 1000)
	c.nextToken(in.NextToken)
	if err := c.err(); err != nil {
		return nil, err
	}
	from, err := parseCursor(in.NextToken, "queries")
	if err != nil {
		return nil, err
	}
	out := &cloudwatchlogs.DescribeQueriesOutput{Queries: []types.QueryInfo{}}
	if in.QueryLanguage != "" && in.QueryLanguage != types.QueryLanguageCwli {
		return out, nil // there are none of other languages
	}
	infos := a.cfg.Queries.Describe(awswire.Info(ctx).Scope, queries.Filter{Group: value(in.LogGroupName), Status: queries.Status(in.Status)})
	if in.NextToken != nil {
		i := 0
		// Newer queries may have come since, and the token's own may be
		// forgotten: go on behind its time and id.
		for i < len(infos) && (infos[i].Created.UnixNano() > from.At || infos[i].Created.UnixNano() == from.At && infos[i].ID != from.Name) {
			i++
		}
		if i < len(infos) && infos[i].ID == from.Name {
			i++
		}
		infos = infos[i:]
	}
	if limit := limitOr(in.MaxResults, 1000); len(infos) > limit {
		infos = infos[:limit]
		last := infos[limit-1]
		out.NextToken = cursor{Kind: "queries", Name: last.ID, At: last.Created.UnixNano()}.token()
	}
	for _, i := range infos {
		out.Queries = append(out.Queries, describeQuery(i))
	}
	return out, nil
}

func describeQuery(i queries.Info) types.QueryInfo {
	rec := types.QueryInfo{
		QueryId:       aws.String(i.ID),
		QueryLanguage: types.QueryLanguageCwli,
		QueryString:   aws.String(i.Request.Text),
		Status:        types.QueryStatus(i.Status),
		CreateTime:    aws.Int64(i.Created.UnixMilli()),
		QueryDuration: aws.Int64(i.Duration.Milliseconds()),
		BytesScanned:  aws.Float64(i.BytesScanned),
	}
	if len(i.Request.Groups) > 0 && i.Request.Query.Source == nil {
		names := make([]string, len(i.Request.Groups))
		for j, g := range i.Request.Groups {
			names[j] = strconv.Quote(g.Name)
		}
		if len(names) == 1 { // the member has room for one
			rec.LogGroupName = aws.String(i.Request.Groups[0].Name)
		}
		// The prefix is AWS's own way of telling groups and time.
		rec.QueryString = aws.String(fmt.Sprintf("SOURCE %s START=%d END=%d |\n%s", strings.Join(names, ", "), i.Request.Start, i.Request.End-1, i.Request.Text))
	}
	return rec
}

func (c *checks) queryID(v *string) {
	if c.required("queryId", v != nil) {
		c.length("queryId", *v, 0, 256)
	}
}

// wireQuery gives errors of package queries their AWS shapes.
func wireQuery(err error) error {
	switch {
	case errors.Is(err, queries.ErrNotFound):
		return notFound("The specified query does not exist.")
	case errors.Is(err, queries.ErrNotRunning):
		return invalid("The specified query is not running.")
	}
	return err
}
