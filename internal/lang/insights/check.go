package insights

import (
	"sort"
	"strings"
)

// checker walks the pipeline and knows, at each command, which names exist.
type checker struct {
	lastStats  int
	afterStats bool              // rows are no events any more
	bins       bool              // the last stats has a time bin among its keys
	joined     bool              // there was a join
	names      map[string]bool   // made by fields, display, parse or stats so far
	outputs    map[string]string // after stats: printed expression of each unnamed column to its name
	structured map[string]bool   // names that hold maps or lists for certain
	made       []madeName        // where the query names results
}

// maxStats is how many stats commands a query can have, each subquery counted
// by itself.
const maxStats = 10

// check applies the rules that span commands, and turns expressions that mean
// an unnamed column of an earlier stats into that column.
// made are the places where names stand, in the order of the text.
func check(q *Query, made []madeName) error {
	for _, sub := range q.Subqueries() {
		if err := check(sub, made); err != nil {
			return err
		}
		for _, c := range sub.Commands {
			switch c.(type) {
			case *Diff, *LogCompare, *Estimate, *Anomaly:
				return errorAt(c.Pos(), "%s is not possible in a subquery", c.Name())
			}
		}
	}
	k := &checker{lastStats: -1, names: map[string]bool{}, structured: map[string]bool{}, made: made}
	stats := 0
	for i, c := range q.Commands {
		if _, ok := c.(*Stats); ok {
			k.lastStats = i
			if stats++; stats > maxStats {
				return errorAt(c.Pos(), "a query can have at most %d stats commands", maxStats)
			}
		}
	}
	for i, c := range q.Commands {
		var before Command
		if i > 0 {
			before = q.Commands[i-1]
		}
		name := c.Name()
		if _, ok := c.(*Fields); ok && i+1 < len(q.Commands) && q.Commands[i+1].Pos() == c.Pos() {
			name = q.Commands[i+1].Name() // the parser split it: sort e as n
		}
		if err := k.place(i, before, c, name, i == len(q.Commands)-1); err != nil {
			return err
		}
		if i > 1 {
			if _, ok := q.Commands[i-2].(*Dedup); ok && c.Name() != "estimate" {
				return errorAt(c.Pos(), "%s after dedup and limit, expected the end", name)
			}
		}
		if err := k.command(c); err != nil {
			return err
		}
	}
	return nil
}

// place checks that a command may stand where it does. name is what the query
// calls it.
func (k *checker) place(i int, before, c Command, name string, last bool) error {
	if _, ok := before.(*Dedup); ok {
		switch c.(type) {
		case *Limit, *Estimate:
		default:
			return errorAt(c.Pos(), "%s after dedup, expected limit or the end: only limit may follow dedup", name)
		}
	}
	_, afterPattern := before.(*Pattern)
	switch c.(type) {
	case *Sort, *Limit, *Dedup:
		if i < k.lastStats {
			return errorAt(c.Pos(), "%s must come after the last stats", c.Name())
		}
	case *Anomaly:
		if !afterPattern {
			return errorAt(c.Pos(), "anomaly must follow pattern directly, as in pattern @message | anomaly")
		}
	case *Diff:
		if k.afterStats && !afterPattern {
			return errorAt(c.Pos(), "diff compares patterns or log events, expected it directly after pattern or before stats")
		}
	case *Sessionize, *LogCompare, *FilterIndex:
		if k.afterStats {
			return errorAt(c.Pos(), "%s reads the log event, which does not exist after stats", c.Name())
		}
	case *FillMissing:
		if !k.bins {
			return errorAt(c.Pos(), "fillmissing fills time bins, expected it after a stats … by bin(period)")
		}
	case *Estimate:
		if !last {
			return errorAt(c.Pos(), "estimate must be the last command")
		}
	case *Join:
		if k.joined {
			return errorAt(c.Pos(), "a query can have one join")
		}
		k.joined = true
	}
	return nil
}

