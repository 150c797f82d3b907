package logexec

import (
	"crypto/md5"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"net/url"
	"strings"
	"unicode"
	"unicode/utf8"

	"skywatch/internal/lang/insights"
)

var textFunctions = map[string]function{
	"isempty": blankTest(func(s string) bool { return s == "" }),
	"isblank": blankTest(func(s string) bool { return strings.TrimSpace(s) == "" }),
	"concat": func(c *compiler, _ *insights.Call, args []eval) eval {
		return func(r *row) value {
			var b strings.Builder
			for _, x := range args {
				s, _ := textOf(x, r)
				if b.Len()+len(s) > maxText {
					return c.tooLong("concat")
				}
				b.WriteString(s)
			}
			return str(b.String())
		}
	},
	"ltrim": trimmer(strings.TrimLeftFunc),
	"rtrim": trimmer(strings.TrimRightFunc),
	"trim":  trimmer(strings.TrimFunc),
	"strlen": onText(func(s string) value {
		return num(float64(utf8.RuneCountInString(s)))
	}),
	"toupper": onText(func(s string) value { return str(strings.ToUpper(s)) }),
	"tolower": onText(func(s string) value { return str(strings.ToLower(s)) }),
	"substr":  substr,
	"replace": func(c *compiler, _ *insights.Call, args []eval) eval {
		return func(r *row) value {
			s, ok1 := textOf(args[0], r)
			search, ok2 := textOf(args[1], r)
			with, ok3 := textOf(args[2], r)
			switch {
			case !ok1 || !ok2 || !ok3:
				return value{}
			case search == "":
				return str(s)
			case len(with) > len(search) && len(s)+strings.Count(s, search)*(len(with)-len(search)) > maxText:
				return c.tooLong("replace")
			}
			return str(strings.ReplaceAll(s, search, with))
		}
	},
	"regexReplace": regexReplace,
	"strcontains": func(c *compiler, call *insights.Call, args []eval) eval {
		exact := onTexts(truth(false), func(s, t string) value { return truth(strings.Contains(s, t)) })(c, call, args)
		if len(args) == 2 {
			return exact
		}
		folded := onTexts(truth(false), func(s, t string) value {
			return truth(strings.Contains(strings.ToLower(s), strings.ToLower(t)))
		})(c, call, args)
		anyCase := holds(args[2])
		return func(r *row) value {
			if anyCase(r) {
				return folded(r)
			}
			return exact(r)
		}
	},
	"startsWith": onTexts(truth(false), func(s, t string) value { return truth(strings.HasPrefix(s, t)) }),
	"endsWith":   onTexts(truth(false), func(s, t string) value { return truth(strings.HasSuffix(s, t)) }),
	"split": onTexts(value{}, func(s, sep string) value {
		parts := []string{s}
		if sep != "" {
			parts = strings.Split(s, sep)
		}
		list := make([]any, len(parts))
		for i, p := range parts {
			list[i] = p
		}
		return value{kind: tree, node: list}
	}),
	"urlencode": onText(func(s string) value { return str(url.QueryEscape(s)) }),
	"urldecode": onText(func(s string) value {
		d, err := url.QueryUnescape(s)
		if err != nil {
			return value{}
		}
		return str(d)
	}),
	"base64encode": onText(func(s string) value { return str(base64.StdEncoding.EncodeToString([]byte(s))) }),
	"base64decode": onText(func(s string) value {
		d, err := base64.StdEncoding.DecodeString(s)
		if err != nil {
			return value{}
		}
		return str(string(d))
	}),
	"hexToAscii": onText(func(s string) value {
		d, err := hex.DecodeString(strings.TrimPrefix(s, "0x"))
		if err != nil {
			return value{}
		}
		return str(string(d))
	}),
	"md5": onText(func(s string) value {
		h := md5.Sum([]byte(s))
		return str(hex.EncodeToString(h[:]))
	}),
	"sha256": onText(func(s string) value {
		h := sha256.Sum256([]byte(s))
		return str(hex.EncodeToString(h[:]))
	}),
}

// blankTest is 1 for nothing and for texts that pass.
func blankTest(test func(string) bool) function {
	return func(_ *compiler, _ *insights.Call, args []eval) eval {
		x := args[0]
		return func(r *row) value {
			s, ok := textOf(x, r)
			return truth(!ok && x(r).kind == null || ok && test(s))
		}
	}
}

// trimmer cuts white space, or the characters of a set.
func trimmer(cut func(string, func(rune) bool) string) function {
	return func(_ *compiler, _ *insights.Call, args []eval) eval {
		return func(r *row) value {
			s, ok := textOf(args[0], r)
			if !ok {
				return value{}
			}
			if len(args) == 1 {
				return str(cut(s, unicode.IsSpace))
			}
			set, ok := textOf(args[1], r)
			if !ok {
				return value{}
			}
			return str(cut(s, func(c rune) bool { return strings.ContainsRune(set, c) }))
		}
	}
}

// substr counts code points from 0; a start or length outside the text is cut
// to it.
func substr(_ *compiler, _ *insights.Call, args []eval) eval {
	return func(r *row) value {
		s, ok := textOf(args[0], r)
		if !ok {
			return value{}
		}
		v := args[1](r)
		start, ok := v.number()
		if !ok {
			return value{}
		}
		length := float64(len(s))
		if len(args) > 2 {
			v := args[2](r)
			if length, ok = v.number(); !ok {
				return value{}
			}
		}
		from := int(min(max(start, 0), float64(len(s))))
		n := int(min(max(length, 0), float64(len(s))))
		i := skipRunes(s, from)
		return str(s[i : i+skipRunes(s[i:], n)])
	}
}

// skipRunes is the index behind the first n code points of s.
func skipRunes(s string, n int) int {
	i := 0
	for ; n > 0 && i < len(s); n-- {
		_, size := utf8.DecodeRuneInString(s[i:])
		i += size
	}
	return i
}
