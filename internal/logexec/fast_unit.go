package logexec

import (
	"fmt"
	"strconv"
	"strings"
	"unsafe"

	"skywatch/internal/colenc"
	"skywatch/internal/logpart"
	"skywatch/internal/logs"
	"skywatch/internal/logtype"
)

// partWorker reads parts, one after the other, in one goroutine.
type partWorker struct {
	plan    *plan
	src     *source // with caches of its own
	row     *row
	late    lateRow
	scratch *logpart.Scratch
	block   *logpart.Block
	times   []int64
	streams []logs.StreamID
	ingest  []int64
	seqs    []uint64

	ordinals []uint32 // 0, 1, 2, …
	buf      []byte
	err      error // what went wrong where no error can be returned

	units []unit // by template, or one
	whole bool   // the one unit is the whole block
	is    lambdaKind

	dict    colenc.Strings
	idText  string // the UUID last looked for, in which block, and its number
	idBlock *logtype.Block
	idCode  int64

	automata map[*textTest]*textAutomaton

	lambda  map[logs.StreamID]bool
	numbers map[int]*numberVec // of the unit at work, by slot
}

// newPartWorker prepares a worker for rows of the plan.
func newPartWorker(p *plan) *partWorker {
	w := &partWorker{plan: p, src: p.events.another(), scratch: new(logpart.Scratch), lambda: map[logs.StreamID]bool{}}
	w.row = w.src.row()
	w.late.w = w
	return w
}

// another is a source of the same slots with caches of its own.
func (s *source) another() *source {
	o := newSource(s.req)
	o.fields, o.of, o.paths, o.lambdas, o.needs = s.fields, s.of, s.paths, s.lambdas, s.needs
	return o
}

// unit is the rows of a block that have one template, or all of its rows when
// nothing is asked of the messages or there are no templates. Its rows are
// numbered by their place in the template ("ordinals").
type unit struct {
	w     *partWorker
	t     int // -1 for a unit of all rows
	tpl   *logtype.Template
	rows  []uint32 // of the block, read when first needed
	n     int
	binds []binding
	cols  []*logtype.Values
}

type lambdaKind uint8

const (
	lambdaUnasked lambdaKind = iota
	lambdaYes
	lambdaNo
	lambdaMixed
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
	k      int
	render logtype.Render
	span   *logtype.Field // the value is more than the text of variable k
}

// open makes ready for a block. Whole says that nothing is asked of messages.
func (w *partWorker) open(b *logpart.Block, whole bool) error {
	w.block, w.err, w.is = b, nil, lambdaUnasked
	w.times, w.streams, w.ingest, w.seqs = nil, nil, nil, nil
	clear(w.numbers)
	var err error
	needs := w.plan.columns
	if needs&logs.ColStream != 0 && (w.named("@logStream") || !w.src.labels[b.Group].lambda) {
		if w.streams, err = b.Streams(); err != nil {
			return err
		}
	}
	if needs&logs.ColIngested != 0 {
		if w.ingest, err = b.Ingested(); err != nil {
			return err
		}
	}
	if needs&logs.ColSeq != 0 {
		if w.seqs, err = b.Seqs(); err != nil {
			return err
		}
	}
	w.units = w.units[:0]
	w.whole = whole || b.Typed == nil
	if w.whole {
		w.units = append(w.units, unit{w: w, t: -1, n: b.Rows})
	} else {
		for t := range b.Typed.Templates {
			tpl := &b.Typed.Templates[t]
			w.units = append(w.units, unit{w: w, t: t, tpl: tpl, n: tpl.Rows})
		}
	}
	return nil
}

// named says whether the query names a system column.
func (w *partWorker) named(name string) bool {
	for _, f := range w.src.of {
		if f != nil && f.name == name {
			return true
		}
	}
	return false
}

// all are the ordinals below n.
func (w *partWorker) all(n int) []uint32 {
	for len(w.ordinals) < n {
		w.ordinals = append(w.ordinals, uint32(len(w.ordinals)))
	}
	return w.ordinals[:n:n]
}

// live are the ordinals of the unit's rows that are part of the scan.
func (u *unit) live() []uint32 {
	b := u.w.block
	if b.Lo == 0 && b.Hi == b.Rows && b.Live == nil {
		return u.w.all(u.n)
	}
	if u.tpl == nil && b.Live == nil {
		return u.w.all(b.Hi)[b.Lo:]
	}
	out := make([]uint32, 0, u.n)
	for o := range uint32(u.n) {
		r := int(u.blockRow(o))
		if r >= b.Lo && r < b.Hi && (b.Live == nil || b.Live.Has(r)) {
			out = append(out, o)
		}
	}
	return out
}

