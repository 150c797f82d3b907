package logexec

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"skywatch/internal/logpattern"
)

// What anomaly knows of a pattern, and how it judges. Five kinds of things count
// as unusual, those that AWS lists, each with a score from 0 to 1; how AWS finds
// them is not published, so the rules are our own. A pattern is an anomaly when
// some kind reaches anomalyFrom: @anomalyScore is the highest score,
// @anomalyType lists the kinds that reach it, the highest first, and
// @anomalyDescription says why.
//
//	PatternFrequency  a time bucket with far more events than the median bucket:
//	                  z = (most − median) / (√median + 1), score z/(z+3)
//	NewPattern        first seen in the last quarter of the buckets, score 0.5 +
//	                  half of how far into it
//	TokenVariation    of a token's values one holds 95 % or more of at least 50
//	                  events, yet there are others: score its share
//	NumericToken      of at least 20 numbers the largest lies beyond the upper
//	                  quartile by z times the distance of the quartiles: z/(z+3)
//	HTTPErrorCode     a number in the place of an HTTP status (statusPlace) is an
//	                  error: 5xx in any event, or 4xx and 5xx in a tenth of them
//	                  or more: score 0.5 + half of the share of errors
//
// Buckets are up to anomalyBuckets equal parts of the time between the first and
// the last event of all patterns; with less than minBuckets nothing is said of
// times.
const (
	anomalyBuckets = 24
	minBuckets     = 4
	anomalyFrom    = 0.5
	// fineBuckets is into how many parts the query's time range is counted, of
	// which the buckets are made: an hour of events in a day's range has 64.
	fineBuckets = 64 * anomalyBuckets
	// maxTokenValues bounds the values kept of one token; beyond, it is simply
	// of many values.
	maxTokenValues = 1000
)

// window is the time range of the query, in fine buckets.
type window struct{ start, end int64 }

func (w window) bucket(ms int64) int {
	if w.end <= w.start {
		return 0
	}
	n := int(float64(ms-w.start) / float64(w.end-w.start) * fineBuckets)
	return min(max(n, 0), fineBuckets-1)
}

// spread is how the events of a pattern lie in time, and the values of its
// tokens.
type spread struct {
	fine   map[int]float64 // events by fine bucket
	tokens []*tokenStat
}

type tokenStat struct {
	values  map[string]float64 // nil once there are too many
	numbers *sketch            // of values that are numbers
}

func newTokenStat() *tokenStat {
	return &tokenStat{values: map[string]float64{}, numbers: newSketch()}
}

func newSpread(tokens int) *spread {
	s := &spread{fine: map[int]float64{}}
	for range tokens {
		s.tokens = append(s.tokens, newTokenStat())
	}
	return s
}

// fineBytes is about what a fine bucket costs.
const fineBytes = 32

// add counts an event and answers by how many bytes it grew.
func (s *spread) add(bucket int, values []string) (grown int64) {
	if s.fine[bucket]++; s.fine[bucket] == 1 {
		grown = fineBytes
	}
	for i, v := range values {
		grown += s.tokens[i].add(v, 1)
		if f, ok := parseNumber(v); ok {
			grown += s.tokens[i].numbers.add(f)
		}
	}
	return grown
}

func (t *tokenStat) add(v string, n float64) (grown int64) {
	if t.values == nil {
		return 0
	}
	if _, ok := t.values[v]; !ok {
		if len(t.values) >= maxTokenValues {
			t.values = nil
			return 0
		}
		grown = int64(len(v)) + 48
		v = strings.Clone(v) // a key must not hold on to its message
	}
	t.values[v] += n
	return grown
}

// join adds what is known of a shape that differs from the others in one word,
// which becomes the tokens of those numbers. s is nil for the first shape.
func (s *spread) join(other *spread, tokens []int, word string, n float64) *spread {
	if other == nil {
		return s
	}
	if s == nil {
		s = newSpread(len(other.tokens) + len(tokens))
	}
	for at, n := range other.fine {
		s.fine[at] += n
	}
	of := other.tokens
	for i, t := range s.tokens {
		if slices.Contains(tokens, i) {
			t.add(word, n)
			continue
		}
		t.join(of[0])
		of = of[1:]
	}
	return s
}

func (t *tokenStat) join(other *tokenStat) {
	if other.values == nil {
		t.values = nil
	}
	for _, v := range slices.Sorted(maps.Keys(other.values)) {
		t.add(v, other.values[v])
	}
	t.numbers.merge(other.numbers)
}

// buckets are the pattern's events by bucket, between two fine ones.
func (s *spread) buckets(first, last int) []float64 {
	n := last - first + 1
	width := (n + anomalyBuckets - 1) / anomalyBuckets
	counts := make([]float64, (n+width-1)/width)
	for at, events := range s.fine {
		counts[(at-first)/width] += events
	}
	return counts
}

// finding is one kind of anomaly with its score.
type finding struct {
	kind  string
	score float64
	why   string
}

// findings are those of a pattern, the best of each kind.
type findings []finding

func (f *findings) add(kind string, score float64, format string, args ...any) {
	at := slices.IndexFunc(*f, func(o finding) bool { return o.kind == kind })
	if at < 0 {
		at = len(*f)
		*f = append(*f, finding{kind: kind})
	}
	if score > (*f)[at].score {
		(*f)[at].score, (*f)[at].why = score, fmt.Sprintf(format, args...)
	}
}

