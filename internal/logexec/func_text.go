package logexec

import (
	"encoding/base64"
	"net/url"
	"strings"
	"unicode/utf8"
)

// textFunctions are those of texts; a number or a timestamp is the text it shows
// as. Nothing and maps give nothing, where no file says otherwise. AWS: "String
// functions".
var textFunctions = map[string]function{
	"isempty":      blankTest(func(s string) bool { return s == "" }),
	"isblank":      blankTest(func(s string) bool { return strings.TrimSpace(s) == "" }),
	"concat":       funcConcat,
	"ltrim":        trimmer(strings.TrimLeftFunc),
	"rtrim":        trimmer(strings.TrimRightFunc),
	"trim":         trimmer(strings.TrimFunc),
	"strlen":       onText(func(s string) value { return num(float64(utf8.RuneCountInString(s))) }),
	"toupper":      onText(func(s string) value { return str(strings.ToUpper(s)) }),
	"tolower":      onText(func(s string) value { return str(strings.ToLower(s)) }),
	"substr":       funcSubstr,
	"replace":      funcReplace,
	"regexReplace": funcRegexReplace,
	"strcontains":  funcStrContains,
	"startsWith":   onTexts(truth(false), func(s, t string) value { return truth(strings.HasPrefix(s, t)) }),
	"endsWith":     onTexts(truth(false), func(s, t string) value { return truth(strings.HasSuffix(s, t)) }),
	"split":        onTexts(value{}, split),
	"urlencode":    onText(func(s string) value { return str(url.QueryEscape(s)) }),
	"urldecode":    onText(urlDecode),
	"base64encode": onText(func(s string) value { return str(base64.StdEncoding.EncodeToString([]byte(s))) }),
	"base64decode": onText(base64Decode),
	"hexToAscii":   onText(hexToASCII),
	"md5":          onText(md5Hex),
	"sha256":       onText(sha256Hex),
}