// blockRow is the row of the block.
func (u *unit) blockRow(ord uint32) uint32 {
	if u.tpl == nil {
		return ord
	}
	if u.rows == nil {
		var err error
		if u.rows, err = u.w.block.TemplateRows(u.t); err != nil {
			u.w.fail(err)
			u.rows = u.w.all(u.n)
		}
	}
	return u.rows[ord]
}

// timestamps are those of all rows of the block.
func (w *partWorker) timestamps() []int64 {
	if w.times == nil {
		var err error
		if w.times, err = w.block.Timestamps(); err != nil {
			w.fail(err)
			w.times = make([]int64, w.block.Rows)
		}
	}
	return w.times
}

// lateRow is where the columns and the message of the row at work are.
type lateRow struct {
	w      *partWorker
	u      *unit
	ord    uint32
	loaded bool
}

// fill sets a slot if it can without the oracle's own discovery, for which it
// fetches the message otherwise.
func (l *lateRow) fill(r *row, slot int) bool {
	b := l.u.bind(slot)
	switch b.kind {
	case bindConst:
		r.vals[slot] = b.val
		return true
	case bindVar:
		r.vals[slot] = l.u.value(b, l.ord)
		return true
	case bindSystem:
		return false
	}
	if !l.loaded {
		l.loaded = true
		r.ev.message = strings.Clone(l.u.message(l.ord))
	}
	return false
}

// set makes the worker's row that of a row of the unit.
func (w *partWorker) set(u *unit, ord uint32) *row {
	r := w.row
	r.reset()
	at := u.blockRow(ord)
	ev := &r.ev
	ev.group = w.block.Group
	ev.pos.Timestamp = w.timestamps()[at]
	if w.seqs != nil {
		ev.pos.Seq = w.seqs[at]
	}
	if w.streams != nil {
		ev.stream = w.streams[at]
	}
	if w.ingest != nil {
		ev.ingested = w.ingest[at]
	}
	ev.message = ""
	w.late.u, w.late.ord, w.late.loaded = u, ord, false
	ev.late = &w.late
	return r
}

// fields makes the worker's row that of a row of the unit for who reads nothing
// but slots that are the same in all rows or follow from variables.
func (w *partWorker) fields(u *unit, ord uint32) *row {
	r := w.row
	r.reset()
	r.ev = event{group: w.block.Group, late: &w.late}
	w.late.u, w.late.ord, w.late.loaded = u, ord, false
	return r
}

// message is the message of a row. It is valid until the next call.
func (u *unit) message(ord uint32) string {
	w := u.w
	if w.block.Plain != nil {
		return w.block.Plain[ord]
	}
	if u.tpl != nil && u.tpl.Raw {
		if _, v := u.column(0); v != nil {
			return unsafeString(v.Strings.At(int(ord)))
		}
		return ""
	}
	var err error
	if w.buf, err = w.block.AppendMessage(w.buf[:0], int(u.blockRow(ord))); err != nil {
		w.fail(err)
		return ""
	}
	return unsafe.String(unsafe.SliceData(w.buf), len(w.buf))
}

func (w *partWorker) fail(err error) {
	if w.err == nil {
		w.err = err
	}
}

// lambdaRows says whether the unit's rows are read as Lambda's.
func (u *unit) lambdaRows() lambdaKind {
	if u.w.is == lambdaUnasked {
		u.w.is = u.w.lambdaRows()
	}
	return u.w.is
}

func (w *partWorker) lambdaRows() lambdaKind {
	if w.src.labels[w.block.Group].lambda {
		return lambdaYes
	}
	if w.streams == nil {
		return lambdaMixed // nobody knows
	}
	yes, no := false, false
	last, is := logs.StreamID(0), false
	for i, s := range w.streams {
		if i == 0 || s != last {
			var ok bool
			if is, ok = w.lambda[s]; !ok {
				is = IsLambda("", w.src.stream(s))
				w.lambda[s] = is
			}
			last = s
		}
		yes, no = yes || is, no || !is
	}
	switch {
	case yes && no:
		return lambdaMixed
	case yes:
		return lambdaYes
	}
	return lambdaNo
}

