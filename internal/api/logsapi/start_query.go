package logsapi

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"

	"skywatch/internal/awswire"
	"skywatch/internal/lang/insights"
	"skywatch/internal/logexec"
	"skywatch/internal/metastore"
	"skywatch/internal/queries"
	"skywatch/internal/scope"
)

const (
	maxQueryGroups = 50     // named in a request
	maxQueryRows   = 100000 // a query's limit
)

// StartQuery parses a query, finds its log groups and queues it.
func (a *API) StartQuery(ctx context.Context, in *cloudwatchlogs.StartQueryInput) (*cloudwatchlogs.StartQueryOutput, error) {
	var c checks
	if c.required("queryString", in.QueryString != nil) {
		c.length("queryString", *in.QueryString, 0, insights.MaxText)
	}
	if c.required("startTime", in.StartTime != nil) {
		c.notNegative("startTime", in.StartTime)
	}
	if c.required("endTime", in.EndTime != nil) {
		c.notNegative("endTime", in.EndTime)
	}
	within(&c, "limit", in.Limit, 1, maxQueryRows)
	oneOf(&c, "queryLanguage", in.QueryLanguage, types.QueryLanguageCwli, types.QueryLanguageSql, types.QueryLanguagePpl)
	if in.LogGroupName != nil {
		c.groupText("logGroupName", *in.LogGroupName)
	}
	c.count("logGroupNames", len(in.LogGroupNames), 0, maxQueryGroups)
	for i, name := range in.LogGroupNames {
		c.groupText(fmt.Sprintf("logGroupNames.%d.member", i+1), name)
	}
	c.count("logGroupIdentifiers", len(in.LogGroupIdentifiers), 0, maxQueryGroups)
	for i, id := range in.LogGroupIdentifiers {
		c.identifier(fmt.Sprintf("logGroupIdentifiers.%d.member", i+1), id)
	}
	if err := c.err(); err != nil {
		return nil, err
	}
	if l := in.QueryLanguage; l != "" && l != types.QueryLanguageCwli {
		return nil, &types.MalformedQueryException{Message: aws.String(fmt.Sprintf("The query language %s is not supported by this server; CWLI is.", l))}
	}
	query, err := insights.Parse(*in.QueryString)
	if err != nil {
		var pe *insights.Error
		if errors.As(err, &pe) {
			return nil, malformed(*in.QueryString, pe.Span, pe.Msg)
		}
		return nil, err
	}
	start, end := milliseconds(*in.StartTime, *in.EndTime)
	if start >= end {
		return nil, invalid("The startTime %d must not be later than the endTime %d.", *in.StartTime, *in.EndTime)
	}
	sc := awswire.Info(ctx).Scope
	groups, err := a.queryGroups(sc, in, query)
	if err != nil {
		return nil, err
	}
	req := &queries.Request{
		Scope: sc, Text: *in.QueryString, Query: query, Groups: groups, Start: start, End: end, Limit: int(value(in.Limit)),
		Sources: map[*insights.Source][]queries.Group{}, Tables: lookupTables{ctx: ctx, store: a.cfg.Store, scope: sc},
	}
	for _, s := range query.Sources() {
		if s == query.Source {
			continue
		}
		if req.Sources[s], err = a.sourceGroups(sc, s); err != nil {
			return nil, err
		}
	}
	if err := a.checkClasses(sc, *in.QueryString, query, groups, req.Sources); err != nil {
		return nil, err
	}
	if asksIndexes(query) {
		if req.Indexes, err = a.indexes(ctx, sc); err != nil {
			return nil, err
		}
	}
	err = logexec.Check(logexec.Request{Query: query, Groups: groups, Sources: req.Sources, Tables: req.Tables, Indexes: req.Indexes})
	if refused := new(insights.Error); errors.As(err, &refused) {
		return nil, malformed(*in.QueryString, refused.Span, refused.Msg)
	} else if err != nil {
		return nil, err
	}
	if awswire.Info(ctx).NoRowLimit {
		req.Limit = logexec.NoLimit
		awswire.ResponseHeader(ctx).Set(awswire.RowLimitHeader, awswire.RowLimitNone)
	}
	// The query runs when this request is long over.
	req.Tables = lookupTables{ctx: context.WithoutCancel(ctx), store: a.cfg.Store, scope: sc}
	id, err := a.cfg.Queries.Start(req)
	if errors.Is(err, queries.ErrTooMany) {
		return nil, &types.LimitExceededException{Message: aws.String("Account maximum query concurrency limit of 100 reached.")}
	} else if err != nil {
		return nil, err
	}
	return &cloudwatchlogs.StartQueryOutput{QueryId: aws.String(id)}, nil
}

