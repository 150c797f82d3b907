package ui

import (
	"slices"
	"strings"

	"skywatch/internal/metrics"
)

type treeMetric struct {
	Name          string     `json:"name"`
	Unit          string     `json:"unit"`
	Series        int        `json:"series"`
	DimensionSets [][]string `json:"dimensionSets"`
}

type treeNamespace struct {
	Name    string        `json:"name"`
	Series  int           `json:"series"`
	Metrics []*treeMetric `json:"metrics"`
}

// metricTree counts the series of a scope by namespace, metric and unit (the
// index answers in that order) and lists the sets of dimension names.
func (h *Handler) metricTree(r *request) (any, error) {
	if err := known(r); err != nil {
		return nil, err
	}
	series, err := h.cfg.Index.Find(r.Context(), metrics.Filter{Scope: r.scope})
	if err != nil {
		return nil, err
	}
	spaces := []*treeNamespace{}
	for i := range series {
		s := &series[i]
		var ns *treeNamespace
		if n := len(spaces); n > 0 && spaces[n-1].Name == s.Key.Namespace {
			ns = spaces[n-1]
		} else {
			ns = &treeNamespace{Name: s.Key.Namespace, Metrics: []*treeMetric{}}
			spaces = append(spaces, ns)
		}
		ns.Series++
		// The entries of one name, one for each unit, stand at the end.
		j := len(ns.Metrics) - 1
		for j >= 0 && ns.Metrics[j].Name == s.Key.Name && ns.Metrics[j].Unit != s.Unit {
			j--
		}
		if j < 0 || ns.Metrics[j].Name != s.Key.Name {
			j = len(ns.Metrics)
			ns.Metrics = append(ns.Metrics, &treeMetric{Name: s.Key.Name, Unit: s.Unit, DimensionSets: [][]string{}})
		}
		m := ns.Metrics[j]
		m.Series++
		if !slices.ContainsFunc(m.DimensionSets, func(set []string) bool { return sameNames(set, s.Key.Dimensions) }) {
			set := make([]string, len(s.Key.Dimensions))
			for k, d := range s.Key.Dimensions {
				set[k] = d.Name
			}
			m.DimensionSets = append(m.DimensionSets, set)
		}
	}
	return map[string]any{"namespaces": spaces}, nil
}

func sameNames(set []string, dims []metrics.Dimension) bool {
	return slices.EqualFunc(set, dims, func(name string, d metrics.Dimension) bool { return name == d.Name })
}

type seriesAnswer struct {
	Namespace  string              `json:"namespace"`
	Metric     string              `json:"metric"`
	Unit       string              `json:"unit"`
	Dimensions []metrics.Dimension `json:"dimensions"`
	LastData   int64               `json:"lastData"`
}

func (h *Handler) findSeries(r *request) (any, error) {
	if err := known(r, "namespace", "metric", "q", "limit"); err != nil {
		return nil, err
	}
	q := r.URL.Query()
	limit, err := intParam(r, "limit", 200, 1, 2000)
	if err != nil {
		return nil, err
	}
	if len(q.Get("q")) > 512 {
		return nil, invalid("q has %d bytes, want at most 512", len(q.Get("q")))
	}
	series, err := h.cfg.Index.Find(r.Context(), metrics.Filter{Scope: r.scope, Namespace: q.Get("namespace"), Name: q.Get("metric")})
	if err != nil {
		return nil, err
	}
	words := strings.Fields(strings.ToLower(q.Get("q")))
	found := []seriesAnswer{}
	matched := 0
	for i := range series {
		s := &series[i]
		if !matchesWords(s.Key, words) {
			continue
		}
		if matched++; matched > limit {
			continue
		}
		dims := s.Key.Dimensions
		if dims == nil {
			dims = []metrics.Dimension{}
		}
		found = append(found, seriesAnswer{s.Key.Namespace, s.Key.Name, s.Unit, dims, s.LastData})
	}
	return map[string]any{"total": len(series), "matched": matched, "series": found}, nil
}

// matchesWords says whether every word, in lower case, occurs somewhere in the
// key.
func matchesWords(k metrics.Key, words []string) bool {
	if len(words) == 0 {
		return true
	}
	// NUL parts what belongs together from what does not: no word holds it.
	var b strings.Builder
	b.WriteString(k.Namespace + "\x00" + k.Name)
	for _, d := range k.Dimensions {
		b.WriteString("\x00" + d.Name + "\x00" + d.Value)
	}
	text := strings.ToLower(b.String())
	return !slices.ContainsFunc(words, func(w string) bool { return !strings.Contains(text, w) })
}
