package logexec

import (
	"encoding/json"
	"strings"

	"skywatch/internal/lang/insights"
)

var jsonFunctions = map[string]function{
	"jsonParse": func(_ *compiler, _ *insights.Call, args []eval) eval {
		x := args[0]
		return func(r *row) value {
			v := x(r)
			if v.kind == text {
				return parseJSON(v.str)
			}
			return value{}
		}
	},
	"jsonStringify": func(_ *compiler, _ *insights.Call, args []eval) eval {
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
	},
	"jsonArraySize": func(_ *compiler, _ *insights.Call, args []eval) eval {
		x := args[0]
		return func(r *row) value {
			if l, ok := listOf(x(r)); ok {
				return num(float64(len(l)))
			}
			return value{}
		}
	},
	"jsonArrayContains": func(_ *compiler, _ *insights.Call, args []eval) eval {
		x, y := args[0], args[1]
		return func(r *row) value {
			l, _ := listOf(x(r))
			want := y(r)
			for _, e := range l {
				if v := fromJSON(e); equal(&v, &want) {
					return truth(true)
				}
			}
			return truth(false)
		}
	},
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

// listOf is a list, or the list in a JSON text.
func listOf(v value) ([]any, bool) {
	if v.kind == text {
		v = parseJSON(v.str)
	}
	l, ok := v.node.([]any)
	return l, ok && v.kind == tree
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
