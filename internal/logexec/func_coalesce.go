package logexec

import "skywatch/internal/lang/insights"

// funcCoalesce is coalesce(a, …): the first argument that is there, of any kind;
// those behind it are not computed. AWS: "General functions".
func funcCoalesce(_ *compiler, _ *insights.Call, args []eval) eval {
	return func(r *row) value {
		for _, x := range args {
			if v := x(r); v.kind != null {
				return v
			}
		}
		return value{}
	}
}
