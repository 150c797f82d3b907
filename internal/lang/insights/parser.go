package insights

import "strings"

// parser is a recursive descent parser with one token of lookahead.
type parser struct {
	lexer
	tok    token           // the lookahead
	used   []Span          // spans of the tokens consumed so far, for texts of expressions
	depth  int             // of nested expressions
	inside bool            // in a subquery
	end    int             // end of the last consumed token
	named  []Item          // what the sort just read names
	given  map[string]bool // options of the command at work
	made   []madeName      // names for results, in the order of the text
}

// madeName is where the query names a result.
type madeName struct {
	Span
	name string
}

// advance consumes the lookahead.
func (p *parser) advance() error {
	p.used = append(p.used, p.tok.Span)
	p.end = p.tok.End
	return p.load()
}

func (p *parser) load() (err error) {
	p.tok, err = p.next()
	return err
}

// accept consumes the lookahead if it is the keyword or operator s.
func (p *parser) accept(s string) (bool, error) {
	if !p.tok.is(s) {
		return false, nil
	}
	return true, p.advance()
}

// expect consumes s or fails, naming what is there instead; after tells what
// stands before it.
func (p *parser) expect(s, after string) error {
	if !p.tok.is(s) {
		return p.unexpected("%q %s", s, after)
	}
	return p.advance()
}

// unexpected is the error for the lookahead; format says what was wanted.
func (p *parser) unexpected(format string, args ...any) *Error {
	span := p.tok.Span
	if p.tok.kind == tokEOF && span.Start > 0 {
		span = Span{p.end, len(p.text)}
	}
	e := errorAt(span, format, args...)
	e.Msg = "unexpected " + p.tok.describe() + ", expected " + e.Msg
	return e
}

// regexHere turns the lookahead, a slash, into a regular expression.
func (p *parser) regexHere() (err error) {
	p.tok, err = p.regex(p.tok.Start)
	return err
}

// textSince is the text of the tokens consumed since mark (a length of
// p.used), with what stood between them collapsed to one blank.
func (p *parser) textSince(mark int) string {
	var b strings.Builder
	for i, s := range p.used[mark:] {
		if i > 0 && s.Start > p.used[mark+i-1].End {
			b.WriteByte(' ')
		}
		b.WriteString(p.text[s.Start:s.End])
	}
	return b.String()
}

func (p *parser) query() (*Query, error) {
	if err := p.load(); err != nil {
		return nil, err
	}
	if p.tok.kind == tokEOF {
		return nil, errorAt(Span{0, len(p.text)}, "the query is empty, expected a command such as fields, filter or stats")
	}
	if ok, err := p.accept("|"); err != nil || ok && p.tok.kind == tokEOF {
		return nil, firstError(err, p.unexpected("a command after |"))
	}
	q, err := p.pipeline(false)
	if err != nil {
		return nil, err
	}
	q.Text = p.text
	return q, nil
}

// pipeline reads [source "|"] command {"|" command} up to the end, or up to
// the parenthesis that closes a subquery. The SOURCE of a subquery may stand
// alone: its rows are the events.
func (p *parser) pipeline(sub bool) (*Query, error) {
	q := &Query{}
	atEnd := func() bool { return p.tok.kind == tokEOF || sub && p.tok.is(")") }
	if p.tok.is("source") {
		src, err := p.source()
		if err != nil {
			return nil, err
		}
		q.Source = src
		if sub && p.tok.is(")") {
			return q, nil
		}
		if p.tok.kind == tokEOF {
			return nil, p.unexpected("\"|\" and a command after SOURCE")
		}
		if err := p.expect("|", "after SOURCE"); err != nil {
			return nil, err
		}
	}
	for {
		c, err := p.command()
		if err != nil {
			return nil, err
		}
		if len(p.named) > 0 {
			q.Commands = append(q.Commands, &Fields{Span: c.Pos(), Items: p.named})
			p.named = nil
		}
		q.Commands = append(q.Commands, c)
		if atEnd() {
			return q, nil
		}
		if !p.tok.is("|") {
			return nil, p.unexpected("\"|\" or the end after %s", c.Name())
		}
		if err := p.advance(); err != nil {
			return nil, err
		}
		if p.tok.is("|") && p.tok.Start == p.end {
			return nil, errorAt(Span{p.end - 1, p.tok.End}, "unexpected \"||\", expected or, or \"|\" and a command")
		}
	}
}