func (k *checker) command(c Command) (err error) {
	switch c := c.(type) {
	case *Fields:
		return k.items(c.Items)
	case *Display:
		return k.items(c.Items)
	case *Unmask:
		return k.items(c.Items)
	case *Filter:
		c.Cond, err = k.row(c.Cond)
		return err
	case *FilterIndex:
		c.Cond, err = k.row(c.Cond)
		return err
	case *Extract:
		if c.From != nil {
			if c.From, err = k.row(c.From); err != nil {
				return err
			}
		}
		for _, n := range c.Names {
			at := c.pattern
			if c.Aliased {
				at = k.nameIn(n, c.Span)
			}
			if err := k.define(n, at); err != nil {
				return err
			}
			k.structured[n] = c.Mode == "logfmt"
		}
	case *Sort:
		for i := range c.Keys {
			key := &c.Keys[i]
			if key.Expr, err = k.row(key.Expr); err != nil {
				return err
			}
			if err := k.refuseStructured(key.Expr, "sort"); err != nil {
				return err
			}
		}
	case *Dedup:
		return k.refuseAll(c.Keys, "dedup")
	case *Stats:
		return k.stats(c)
	case *Pattern:
		if c.Expr, err = k.row(c.Expr); err != nil {
			return err
		}
		if err := k.refuseStructured(c.Expr, "pattern"); err != nil {
			return err
		}
		k.newRows()
	case *Diff, *LogCompare:
		k.newRows()
	case *RelevantFields:
		if c.Cond, err = k.row(c.Cond); err != nil {
			return err
		}
		if err := k.refuseAll(c.Fields, "relevantfields"); err != nil {
			return err
		}
		k.newRows()
	case *CountFrequent:
		if err := k.refuseAll(c.Fields, "countFrequent"); err != nil {
			return err
		}
		seen := map[string]bool{ApproxCount: true}
		for _, f := range c.Fields {
			if seen[f.Name()] {
				return errorAt(f.Span, "countFrequent has two columns called %q", f.Name())
			}
			seen[f.Name()] = true
		}
		k.newRows()
	case *Unnest:
		if c.Expr, err = k.row(c.Expr); err != nil {
			return err
		}
		return k.define(c.Into, k.nameIn(c.Into, c.Span))
	case *Expand:
		k.replace(c.Field.Name())
	case *JSON:
		return k.define(c.As, k.nameIn(c.As, c.Span))
	case *AutoRegress:
		if err := k.refuseStructured(c.Field, "autoregress"); err != nil {
			return err
		}
		for _, n := range c.Names() {
			if err := k.define(n, k.nameIn(n, c.Span)); err != nil {
				return err
			}
		}
	case *Accum:
		if c.As != "" {
			return k.define(c.As, k.nameIn(c.As, c.Span))
		}
		k.replace(c.Field.Name())
	case *Sessionize:
		if err := k.refuseAll(c.Fields, "sessionize"); err != nil {
			return err
		}
		return k.define(c.As, k.nameIn(c.As, c.Span))
	case *AddTotals:
		if c.Row {
			return k.define(c.Total, k.nameIn(c.Total, c.Span))
		}
	case *Outlier:
		for _, f := range c.Fields {
			k.replace(f.Name())
		}
		if c.Mark {
			return k.define(OutlierMark, c.Span)
		}
	case *Lookup:
		for _, o := range c.Output {
			k.replace(o.Name)
		}
	case *CIDRLookup:
		for _, o := range c.Output {
			k.replace(o.Name)
		}
	}
	return nil
}

// ApproxCount is the column that countFrequent adds.
const ApproxCount = "_approxcount"

// OutlierMark is the column that outlier adds with mark=true.
const OutlierMark = "is_outlier"

