package insights

// Join joins each row with the rows of a subquery that have the same key.
type Join struct {
	Span
	Outer       bool   // type=left: rows without a partner stay
	Left, Right string // what the fields of the two sides begin with
	LeftKey     *Field // without the alias
	RightKey    *Field
	Sub         *Query
}

func (c *Join) Name() string { return "join" }
func (c *Join) Pos() Span    { return c.Span }
func (c *Join) String() string {
	kind := "inner"
	if c.Outer {
		kind = "left"
	}
	key := func(alias string, f *Field) string {
		return (&Field{Path: append([]string{alias}, f.Path...)}).String()
	}
	return "join type=" + kind + " left=" + printAlias(c.Left) + " right=" + printAlias(c.Right) +
		" where " + key(c.Left, c.LeftKey) + " = " + key(c.Right, c.RightKey) + " (" + c.Sub.String() + ")"
}

func printAlias(s string) string { return (&Field{Path: []string{s}}).String() }

func (p *parser) join(start int) (Command, error) {
	c := &Join{}
	for {
		switch ok, err := p.option("type"); {
		case err != nil:
			return nil, err
		case ok:
			c.Outer = p.tok.is("left")
			if !c.Outer && !p.tok.is("inner") {
				return nil, p.unexpected("inner or left after type=")
			}
			if err := p.advance(); err != nil {
				return nil, err
			}
			continue
		}
		if ok, err := p.joinAlias("left", &c.Left); err != nil {
			return nil, err
		} else if ok {
			continue
		}
		if ok, err := p.joinAlias("right", &c.Right); err != nil {
			return nil, err
		} else if ok {
			continue
		}
		break
	}
	if c.Left == "" || c.Right == "" || c.Left == c.Right {
		return nil, errorAt(Span{start, p.end}, "join needs two different aliases, such as left=a right=b")
	}
	if err := p.expect("where", "after the aliases of join"); err != nil {
		return nil, err
	}
	a, err := p.column("as the key of join")
	if err != nil {
		return nil, err
	}
	if ok, err := p.accept("=="); err != nil {
		return nil, err
	} else if !ok {
		if err := p.expect("=", "between the keys of join, which can only be equal"); err != nil {
			return nil, err
		}
	}
	b, err := p.column("as the key of join")
	if err != nil {
		return nil, err
	}
	for _, f := range []*Field{a, b} {
		key := &Field{Span: f.Span, Path: f.Path[1:]}
		switch {
		case len(f.Path) < 2:
		case f.Path[0] == c.Left && c.LeftKey == nil:
			c.LeftKey = key
			continue
		case f.Path[0] == c.Right && c.RightKey == nil:
			c.RightKey = key
			continue
		}
		return nil, errorAt(f.Span, "the key %s must begin with one of the aliases: %s.… = %s.…", f, c.Left, c.Right)
	}
	if c.Sub, err = p.subquery("join"); err != nil {
		return nil, err
	}
	c.Span = Span{start, p.end}
	return c, nil
}

func (p *parser) joinAlias(option string, dst *string) (bool, error) {
	ok, err := p.option(option)
	if err != nil || !ok {
		return false, err
	}
	if p.tok.kind != tokWord || len(p.tok.path) != 1 || p.tok.bare && isReserved(p.tok.text) {
		return false, p.unexpected("a name without dots after %s=", option)
	}
	*dst = p.tok.path[0]
	return true, p.advance()
}
