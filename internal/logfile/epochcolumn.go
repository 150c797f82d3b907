package logfile

import (
	"strings"
	"time"
)

// Some logs have their time as a bare number in the middle of the line: VPC
// flow logs (eni-0123 10.0.0.1 … 1418530010 1418530070 ACCEPT), job logs of
// clusters. One such number could be anything; a word that is one in every line
// is the time. Only files whose lines name no date with a year are looked at so.
const (
	columnLines = 64 // looked at
	columnLeast = 3  // lines that make a file worth the look
	columnWords = 32 // of a line
)

// epochColumn returns the first word, from 1, that is a number of seconds or
// milliseconds between 1990 and a day behind latest in eight of ten of the first
// lines: heads and torn lines may be among them. 0 means there is none.
func epochColumn(text string, latest time.Time) int {
	lines := 0
	var hits [columnWords]int
	for text != "" && lines < columnLines {
		line, rest, whole := strings.Cut(text, "\n")
		if text = rest; !whole && lines > 0 {
			break // maybe cut by the end of the chunk
		}
		if line == "" || line == "\r" {
			continue
		}
		lines++
		for word := range hits {
			ms, _, ok := epochWord(line, word+1)
			if ok && ms >= 631_152_000_000 && ms <= latest.UnixMilli()+24*3600*1000 {
				hits[word]++
			}
		}
	}
	if lines < columnLeast {
		return 0
	}
	for word, n := range hits {
		if n*10 >= lines*8 {
			return word + 1
		}
	}
	return 0
}

// epochWord reads a word of a line, counted from 1, as seconds or milliseconds
// since 1970, and says where it stands.
func epochWord(s string, word int) (ms int64, pos int, ok bool) {
	for ; ; word-- {
		for pos < len(s) && (s[pos] == ' ' || s[pos] == '\t') {
			pos++
		}
		end := strings.IndexAny(s[pos:], " \t\r")
		if end < 0 {
			end = len(s) - pos
		}
		if end == 0 {
			return 0, 0, false
		}
		if word > 1 {
			pos += end
			continue
		}
		if end != 10 && end != 13 {
			return 0, 0, false
		}
		ms, ok = epoch(s[pos : pos+end])
		return ms, pos, ok
	}
}
