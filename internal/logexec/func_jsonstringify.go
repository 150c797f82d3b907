package logexec

import (
	"encoding/json"
	"strings"

	"skywatch/internal/lang/insights"
)

// funcJSONStringify is jsonStringify(m): a value as JSON text, the members of
// maps in the order of their names, numbers as they are written. Nothing for
// nothing. AWS: "JSON functions".
func funcJSONStringify(_ *compiler, _ *insights.Call, args []eval) eval {
	x := args[0]
	return func(r *row) value {
		v := x(r)
		switch v.kind {
		case null:
			return value{}
		case tree, number:
			return str(v.text())
		}
		return str(toJSON(v.text()))
	}
}

// toJSON is the JSON text of a value that came from JSON, "" for others.
func toJSON(v any) string {
	var b strings.Builder
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false) // results are not put into pages as they are
	if enc.Encode(v) != nil {
		return ""
	}
	return strings.TrimSuffix(b.String(), "\n")
}
