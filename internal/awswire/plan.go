package awswire

import (
	"fmt"
	"reflect"
	"sync"
	"time"

	"github.com/aws/smithy-go"
)

// kind is what a plan node reads.
type kind uint8

const (
	kindString kind = iota + 1
	kindBool
	kindInt32
	kindInt64
	kindFloat64
	kindFloat32
	kindTime
	kindBlob
	kindStruct
	kindList
	kindMap
	kindUnion
	kindRows // a list that goes to decoder.rows
)

// valuePlan says how a value of the schema's type is stored in Go memory.
type valuePlan struct {
	kind    kind
	pointer bool         // the place holds *T, allocated when the value is present
	typ     reflect.Type // T: never a pointer
	fields  *structPlan  // kindStruct
	elem    *valuePlan   // kindList, kindMap
	union   *unionPlan   // kindUnion
	rows    *rowPlan     // kindRows
}

// structPlan maps member names to the fields of one Go struct. It is complete
// before anyone can see it and then never changes.
type structPlan struct {
	members []memberPlan // in the order of the Go fields
	index   map[string]int
}

type memberPlan struct {
	name   string
	offset uintptr
	value  *valuePlan
}

// fewMembers is up to how many members comparing names one by one, starting
// after the last hit, beats hashing: clients send members in a fixed order
// (BenchmarkDecodePutLogEvents).
const fewMembers = 12

// find returns the index of the member called name, or -1. hint is where to
// look first.
func (p *structPlan) find(name []byte, hint int) int {
	n := len(p.members)
	if n <= fewMembers {
		for i := range n {
			j := hint + i
			if j >= n {
				j -= n
			}
			if p.members[j].name == string(name) {
				return j
			}
		}
		return -1
	}
	if i, ok := p.index[string(name)]; ok {
		return i
	}
	return -1
}

// unionPlan maps the variants of a union (a Go interface) to wrapper structs
// with one field called Value.
type unionPlan struct {
	typ      reflect.Type // the interface
	variants map[string]*unionVariant
}

type unionVariant struct {
	wrapper reflect.Type // the struct; *wrapper implements the interface
	value   memberPlan
}

// Unions lists, for each union interface type that inputs can hold, the
// wrapper struct (not pointer) of each variant by member name. It is given by
// the service because Go cannot enumerate the implementations of an interface.
type Unions map[reflect.Type]map[string]reflect.Type

// planner builds plans, one for each Go struct type.
type planner struct {
	unions Unions
	mu     sync.Mutex
	done   map[reflect.Type]*structPlan
}

func newPlanner(unions Unions) *planner {
	return &planner{unions: unions, done: map[reflect.Type]*structPlan{}}
}

// plan returns the plan for decoding a structure of the schema into struct
// type t. Types may be recursive.
func (pl *planner) plan(schema *smithy.Schema, t reflect.Type) (*structPlan, error) {
	pl.mu.Lock()
	defer pl.mu.Unlock()
	return pl.structure(schema, t)
}

func (pl *planner) structure(schema *smithy.Schema, t reflect.Type) (*structPlan, error) {
	if p, ok := pl.done[t]; ok {
		return p, nil
	}
	p := &structPlan{index: map[string]int{}}
	pl.done[t] = p // before the members: a type may hold itself
	if schema == nil {
		return p, nil
	}
	byField := map[string]string{}
	for name := range schema.Members() {
		byField[exportedName(name)] = name
	}
	for f := range fieldsOf(t) {
		name, ok := byField[f.Name]
		if !ok {
			continue // ResultMetadata, noSmithyDocumentSerde
		}
		delete(byField, f.Name)
		v, err := pl.value(schema.Member(name), f.Type)
		if err != nil {
			delete(pl.done, t)
			return nil, fmt.Errorf("%s.%s: %w", t, f.Name, err)
		}
		p.index[name] = len(p.members)
		p.members = append(p.members, memberPlan{name: name, offset: f.Offset, value: v})
	}
	for _, name := range byField {
		delete(pl.done, t)
		return nil, fmt.Errorf("%s has no field for member %q", t, name)
	}
	return p, nil
}

