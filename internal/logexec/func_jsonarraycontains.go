package logexec

import "skywatch/internal/lang/insights"

// funcJSONArrayContains is jsonArrayContains(l, v): 1 when an element of the
// list, or of the list in a JSON text, equals the value as = does; else 0, also
// when there is no list. AWS: "JSON functions".
func funcJSONArrayContains(_ *compiler, _ *insights.Call, args []eval) eval {
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
}