// newRows says that the rows are no events any more, and nothing of what they
// had is left.
func (k *checker) newRows() {
	k.afterStats, k.bins, k.outputs = true, false, nil
	k.names, k.structured = map[string]bool{}, map[string]bool{}
}

// replace notes a name that a command fills whether or not it was used before.
func (k *checker) replace(name string) {
	k.names[name] = true
	delete(k.structured, name)
}

func (k *checker) refuseAll(list []*Field, where string) error {
	for _, f := range list {
		if err := k.refuseStructured(f, where); err != nil {
			return err
		}
	}
	return nil
}

func (k *checker) define(name string, at Span) error {
	if k.names[name] {
		return errorAt(at, "the name %q is already used", name)
	}
	k.names[name] = true
	return nil
}

// nameIn finds where a command that stands at at names a result, the last time
// it does: at itself when it is not by as.
func (k *checker) nameIn(name string, at Span) Span {
	place := at
	for _, m := range k.made {
		if m.name == name && m.Start >= at.Start && m.End <= at.End {
			place = m.Span
		}
	}
	return place
}

// nameOf finds where an item is named, which is behind its expression.
func (k *checker) nameOf(it *Item) Span {
	at := it.Expr.Pos()
	i := sort.Search(len(k.made), func(i int) bool { return k.made[i].Start >= at.End })
	if !it.Aliased || i == len(k.made) {
		return at
	}
	return k.made[i].Span
}

func (k *checker) items(items []Item) (err error) {
	for i := range items {
		it := &items[i]
		if it.Expr, err = k.row(it.Expr); err != nil {
			return err
		}
		if it.Aliased {
			if err := k.define(it.Name, k.nameOf(it)); err != nil {
				return err
			}
			k.structured[it.Name] = k.isStructured(it.Expr)
		}
	}
	return nil
}

// row checks an expression that is evaluated for each row.
func (k *checker) row(e Expr) (Expr, error) {
	e = k.resolve(e)
	var err error
	Walk(e, func(e Expr) bool {
		if err != nil {
			return false
		}
		switch e := e.(type) {
		case *Call:
			if e.Func.Aggregate {
				err = errorAt(e.Span, "aggregate %s, expected a function of one row: aggregates stand only in stats", e.called())
			} else {
				err = k.call(e)
			}
		case *Period:
			err = errorAt(e.Span, "unexpected period %s, expected a value: periods stand only in bin, datefloor and dateceil", e.Text)
		}
		if c, ok := e.(*Call); ok && err == nil {
			// The period of these was checked with the call.
			switch c.Func.Name {
			case "bin":
				return false
			case "datefloor", "dateceil":
				c.Args[0], err = k.row(c.Args[0])
				return false
			}
		}
		return err == nil
	})
	return e, err
}

// call refuses functions that read the event where there is none any more.
func (k *checker) call(c *Call) error {
	if !k.afterStats {
		return nil
	}
	switch c.Func.Name {
	case "bin":
		return errorAt(c.Span, "%s reads @timestamp, which does not exist after stats; name it there (bin(5m) as @t) and use datefloor(@t, 5m)", c)
	case "messageSize":
		if len(c.Args) > 0 {
			return nil
		}
		fallthrough
	case "earliest", "latest", "rate":
		return errorAt(c.Span, "%s reads the log event, which does not exist after stats", c.called())
	}
	return nil
}

// isStructured says whether e yields a map or a list for certain.
func (k *checker) isStructured(e Expr) bool {
	switch e := e.(type) {
	case *Call:
		switch e.Func.Name {
		case "jsonParse", "split", "values", "topk", "histogram":
			return true
		}
	case *Field:
		return k.structured[e.Name()]
	}
	return false
}

func (k *checker) refuseStructured(e Expr, where string) error {
	if k.isStructured(e) {
		return errorAt(e.Pos(), "%s is a map or list, expected a plain value in %s", e, where)
	}
	return nil
}

