package awswire

import (
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unsafe"
)

// maxFormNodes bounds the tree that a form is parsed into. The longest valid
// form, a megabyte of PutMetricData values, has some thirty thousand.
const maxFormNodes = 1 << 18

// formNode is a form parsed along the dots of its field names:
// MetricData.member.1.Value=2 is the value 2 at the node
// MetricData → member → 1 → Value.
type formNode struct {
	name     string
	value    string
	hasValue bool
	children []*formNode          // in order of first appearance
	index    map[string]*formNode // when there are more than fewMembers children
}

func (n *formNode) child(name string) *formNode {
	if n.index != nil {
		return n.index[name]
	}
	for _, c := range n.children {
		if c.name == name {
			return c
		}
	}
	return nil
}

func (n *formNode) add(name string) *formNode {
	c := &formNode{name: name}
	n.children = append(n.children, c)
	if n.index == nil && len(n.children) > fewMembers {
		n.index = make(map[string]*formNode, 2*fewMembers)
		for _, c := range n.children {
			n.index[c.name] = c
		}
	} else if n.index != nil {
		n.index[name] = c
	}
	return c
}

// parseForm reads application/x-www-form-urlencoded text into a tree. The
// first of several values of one field counts.
func parseForm(s string) (*formNode, error) {
	root := &formNode{}
	nodes := 0
	for len(s) > 0 {
		var field string
		field, s, _ = strings.Cut(s, "&")
		if field == "" {
			continue
		}
		key, value, _ := strings.Cut(field, "=")
		key, err := unescapeForm(key)
		if err != nil {
			return nil, err
		}
		if value, err = unescapeForm(value); err != nil {
			return nil, err
		}
		n := root
		depth := 0
		for more := true; more; {
			var part string
			part, key, more = strings.Cut(key, ".")
			if depth++; depth > maxDepth {
				return nil, tooDeep()
			}
			c := n.child(part)
			if c == nil {
				if nodes++; nodes > maxFormNodes {
					return nil, &limitError{"the form has more than " + strconv.Itoa(maxFormNodes) + " fields"}
				}
				c = n.add(part)
			}
			n = c
		}
		if !n.hasValue {
			n.value, n.hasValue = value, true
		}
	}
	return root, nil
}

func unescapeForm(s string) (string, error) {
	if !strings.ContainsAny(s, "%+") {
		return s, nil
	}
	u, err := url.QueryUnescape(s)
	if err != nil {
		return "", syntaxErrorf("the form has a bad escape in %s", quote(s))
	}
	return u, nil
}

// formReader reads the Query protocol: lists are Name.member.N, maps
// Name.entry.N.key and .value, N from 1, in any order and with gaps.
type formReader struct {
	cur   *formNode // the value that stands next
	stack []formFrame
}

// formFrame is an open structure, list or map: its children in reading order.
type formFrame struct {
	items []*formNode
	next  int
}

var _ reader = (*formReader)(nil)

func newFormReader(root *formNode) *formReader { return &formReader{cur: root} }

func (r *formReader) null() (bool, error) { return false, nil }

// open starts reading items. A node with a value of its own instead of
// children is no structure; the empty value is how clients write an empty list.
func (r *formReader) open(items []*formNode, want string) error {
	if len(r.cur.children) == 0 && r.cur.value != "" {
		return typeErrorf("the value %s is not %s", quote(r.cur.value), want)
	}
	r.stack = append(r.stack, formFrame{items: items})
	return nil
}

func (r *formReader) step() bool {
	f := &r.stack[len(r.stack)-1]
	if f.next == len(f.items) {
		r.stack = r.stack[:len(r.stack)-1]
		return false
	}
	r.cur = f.items[f.next]
	f.next++
	return true
}

func (r *formReader) beginStruct() error { return r.open(r.cur.children, "a structure") }

func (r *formReader) nextMember() ([]byte, bool, error) {
	if !r.step() {
		return nil, false, nil
	}
	return bytesOf(r.cur.name), true, nil
}

