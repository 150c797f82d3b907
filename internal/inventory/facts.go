package inventory

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strings"
	"sync"
	"time"

	"skywatch/internal/scope"
)

// Fact is one thing learnt of a resource at a moment. The newest fact of an
// attribute wins, whatever the order of arrival.
type Fact struct {
	Kind      string
	Name      string // of the resource
	Attribute string // such as "runtime"
	Value     any    // string, float64 or bool
	At        int64  // milliseconds
}

// maxText bounds a text value: an error message of a job may be pages long.
const maxText = 1024

// maxAttributes bounds the attributes of one resource. The built-in rules know
// about a dozen.
const maxAttributes = 64

// docKind is the kind of the documents that keep facts, one per resource:
//
//	key   "<kind>/<name>"
//	json  {"first":ms,"last":ms,"values":{"runtime":{"v":"python3.12","at":ms}}}
const docKind = "inventory"

type value struct {
	Value any   `json:"v"`
	At    int64 `json:"at"`
}

type entry struct {
	name        string
	first, last int64
	values      map[string]value
}

type body struct {
	First  int64            `json:"first"`
	Last   int64            `json:"last"`
	Values map[string]value `json:"values"`
}

type bucketKey struct {
	scope scope.Scope
	kind  string
}

func (k resourceKey) String() string { return k.kind + "/" + k.name }

type resourceKey struct {
	bucketKey
	name string
}

// facts is the memory of the inventory and the list of what is not yet kept.
type facts struct {
	mu      sync.RWMutex
	known   map[bucketKey]map[string]*entry
	n       int
	max     int
	dropped int64
	dirty   map[resourceKey]struct{}
}

func newFacts(max int) facts {
	return facts{known: map[bucketKey]map[string]*entry{}, dirty: map[resourceKey]struct{}{}, max: max}
}

// Observe takes facts in. It never blocks on storage: [Inventory.Run] keeps
// them later. Facts with a value of another type than string, float64 or bool
// are a programming error and panic.
func (inv *Inventory) Observe(sc scope.Scope, fs []Fact) {
	if len(fs) == 0 {
		return
	}
	inv.facts.mu.Lock()
	defer inv.facts.mu.Unlock()
	for _, f := range fs {
		inv.facts.put(sc, f)
	}
}

// Dropped returns how many facts were refused because of a bound.
func (inv *Inventory) Dropped() int64 {
	inv.facts.mu.RLock()
	defer inv.facts.mu.RUnlock()
	return inv.facts.dropped
}

func (x *facts) put(sc scope.Scope, f Fact) {
	switch v := f.Value.(type) {
	case string:
		if len(v) > maxText {
			f.Value = strings.ToValidUTF8(v[:maxText], "") + "…"
		}
	case float64:
		if math.IsNaN(v) || math.IsInf(v, 0) {
			x.dropped++
			return
		}
	case bool:
	default:
		panic(fmt.Sprintf("inventory: fact %s of %s has a value of type %T", f.Attribute, f.Name, f.Value))
	}
	k := bucketKey{sc, f.Kind}
	m := x.known[k]
	e := m[f.Name]
	if e == nil {
		if x.n >= x.max || f.Name == "" {
			x.dropped++
			return
		}
		if m == nil {
			m = map[string]*entry{}
			x.known[k] = m
		}
		name := strings.Clone(f.Name) // names are cut from log lines, which must not be held
		e = &entry{name: name, first: f.At, last: f.At, values: map[string]value{}}
		m[name] = e
		x.n++
	}
	e.first = min(e.first, f.At)
	e.last = max(e.last, f.At)
	old, ok := e.values[f.Attribute]
	if ok && f.At < old.At {
		return
	}
	if !ok && len(e.values) >= maxAttributes {
		x.dropped++
		return
	}
	if ok && old.Value == f.Value {
		old.At = f.At // worth remembering, not worth a write
		e.values[f.Attribute] = old
		return
	}
	if s, isText := f.Value.(string); isText {
		f.Value = strings.Clone(s)
	}
	e.values[f.Attribute] = value{f.Value, f.At}
	x.dirty[resourceKey{k, e.name}] = struct{}{}
}

func (x *facts) each(sc scope.Scope, kind string, f func(string, *entry)) {
	x.mu.RLock()
	defer x.mu.RUnlock()
	for name, e := range x.known[bucketKey{sc, kind}] {
		f(name, e)
	}
}

func (x *facts) one(sc scope.Scope, kind, name string, f func(*entry)) {
	x.mu.RLock()
	defer x.mu.RUnlock()
	if e := x.known[bucketKey{sc, kind}][name]; e != nil {
		f(e)
	}
}

func (x *facts) load(sc scope.Scope, key string, raw []byte) error {
	kind, name, ok := strings.Cut(key, "/")
	if !ok || name == "" {
		return fmt.Errorf("document key is %q, want kind/name", key)
	}
	var b body
	if err := json.Unmarshal(raw, &b); err != nil {
		return fmt.Errorf("decode document: %w", err)
	}
	for a, v := range b.Values {
		switch v.Value.(type) {
		case string, float64, bool:
		default:
			return fmt.Errorf("attribute %q holds a value of type %T, want string, number or boolean", a, v.Value)
		}
	}
	if b.Values == nil {
		b.Values = map[string]value{}
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	k := bucketKey{sc, kind}
	if x.known[k] == nil {
		x.known[k] = map[string]*entry{}
	}
	if x.known[k][name] == nil {
		x.n++
	}
	x.known[k][name] = &entry{name: name, first: b.First, last: b.Last, values: b.Values}
	return nil
}

// unsaved is what is known of one resource, to be kept.
type unsaved struct {
	key  resourceKey
	body json.RawMessage
}

// take returns at most n resources whose facts are not yet kept and takes them
// off the list.
func (x *facts) take(n int) []unsaved {
	x.mu.Lock()
	defer x.mu.Unlock()
	var out []unsaved
	for k := range x.dirty {
		if len(out) == n {
			break
		}
		e := x.known[k.bucketKey][k.name]
		raw, err := json.Marshal(body{e.first, e.last, e.values})
		if err != nil {
			panic(fmt.Sprintf("inventory: encode facts of %s: %v", k.name, err)) // only text, finite numbers and booleans are let in
		}
		out = append(out, unsaved{k, raw})
		delete(x.dirty, k)
	}
	return out
}

func (x *facts) putBack(k resourceKey) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.dirty[k] = struct{}{}
}

// flushBatch is how many resources are written side by side: the metastore
// commits what waits together.
const flushBatch = 128

// Flush keeps every fact that is not yet kept. What fails stays listed for the
// next time; the error joins all failures.
func (inv *Inventory) Flush(ctx context.Context) error {
	for {
		batch := inv.facts.take(flushBatch)
		if len(batch) == 0 {
			return nil
		}
		errs := make([]error, len(batch))
		var wg sync.WaitGroup
		for i, u := range batch {
			wg.Go(func() {
				if err := inv.cfg.Store.PutDoc(ctx, docKind, u.key.scope, u.key.String(), u.body); err != nil {
					inv.facts.putBack(u.key)
					errs[i] = fmt.Errorf("keep facts of %s in %s: %w", u.key, u.key.scope, err)
				}
			})
		}
		wg.Wait()
		if err := errors.Join(errs...); err != nil {
			return err
		}
	}
}

// Run keeps facts every interval until ctx is done, then a last time. Errors
// go to report; the facts concerned are tried again. The caller owns the
// goroutine.
func (inv *Inventory) Run(ctx context.Context, every time.Duration, report func(error)) {
	t := time.NewTicker(every)
	defer t.Stop()
	for {
		select {
		case <-t.C:
			if err := inv.Flush(ctx); err != nil && !errors.Is(err, context.Canceled) {
				report(err)
			}
		case <-ctx.Done():
			last, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
			defer cancel()
			if err := inv.Flush(last); err != nil {
				report(err)
			}
			return
		}
	}
}