// bind says where a slot's value comes from. The columns it needs are decoded.
func (u *unit) bind(slot int) *binding {
	if u.binds == nil {
		u.binds = make([]binding, len(u.w.src.of))
	}
	b := &u.binds[slot]
	if b.kind == bindUnasked {
		*b = u.find(slot)
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
		switch f.name {
		case "@message":
			return binding{kind: bindMessage}
		case "@timestamp", "@ingestionTime", "@logStream", "@ptr":
			return binding{kind: bindSystem, name: f.name}
		}
		r := row{vals: make([]value, len(w.src.of)), ev: event{group: w.block.Group}, src: w.src}
		f.fill(w.src, &r, &r.vals[slot])
		return binding{kind: bindConst, val: r.vals[slot]}
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
			if f.Var < 0 {
				return binding{kind: bindConst, val: rendered(f.Render, f.Const)}
			}
			b := binding{kind: bindVar, k: f.Var, render: f.Render}
			if f.Last != f.Var || f.Before != "" || f.After != "" {
				b.span = f
			}
			return b
		}
	}
	return binding{kind: bindConst}
}

// rendered is the value of a field from the text of its variable.
func rendered(how logtype.Render, s string) value {
	switch how {
	case logtype.RenderString:
		if strings.IndexByte(s, '\\') >= 0 {
			return str(unquoteJSON(`"` + s + `"`))
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

// column decodes a variable of the unit's template; copies lead to what they
// repeat.
func (u *unit) column(k int) (*logtype.Column, *logtype.Values) {
	c := &u.tpl.Columns[k]
	if c.Kind == logtype.KindCopy {
		k = c.Of
		c = &u.tpl.Columns[k]
	}
	if u.cols == nil {
		u.cols = make([]*logtype.Values, len(u.tpl.Columns))
	}
	if u.cols[k] == nil {
		v, err := u.w.block.Column(u.t, k)
		if err != nil {
			u.w.fail(err)
			return c, nil
		}
		u.cols[k] = v
	}
	return c, u.cols[k]
}

// value is the value of a variable's field in one row.
func (u *unit) value(b *binding, ord uint32) value {
	if b.span != nil {
		text := []byte(b.span.Before)
		for k := b.span.Var; k <= b.span.Last; k++ {
			if k > b.span.Var {
				text = append(text, u.tpl.Static[k]...)
			}
			text = append(text, u.bytes(k, ord)...)
		}
		return rendered(b.render, string(append(text, b.span.After...)))
	}
	c, v := u.column(b.k)
	if v == nil {
		return value{}
	}
	if c.Kind == logtype.KindNumber && computed(b.render) {
		n, f := u.number(c, v, ord)
		if x, ok := decimal(n, f); ok {
			return renderedNumber(b.render, x)
		}
	}
	s := u.text(b.k, ord)
	if b.render == logtype.RenderValue && c.Kind == logtype.KindNumber {
		n, f := u.number(c, v, ord)
		if x, ok := decimal(n, f); ok {
			return value{kind: number, num: x, str: s}
		}
	}
	return rendered(b.render, s)
}

// number is the digits of a number and their form.
func (u *unit) number(c *logtype.Column, v *logtype.Values, ord uint32) (int64, *logtype.Form) {
	f := &c.Forms[0]
	if v.Codes != nil {
		f = &c.Forms[v.Codes[ord]]
	}
	n := v.Ints[ord]
	switch v.Relative {
	case 1:
		n += u.w.timestamps()[u.blockRow(ord)]
	case 2:
		n += floorDiv(u.w.timestamps()[u.blockRow(ord)], 1000)
	}
	return n, f
}

var powersOf10 = [...]float64{1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22}

// decimal is the float nearest to a number: both sides of the division are
// exact, so it rounds as reading the digits does. ok is false where they are not.
func decimal(n int64, f *logtype.Form) (float64, bool) {
	if f.IsText || n > exactInt || n < -exactInt || int(f.Scale) >= len(powersOf10) {
		return 0, false
	}
	if f.Scale == 0 {
		return float64(n), true
	}
	return float64(n) / powersOf10[f.Scale], true
}

// text is the text of a variable in one row.
func (u *unit) text(k int, ord uint32) string { return string(u.bytes(k, ord)) }

// bytes is the text of a variable in one row, valid until the next call.
func (u *unit) bytes(k int, ord uint32) []byte {
	c, v := u.column(k)
	if v == nil {
		return nil
	}
	w := u.w
	switch c.Kind {
	case logtype.KindDict:
		return v.Strings.At(int(v.Ints[ord]))
	case logtype.KindText:
		return v.Strings.At(int(ord))
	case logtype.KindUUID:
		id := w.block.Typed.UUID(int(v.Ints[ord]))
		w.buf = id.Append(w.buf[:0])
		return w.buf
	case logtype.KindNumber:
		n, f := u.number(c, v, ord)
		switch {
		case f.IsText:
			w.buf = append(w.buf[:0], f.Text...)
			return w.buf
		case f.Width == 0:
			w.buf = appendDecimal(w.buf[:0], n, int(f.Scale))
			return w.buf
		}
	}
	j, err := w.block.Joiner()
	if err == nil {
		w.buf, err = j.AppendValue(w.buf[:0], int(u.blockRow(ord)), k)
		err = w.block.Corrupt(err)
	}
	if err != nil {
		w.fail(err)
		return nil
	}
	return w.buf
}

// appendDecimal writes a number with its last scale digits behind the point.
func appendDecimal(dst []byte, n int64, scale int) []byte {
	if scale == 0 {
		return strconv.AppendInt(dst, n, 10)
	}
	u := uint64(n)
	if n < 0 {
		dst, u = append(dst, '-'), -u
	}
	var t [40]byte
	i := len(t)
	for k := 0; k <= scale || u > 0; k++ {
		if k == scale {
			i--
			t[i] = '.'
		}
		i--
		t[i] = byte('0' + u%10)
		u /= 10
	}
	return append(dst, t[i:]...)
}

// numberVec is a slot's values as numbers, by ordinal.
type numberVec struct {
	slot   int
	num    []float64
	kind   []kind  // null, number, or text for no number; nil when all are numbers
	ints   []int64 // the same, when all are whole and exact; shared
	simple bool    // equal numbers are written alike
}

// numeric gives a slot's numbers, nil when they do not come from a column of
// numbers.
func (u *unit) numeric(slot int) *numberVec {
	b := u.bind(slot)
	if b.kind != bindVar || b.span != nil {
		return nil
	}
	c, v := u.column(b.k)
	if v == nil || c.Kind != logtype.KindNumber {
		return nil
	}
	w := u.w
	if x := w.numbers[slot]; x != nil && x.slot == u.t {
		return x
	}
	out := &numberVec{slot: u.t, num: make([]float64, u.n), simple: len(c.Forms) == 1}
	if len(c.Forms) == 1 && v.Relative == 0 && !c.Forms[0].IsText && (!computed(b.render) || b.render == logtype.RenderFloat) {
		f := &c.Forms[0]
		if int(f.Scale) >= len(powersOf10) {
			return nil
		}
		p := powersOf10[f.Scale]
		var wide int64
		for i, n := range v.Ints {
			wide |= n ^ n>>63
			out.num[i] = float64(n) / p
		}
		if wide >= exactInt {
			return nil
		}
		if f.Scale == 0 {
			out.ints = v.Ints
		}
	} else {
		for i := range u.n {
			n, f := u.number(c, v, uint32(i))
			k := number
			var x float64
			if f.IsText {
				val := rendered(b.render, f.Text)
				var ok bool
				if x, ok = val.number(); !ok {
					k = val.kind
				}
			} else {
				var ok bool
				if x, ok = decimal(n, f); !ok {
					return nil
				}
				if computed(b.render) {
					val := renderedNumber(b.render, x)
					k, x = val.kind, val.num
				}
			}
			if k != number && out.kind == nil {
				out.kind = make([]kind, u.n)
				for j := range i {
					out.kind[j] = number
				}
			}
			if out.kind != nil {
				out.kind[i] = k
			}
			out.num[i] = x
		}
	}
	if w.numbers == nil {
		w.numbers = map[int]*numberVec{}
	}
	w.numbers[slot] = out
	return out
}

// keyed says what tells the values of a column apart: whole numbers, one per
// row. dense is an upper bound when they are small and begin with 0.
func (u *unit) keyed(b *binding) (keys []int64, dense int) {
	if b.span != nil {
		return nil, 0
	}
	c, v := u.column(b.k)
	if v == nil {
		return nil, 0
	}
	switch c.Kind {
	case logtype.KindDict:
		return v.Ints, c.Distinct
	case logtype.KindUUID:
		return v.Ints, u.w.block.Typed.UUIDs()
	case logtype.KindIPv4:
		return v.Ints, 0
	case logtype.KindNumber:
		if len(c.Forms) == 1 && v.Relative == 0 {
			return v.Ints, 0
		}
	case logtype.KindTime:
		if v.Relative == 0 {
			return v.Ints, 0
		}
	}
	return nil, 0
}

func (u *unit) String() string { return fmt.Sprintf("template %d, %d rows", u.t, u.n) }

// unsafeString is b as a string that lives as long as b stays as it is.
func unsafeString(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }
