package logexec

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"skywatch/internal/logpattern"
)

// What anomaly knows of a pattern, and how it judges. Five things count as
// unusual, each with a score from 0 to 1; the highest is the pattern's, and from
// anomalyFrom on it is an anomaly:
//
//	PatternFrequency  a time bucket (there are anomalyBuckets) with far more
//	                  events than the median bucket: z = (most − median) /
//	                  (√median + 1), score z/(z+3)
//	NewPattern        first seen in the last quarter of the buckets that have
//	                  events, score 0.5 + half of how far into it
//	TokenVariation    of a token's values one holds 95 % or more of at least 50
//	                  events, yet there are others: score its share
//	NumericToken      of at least 20 numbers the largest lies beyond the upper
//	                  quartile by z times the distance of the quartiles: z/(z+3)
//	HTTPErrorCode     a token behind "status" or a quoted request line has 5xx
//	                  values: score 0.5 + half of their share
const (
	anomalyBuckets = 24
	anomalyFrom    = 0.5
	// maxTokenValues bounds the values kept of one token; beyond, it is simply
	// of many values.
	maxTokenValues = 1000
)

// window is the time range of the query, in buckets.
type window struct{ start, end int64 }

func (w window) bucket(ms int64) int {
	if w.end <= w.start {
		return 0
	}
	n := int(float64(ms-w.start) / float64(w.end-w.start) * anomalyBuckets)
	return min(max(n, 0), anomalyBuckets-1)
}

// spread is how the events of a pattern lie in time, and the values of its
// tokens.
type spread struct {
	buckets [anomalyBuckets]float64
	tokens  []*tokenStat
}

type tokenStat struct {
	values  map[string]float64 // nil once there are too many
	numbers *sketch            // of values that are numbers
}

func newTokenStat() *tokenStat {
	return &tokenStat{values: map[string]float64{}, numbers: newSketch()}
}

func newSpread(tokens int) *spread {
	s := &spread{}
	for range tokens {
		s.tokens = append(s.tokens, newTokenStat())
	}
	return s
}

// add counts an event and answers by how many bytes it grew.
func (s *spread) add(bucket int, values []string) (grown int64) {
	s.buckets[bucket]++
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
// which becomes token number index. s is nil for the first shape.
func (s *spread) join(other *spread, index int, word string, n float64) *spread {
	if other == nil {
		return s
	}
	if s == nil {
		s = newSpread(len(other.tokens) + 1)
	}
	for i := range s.buckets {
		s.buckets[i] += other.buckets[i]
	}
	s.tokens[index].add(word, n)
	for i, t := range other.tokens {
		to := i
		if i >= index {
			to++
		}
		s.tokens[to].join(t)
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

// verdict fills @anomaly, @anomalyScore, @anomalyType and @anomalyDescription.
func (s *spread) verdict(out []value, all *patterner, sh *shape) {
	best, kind, text := 0.0, "", ""
	propose := func(score float64, k, format string, args ...any) {
		if score > best {
			best, kind, text = score, k, fmt.Sprintf(format, args...)
		}
	}
	if all.timed {
		s.judgeTime(all, propose)
	}
	s.judgeTokens(sh, propose)
	best = rounded4(best)
	out[0], out[1], out[2], out[3] = truth(best >= anomalyFrom), num(best), value{}, value{}
	if best >= anomalyFrom {
		out[2], out[3] = str(kind), str(text)
	}
}

type propose func(score float64, kind, format string, args ...any)

func (s *spread) judgeTime(all *patterner, propose propose) {
	first, last := all.first, all.newest
	if last-first < 3 {
		return // too few buckets to tell
	}
	counts := slices.Clone(s.buckets[first : last+1])
	most, seen := slices.Max(counts), slices.IndexFunc(counts, func(n float64) bool { return n > 0 })
	slices.Sort(counts)
	median := counts[nearestRank(50, len(counts))]
	z := (most - median) / (math.Sqrt(median) + 1)
	propose(z/(z+3), "PatternFrequency", "%s events in one of %d time buckets, %s in the middle one", formatNumber(most), len(counts), formatNumber(median))
	if into := float64(seen)/float64(len(counts)) - 0.75; into >= 0 {
		propose(0.5+into*2, "NewPattern", "first seen in time bucket %d of %d", seen+1, len(counts))
	}
}

func (s *spread) judgeTokens(sh *shape, propose propose) {
	n := -1
	for i, p := range sh.Pieces {
		if !p.Token {
			continue
		}
		n++
		t := s.tokens[n]
		name := fmt.Sprintf("<%s-%d>", p.Text, n+1)
		total, most, top, errors := 0.0, 0.0, "", 0.0
		for _, v := range slices.Sorted(maps.Keys(t.values)) {
			c := t.values[v]
			total += c
			if c > most {
				most, top = c, v
			}
			if len(v) == 3 && v[0] == '5' {
				errors += c
			}
		}
		if share := most / total; total >= 50 && share < 1 && share >= 0.95 {
			propose(share, "TokenVariation", "%s is %q in %s %% of the events, yet there are %d other values", name, top, formatNumber(rounded4(share*100)), len(t.values)-1)
		}
		if errors > 0 && p.Text == "Number" && statusPlace(sh.Pieces[:i]) {
			propose(0.5+errors/total/2, "HTTPErrorCode", "%s is 5xx in %s of %s events", name, formatNumber(errors), formatNumber(total))
		}
		if m := t.numbers; m.total >= 20 {
			q1, q3 := m.rank(m.total/4+1), m.rank(m.total*3/4)
			if width := q3 - q1; width > 0 {
				z := (m.rank(m.total) - q3) / width
				propose(z/(z+3), "NumericToken", "%s reaches about %s, the upper quartile is about %s", name, formatNumber(rounded4(m.rank(m.total))), formatNumber(rounded4(q3)))
			}
		}
	}
}

// statusPlace says whether what stands before a number makes it an HTTP status.
func statusPlace(before []logpattern.Piece) bool {
	for k := len(before) - 1; k >= max(0, len(before)-3); k-- {
		text := strings.ToLower(before[k].Text)
		if !before[k].Token && (strings.Contains(text, "status") || strings.Contains(text, `" `)) {
			return true
		}
	}
	return false
}