// verdict fills @anomaly, @anomalyScore, @anomalyType and @anomalyDescription.
func (s *spread) verdict(out []value, all *patterner, pieces []logpattern.Piece) {
	var found findings
	if all.timed {
		s.judgeTime(all, &found)
	}
	s.judgeTokens(pieces, &found)
	slices.SortStableFunc(found, func(a, b finding) int { return cmp.Compare(b.score, a.score) })
	best := 0.0
	var kinds, whys []string
	for i, f := range found {
		score := rounded4(f.score)
		if i == 0 {
			best = score
		}
		if score >= anomalyFrom {
			kinds, whys = append(kinds, f.kind), append(whys, f.why)
		}
	}
	out[0], out[1], out[2], out[3] = truth(len(kinds) > 0), num(best), value{}, value{}
	if len(kinds) > 0 {
		out[2], out[3] = str(strings.Join(kinds, ", ")), str(strings.Join(whys, "; "))
	}
}

func (s *spread) judgeTime(all *patterner, found *findings) {
	counts := s.buckets(all.first, all.newest)
	if len(counts) < minBuckets {
		return
	}
	most, seen := slices.Max(counts), slices.IndexFunc(counts, func(n float64) bool { return n > 0 })
	slices.Sort(counts)
	median := counts[nearestRank(50, len(counts))]
	z := (most - median) / (math.Sqrt(median) + 1)
	found.add("PatternFrequency", z/(z+3), "%s events in one of %d time buckets, %s in the middle one", formatNumber(most), len(counts), formatNumber(median))
	if into := float64(seen)/float64(len(counts)) - 0.75; into >= 0 {
		found.add("NewPattern", 0.5+into*2, "first seen in time bucket %d of %d", seen+1, len(counts))
	}
}

func (s *spread) judgeTokens(pieces []logpattern.Piece, found *findings) {
	n := -1
	for i, p := range pieces {
		if !p.Token {
			continue
		}
		n++
		s.tokens[n].judge(fmt.Sprintf("<%s-%d>", p.Text, n+1), p.Text == "Number" && statusPlace(pieces[:i]), found)
	}
}

// judge looks at the values of the token of that name. status says that they
// stand where an HTTP status does.
func (t *tokenStat) judge(name string, status bool, found *findings) {
	total, most, top, client, server := 0.0, 0.0, "", 0.0, 0.0
	for _, v := range slices.Sorted(maps.Keys(t.values)) {
		c := t.values[v]
		total += c
		if c > most {
			most, top = c, v
		}
		if len(v) == 3 && digitRun(v) == 3 {
			switch v[0] {
			case '4':
				client += c
			case '5':
				server += c
			}
		}
	}
	if share := most / total; total >= 50 && share < 1 && share >= 0.95 {
		found.add("TokenVariation", share, "%s is %q in %s %% of the events, yet there are %d other values", name, top, formatNumber(rounded4(share*100)), len(t.values)-1)
	}
	if errors := client + server; status && (server > 0 || errors > 0 && errors >= total/10) {
		found.add("HTTPErrorCode", 0.5+errors/total/2, "%s is 4xx in %s and 5xx in %s of %s events", name, formatNumber(client), formatNumber(server), formatNumber(total))
	}
	if m := t.numbers; m.total >= 20 {
		q1, q3 := m.rank(m.total/4+1), m.rank(m.total*3/4)
		if width := q3 - q1; width > 0 {
			z := (m.rank(m.total) - q3) / width
			found.add("NumericToken", z/(z+3), "%s reaches about %s, the upper quartile is about %s", name, formatNumber(rounded4(m.rank(m.total))), formatNumber(rounded4(q3)))
		}
	}
}

// statusPlace says whether what stands before a number makes it an HTTP status:
// the end of a quoted request line (GET /x HTTP/1.1" 503), the protocol itself
// (HTTP/1.1 503), or, as the last or last but one word without another token
// between, one with status, http or response in it ("statusCode":503, status
// code: 503, HTTP 503).
func statusPlace(before []logpattern.Piece) bool {
	words := 0
	for k := len(before) - 1; k >= 0; k-- {
		p := before[k]
		switch {
		case p.Token:
			return words == 0 && k >= 2 && before[k-1].Text == "/" && strings.EqualFold(before[k-2].Text, "http")
		case !p.Word:
			if words == 0 && strings.Contains(p.Text, `" `) && k > 0 && requestLine(before[:k]) {
				return true
			}
			if strings.Contains(p.Text, "/") {
				return false // a path or an address
			}
			continue
		}
		word := strings.ToLower(p.Text)
		for _, part := range []string{"status", "http", "response"} {
			if strings.Contains(word, part) {
				return true
			}
		}
		if words++; words == 2 {
			return false
		}
	}
	return false
}

// requestLine says whether pieces end like a request line, HTTP/1.1 or HTTP/2.
func requestLine(pieces []logpattern.Piece) bool {
	n := len(pieces)
	return n >= 3 && pieces[n-1].Token && pieces[n-2].Text == "/" && strings.EqualFold(pieces[n-3].Text, "http")
}
