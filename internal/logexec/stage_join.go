package logexec

import (
	"strings"

	"skywatch/internal/lang/insights"
)

// joinPlan is a join at work: the right side's rows by their key. It is also
// how fields that begin with one of the aliases find their side.
type joinPlan struct {
	left, right string
	sub         *compiler
	slots       map[string]int // right field to slot
	order       []joinField
	table       map[string][][]value // values in the order of order
}

type joinField struct {
	slot int
	eval eval
}

const (
	leftSide = 1 + iota
	rightSide
)

// side says whose field a path names, 0 for neither.
func (j *joinPlan) side(path []string) int {
	switch {
	case j == nil || len(path) < 2:
		return 0
	case path[0] == j.left:
		return leftSide
	case path[0] == j.right:
		return rightSide
	}
	return 0
}

// field is the slot of a field of the right side.
func (j *joinPlan) field(c *compiler, path []string) int {
	name := strings.Join(path, ".")
	slot, ok := j.slots[name]
	if !ok {
		slot = c.newSlot()
		j.slots[name] = slot
		j.order = append(j.order, joinField{slot, j.sub.field(path)})
	}
	return slot
}

func (c *compiler) join(cmd *insights.Join) {
	key := c.field(cmd.LeftKey.Path)
	j := &joinPlan{left: cmd.Left, right: cmd.Right, sub: c.sub(cmd.Sub), slots: map[string]int{}}
	c.joined = j
	rightKey := j.sub.field(cmd.RightKey.Path)
	c.later = append(c.later, j.sub.finish)
	c.plan.prepare = append(c.plan.prepare, func(e *execution) error { return j.fill(e, rightKey) })
	c.add(stage{name: "join", many: true, make: func(next sink, _ *budget) sink {
		var b []byte
		return eachRow{next, func(r *row) error {
			var partners [][]value
			if v := key(r); v.kind != null && v.kind != tree {
				b = appendKey(b[:0], &v)
				partners = j.table[string(b)]
			}
			if len(partners) == 0 && cmd.Outer {
				for _, f := range j.order {
					r.vals[f.slot] = value{}
				}
				return next.push(r)
			}
			for _, vals := range partners {
				for i, f := range j.order {
					r.vals[f.slot] = vals[i]
				}
				if err := next.push(r); err != nil {
					return err
				}
			}
			return nil
		}}
	}})
}

// fill runs the right side.
func (j *joinPlan) fill(e *execution, key eval) error {
	j.table = map[string][][]value{}
	var b []byte
	return e.subquery(j.sub, func(r *row) error {
		v := key(r)
		if v.kind == null || v.kind == tree {
			return nil
		}
		b = appendKey(b[:0], &v)
		rows, ok := j.table[string(b)]
		size := int64(0)
		if !ok {
			if len(j.table) >= maxSubValues {
				return &LimitError{What: "keys", Limit: maxSubValues, Unit: "different keys on the right", Where: "join"}
			}
			size += int64(len(b)) + 96
		}
		vals := make([]value, len(j.order))
		for i, f := range j.order {
			vals[i] = f.eval(r)
			size += vals[i].held()
		}
		j.table[string(b)] = append(rows, vals)
		return e.budget.take(size+24, "join")
	})
}