func (k *checker) stats(c *Stats) (err error) {
	outputs := map[string]string{}
	names := map[string]bool{}
	add := func(it *Item) error {
		if names[it.Name] {
			return errorAt(k.nameOf(it), "stats has two columns called %q", it.Name)
		}
		names[it.Name] = true
		if !it.Aliased {
			outputs[it.Expr.String()] = it.Name
		}
		return nil
	}
	for i := range c.By {
		it := &c.By[i]
		if it.Expr, err = k.row(it.Expr); err != nil {
			return err
		}
		if err := k.refuseStructured(it.Expr, "stats"); err != nil {
			return err
		}
		if err := add(it); err != nil {
			return err
		}
	}
	for i := range c.Items {
		it := &c.Items[i]
		if err := k.aggregateItem(it, names, c.By); err != nil {
			return err
		}
		if err := add(it); err != nil {
			return err
		}
	}
	structured := map[string]bool{}
	for _, it := range c.Items {
		structured[it.Name] = k.isStructured(it.Expr)
	}
	k.newRows()
	k.outputs, k.names, k.structured, k.bins = outputs, names, structured, hasBin(c.By)
	return nil
}

// aggregateItem checks an expression over aggregates: outside of them only
// constants, keys and earlier items of the same stats may stand.
func (k *checker) aggregateItem(it *Item, earlier map[string]bool, by []Item) error {
	aggregates, uses := 0, 0
	keys := map[string]bool{}
	for _, b := range by {
		keys[b.Expr.String()] = true
	}
	longest := longestKey(keys)
	var walk func(e Expr) error
	walk = func(e Expr) error {
		if atMost(e, longest) && keys[e.String()] {
			uses++
			return nil
		}
		switch e := e.(type) {
		case *Field:
			if !earlier[e.Name()] {
				if f := functionsByName[strings.ToLower(e.Name())]; f != nil && f.Aggregate {
					return errorAt(e.Span, "aggregate %s without its arguments, expected %s", e, f.Syntax)
				}
				return errorAt(e.Span, "field %s stands outside an aggregate, expected an aggregate such as max(%s), a key or an earlier name of this stats", e, e)
			}
			uses++
			return nil
		case *Period:
			return errorAt(e.Span, "unexpected period %s, expected a value", e.Text)
		case *Call:
			if err := k.call(e); err != nil {
				return err
			}
			if e.Func.Aggregate {
				aggregates++
				if e.Func.Name == "topk" && len(by) > 0 {
					return errorAt(e.Span, "topk cannot be used with by; use stats count(*) as n by …, sort n desc and limit")
				}
				for i := range e.Args {
					var err error
					if _, star := e.Args[i].(*Star); star || e.Func.takesPeriod(i) {
						continue
					}
					if e.Args[i], err = k.row(e.Args[i]); err != nil {
						return err
					}
					if err := k.refuseStructured(e.Args[i], "stats"); err != nil {
						return err
					}
				}
				return nil
			}
			for i, a := range e.Args {
				if e.Func.takesPeriod(i) {
					continue
				}
				if err := walk(a); err != nil {
					return err
				}
			}
			if e.Func.Name == "bin" || e.Func.Name == "messageSize" {
				return errorAt(e.Span, "%s stands outside an aggregate, expected it as a key after by", e)
			}
			return nil
		case *Unary:
			return walk(e.X)
		case *Binary:
			if err := walk(e.L); err != nil {
				return err
			}
			return walk(e.R)
		case *Like:
			return walk(e.X)
		case *In:
			if err := walk(e.X); err != nil {
				return err
			}
			for _, v := range e.List {
				if err := walk(v); err != nil {
					return err
				}
			}
		}
		return nil
	}
	if err := walk(it.Expr); err != nil {
		return err
	}
	if aggregates == 0 && uses == 0 {
		return errorAt(it.Expr.Pos(), "%s has no aggregate, expected one such as count(*) or avg(f)", it.Expr)
	}
	return nil
}
