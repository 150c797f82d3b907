package logpattern

import "strings"

// severities are the words that tell a level, the most severe first.
var severities = []struct{ label, words string }{
	{"Error", " error err fatal critical severe exception failed failure panic emerg emergency alert crit "},
	{"Warning", " warn warning "},
	{"Info", " info notice information "},
	{"Debug", " debug trace fine finer finest verbose "},
}

// levelOf is the level that a word tells, "" for none.
func levelOf(word string) string {
	w := " " + strings.ToLower(word) + " "
	if len(w) > 14 {
		if strings.HasSuffix(w, "exception ") || strings.HasSuffix(w, "error ") {
			return "Error"
		}
		return ""
	}
	for _, s := range severities {
		if strings.Contains(s.words, w) {
			return s.label
		}
	}
	if strings.HasSuffix(w, "exception ") || strings.HasSuffix(w, "error ") {
		return "Error"
	}
	return ""
}

// Severity is the label of a pattern: that of its first word that is a level in
// capitals or in brackets, else the most severe level among its words, else None.
func Severity(pieces []Piece) string {
	best := len(severities)
	for _, p := range pieces {
		if !p.Word {
			continue
		}
		label := levelOf(p.Text)
		if label == "" {
			continue
		}
		if len(p.Text) <= 8 && p.Text == strings.ToUpper(p.Text) {
			return label
		}
		for i, s := range severities {
			if s.label == label {
				best = min(best, i)
			}
		}
	}
	if best == len(severities) {
		return "None"
	}
	return severities[best].label
}
