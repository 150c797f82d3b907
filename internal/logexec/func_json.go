package logexec

// jsonFunctions are those of maps and lists. AWS: "JSON functions".
var jsonFunctions = map[string]function{
	"jsonParse":         funcJSONParse,
	"jsonStringify":     funcJSONStringify,
	"jsonArraySize":     funcJSONArraySize,
	"jsonArrayContains": funcJSONArrayContains,
}
