package segment

import (
	"encoding/binary"
	"fmt"

	"skywatch/internal/logs"
)

// appendFooter encodes the raw footer.
func appendFooter(dst []byte, groups []Group, blocks []Block) []byte {
	u := func(v uint64) { dst = binary.AppendUvarint(dst, v) }
	i := func(v int64) { dst = binary.AppendVarint(dst, v) }
	u(uint64(len(groups)))
	prevGroup := logs.GroupID(0)
	for _, g := range groups {
		u(uint64(g.Group - prevGroup))
		prevGroup = g.Group
		u(uint64(len(g.Streams)))
		prevStream := logs.StreamID(0)
		for _, s := range g.Streams {
			u(uint64(s.Stream - prevStream))
			prevStream = s.Stream
			u(uint64(s.Events))
			u(uint64(s.Bytes))
			i(s.First)
			u(uint64(s.Last - s.First))
			i(s.LastIngestion)
			u(s.MinSeq)
			u(s.MaxSeq - s.MinSeq)
		}
		u(uint64(g.Blocks))
		for _, b := range blocks[g.FirstBlock : g.FirstBlock+g.Blocks] {
			u(uint64(b.Rows))
			u(uint64(b.Bytes))
			i(b.First.Timestamp)
			u(uint64(b.Last.Timestamp - b.First.Timestamp))
			u(b.First.Seq)
			u(b.Last.Seq)
			u(b.MinSeq)
			u(b.MaxSeq - b.MinSeq)
			u(uint64(b.MinStream))
			u(uint64(b.MaxStream - b.MinStream))
			u(uint64(len(b.order())))
			for _, k := range b.order() {
				c := b.columns[k]
				dst = append(dst, byte(k), byte(c.enc))
				u(uint64(c.length))
				dst = binary.LittleEndian.AppendUint32(dst, c.sum)
			}
			u(uint64(b.filter.length))
			dst = binary.LittleEndian.AppendUint32(dst, b.filter.sum)
		}
	}
	return dst
}

// footerDecoder reads the raw footer; the first failure sticks.
type footerDecoder struct {
	b   []byte
	off int64 // where the next chunk lies
	end int64 // before which chunks end
	err error

	filters bool // the version has them
}

func (d *footerDecoder) fail(format string, args ...any) {
	if d.err == nil {
		d.err = fmt.Errorf("%w: footer: %s", logs.ErrCorrupt, fmt.Sprintf(format, args...))
	}
	d.b = nil
}

func (d *footerDecoder) uint() uint64 {
	v, w := binary.Uvarint(d.b)
	if w <= 0 {
		d.fail("it ends inside a number")
		return 0
	}
	d.b = d.b[w:]
	return v
}

func (d *footerDecoder) int() int64 {
	v, w := binary.Varint(d.b)
	if w <= 0 {
		d.fail("it ends inside a number")
		return 0
	}
	d.b = d.b[w:]
	return v
}

// count reads a number of things of at least size bytes each, which the rest
// of the footer must be able to hold: only then may they be allocated.
func (d *footerDecoder) count(what string, size int) int {
	n := d.uint()
	if n > uint64(len(d.b)/size) {
		d.fail("%d %s in %d bytes", n, what, len(d.b))
		return 0
	}
	return int(n)
}

// footer is a decoded footer with its trailer.
type footer struct {
	trailer
	groups    []Group
	blocks    []Block
	blocksEnd int64 // offset behind the last block
	end       int64 // offset behind the last footer, the size of the file as it was written
}

// decodeFooter reads the raw footer of a trailer.
func decodeFooter(raw []byte, t trailer) (*footer, error) {
	d := &footerDecoder{b: raw, off: headerSize, end: t.offset, filters: t.version >= 3}
	n := d.count("groups", 30)
	groups := make([]Group, 0, n)
	var blocks []Block
	prev := logs.GroupID(0)
	for range n {
		g := Group{Group: prev + logs.GroupID(d.uint()), FirstBlock: len(blocks)}
		if g.Group <= prev {
			d.fail("group %d after %d", g.Group, prev)
		}
		prev = g.Group
		d.streams(&g)
		blocks = d.blocks(&g, blocks)
		if d.err != nil {
			return nil, d.err
		}
		groups = append(groups, g)
	}
	if len(d.b) != 0 {
		d.fail("%d bytes behind the last group", len(d.b))
	}
	f := &footer{trailer: t, groups: groups, blocks: blocks, blocksEnd: d.off}
	if d.place(f); d.err != nil {
		return nil, d.err
	}
	return f, nil
}

