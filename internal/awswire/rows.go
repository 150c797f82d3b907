package awswire

import (
	"context"
	"fmt"
	"reflect"
	"sync"
)

// Rows is a list of structures, each of one text and one whole number, as
// columns: ten thousand log events are four slices that are used again for the
// next request, not twenty thousand pointers. See [HandleRows].
type Rows struct {
	Present bool    // the request has the list
	Text    []byte  // the texts of all rows, one behind the other
	Ends    []int   // where the text of each row ends
	Numbers []int64 // of each row
	Gaps    []Gap   // rows that lack a member, ascending
}

// Gap is a row that lacks its text, its number or both; what lacks is empty or
// zero in the columns.
type Gap struct {
	Row          int
	Text, Number bool // there is none
}

// Len is the number of rows.
func (r *Rows) Len() int { return len(r.Ends) }

func (r *Rows) reset() {
	r.Present = false
	r.Text, r.Ends, r.Numbers, r.Gaps = r.Text[:0], r.Ends[:0], r.Numbers[:0], r.Gaps[:0]
}

// rowsPool keeps the columns between requests, up to the size of a common one.
var rowsPool = sync.Pool{New: func() any { return new(Rows) }}

func putRows(r *Rows) {
	if cap(r.Text) <= maxPooled {
		r.reset()
		rowsPool.Put(r)
	}
}

// RowsOf names the list that [HandleRows] takes out of an input, and the two
// members of its structures. The structures may have no others.
type RowsOf struct{ List, Text, Number string }

// HandleRows is [Handle] for an operation with one list that is too long for
// structures: the handler gets it as rows, and the field of the list in In
// stays nil. Everything else is as with Handle, down to the words of errors
// (FuzzRows compares the two). rows and its slices are the handler's until it
// returns.
func HandleRows[In, Out any](svc *Service, name string, of RowsOf, h func(ctx context.Context, in *In, rows *Rows) (*Out, error)) {
	handle(svc, name, &of, h)
}

// rowPlan is what the decoder needs to know of the structures of rows.
type rowPlan struct {
	text, number string
	size         uintptr // of the Go structure they stand for
}

// withRows returns the plan with one list read as rows.
func (p *structPlan) withRows(of *RowsOf) (*structPlan, error) {
	i := p.find([]byte(of.List), 0)
	if i < 0 || p.members[i].value.kind != kindList || p.members[i].value.elem.kind != kindStruct {
		return nil, fmt.Errorf("rows need a list of structures called %q", of.List)
	}
	elem := p.members[i].value.elem
	text, number := elem.fields.find([]byte(of.Text), 0), elem.fields.find([]byte(of.Number), 0)
	if len(elem.fields.members) != 2 || text < 0 || number < 0 ||
		elem.fields.members[text].value.kind != kindString || elem.fields.members[number].value.kind != kindInt64 {
		return nil, fmt.Errorf("rows need structures of a string %q and a long %q in %q", of.Text, of.Number, of.List)
	}
	out := &structPlan{members: append([]memberPlan(nil), p.members...), index: p.index}
	out.members[i].value = &valuePlan{kind: kindRows, typ: reflect.TypeFor[Rows](),
		rows: &rowPlan{of.Text, of.Number, elem.typ.Size()}}
	return out, nil
}

// readRows reads the list, as decoder.list does.
func (d *decoder) readRows(p *rowPlan) error {
	if err := d.enter(); err != nil {
		return err
	}
	if _, err := d.src.beginList(); err != nil {
		return err
	}
	d.rows.reset() // a repeated member: the last one counts
	d.rows.Present = true
	for {
		ok, err := d.src.nextItem()
		if err != nil {
			return atIndex(err, d.rows.Len())
		}
		if !ok {
			d.depth--
			return nil
		}
		if err := d.charge(p.size); err != nil {
			return err
		}
		null, err := d.src.null()
		if err == nil && null {
			err = typeErrorf("null is not allowed in a list")
		}
		if err == nil {
			err = d.readRow(p)
		}
		if err != nil {
			return atIndex(err, d.rows.Len())
		}
	}
}

// readRow reads one structure, as decoder.structure does.
func (d *decoder) readRow(p *rowPlan) error {
	if err := d.enter(); err != nil {
		return err
	}
	if err := d.src.beginStruct(); err != nil {
		return err
	}
	r := d.rows
	begin := len(r.Text)
	gap := Gap{Row: r.Len(), Text: true, Number: true}
	number := int64(0)
	for {
		name, ok, err := d.src.nextMember()
		if err != nil {
			return err
		}
		if !ok {
			break
		}
		switch string(name) {
		case p.text:
			null, err := d.src.null()
			if err == nil && !null {
				// A repeated member: the last one counts.
				r.Text, err = d.src.appendString(r.Text[:begin])
				gap.Text = false
			}
			if err != nil {
				return at(err, "."+p.text)
			}
		case p.number:
			null, err := d.src.null()
			if err == nil && !null {
				number, err = d.src.readInt(64)
				gap.Number = false
			}
			if err != nil {
				return at(err, "."+p.number)
			}
		default:
			unknown := string(name)
			if err := d.src.skip(); err != nil {
				return at(err, "."+unknown)
			}
		}
	}
	r.Ends, r.Numbers = append(r.Ends, len(r.Text)), append(r.Numbers, number)
	if gap.Text || gap.Number {
		r.Gaps = append(r.Gaps, gap)
	}
	d.depth--
	return nil
}
