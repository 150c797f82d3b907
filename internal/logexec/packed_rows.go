package logexec

import (
	"math"
	"runtime"
)

// packer counts rows by packed keys beside the table of a grouper. Aggregates
// of numbers are put off: the numbers are noted with their row, and added at the
// end to those groups that can be shown (packed_settle.go).
type packer struct {
	shapes *keyShapes
	table  packedTable
	counts []int // the calls that count rows
	nums   []int // those of numbers

	late    []lateNumbers // of the rows that are being added, by nums
	rows    int           // added
	waiting int           // packedRows that wait in the table
	groups  int           // in the table
	bytes   int64         // taken from the budget
}

// lateAggregate can take its numbers at any time and in any order.
type lateAggregate interface {
	aggregate
	late(f float64) (grown int64)
}

func (a *sumAgg) late(f float64) int64 {
	a.sum.Add(f)
	a.n++
	return 0
}

func (a *spreadAgg) late(f float64) int64 { a.see(f); return 0 }

func (a *percentileAgg) late(f float64) int64 { return a.see(f) }

// nan stands for no number: no aggregate is given one.
var nan = math.NaN()

// packs lets the grouper of a worker pack keys; whoever absorbs it settles them.
// Nothing changes when an aggregate has to see its rows at once.
func (s *grouper) packs(shapes *keyShapes) {
	p := &packer{shapes: shapes}
	for j, make := range s.makers {
		switch make().(type) {
		case *countAgg:
			if s.plan.calls[j].arg != nil {
				return
			}
			p.counts = append(p.counts, j)
		case lateAggregate:
			p.nums = append(p.nums, j)
		default:
			return
		}
	}
	p.late = make([]lateNumbers, len(p.nums))
	s.packed = p
}

// packedShare is which part of the budget, as its divisor, the packed groups and
// late numbers of all workers may take before they are settled; packedWait is
// for how many bytes of rows a worker waits before it counts them. Tests change
// them.
var (
	packedShare int64 = 2
	packedWait  int64 = 16 << 20
)

func maxPacked(b *budget) int64 {
	return b.max / packedShare / int64(min(maxWorkers, runtime.GOMAXPROCS(0)))
}

// add notes rows and their numbers. Only here groups change: all that can fail
// for damage comes before.
func (p *packer) add(w *partWorker, g *grouper, keys []packedKey, sel []uint32, vecs []*numberVec) error {
	for c, j := range p.nums {
		p.late[c] = lateNumbers{}
		if v := vecs[j]; !v.nothing {
			p.late[c] = lateNumbers{v.floats(w), v.kind}
		}
	}
	begun := p.table.note(keys, sel, p.late)
	p.rows += len(sel)
	p.waiting += begun
	waits, _ := packedRowsBytes(len(p.nums))
	if err := p.take(g.budget, int64(begun)*waits); err != nil {
		return g.unpack()
	}
	if most := maxPacked(g.budget); int64(p.waiting)*waits > packedWait || p.bytes > most {
		if err := p.count(g.budget); err != nil || p.bytes > most || p.groups > g.plan.max {
			return g.unpack()
		}
	}
	return nil
}

func (p *packer) take(b *budget, n int64) error {
	p.bytes += n
	return b.take(n, "stats")
}

// count counts the rows that wait.
func (p *packer) count(b *budget) error {
	before := p.groups
	p.groups = 0
	for i := range p.table.parts {
		part := &p.table.parts[i]
		part.countWaiting(part.waiting)
		part.waiting, part.filling = nil, nil
		p.groups += max(0, len(part.list)-1)
	}
	waits, late := packedRowsBytes(len(p.nums))
	grown := int64(p.waiting)*(late-waits) + int64(p.groups-before)*packedGroupBytes
	p.waiting = 0
	return p.take(b, grown)
}