// numbered returns the children of the child called name, sorted by number.
func (r *formReader) numbered(name string) ([]*formNode, error) {
	parent := r.cur.child(name)
	if parent == nil {
		return nil, nil
	}
	type numbered struct {
		n    uint64
		node *formNode
	}
	items := make([]numbered, len(parent.children))
	sorted := true
	for i, c := range parent.children {
		n, err := strconv.ParseUint(c.name, 10, 32)
		if err != nil {
			return nil, typeErrorf("%s is not the number of a list element", quote(c.name))
		}
		items[i] = numbered{n, c}
		sorted = sorted && (i == 0 || items[i-1].n < n)
	}
	if sorted {
		return parent.children, nil
	}
	slices.SortFunc(items, func(a, b numbered) int {
		if a.n < b.n {
			return -1
		}
		if a.n > b.n {
			return 1
		}
		return strings.Compare(a.node.name, b.node.name) // 1 and 01
	})
	out := make([]*formNode, len(items))
	for i := range items {
		out[i] = items[i].node
	}
	return out, nil
}

func (r *formReader) beginList() (int, error) {
	items, err := r.numbered("member")
	if err != nil {
		return 0, err
	}
	return len(items), r.open(items, "a list")
}

func (r *formReader) nextItem() (bool, error) { return r.step(), nil }

func (r *formReader) beginMap() error {
	items, err := r.numbered("entry")
	if err != nil {
		return err
	}
	return r.open(items, "a map")
}

func (r *formReader) nextKey() (string, bool, error) {
	if !r.step() {
		return "", false, nil
	}
	key, value := r.cur.child("key"), r.cur.child("value")
	if key == nil {
		return "", false, typeErrorf("the map entry %s has no key", quote(r.cur.name))
	}
	if value == nil {
		value = &formNode{name: "value", hasValue: true}
	}
	r.cur = value
	return key.value, true, nil
}

// scalar returns the value as text.
func (r *formReader) scalar(want string) (string, error) {
	if !r.cur.hasValue {
		return "", typeErrorf("a structure or list is not %s", want)
	}
	return r.cur.value, nil
}

func (r *formReader) readString() ([]byte, error) {
	s, err := r.scalar("a String")
	return bytesOf(s), err
}

// bytesOf views a string as bytes that nobody may change.
func bytesOf(s string) []byte { return unsafe.Slice(unsafe.StringData(s), len(s)) }

func (r *formReader) readBool() (bool, error) {
	s, err := r.scalar("a Boolean")
	if err != nil {
		return false, err
	}
	switch strings.ToLower(s) {
	case "true":
		return true, nil
	case "false":
		return false, nil
	}
	return false, typeErrorf("%s is not a valid Boolean", quote(s))
}

func (r *formReader) appendString(dst []byte) ([]byte, error) {
	b, err := r.readString()
	return append(dst, b...), err
}

func (r *formReader) readInt(bits int) (int64, error) {
	s, err := r.scalar(intTypeName(bits))
	if err != nil {
		return 0, err
	}
	n, err := strconv.ParseInt(strings.TrimSpace(s), 10, bits)
	if err != nil {
		return 0, typeErrorf("%s is not a valid %s", quote(s), strings.TrimPrefix(strings.TrimPrefix(intTypeName(bits), "an "), "a "))
	}
	return n, nil
}

func (r *formReader) readFloat() (float64, error) {
	s, err := r.scalar("a Double")
	if err != nil {
		return 0, err
	}
	t := strings.TrimSpace(s)
	switch t {
	case "NaN", "Infinity", "-Infinity":
		return strconv.ParseFloat(t, 64)
	}
	f, ok := parseNumber(t)
	if !ok {
		return 0, typeErrorf("%s is not a valid Double", quote(s))
	}
	return f, nil
}

func (r *formReader) readTime() (time.Time, error) {
	s, err := r.scalar("a Timestamp")
	if err != nil {
		return time.Time{}, err
	}
	return parseTime(s)
}

func (r *formReader) readBlob() ([]byte, error) {
	s, err := r.scalar("a Blob")
	if err != nil {
		return nil, err
	}
	return decodeBase64(bytesOf(s))
}

func (r *formReader) skip() error { return nil }
func (r *formReader) end() error  { return nil }