// place says where the text filters lie, and checks that the footer lies where
// it can: behind them or, from version 4 on, between them and the blocks.
func (d *footerDecoder) place(f *footer) {
	at := f.blocksEnd
	if f.version >= 4 {
		at += f.length()
	}
	for i := range f.blocks {
		f.blocks[i].filter.offset = at
		at += int64(f.blocks[i].filter.length)
	}
	if f.offset != at && !f.first() {
		d.fail("it lies at offset %d, its blocks end at %d and their filters at %d", f.offset, f.blocksEnd, at)
	}
	f.end = at + f.length()
}

// first reports whether this is the first of a file's two footers.
func (f *footer) first() bool { return f.version >= 4 && f.offset == f.blocksEnd }

func (d *footerDecoder) streams(g *Group) {
	n := d.count("streams", 8)
	if n == 0 {
		d.fail("group %d has no streams", g.Group)
	}
	g.Streams = make([]Stream, 0, n)
	prev := logs.StreamID(0)
	for range n {
		s := Stream{Stream: prev + logs.StreamID(d.uint())}
		s.Events, s.Bytes = int64(d.uint()), int64(d.uint())
		s.First = d.int()
		s.Last = s.First + int64(d.uint())
		s.LastIngestion = d.int()
		s.MinSeq = d.uint()
		s.MaxSeq = s.MinSeq + d.uint()
		if s.Stream <= prev || s.Events <= 0 || s.Bytes < 0 || s.Last < s.First || s.MaxSeq < s.MinSeq {
			d.fail("stream %d of group %d: %+v", s.Stream, g.Group, s)
			return
		}
		prev = s.Stream
		g.Streams = append(g.Streams, s)
	}
	g.sum()
}

func (d *footerDecoder) blocks(g *Group, blocks []Block) []Block {
	g.Blocks = d.count("blocks", 11)
	rows, bytes := int64(0), int64(0)
	for i := range g.Blocks {
		b := Block{Group: g.Group, Rows: int(min(d.uint(), maxBlockRows+1)), Bytes: int64(min(d.uint(), maxBlockBytes+1))}
		b.First.Timestamp = d.int()
		b.Last.Timestamp = b.First.Timestamp + int64(d.uint())
		b.First.Seq, b.Last.Seq = d.uint(), d.uint()
		b.MinSeq = d.uint()
		b.MaxSeq = b.MinSeq + d.uint()
		b.MinStream = logs.StreamID(d.uint())
		b.MaxStream = b.MinStream + logs.StreamID(d.uint())
		if b.Rows == 0 || b.Rows > maxBlockRows || b.Bytes > maxBlockBytes || b.Last.Less(b.First) ||
			i > 0 && !blocks[len(blocks)-1].Last.Less(b.First) || b.MaxSeq < b.MinSeq || b.MaxStream < b.MinStream {
			d.fail("block %d of group %d: %+v", i, g.Group, b)
		}
		d.columns(&b)
		if d.filters {
			d.filter(&b)
		}
		if d.err != nil {
			return nil
		}
		rows += int64(b.Rows)
		bytes += b.Bytes
		blocks = append(blocks, b)
	}
	if rows != g.Events || bytes != g.Bytes {
		d.fail("blocks of group %d hold %d events and %d bytes, its streams %d and %d", g.Group, rows, bytes, g.Events, g.Bytes)
	}
	return blocks
}

func (d *footerDecoder) columns(b *Block) {
	for range d.count("columns", 7) {
		if len(d.b) < 7 {
			d.fail("it ends inside a column")
			return
		}
		k := kind(d.b[0])
		c := chunk{offset: d.off, enc: encoding(d.b[1])}
		d.b = d.b[2:]
		n := d.uint()
		if len(d.b) < 4 || n > uint64(d.end-d.off) {
			d.fail("column of %d bytes at %d, the footer lies at %d", n, d.off, d.end)
			return
		}
		c.length = int(n)
		c.sum = binary.LittleEndian.Uint32(d.b)
		d.b = d.b[4:]
		d.off += int64(n)
		if k < kindEnd && c.enc != 0 {
			b.columns[k] = c
		}
	}
	for k := kindTimestamps; k <= kindMessages; k++ {
		if b.columns[k].enc == 0 {
			d.fail("block has no column of kind %d", k)
			return
		}
	}
}

func (d *footerDecoder) filter(b *Block) {
	n := d.uint()
	if len(d.b) < sumSize || n > maxFilterBytes {
		d.fail("text filter of %d bytes", n)
		return
	}
	b.filter = chunk{length: int(n), sum: binary.LittleEndian.Uint32(d.b)}
	d.b = d.b[sumSize:]
}
