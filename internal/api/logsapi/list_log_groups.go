package logsapi

import (
	"context"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"

	"skywatch/internal/awswire"
	"skywatch/internal/metastore"
)

// ListLogGroups lists names and ARNs only.
func (a *API) ListLogGroups(ctx context.Context, in *cloudwatchlogs.ListLogGroupsInput) (*cloudwatchlogs.ListLogGroupsOutput, error) {
	var c checks
	within(&c, "limit", in.Limit, 1, 1000)
	c.class("logGroupClass", in.LogGroupClass)
	c.count("accountIdentifiers", len(in.AccountIdentifiers), 0, 20)
	c.nextToken(in.NextToken)
	match := nameAlternatives(&c, in.LogGroupNamePattern)
	if err := c.err(); err != nil {
		return nil, err
	}
	switch {
	case in.DataSources != nil:
		return nil, unsupported("dataSources", "groups cannot be listed by data source yet.")
	case in.FieldIndexNames != nil:
		return nil, unsupported("fieldIndexNames", "groups cannot be listed by field index yet.")
	case in.LogGroupTags != nil:
		return nil, unsupported("logGroupTags", "groups cannot be listed by tag yet.")
	}
	from, err := parseCursor(in.NextToken, "groups")
	if err != nil {
		return nil, err
	}
	sc := awswire.Info(ctx).Scope
	out := &cloudwatchlogs.ListLogGroupsOutput{LogGroups: []types.LogGroupSummary{}}
	if otherAccounts(in.IncludeLinkedAccounts, in.AccountIdentifiers, sc) {
		return out, nil
	}
	page, next := pageOfGroups(a.cfg.Store.Groups(sc), "", from.Name, limitOr(in.Limit, groupPage), func(g *metastore.Group) bool {
		return (in.LogGroupClass == "" || g.Class == string(in.LogGroupClass)) && match(g.Name)
	})
	out.NextToken = next
	for _, g := range page {
		out.LogGroups = append(out.LogGroups, types.LogGroupSummary{
			LogGroupArn:   aws.String(groupARN(sc, g.Name)),
			LogGroupClass: types.LogGroupClass(g.Class),
			LogGroupName:  aws.String(g.Name),
		})
	}
	return out, nil
}

// nameAlternatives reads a pattern of ListLogGroups: up to five texts of 3 to
// 24 characters separated by |, each a substring, or a prefix behind ^.
func nameAlternatives(c *checks, pattern *string) func(name string) bool {
	if pattern == nil {
		return func(string) bool { return true }
	}
	const re = `(\^?[\.\-_\/#A-Za-z0-9]{3,24})(\|\^?[\.\-_\/#A-Za-z0-9]{3,24}){0,4}`
	alternatives := strings.Split(*pattern, "|")
	ok := len(alternatives) <= 5
	for _, alt := range alternatives {
		text := strings.TrimPrefix(alt, "^")
		ok = ok && len(text) >= 3 && len(text) <= 24 && !strings.ContainsFunc(text, func(r rune) bool { return !isGroupRune(r) })
	}
	if !ok {
		c.fail(shown(*pattern), "logGroupNamePattern", "Member must satisfy regular expression pattern: "+re)
	}
	return func(name string) bool {
		return slices.ContainsFunc(alternatives, func(alt string) bool {
			if prefix, ok := strings.CutPrefix(alt, "^"); ok {
				return strings.HasPrefix(name, prefix)
			}
			return strings.Contains(name, alt)
		})
	}
}
