package logexec

import (
	"fmt"
	"strings"

	"skywatch/internal/logs"
)

// event is the log event behind a row.
type event struct {
	group    logs.GroupID
	stream   logs.StreamID
	pos      logs.Position
	ingested int64
	message  string
	late     *lateRow // where the columns and the message are, nil when they are here
}

// row is one row on its way through the stages. It belongs to the pusher and
// is used again after push returns: who keeps a row keeps a clone.
type row struct {
	vals    []value
	ev      event
	src     *source // nil where rows are no events, and in clones: every slot is set
	counted bool    // the event was counted as matched
}

// get reads a slot, discovering it first if nobody has.
func (r *row) get(slot int) *value {
	v := &r.vals[slot]
	if v.kind == unset {
		r.src.resolve(r, slot)
	}
	return v
}

// reset makes the row ready for the next event.
func (r *row) reset() {
	r.counted = false
	for i := range r.vals {
		r.vals[i].kind = unset
	}
}

// clone copies the row with the slots of keep, discovering them; the message
// itself is let go.
func (r *row) clone(keep []int) *row {
	c := &row{vals: make([]value, len(r.vals)), ev: r.ev}
	c.ev.message, c.ev.late = "", nil
	for _, s := range keep {
		if r.src == nil || r.src.of[s] != nil || r.vals[s].kind != unset || r.ev.late != nil && r.ev.late.w.extracts(s) != nil {
			c.vals[s] = *r.get(s)
		}
	}
	return c
}

// rowBytes estimates what a kept row costs.
func rowBytes(r *row) int64 {
	n := int64(128)
	for i := range r.vals {
		n += r.vals[i].held()
	}
	return n
}

const valueBytes = 48

// The classes of fields an event has by itself.
type sourceField struct {
	name   string // "" when no event has it
	slot   int
	fill   func(*source, *row, *value) // system fields
	lambda int                         // index into lambdaFields, -1 for others
	json   bool
	perRow bool // a system field that is not the same in all events of a group
	stream bool // and that follows from the stream
}

// source discovers the fields of events. One source serves one run, in one
// goroutine.
type source struct {
	fields  []*sourceField
	of      []*sourceField // by slot, nil for slots that commands fill
	paths   map[string]int // JSON path to slot
	lambdas []*sourceField
	req     *Request
	needs   logs.Columns // what the fields named so far need

	labels  map[logs.GroupID]groupLabel
	streams map[logs.StreamID]string
	entity  map[logs.StreamID]map[string]string
	shared  map[logs.StreamID]bool // by stream: Lambda events in a shared group
	scanner jsonScanner
	scratch [len(lambdaFields)]value
	current *row
	leaf    leafFunc
	named   func(name, val string)
	forget  func()
	theRow  *row
}

type groupLabel struct {
	name   string
	log    string   // account:name
	owner  [2]value // account and region
	tags   map[string]string
	lambda bool

	undiscovered bool
}

func textOrNothing(s string) value {
	if s == "" {
		return value{}
	}
	return str(s)
}

func newSource(req *Request) *source {
	labels := make(map[logs.GroupID]groupLabel, len(req.Groups))
	for _, g := range req.Groups {
		labels[g.ID] = groupLabel{name: g.Name, log: g.Account + ":" + g.Name, owner: [2]value{textOrNothing(g.Account), textOrNothing(g.Region)}, tags: g.Tags,
			lambda: IsLambda(g.Name, "") && !g.Undiscovered, undiscovered: g.Undiscovered}
	}
	return sourceOf(req, labels)
}

// sourceOf is newSource with labels that it does not change.
func sourceOf(req *Request, labels map[logs.GroupID]groupLabel) *source {
	s := &source{req: req, paths: map[string]int{}, labels: labels,
		streams: map[logs.StreamID]string{}, entity: map[logs.StreamID]map[string]string{}, shared: map[logs.StreamID]bool{}}
	s.leaf = func(path []byte, raw string) {
		// The first of equal paths counts.
		if slot, ok := s.paths[string(path)]; ok {
			if v := &s.current.vals[slot]; v.kind == null {
				*v = leafValue(piece(raw, len(s.current.ev.message)))
			}
		}
	}
	s.named = func(name, val string) {
		if slot, ok := s.paths[name]; ok {
			s.current.vals[slot] = str(piece(val, len(s.current.ev.message)))
		}
	}
	s.forget = func() {
		for _, slot := range s.paths {
			s.current.vals[slot] = value{}
		}
	}
	return s
}

// row is the one row that all events of the run use.
func (s *source) row() *row {
	if s.theRow == nil {
		s.theRow = &row{vals: make([]value, len(s.of)), src: s}
	}
	return s.theRow
}