// millisecondsFrom is the smallest time taken as milliseconds: in seconds it
// would be the year 5138, in milliseconds it is 1973.
const millisecondsFrom = 100_000_000_000

// milliseconds turns the request's times, in seconds and both inclusive, into
// milliseconds, end exclusive.
func milliseconds(start, end int64) (int64, int64) {
	if start < millisecondsFrom {
		start *= 1000
	}
	if end < millisecondsFrom {
		return start, (end + 1) * 1000
	}
	return start, end + 1
}

// malformed returns the error of a bad query. Offsets of the language are
// bytes, those of the answer characters.
func malformed(text string, at insights.Span, message string) error {
	chars := func(i int) *int32 {
		return aws.Int32(int32(utf8.RuneCountInString(text[:min(max(i, 0), len(text))])))
	}
	before := text[:min(max(at.Start, 0), len(text))]
	line := strings.Count(before, "\n") + 1
	column := utf8.RuneCountInString(before[strings.LastIndexByte(before, '\n')+1:]) + 1
	message = fmt.Sprintf("%s at line %d and position %d", message, line, column)
	return &types.MalformedQueryException{
		Message: aws.String(message),
		QueryCompileError: &types.QueryCompileError{
			Location: &types.QueryCompileErrorLocation{StartCharOffset: chars(at.Start), EndCharOffset: chars(at.End)},
			Message:  aws.String(message),
		},
	}
}

// queryGroups finds the groups that the request or its SOURCE command names.
func (a *API) queryGroups(sc scope.Scope, in *cloudwatchlogs.StartQueryInput, query *insights.Query) ([]queries.Group, error) {
	given := 0
	for _, has := range []bool{in.LogGroupName != nil, len(in.LogGroupNames) > 0, len(in.LogGroupIdentifiers) > 0} {
		if has {
			given++
		}
	}
	if query.Source != nil {
		if given > 0 {
			return nil, invalid("The query chooses its log groups with SOURCE: logGroupName, logGroupNames and logGroupIdentifiers must be left out.")
		}
		return a.sourceGroups(sc, query.Source)
	}
	if given != 1 {
		return nil, invalid("Exactly one of logGroupName, logGroupNames and logGroupIdentifiers must be given; got %d.", given)
	}
	names := in.LogGroupNames
	switch {
	case in.LogGroupName != nil:
		names = []string{*in.LogGroupName}
	case in.LogGroupIdentifiers != nil:
		names = in.LogGroupIdentifiers
	}
	return a.namedGroups(sc, names)
}

// namedGroups finds groups by names or ARNs; all must exist.
func (a *API) namedGroups(sc scope.Scope, names []string) ([]queries.Group, error) {
	var groups []queries.Group
	for _, name := range names {
		g, err := a.identified(sc, name)
		var missing *types.ResourceNotFoundException
		if errors.As(err, &missing) {
			return nil, notFound(fmt.Sprintf("Log group '%s' does not exist for account ID '%s'", name, sc.Account))
		} else if err != nil {
			return nil, err
		}
		groups = appendGroup(groups, g)
	}
	return groups, nil
}

// appendGroup adds a group once.
func appendGroup(groups []queries.Group, g metastore.Group) []queries.Group {
	if slices.ContainsFunc(groups, func(other queries.Group) bool { return other.ID == g.ID }) {
		return groups
	}
	return append(groups, queryGroup(g))
}

func queryGroup(g metastore.Group) queries.Group {
	return queries.Group{ID: g.ID, Account: g.Scope.Account, Region: g.Scope.Region, Name: g.Name, Tags: g.Tags,
		Undiscovered: !discovers(g)}
}
