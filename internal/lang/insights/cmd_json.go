package insights

// JSON takes one member out of the JSON text, map or list in a field.
type JSON struct {
	Span
	Field *Field
	Path  string // members and indexes with dots
	As    string
}

func (c *JSON) Name() string { return "json" }
func (c *JSON) Pos() Span    { return c.Span }
func (c *JSON) String() string {
	return "json field=" + c.Field.String() + " " + quote(c.Path) + " as " + printName(c.As)
}

func (p *parser) json(start int) (Command, error) {
	c := &JSON{}
	ok, err := p.option("field")
	if err != nil {
		return nil, err
	}
	if !ok {
		return nil, p.unexpected("field= after json")
	}
	if c.Field, err = p.column("after field="); err != nil {
		return nil, err
	}
	if p.tok.kind != tokString || p.tok.value == "" {
		return nil, p.unexpected("the path of a member, such as \"user.name\"")
	}
	c.Path = p.tok.value
	if err := p.advance(); err != nil {
		return nil, err
	}
	if err := p.expect("as", "after the path of json"); err != nil {
		return nil, err
	}
	if c.As, err = p.name("after as"); err != nil {
		return nil, err
	}
	c.Span = Span{start, p.end}
	return c, nil
}
