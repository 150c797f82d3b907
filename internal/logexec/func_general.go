package logexec

import "skywatch/internal/lang/insights"

// generalFunctions are those that take values of any kind. AWS: "General
// functions".
var generalFunctions = map[string]function{
	"ispresent":   funcIsPresent,
	"coalesce":    funcCoalesce,
	"if":          choose,
	"case":        choose,
	"messageSize": funcMessageSize,
	// No masked data exists here, so there is nothing to take off.
	"unmask": func(_ *compiler, _ *insights.Call, args []eval) eval { return args[0] },
}