var systemFields = map[string]struct {
	needs logs.Columns
	fill  func(*source, *row, *value)
}{
	"@timestamp": {logs.ColTimestamp, func(_ *source, r *row, v *value) { *v = timestamp(float64(r.ev.pos.Timestamp)) }},
	"@ingestionTime": {logs.ColIngested, func(_ *source, r *row, v *value) {
		*v = timestamp(float64(r.ev.ingested))
	}},
	"@message":     {logs.ColMessage, func(_ *source, r *row, v *value) { *v = str(r.ev.message) }},
	"@logStream":   {logs.ColStream, func(s *source, r *row, v *value) { *v = str(s.stream(r.ev.stream)) }},
	"@log":         {logs.ColGroup, func(s *source, r *row, v *value) { *v = str(s.labels[r.ev.group].log) }},
	"@aws.account": {logs.ColGroup, func(s *source, r *row, v *value) { *v = s.labels[r.ev.group].owner[0] }},
	"@aws.region":  {logs.ColGroup, func(s *source, r *row, v *value) { *v = s.labels[r.ev.group].owner[1] }},
	"@ptr": {logs.ColGroup | logs.ColTimestamp | logs.ColSeq, func(_ *source, r *row, v *value) {
		*v = str(Pointer{r.ev.group, r.ev.pos}.String())
	}},
}

// field makes the slot of a field by its name. ok is false when no event can
// have such a field.
func (s *source) field(name string, slot int) (f *sourceField, ok bool) {
	f = &sourceField{name: name, slot: slot, lambda: -1}
	if sys, isSystem := systemFields[name]; isSystem {
		f.fill, f.stream = sys.fill, name == "@logStream"
		f.perRow = name != "@message" && sys.needs != logs.ColGroup
		s.needs |= sys.needs
		return f, true
	}
	if key, ok := strings.CutPrefix(name, "@aws.tag."); ok {
		s.needs |= logs.ColGroup
		f.fill = func(s *source, r *row, v *value) {
			*v = value{}
			if tag, ok := s.labels[r.ev.group].tags[key]; ok {
				*v = str(tag)
			}
		}
		return f, true
	}
	if strings.HasPrefix(name, "@entity.") {
		s.needs |= logs.ColStream
		f.perRow, f.stream = true, true
		f.fill = func(s *source, r *row, v *value) {
			*v = value{}
			if text, ok := s.entityOf(r.ev.stream)[name]; ok {
				*v = str(text)
			}
		}
		return f, true
	}
	s.needs |= logs.ColMessage | logs.ColGroup | logs.ColStream
	for i, n := range lambdaFields {
		if n == name {
			f.lambda = i
			s.lambdas = append(s.lambdas, f)
			return f, true
		}
	}
	if strings.HasPrefix(name, "@") && !strings.HasPrefix(name, "@@") {
		return nil, false
	}
	f.json = true
	s.paths[name] = slot
	return f, true
}

func (s *source) stream(id logs.StreamID) string {
	name, ok := s.streams[id]
	if !ok {
		if s.req.Stream != nil {
			name = s.req.Stream(id)
		}
		s.streams[id] = name
	}
	return name
}

// entityOf are the fields of the entity that the events of a stream have.
func (s *source) entityOf(id logs.StreamID) map[string]string {
	fields, ok := s.entity[id]
	if !ok && s.req.Entity != nil {
		fields = s.req.Entity(id)
		s.entity[id] = fields
	}
	return fields
}

func (s *source) isLambda(ev *event) bool {
	if g := s.labels[ev.group]; g.lambda || g.undiscovered {
		return g.lambda
	}
	is, ok := s.shared[ev.stream]
	if !ok {
		is = IsLambda("", s.stream(ev.stream))
		s.shared[ev.stream] = is
	}
	return is
}

// resolve fills the slot, and with it all of its class: taking a message apart
// once is cheaper than once per field.
func (s *source) resolve(r *row, slot int) {
	f := s.of[slot]
	if r.ev.late != nil && r.ev.late.fill(r, slot) {
		return
	}
	switch {
	case f == nil:
		panic(fmt.Sprintf("slot %d is read before the command that fills it", slot))
	case f.fill != nil:
		f.fill(s, r, &r.vals[slot])
	case f.lambda >= 0:
		is := s.isLambda(&r.ev)
		if is {
			lambdaValues(r.ev.message, &s.scratch)
			pieces(s.scratch[:], len(r.ev.message))
		}
		for _, f := range s.lambdas {
			r.vals[f.slot] = value{}
			if is {
				r.vals[f.slot] = s.scratch[f.lambda]
			}
		}
	case f.json:
		s.current = r
		s.forget()
		if s.labels[r.ev.group].undiscovered {
			return
		}
		lambda := s.isLambda(&r.ev)
		if !scanMessage(&s.scanner, r.ev.message, lambda, s.leaf, s.forget) && !lambda {
			lineFields(r.ev.message, s.labels[r.ev.group].name, s.named)
		}
	}
}
