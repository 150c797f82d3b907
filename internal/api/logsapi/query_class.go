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

// checkClasses refuses a command or function of the query, or of one of its subqueries,
// that AWS does not have for the class of a log group it would read. sources are
// the groups of the subqueries' SOURCE commands.
func (a *API) checkClasses(sc scope.Scope, text string, query *insights.Query, groups []queries.Group, sources map[*insights.Source][]queries.Group) error {
	if name, at := standardOnly(query); name != "" {
		read := make(map[logs.GroupID]bool, len(groups))
		for _, g := range groups {
			read[g.ID] = true
		}
		for _, g := range a.cfg.Store.Groups(sc) {
			if read[g.ID] && g.Class == string(types.LogGroupClassInfrequentAccess) {
				return malformed(text, at, fmt.Sprintf("the log group %q has class INFREQUENT_ACCESS, in which %s is not possible", g.Name, name))
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

// standardOnly finds the query's first command or function that is for log groups
// of class STANDARD alone: its name and place, "" when it has none.
func standardOnly(query *insights.Query) (name string, at insights.Span) {
	for _, c := range query.Commands {
		switch c.(type) {
		case *insights.Pattern, *insights.Diff, *insights.FilterIndex, *insights.Unmask:
			return c.Name(), c.Pos()
		}
		for _, e := range insights.Exprs(c) {
			insights.Walk(e, func(e insights.Expr) bool {
				if call, ok := e.(*insights.Call); ok && name == "" && call.Func.Name == "unmask" {
					name, at = call.Func.Name, call.Span
				}
				return name == ""
			})
		}
		if name != "" {
			return name, at
		}
	}
	return "", insights.Span{}
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
