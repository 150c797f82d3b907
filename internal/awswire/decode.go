package awswire

import (
	"reflect"
	"strconv"
	"sync"
	"time"
	"unsafe"

	"github.com/cespare/xxhash/v2"
)

// maxDecodedBytes bounds the Go memory of one decoded request beyond its
// strings: a hundred bytes of "{},{},…" must not become megabytes. A
// PutMetricData of the allowed size with as many values as it can hold stays
// far below.
const maxDecodedBytes = 64 << 20

// decoder fills one Go structure from a reader, led by a plan. It writes
// through unsafe pointers at the offsets the plan took from reflection: the
// same stores that reflect would do, at a third of the cost
// (BenchmarkDecodePutLogEvents). Decoders are pooled; what they hand out is
// never used again by them, except interned strings, which are immutable.
type decoder struct {
	src   reader
	rows  *Rows
	depth int
	left  int // of maxDecodedBytes

	// Optional members are pointers in the SDK's types. Carving them out of
	// small slabs saves an allocation for every single one.
	strings  slab[string]
	bools    slab[bool]
	int32s   slab[int32]
	int64s   slab[int64]
	float32s slab[float32]
	float64s slab[float64]
	times    slab[time.Time]

	interned [512]string
}

// slab hands out pointers into arrays that double in size up to 256 elements.
type slab[T any] struct {
	free []T
	size int
}

func (s *slab[T]) alloc() *T {
	if len(s.free) == 0 {
		s.size = min(max(4, 2*s.size), 256)
		s.free = make([]T, s.size)
	}
	p := &s.free[0]
	s.free = s.free[1:]
	return p
}

var decoders = sync.Pool{New: func() any { return new(decoder) }}

// decode fills the struct at p (of plan's type) from src, and rows with the
// list that plan wants there, if any.
func decode(plan *structPlan, p unsafe.Pointer, rows *Rows, src reader) error {
	d := decoders.Get().(*decoder)
	d.src, d.rows, d.depth, d.left = src, rows, 0, maxDecodedBytes
	defer func() {
		// The rest of a slab would keep this request's memory alive.
		d.src, d.rows = nil, nil
		d.strings, d.bools, d.int32s, d.int64s = slab[string]{}, slab[bool]{}, slab[int32]{}, slab[int64]{}
		d.float32s, d.float64s, d.times = slab[float32]{}, slab[float64]{}, slab[time.Time]{}
		decoders.Put(d)
	}()
	null, err := src.null()
	if err != nil {
		return err
	}
	if !null {
		if err := d.structure(plan, p); err != nil {
			return err
		}
	}
	return src.end()
}

func (d *decoder) enter() error {
	d.depth++
	if d.depth > maxDepth {
		return tooDeep()
	}
	return nil
}

func (d *decoder) charge(n uintptr) error {
	d.left -= int(n)
	if d.left < 0 {
		return &limitError{"the request decodes to more than " + strconv.Itoa(maxDecodedBytes>>20) + " MiB"}
	}
	return nil
}

func (d *decoder) structure(plan *structPlan, base unsafe.Pointer) error {
	if err := d.enter(); err != nil {
		return err
	}
	if err := d.src.beginStruct(); err != nil {
		return err
	}
	next := 0
	for {
		name, ok, err := d.src.nextMember()
		if err != nil {
			return err
		}
		if !ok {
			d.depth--
			return nil
		}
		i := plan.find(name, next)
		if i < 0 {
			unknown := string(name) // before skip reads over it
			if err := d.src.skip(); err != nil {
				return at(err, "."+unknown)
			}
			continue
		}
		m := &plan.members[i]
		if next = i + 1; next == len(plan.members) {
			next = 0
		}
		null, err := d.src.null()
		if err == nil && !null {
			err = d.value(m.value, unsafe.Add(base, m.offset))
		}
		if err != nil {
			return at(err, "."+m.name)
		}
	}
}

// value reads one value into the place dst, which is zero or holds an earlier
// value of the same member.
func (d *decoder) value(v *valuePlan, dst unsafe.Pointer) error {
	switch v.kind {
	case kindString:
		b, err := d.src.readString()
		if err != nil {
			return err
		}
		place(dst, v.pointer, &d.strings, d.string(b))
	case kindInt64:
		n, err := d.src.readInt(64)
		if err != nil {
			return err
		}
		place(dst, v.pointer, &d.int64s, n)
	case kindInt32:
		n, err := d.src.readInt(32)
		if err != nil {
			return err
		}
		place(dst, v.pointer, &d.int32s, int32(n))
	case kindFloat64:
		f, err := d.src.readFloat()
		if err != nil {
			return err
		}
		place(dst, v.pointer, &d.float64s, f)
	case kindFloat32:
		f, err := d.src.readFloat()
		if err != nil {
			return err
		}
		place(dst, v.pointer, &d.float32s, float32(f))
	case kindBool:
		b, err := d.src.readBool()
		if err != nil {
			return err
		}
		place(dst, v.pointer, &d.bools, b)
	case kindTime:
		t, err := d.src.readTime()
		if err != nil {
			return err
		}
		place(dst, v.pointer, &d.times, t)
	case kindBlob:
		b, err := d.src.readBlob()
		if err != nil {
			return err
		}
		*(*[]byte)(dst) = append(make([]byte, 0, len(b)), b...)
	case kindStruct:
		if v.pointer {
			if err := d.charge(v.typ.Size()); err != nil {
				return err
			}
			p := reflect.New(v.typ).UnsafePointer()
			*(*unsafe.Pointer)(dst) = p
			dst = p
		}
		return d.structure(v.fields, dst)
	case kindList:
		return d.list(v, dst)
	case kindMap:
		return d.mapping(v, dst)
	case kindUnion:
		return d.unionValue(v.union, dst)
	case kindRows:
		return d.readRows(v.rows)
	}
	return nil
}

