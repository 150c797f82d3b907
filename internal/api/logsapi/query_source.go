package logsapi

import (
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"

	"skywatch/internal/lang/insights"
	"skywatch/internal/queries"
	"skywatch/internal/scope"
)

// maxSourceGroups is how many log groups a SOURCE command may choose.
const maxSourceGroups = 10000

// sourceGroups returns the groups a SOURCE command chooses, maybe none. Names
// must exist. Without a class only STANDARD groups are chosen, as in AWS.
func (a *API) sourceGroups(sc scope.Scope, source *insights.Source) ([]queries.Group, error) {
	if len(source.Names) > 0 {
		return a.namedGroups(sc, source.Names)
	}
	if len(source.Accounts) > 0 && !slices.Contains(source.Accounts, sc.Account) {
		return nil, nil
	}
	classes := source.Classes
	if len(classes) == 0 && len(source.Tags) == 0 && len(source.DataSources) == 0 {
		classes = []string{string(types.LogGroupClassStandard)}
	}
	var groups []queries.Group
	for _, g := range a.cfg.Store.Groups(sc) {
		fits := len(source.NamePrefixes) == 0 || slices.ContainsFunc(source.NamePrefixes, func(p string) bool { return strings.HasPrefix(g.Name, p) })
		if !fits || len(classes) > 0 && !slices.Contains(classes, g.Class) || !tagsFit(source.Tags, g.Tags) || !dataSourceFits(source.DataSources, g.Tags) {
			continue
		}
		groups = append(groups, queryGroup(g))
	}
	for _, wanted := range source.DataSources {
		if ofService(wanted) && !slices.ContainsFunc(groups, func(g queries.Group) bool { return dataSourceFits([]string{wanted}, g.Tags) }) {
			return nil, invalid("No log group has the data source %q of an AWS service: a log group has the one of its tags %s and %s here.", wanted, tagDataSourceName, tagDataSourceType)
		}
	}
	if len(groups) > maxSourceGroups {
		return nil, invalid("SOURCE matches %d log groups; at most %d are allowed.", len(groups), maxSourceGroups)
	}
	return groups, nil
}

// The tags that give a log group a data source of its own.
const (
	tagDataSourceName = "cw:datasource:name"
	tagDataSourceType = "cw:datasource:type"
)

// ofService says whether a data source has the name of a service of AWS. Which log
// groups hold the logs of one, AWS knows without tags; an answer without rows would
// look as if there were none.
func ofService(dataSource string) bool {
	lower := strings.ToLower(dataSource)
	return strings.HasPrefix(lower, "aws") || strings.HasPrefix(lower, "amazon")
}

// dataSourceFits says whether a group's data source is one of those, names or
// name.type; none means any.
func dataSourceFits(wanted []string, tags map[string]string) bool {
	name, ok := tags[tagDataSourceName]
	return len(wanted) == 0 || ok && (slices.Contains(wanted, name) || slices.Contains(wanted, name+"."+tags[tagDataSourceType]))
}

// tagsFit says whether all filters hold for a group's tags.
func tagsFit(filters []insights.TagFilter, tags map[string]string) bool {
	for _, f := range filters {
		tag, ok := tags[f.Key]
		if !ok {
			return false
		}
		wanted, found := 0, false
		for _, v := range f.Values {
			if not, isNot := strings.CutPrefix(v, "!"); isNot {
				if starMatch(not, tag) {
					return false
				}
				continue
			}
			wanted++
			found = found || starMatch(v, tag)
		}
		if wanted > 0 && !found {
			return false
		}
	}
	return true
}

// starMatch says whether all of s fits a pattern with stars. A star that was
// passed takes one more letter when the rest does not fit, and only the last
// one needs to: the time is bounded by the product of the lengths.
func starMatch(pattern, s string) bool {
	p, i, star, from := 0, 0, -1, 0
	for i < len(s) {
		switch {
		case p < len(pattern) && pattern[p] == '*':
			star, from = p, i
			p++
		case p < len(pattern) && pattern[p] == s[i]:
			p++
			i++
		case star >= 0:
			from++
			p, i = star+1, from
		default:
			return false
		}
	}
	return strings.Trim(pattern[p:], "*") == ""
}
