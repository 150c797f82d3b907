package logsapi

import (
	"context"
	"slices"
	"sort"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"

	"skywatch/internal/awswire"
	"skywatch/internal/metastore"
	"skywatch/internal/scope"
)

const groupPage = 50 // most and default number of groups in an answer

// DescribeLogGroups lists groups in byte order of their names.
func (a *API) DescribeLogGroups(ctx context.Context, in *cloudwatchlogs.DescribeLogGroupsInput) (*cloudwatchlogs.DescribeLogGroupsOutput, error) {
	var c checks
	within(&c, "limit", in.Limit, 1, groupPage)
	c.class("logGroupClass", in.LogGroupClass)
	if in.LogGroupNamePrefix != nil {
		c.groupText("logGroupNamePrefix", *in.LogGroupNamePrefix)
	}
	if in.LogGroupNamePattern != nil {
		c.length("logGroupNamePattern", *in.LogGroupNamePattern, 0, 512)
		c.pattern("logGroupNamePattern", *in.LogGroupNamePattern, `[\.\-_/#A-Za-z0-9]*`, isGroupRune)
	}
	if in.AccountIdentifiers != nil {
		c.count("accountIdentifiers", len(in.AccountIdentifiers), 0, 20)
	}
	if in.LogGroupIdentifiers != nil {
		c.count("logGroupIdentifiers", len(in.LogGroupIdentifiers), 1, 50)
		for _, id := range in.LogGroupIdentifiers {
			c.identifier("logGroupIdentifiers", id)
		}
	}
	c.nextToken(in.NextToken)
	if err := c.err(); err != nil {
		return nil, err
	}
	if in.LogGroupNamePrefix != nil && in.LogGroupNamePattern != nil {
		return nil, invalid("LogGroup name prefix and LogGroup name pattern are mutually exclusive parameters.")
	}
	if in.LogGroupIdentifiers != nil && (in.LogGroupNamePrefix != nil || in.LogGroupNamePattern != nil || in.LogGroupClass != "" || in.AccountIdentifiers != nil || in.NextToken != nil) {
		return nil, invalid("LogGroup identifiers cannot be combined with other filters.")
	}
	from, err := parseCursor(in.NextToken, "groups")
	if err != nil {
		return nil, err
	}
	if in.NextToken != nil && (!strings.HasPrefix(from.Name, value(in.LogGroupNamePrefix)) || !strings.Contains(from.Name, value(in.LogGroupNamePattern))) {
		return nil, invalid(msgBadToken) // of a request with another prefix or pattern
	}

	sc := awswire.Info(ctx).Scope
	out := &cloudwatchlogs.DescribeLogGroupsOutput{LogGroups: []types.LogGroup{}}
	if otherAccounts(in.IncludeLinkedAccounts, in.AccountIdentifiers, sc) {
		return out, nil
	}
	if in.LogGroupIdentifiers != nil {
		return out, a.describeIdentified(sc, in.LogGroupIdentifiers, out)
	}
	keep := func(g *metastore.Group) bool {
		return (in.LogGroupClass == "" || g.Class == string(in.LogGroupClass)) &&
			(in.LogGroupNamePattern == nil || strings.Contains(g.Name, *in.LogGroupNamePattern))
	}
	page, next := pageOfGroups(a.cfg.Store.Groups(sc), value(in.LogGroupNamePrefix), from.Name, limitOr(in.Limit, groupPage), keep)
	out.NextToken = next
	for _, g := range page {
		out.LogGroups = append(out.LogGroups, a.describeGroup(g, in.LogGroupNamePattern != nil))
	}
	return out, nil
}

// otherAccounts reports whether a request asks for linked accounts only, of
// which there are none.
func otherAccounts(linked *bool, accounts []string, sc scope.Scope) bool {
	return value(linked) && len(accounts) > 0 && !slices.Contains(accounts, sc.Account)
}

func limitOr(limit *int32, most int) int {
	if limit == nil {
		return most
	}
	return int(*limit)
}

// pageOfGroups returns at most limit groups with the prefix that keep accepts,
// after the name after, and the token when there are more.
func pageOfGroups(all []metastore.Group, prefix, after string, limit int, keep func(*metastore.Group) bool) ([]metastore.Group, *string) {
	i := sort.Search(len(all), func(i int) bool { return all[i].Name >= prefix && (after == "" || all[i].Name > after) })
	var page []metastore.Group
	for ; i < len(all) && strings.HasPrefix(all[i].Name, prefix); i++ {
		if !keep(&all[i]) {
			continue
		}
		if len(page) == limit {
			return page, cursor{Kind: "groups", Name: page[limit-1].Name}.token()
		}
		page = append(page, all[i])
	}
	return page, nil
}

func (a *API) describeIdentified(sc scope.Scope, identifiers []string, out *cloudwatchlogs.DescribeLogGroupsOutput) error {
	for _, id := range identifiers {
		g, err := a.identified(sc, id)
		if err != nil {
			return err
		}
		out.LogGroups = append(out.LogGroups, a.describeGroup(g, false))
	}
	return nil
}

// describeGroup makes the record of a group; a search by pattern answers a
// reduced one.
func (a *API) describeGroup(g metastore.Group, reduced bool) types.LogGroup {
	arn := groupARN(g.Scope, g.Name)
	rec := types.LogGroup{
		Arn:               aws.String(arn + ":*"),
		LogGroupArn:       aws.String(arn),
		LogGroupName:      aws.String(g.Name),
		LogGroupClass:     types.LogGroupClass(g.Class),
		CreationTime:      aws.Int64(g.Created),
		MetricFilterCount: aws.Int32(0),
	}
	if reduced {
		return rec
	}
	rec.StoredBytes = aws.Int64(a.cfg.Catalog.GroupStat(g.ID).Bytes)
	rec.RetentionInDays = optional(int32(g.RetentionDays))
	rec.KmsKeyId = optional(g.KMSKeyID)
	rec.DeletionProtectionEnabled = aws.Bool(g.DeletionProtected)
	return rec
}