// place stores v at dst: in place, or behind a pointer into the slab.
func place[T any](dst unsafe.Pointer, pointer bool, s *slab[T], v T) {
	if !pointer {
		*(*T)(dst) = v
		return
	}
	p := s.alloc()
	*p = v
	*(**T)(dst) = p
}

func (d *decoder) list(v *valuePlan, dst unsafe.Pointer) error {
	if err := d.enter(); err != nil {
		return err
	}
	claimed, err := d.src.beginList()
	if err != nil {
		return err
	}
	list := reflect.NewAt(v.typ, dst).Elem()
	elem := v.typ.Elem()
	size := elem.Size()
	// The claim only sizes the first allocation, and only up to a page or two.
	room := min(max(claimed, 4), max(4, 8192/max(1, int(size))))
	list.Set(reflect.MakeSlice(v.typ, 0, 0)) // a present empty list is not nil
	n := 0
	var base unsafe.Pointer
	for {
		ok, err := d.src.nextItem()
		if err != nil {
			return atIndex(err, n)
		}
		if !ok {
			break
		}
		if err := d.charge(size); err != nil {
			return err
		}
		if n == list.Len() {
			list.SetLen(n)
			list.Grow(max(room-n, 1))
			list.SetLen(list.Cap())
			base = list.UnsafePointer()
		}
		null, err := d.src.null()
		if err == nil && null {
			err = typeErrorf("null is not allowed in a list")
		}
		if err == nil {
			err = d.value(v.elem, unsafe.Add(base, uintptr(n)*size))
		}
		if err != nil {
			list.SetLen(n)
			return atIndex(err, n)
		}
		n++
	}
	list.SetLen(n)
	d.depth--
	return nil
}

func (d *decoder) mapping(v *valuePlan, dst unsafe.Pointer) error {
	if err := d.enter(); err != nil {
		return err
	}
	if err := d.src.beginMap(); err != nil {
		return err
	}
	m := reflect.NewAt(v.typ, dst).Elem()
	m.Set(reflect.MakeMap(v.typ))
	keyType, elemType := v.typ.Key(), v.typ.Elem()
	for {
		key, ok, err := d.src.nextKey()
		if err != nil {
			return err
		}
		if !ok {
			d.depth--
			return nil
		}
		null, err := d.src.null()
		if err == nil && null {
			continue
		}
		if err == nil {
			// A map entry costs its key, its value and about as much again.
			err = d.charge(2 * (keyType.Size() + elemType.Size()))
		}
		if err == nil {
			e := reflect.New(elemType)
			if err = d.value(v.elem, e.UnsafePointer()); err == nil {
				m.SetMapIndex(reflect.ValueOf(key).Convert(keyType), e.Elem())
			}
		}
		if err != nil {
			return at(err, "["+strconv.Quote(key)+"]")
		}
	}
}

// unionValue reads a structure of which exactly one known member is present.
func (d *decoder) unionValue(u *unionPlan, dst unsafe.Pointer) error {
	if err := d.enter(); err != nil {
		return err
	}
	if err := d.src.beginStruct(); err != nil {
		return err
	}
	place := reflect.NewAt(u.typ, dst).Elem()
	for {
		name, ok, err := d.src.nextMember()
		if err != nil {
			return err
		}
		if !ok {
			d.depth--
			return nil
		}
		variant := u.variants[string(name)]
		if variant == nil {
			unknown := string(name) // before skip reads over it
			if err := d.src.skip(); err != nil {
				return at(err, "."+unknown)
			}
			continue
		}
		null, err := d.src.null()
		if err != nil {
			return at(err, "."+variant.value.name)
		}
		if null {
			continue
		}
		if !place.IsNil() {
			return typeErrorf("a union with more than one member, the second being %q,", variant.value.name)
		}
		if err := d.charge(variant.wrapper.Size()); err != nil {
			return err
		}
		w := reflect.New(variant.wrapper)
		if err := d.value(variant.value.value, unsafe.Add(w.UnsafePointer(), variant.value.offset)); err != nil {
			return at(err, "."+variant.value.name)
		}
		place.Set(w)
	}
}

// maxInterned is the longest string worth interning: names, units and
// dimension values repeat within and between requests; messages do not.
const maxInterned = 48

// string copies b into a string of its own, so that a handler may keep it
// without keeping the request alive.
func (d *decoder) string(b []byte) string {
	if len(b) == 0 {
		return ""
	}
	if len(b) > maxInterned {
		return string(b)
	}
	slot := &d.interned[xxhash.Sum64(b)%uint64(len(d.interned))]
	if *slot == string(b) {
		return *slot
	}
	*slot = string(b)
	return *slot
}
