package logexec

import (
	"encoding/json"
	"strings"

	"skywatch/internal/lang/insights"
)

// funcJSONParse is jsonParse(s): the map or list in a JSON text, with the
// digits of its numbers; members are read as name.member. Nothing when the text
// is no JSON, when it is a plain value, or when more follows. AWS: "JSON
// functions".
func funcJSONParse(_ *compiler, _ *insights.Call, args []eval) eval {
	x := args[0]
	return func(r *row) value {
		v := x(r)
		if v.kind == text {
			return parseJSON(v.str)
		}
		return value{}
	}
}

// parseJSON gives the map or list of a JSON text; anything else is nothing.
func parseJSON(s string) value {
	s = strings.TrimSpace(s)
	if s == "" || s[0] != '{' && s[0] != '[' {
		return value{}
	}
	d := json.NewDecoder(strings.NewReader(s))
	d.UseNumber()
	var node any
	if d.Decode(&node) != nil || d.InputOffset() != int64(len(s)) {
		return value{}
	}
	return value{kind: tree, node: node}
}
