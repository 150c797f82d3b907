package logsapi

import (
	"fmt"
	"slices"

	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"

	"skywatch/internal/lang/insights"
	"skywatch/internal/logexec"
	"skywatch/internal/logs"
	"skywatch/internal/metastore"
	"skywatch/internal/queries"
	"skywatch/internal/scope"
)

// checkClasses refuses a command of the query, or of one of its subqueries,
// that AWS does not have for the class of a log group it would read. sources are
// the groups of the subqueries' SOURCE commands.
func (a *API) checkClasses(sc scope.Scope, text string, query *insights.Query, groups []queries.Group, sources map[*insights.Source][]queries.Group) error {
	if c := standardOnly(query); c != nil {
		read := make(map[logs.GroupID]bool, len(groups))
		for _, g := range groups {
			read[g.ID] = true
		}
		for _, g := range a.cfg.Store.Groups(sc) {
			if read[g.ID] && g.Class == string(types.LogGroupClassInfrequentAccess) {
				return malformed(text, c.Pos(), fmt.Sprintf("the log group %q has class INFREQUENT_ACCESS, in which %s is not possible", g.Name, c.Name()))
			}
		}
	}
	for _, sub := range query.Subqueries() {
		read := groups
		if sub.Source != nil {
			read = sources[sub.Source]
		}
		if err := a.checkClasses(sc, text, sub, read, sources); err != nil {
			return err
		}
	}
	return nil
}

// standardOnly is the query's first command that is for log groups of class
// STANDARD alone, nil when it has none.
func standardOnly(query *insights.Query) insights.Command {
	i := slices.IndexFunc(query.Commands, func(c insights.Command) bool {
		switch c.(type) {
		case *insights.Pattern, *insights.Diff, *insights.FilterIndex, *insights.Unmask:
			return true
		}
		return false
	})
	if i < 0 {
		return nil
	}
	return query.Commands[i]
}

// discovers says whether fields of the group's messages are found by
// themselves: AWS does it for the class STANDARD alone.
func discovers(g metastore.Group) bool { return g.Class == string(types.LogGroupClassStandard) }

// eventFields are the fields of an event that are not the same for all: its
// entity's, and those found in its message.
func eventFields(g metastore.Group, s metastore.Stream, message string) []logexec.Field {
	var out []logexec.Field
	for name, value := range s.Entity.Fields() {
		out = append(out, logexec.Field{Name: name, Value: value})
	}
	if discovers(g) {
		out = append(out, logexec.StreamFields(message, g.Name, s.Name)...)
	}
	return out
}

// asksIndexes says whether the query, or one inside of it, reads by field index:
// only then index policies have to be read.
func asksIndexes(query *insights.Query) bool {
	return slices.ContainsFunc(query.Commands, func(c insights.Command) bool {
		_, ok := c.(*insights.FilterIndex)
		return ok
	}) || slices.ContainsFunc(query.Subqueries(), asksIndexes)
}
