package queries

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"sort"

	"github.com/klauspost/compress/s2"
)

// packedRows are the rows of a result as they are kept: a fraction of what their
// cells take, and read a page at a time. They never change once they are made.
//
//	page = S2 block of row…
//	row  = cells:uvarint, cell…
//	cell = field:uvarint (a place in fields), length:uvarint, text
//
// Pages do not leave the process. BenchmarkPack has sizes and times.
type packedRows struct {
	fields []string
	pages  []packedPage
	count  int   // rows in all
	bytes  int64 // what all of it holds, as estimated
}

type packedPage struct {
	end  int // the number of the row behind the last one
	rows []byte
}

// A page ends with the row that reaches one of these: a question for few rows
// unpacks at least a page.
const (
	pageRows = 1000
	pageText = 256 << 10
)

// pack packs rows, which it does not keep.
func pack(rows [][]Cell) packedRows {
	p := packedRows{count: len(rows)}
	places := map[string]int{}
	var text, block []byte
	from := 0
	for i, row := range rows {
		text = binary.AppendUvarint(text, uint64(len(row)))
		for j, c := range row {
			place, ok := j, j < len(p.fields) && p.fields[j] == c.Field // as in most rows
			if !ok {
				place, ok = places[c.Field]
			}
			if !ok {
				place = len(p.fields)
				places[c.Field] = place
				p.fields = append(p.fields, c.Field)
				p.bytes += int64(len(c.Field)) + cellOverhead
			}
			text = binary.AppendUvarint(text, uint64(place))
			text = binary.AppendUvarint(text, uint64(len(c.Value)))
			text = append(text, c.Value...)
		}
		if i+1-from == pageRows || len(text) >= pageText || i+1 == len(rows) {
			block = s2.Encode(block[:cap(block)], text)
			p.pages = append(p.pages, packedPage{i + 1, bytes.Clone(block)})
			p.bytes += int64(len(block)) + 64
			from, text = i+1, text[:0]
		}
	}
	return p
}

// slice unpacks the rows from number from on, at most n.
func (p *packedRows) slice(from, n int) [][]Cell {
	if from >= p.count || n <= 0 {
		return nil
	}
	n = min(n, p.count-from)
	rows := make([][]Cell, 0, n)
	at := sort.Search(len(p.pages), func(i int) bool { return p.pages[i].end > from })
	for ; len(rows) < n; at++ {
		first := 0
		if at > 0 {
			first = p.pages[at-1].end
		}
		rows = p.unpack(rows, at, max(0, from-first), min(p.pages[at].end, from+n)-first)
	}
	return rows
}

// unpack appends rows first to last, exclusive, of a page.
func (p *packedRows) unpack(rows [][]Cell, page, first, last int) [][]Cell {
	block, err := s2.Decode(nil, p.pages[page].rows)
	if err != nil {
		panic(fmt.Sprintf("queries: unpack page %d of a result: %v", page, err))
	}
	// Cells are parts of one text, and rows of one slice.
	text := string(block)
	at := 0
	number := func() int {
		v, n := binary.Uvarint(block[at:])
		at += n
		return int(v)
	}
	var cells []Cell
	for i := range last {
		n := number()
		if cap(cells)-len(cells) < n {
			cells = make([]Cell, 0, max(n, n*(last-i)))
		}
		from := len(cells)
		for range n {
			place := number()
			size := number()
			if i >= first {
				cells = append(cells, Cell{Field: p.fields[place], Value: text[at : at+size]})
			}
			at += size
		}
		if i >= first {
			rows = append(rows, cells[from:len(cells):len(cells)])
		}
	}
	return rows
}
