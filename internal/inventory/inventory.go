// Package inventory knows which resources of an estate exist (Lambda
// functions, Glue jobs, APIs, buckets), when each was first and last seen and
// what is known of them.
//
// Nobody registers a resource. It exists because something speaks of it:
//
//   - a metric series that carries its name as a dimension ([Inventory.List]
//     asks the metric index, and hands each resource its series along),
//   - a log group whose name holds its name (/aws/lambda/<function>),
//   - a [Fact] that derivation learnt from a log line or a collected record.
//
// Series and groups are asked for at every question; facts are kept here, in
// memory, and written behind to durable documents by [Inventory.Run]. Facts
// are conveniences: what a crash loses of the last seconds is learnt again
// from the next log line, so no write waits for them.
package inventory

import (
	"context"
	"fmt"
	"sort"
	"strings"

	"skywatch/internal/logs"
	"skywatch/internal/metastore"
	"skywatch/internal/metrics"
	"skywatch/internal/scope"
)

// The kinds of resources.
const (
	Lambda     = "lambda"
	Glue       = "glue"
	APIGateway = "apigateway"
	S3         = "s3"
)

// Kinds lists every kind in the order of the UI's navigation.
var Kinds = []string{Lambda, Glue, APIGateway, S3}

// source says where the names of a kind's resources stand.
type source struct {
	namespaces  []string
	dimensions  []string // the first one that a series has names the resource
	groupPrefix string   // log groups below it are named after the resource; "" is none
}

var sources = map[string]source{
	Lambda: {
		namespaces:  []string{"AWS/Lambda", "Skywatch/Lambda"},
		dimensions:  []string{"FunctionName"},
		groupPrefix: "/aws/lambda/",
	},
	Glue: {
		namespaces: []string{"Glue", "Skywatch/Glue"},
		dimensions: []string{"JobName"},
	},
	// REST APIs go by name, HTTP and WebSocket APIs by id.
	APIGateway: {namespaces: []string{"AWS/ApiGateway"}, dimensions: []string{"ApiName", "ApiId"}},
	S3:         {namespaces: []string{"AWS/S3"}, dimensions: []string{"BucketName"}},
}

// Resource is one thing of the estate.
type Resource struct {
	Kind      string
	Name      string
	FirstSeen int64          // milliseconds; 0 when nothing says
	LastSeen  int64          // milliseconds; 0 when nothing says
	Facts     map[string]any // attribute to string, float64 or bool; never nil
	// Series are the metric series that carry the resource's name, in the
	// index's order.
	Series []metrics.Series
}

// Store names the log groups and keeps the facts; the metastore is one.
type Store interface {
	Groups(scope.Scope) []metastore.Group // ordered by name
	AllScopes() []scope.Scope
	PutDoc(ctx context.Context, kind string, sc scope.Scope, key string, v any) error
	ListDocs(ctx context.Context, kind string, sc scope.Scope) ([]metastore.Doc, error)
}

// Config holds what an Inventory asks. Index and Store are needed; without
// Catalog a log group says when it was created but not when it was last used.
type Config struct {
	Index   metrics.Index
	Store   Store
	Catalog logs.Catalog
	// MaxResources bounds the resources for which facts are kept, over all
	// scopes. 0 means 100,000. Facts of further resources are dropped and
	// counted.
	MaxResources int
}

// Inventory answers what exists. Safe for concurrent use.
type Inventory struct {
	cfg   Config
	facts facts
}

// New returns an inventory and loads the facts kept in cfg.Store.
func New(ctx context.Context, cfg Config) (*Inventory, error) {
	if cfg.MaxResources == 0 {
		cfg.MaxResources = 100_000
	}
	inv := &Inventory{cfg: cfg, facts: newFacts(cfg.MaxResources)}
	// Facts come out of logs, so only scopes with log groups can have any.
	for _, sc := range cfg.Store.AllScopes() {
		docs, err := cfg.Store.ListDocs(ctx, docKind, sc)
		if err != nil {
			return nil, fmt.Errorf("load facts of the inventory of %s: %w", sc, err)
		}
		for _, d := range docs {
			if err := inv.facts.load(sc, d.Key, d.JSON); err != nil {
				return nil, fmt.Errorf("load facts of %s in %s: %w", d.Key, sc, err)
			}
		}
	}
	return inv, nil
}

// List returns the resources of one kind in one scope, ordered by name.
func (inv *Inventory) List(ctx context.Context, sc scope.Scope, kind string) ([]Resource, error) {
	src, ok := sources[kind]
	if !ok {
		return nil, fmt.Errorf("list resources: unknown kind %q, want one of %s", kind, strings.Join(Kinds, ", "))
	}
	found := map[string]*Resource{}
	see := func(name string, first, last int64) *Resource {
		r := found[name]
		if r == nil {
			r = &Resource{Kind: kind, Name: name, Facts: map[string]any{}}
			found[name] = r
		}
		if first != 0 && (r.FirstSeen == 0 || first < r.FirstSeen) {
			r.FirstSeen = first
		}
		r.LastSeen = max(r.LastSeen, last)
		return r
	}
	for _, ns := range src.namespaces {
		series, err := inv.cfg.Index.Find(ctx, metrics.Filter{Scope: sc, Namespace: ns})
		if err != nil {
			return nil, fmt.Errorf("list resources of kind %s: find series of %s: %w", kind, ns, err)
		}
		for _, s := range series {
			for _, d := range src.dimensions {
				if name, ok := s.Key.Dimension(d); ok && name != "" {
					r := see(name, s.FirstData, s.LastData)
					r.Series = append(r.Series, s)
					break
				}
			}
		}
	}
	if src.groupPrefix != "" {
		for _, g := range inv.cfg.Store.Groups(sc) {
			name, ok := strings.CutPrefix(g.Name, src.groupPrefix)
			if !ok || name == "" || strings.Contains(name, "/") {
				continue
			}
			first, last := g.Created, g.Created
			if inv.cfg.Catalog != nil {
				if st := inv.cfg.Catalog.GroupStat(g.ID); st.Events > 0 {
					first, last = min(first, st.FirstEvent), st.LastEvent
				}
			}
			see(name, first, last)
		}
	}
	inv.facts.each(sc, kind, func(name string, e *entry) {
		r := see(name, e.first, e.last)
		for a, v := range e.values {
			r.Facts[a] = v.Value
		}
	})
	out := make([]Resource, 0, len(found))
	for _, r := range found {
		out = append(out, *r)
	}
	sort.Slice(out, func(i, j int) bool { return out[i].Name < out[j].Name })
	return out, nil
}

// Facts returns what is known of one resource; the map is the caller's.
func (inv *Inventory) Facts(sc scope.Scope, kind, name string) map[string]any {
	out := map[string]any{}
	inv.facts.one(sc, kind, name, func(e *entry) {
		for a, v := range e.values {
			out[a] = v.Value
		}
	})
	return out
}
