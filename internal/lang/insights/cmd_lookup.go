package insights

import "strings"

// Lookup adds columns of an uploaded table to the rows whose fields equal the
// table's key columns.
type Lookup struct {
	Span
	Table  string
	Keys   []LookupKey
	Output []LookupOutput
}

// LookupKey says that a column of the table must equal a field of the row.
type LookupKey struct {
	Column string
	Field  *Field
}

// LookupOutput is a column of the table and the name it gets in the row.
type LookupOutput struct{ Column, Name string }

func (c *Lookup) Name() string { return "lookup" }
func (c *Lookup) Pos() Span    { return c.Span }
func (c *Lookup) String() string {
	keys := make([]string, len(c.Keys))
	for i, k := range c.Keys {
		keys[i] = printLabel(k.Column) + " as " + k.Field.String()
	}
	return "lookup " + printLabel(c.Table) + " " + strings.Join(keys, ", ") + " OUTPUT " + printOutput(c.Output)
}

func printOutput(list []LookupOutput) string {
	parts := make([]string, len(list))
	for i, o := range list {
		parts[i] = printLabel(o.Column) + " as " + printName(o.Name)
	}
	return strings.Join(parts, ", ")
}

func (p *parser) lookup(start int) (Command, error) {
	c := &Lookup{}
	var err error
	if c.Table, err = p.label("the name of a lookup table"); err != nil {
		return nil, err
	}
	for {
		at := p.tok
		column, err := p.label("a column of the lookup table")
		if err != nil {
			return nil, err
		}
		k := LookupKey{column, &Field{Span: at.Span, Path: at.path}}
		if at.kind == tokString {
			k.Field.Path = []string{at.value}
		}
		if ok, err := p.accept("as"); err != nil {
			return nil, err
		} else if ok {
			if k.Field, err = p.column("after as"); err != nil {
				return nil, err
			}
		}
		c.Keys = append(c.Keys, k)
		if more, err := p.accept(","); err != nil {
			return nil, err
		} else if !more {
			break
		}
	}
	if err := p.expect("output", "after the keys of lookup"); err != nil {
		return nil, err
	}
	if c.Output, err = p.output(); err != nil {
		return nil, err
	}
	c.Span = Span{start, p.end}
	return c, nil
}

// output reads column [as name] {"," column [as name]}.
func (p *parser) output() (list []LookupOutput, err error) {
	for {
		o := LookupOutput{}
		if o.Column, err = p.label("a column of the lookup table"); err != nil {
			return nil, err
		}
		o.Name = o.Column
		if ok, err := p.accept("as"); err != nil {
			return nil, err
		} else if ok {
			if o.Name, err = p.name("after as"); err != nil {
				return nil, err
			}
		}
		list = append(list, o)
		if more, err := p.accept(","); err != nil || !more {
			return list, err
		}
	}
}