func firstError(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// command dispatches on the keyword. A new command is a case of commandNamed, a
// file cmd_<name>.go, a case in check.go and a line in reference.go.
func (p *parser) command() (Command, error) {
	t := p.tok
	if t.kind != tokWord || !t.bare {
		return nil, p.unexpected("a command such as fields, filter or stats")
	}
	if t.is("source") {
		return nil, errorAt(t.Span, "SOURCE must be the first command")
	}
	p.given = map[string]bool{}
	parse := p.commandNamed(strings.ToLower(t.text))
	if parse == nil {
		return nil, errorAt(t.Span, "unknown command %q%s", t.text, didYouMean(t.text, commandNames()))
	}
	if err := p.advance(); err != nil {
		return nil, err
	}
	return parse(t.Start)
}

// commandNamed finds the parser of what follows a command's keyword.
func (p *parser) commandNamed(name string) func(start int) (Command, error) {
	switch name {
	case "fields":
		return p.fields
	case "display":
		return p.display
	case "filter", "where":
		return p.filter
	case "filterindex":
		return p.filterIndex
	case "stats":
		return p.stats
	case "sort":
		return p.sort
	case "limit":
		return p.limit
	case "parse":
		return p.parse
	case "dedup":
		return p.dedup
	case "pattern":
		return p.pattern
	case "diff":
		return p.diff
	case "anomaly":
		return p.anomaly
	case "unnest":
		return p.unnest
	case "unmask":
		return p.unmask
	case "lookup":
		return p.lookup
	case "cidrlookup":
		return p.cidrLookup
	case "join":
		return p.join
	case "addtotals":
		return p.addTotals
	case "relevantfields":
		return p.relevantFields
	case "expand":
		return p.expand
	case "json":
		return p.json
	case "autoregress":
		return p.autoRegress
	case "accum":
		return p.accum
	case "filldown":
		return p.fillDown
	case "fillmissing":
		return p.fillMissing
	case "outlier":
		return p.outlier
	case "sessionize":
		return p.sessionize
	case "appendcols":
		return p.appendCols
	case "countfrequent", "count_frequent":
		return p.countFrequent
	case "logcompare":
		return p.logCompare
	case "estimate":
		return p.estimate
	}
	return nil
}

// item reads expr [as name].
func (p *parser) item() (Item, error) {
	mark := len(p.used)
	e, err := p.expr()
	if err != nil {
		return Item{}, err
	}
	it := Item{Expr: e, Name: p.textSince(mark)}
	if f, ok := e.(*Field); ok {
		it.Name = f.Name()
	}
	if ok, err := p.accept("as"); err != nil {
		return Item{}, err
	} else if ok {
		it.Aliased = true
		it.Name, err = p.name("after as")
		return it, err
	}
	return it, nil
}

// items reads item {"," item}.
func (p *parser) items() (items []Item, err error) {
	for {
		it, err := p.item()
		if err != nil {
			return nil, err
		}
		items = append(items, it)
		if more, err := p.accept(","); err != nil || !more {
			return items, err
		}
	}
}

// name reads the name for a result.
func (p *parser) name(after string) (string, error) {
	if p.tok.kind != tokWord || p.tok.bare && isReserved(p.tok.text) {
		return "", p.unexpected("a name %s", after)
	}
	name := (&Field{Path: p.tok.path}).Name()
	p.made = append(p.made, madeName{p.tok.Span, name})
	return name, p.advance()
}

// names reads name {"," name}.
func (p *parser) names(after string) (names []string, err error) {
	for {
		n, err := p.name(after)
		if err != nil {
			return nil, err
		}
		names = append(names, n)
		if more, err := p.accept(","); err != nil || !more {
			return names, err
		}
	}
}
