package logexec

import (
	"strconv"
	"strings"

	"skywatch/internal/jsontext"
	"skywatch/internal/logtype"
)

type bindKind uint8

const (
	bindUnasked bindKind = iota
	bindUnknown          // has to be read from the message
	bindConst            // the same in all rows
	bindVar              // follows from a variable
	bindSystem           // a column that every row has
	bindMessage
)

// binding says where a slot's value comes from in one unit.
type binding struct {
	kind   bindKind
	val    value
	name   string // of a system column
	stream bool   // which follows from the stream
	k      int
	render logtype.Render
	span   *logtype.Field // the value is more than the text of variable k
	// via is the parse that finds the value in the message: the same in all rows
	// that have the same value of variable k.
	via *extraction
}

// dependence is what the value of an expression follows from in a unit's rows.
type dependence struct {
	messages bool     // it has to be read from them
	system   int      // how many of the columns that every row has
	vars     int      // how many variables; a value of several counts as two
	on       *binding // the last one that is not the same in all rows
	slot     int      // of that one
}

// dependence is that of an expression that reads some slots.
func (u *unit) dependence(slots []int) (d dependence) {
	for _, s := range slots {
		b := u.bind(s)
		switch b.kind {
		case bindConst:
			continue
		case bindVar:
			switch {
			case b.span != nil:
				d.vars += 2
			case d.vars != 1 || d.on.k != b.k:
				d.vars++
			}
		case bindSystem:
			d.system++
		default:
			d.messages = true
		}
		if b.kind == bindVar || d.vars == 0 {
			d.on, d.slot = b, s
		}
	}
	return d
}

// constant says that the value is the same in all rows.
func (d *dependence) constant() bool { return !d.messages && d.system == 0 && d.vars == 0 }

// variable says that it follows from the one variable of d.on.
func (d *dependence) variable() bool { return !d.messages && d.system == 0 && d.vars == 1 }

// column says that it follows from d.on, a column that every row has.
func (d *dependence) column() bool { return !d.messages && d.system == 1 && d.vars == 0 }

// lambdaRows says whether the unit's rows are read as Lambda's.
func (u *unit) lambdaRows() lambdaKind {
	if u.w.is == lambdaUnasked {
		u.w.is = u.w.lambdaRows()
	}
	return u.w.is
}

// bind says where a slot's value comes from. The columns it needs are decoded.
func (u *unit) bind(slot int) *binding {
	b := &u.binds[slot]
	if b.kind == bindUnasked {
		if u.w.src.of[slot] == nil {
			u.extract(u.w.extracts(slot))
		} else {
			*b = u.find(slot)
		}
		if b.kind == bindVar {
			u.column(b.k)
		}
	}
	return b
}

func (u *unit) find(slot int) binding {
	w := u.w
	f := w.src.of[slot]
	switch {
	case f.fill != nil:
		switch {
		case f.name == "@message":
			return binding{kind: bindMessage}
		case f.perRow:
			return binding{kind: bindSystem, name: f.name, stream: f.stream}
		}
		r := row{vals: make([]value, len(w.src.of)), ev: event{group: w.block.Group}, src: w.src}
		f.fill(w.src, &r, &r.vals[slot])
		return binding{kind: bindConst, val: r.vals[slot]}
	case w.src.labels[w.block.Group].undiscovered:
		return binding{kind: bindConst}
	case u.tpl == nil:
		return binding{kind: bindUnknown}
	case f.lambda >= 0:
		switch u.lambdaRows() {
		case lambdaNo:
			return binding{kind: bindConst}
		case lambdaYes:
			if u.tpl.LambdaKnown {
				return u.field(u.tpl.LambdaFields, f.name)
			}
		}
	case f.json:
		switch u.tpl.JSON {
		case logtype.JSONWhole:
			return u.field(u.tpl.JSONFields, f.name)
		case logtype.JSONFragment:
			switch u.lambdaRows() {
			case lambdaYes:
				return u.field(u.tpl.JSONFields, f.name)
			case lambdaNo:
				return u.noJSON(f.name)
			}
		case logtype.JSONNone:
			return u.noJSON(f.name)
		}
	}
	return binding{kind: bindUnknown}
}

// noJSON is the field of a message without JSON: a line of a known kind may
// have it, outside of Lambda.
func (u *unit) noJSON(name string) binding {
	switch u.lambdaRows() {
	case lambdaYes:
		return binding{kind: bindConst}
	case lambdaMixed:
		return binding{kind: bindUnknown}
	}
	switch u.tpl.Line {
	case logtype.LineUnknown:
		return binding{kind: bindUnknown}
	case logtype.LineFields:
		return u.field(u.tpl.LineFields, name)
	case logtype.LineExecution:
		if executionGroup(u.w.src.labels[u.w.block.Group].name) {
			return u.field(u.tpl.LineFields, name)
		}
	}
	return binding{kind: bindConst}
}

func (u *unit) field(fields []logtype.Field, name string) binding {
	for i := range fields {
		if f := &fields[i]; f.Name == name {
			return bindField(f)
		}
	}
	return binding{kind: bindConst}
}

// rendered is the value of a field from the text of its variable.
func rendered(how logtype.Render, s string) value {
	switch how {
	case logtype.RenderString:
		if strings.IndexByte(s, '\\') >= 0 {
			return str(jsontext.Unquote(`"` + s + `"`))
		}
	case logtype.RenderValue:
		if s == "" {
			return value{}
		}
		return leafValue(s)
	case logtype.RenderDash, logtype.RenderDashZero:
		switch {
		case s == "-" && how == logtype.RenderDashZero:
			return str("0")
		case s == "-" || s == "":
			return value{}
		}
	case logtype.RenderFloat, logtype.RenderPositive, logtype.RenderMegabytes:
		f, err := strconv.ParseFloat(s, 64)
		if err != nil {
			return value{}
		}
		return renderedNumber(how, f)
	}
	return str(s)
}

// computed says that the value is a computed number.
func computed(how logtype.Render) bool {
	return how >= logtype.RenderFloat && how <= logtype.RenderMegabytes
}

func renderedNumber(how logtype.Render, f float64) value {
	if how != logtype.RenderFloat && f <= 0 {
		return value{}
	}
	if how == logtype.RenderMegabytes {
		f *= bytesPerMB
	}
	return num(f)
}
