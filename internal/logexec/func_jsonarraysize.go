package logexec

import "skywatch/internal/lang/insights"

// funcJSONArraySize is jsonArraySize(l): the number of elements of a list, or
// of the list in a JSON text. Nothing for anything else. AWS: "JSON functions".
func funcJSONArraySize(_ *compiler, _ *insights.Call, args []eval) eval {
	x := args[0]
	return func(r *row) value {
		if l, ok := listOf(x(r)); ok {
			return num(float64(len(l)))
		}
		return value{}
	}
}

// listOf is a list, or the list in a JSON text.
func listOf(v value) ([]any, bool) {
	if v.kind == text {
		v = parseJSON(v.str)
	}
	l, ok := v.node.([]any)
	return l, ok && v.kind == tree
}