func fieldsOf(t reflect.Type) func(yield func(reflect.StructField) bool) {
	return func(yield func(reflect.StructField) bool) {
		for i := range t.NumField() {
			if f := t.Field(i); f.IsExported() && !yield(f) {
				return
			}
		}
	}
}

// exportedName is the Go field name of a member: the SDK raises the first
// letter.
func exportedName(member string) string {
	if c := member[0]; 'a' <= c && c <= 'z' {
		return string(c-'a'+'A') + member[1:]
	}
	return member
}

var timeType = reflect.TypeFor[time.Time]()

func (pl *planner) value(schema *smithy.Schema, t reflect.Type) (*valuePlan, error) {
	v := &valuePlan{typ: t}
	if t.Kind() == reflect.Pointer {
		v.pointer, v.typ = true, t.Elem()
	}
	want := reflect.Invalid
	switch schema.Type() {
	case smithy.ShapeTypeString, smithy.ShapeTypeEnum:
		v.kind, want = kindString, reflect.String
	case smithy.ShapeTypeBoolean:
		v.kind, want = kindBool, reflect.Bool
	case smithy.ShapeTypeInteger, smithy.ShapeTypeIntEnum:
		v.kind, want = kindInt32, reflect.Int32
	case smithy.ShapeTypeLong:
		v.kind, want = kindInt64, reflect.Int64
	case smithy.ShapeTypeFloat:
		v.kind, want = kindFloat32, reflect.Float32
	case smithy.ShapeTypeDouble:
		v.kind, want = kindFloat64, reflect.Float64
	case smithy.ShapeTypeTimestamp:
		v.kind, want = kindTime, reflect.Struct
		if v.typ != timeType {
			return nil, fmt.Errorf("a timestamp in Go type %s", t)
		}
	case smithy.ShapeTypeBlob:
		v.kind, want = kindBlob, reflect.Slice
	case smithy.ShapeTypeStructure:
		v.kind, want = kindStruct, reflect.Struct
		if v.typ.Kind() == want {
			p, err := pl.structure(schema, v.typ)
			if err != nil {
				return nil, err
			}
			v.fields = p
		}
	case smithy.ShapeTypeList, smithy.ShapeTypeSet:
		v.kind, want = kindList, reflect.Slice
		if v.typ.Kind() == want {
			e, err := pl.value(schema.ListMember(), v.typ.Elem())
			if err != nil {
				return nil, err
			}
			v.elem = e
		}
	case smithy.ShapeTypeMap:
		v.kind, want = kindMap, reflect.Map
		if v.typ.Kind() == want {
			e, err := pl.value(schema.MapValue(), v.typ.Elem())
			if err != nil {
				return nil, err
			}
			v.elem = e
		}
	case smithy.ShapeTypeUnion:
		v.kind, want = kindUnion, reflect.Interface
		if v.typ.Kind() == want {
			u, err := pl.unionOf(schema, v.typ)
			if err != nil {
				return nil, err
			}
			v.union = u
		}
	}
	if v.kind == 0 || v.typ.Kind() != want {
		return nil, fmt.Errorf("no way to decode shape type %d of %s into Go type %s", schema.Type(), schema.ID(), t)
	}
	return v, nil
}

func (pl *planner) unionOf(schema *smithy.Schema, t reflect.Type) (*unionPlan, error) {
	u := &unionPlan{typ: t, variants: map[string]*unionVariant{}}
	for name, m := range schema.Members() {
		wrapper, ok := pl.unions[t][name]
		if !ok {
			return nil, fmt.Errorf("union %s: variant %q is not registered", t, name)
		}
		if !reflect.PointerTo(wrapper).Implements(t) {
			return nil, fmt.Errorf("union %s: *%s is not one of its variants", t, wrapper)
		}
		f, ok := wrapper.FieldByName("Value")
		if !ok {
			return nil, fmt.Errorf("union %s: %s has no field Value", t, wrapper)
		}
		v, err := pl.value(m, f.Type)
		if err != nil {
			return nil, fmt.Errorf("union %s, variant %q: %w", t, name, err)
		}
		u.variants[name] = &unionVariant{wrapper: wrapper, value: memberPlan{name: name, offset: f.Offset, value: v}}
	}
	return u, nil
}
