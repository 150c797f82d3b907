package logexec

import "strings"

// split is split(s, separator): the parts of a text as a list of texts, one part
// when the separator does not occur or is empty. AWS: "String functions".
func split(s, separator string) value {
	parts := []string{s}
	if separator != "" {
		parts = strings.Split(s, separator)
	}
	list := make([]any, len(parts))
	for i, p := range parts {
		list[i] = piece(p, len(s))
	}
	return value{kind: tree, node: list}
}
