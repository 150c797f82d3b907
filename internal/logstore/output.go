package logstore

import "skywatch/internal/logs"

// output gathers events into a block.
type output struct {
	want   logs.Columns
	block  logs.Block
	groups []logs.GroupID // for groupColumn
}

// addBatch adds n events of b from at on, stepping by step (1 or -1).
func (o *output) addBatch(b *batch, at, n, step int) {
	out := &o.block
	out.Len += n
	for range n {
		if o.want&logs.ColGroup != 0 {
			out.Groups = append(out.Groups, b.group)
		}
		if o.want&logs.ColStream != 0 {
			out.Streams = append(out.Streams, b.stream)
		}
		if o.want&logs.ColTimestamp != 0 {
			out.Timestamps = append(out.Timestamps, b.timestamps[at])
		}
		if o.want&logs.ColIngested != 0 {
			out.Ingested = append(out.Ingested, b.ingested)
		}
		if o.want&logs.ColSeq != 0 {
			out.Seqs = append(out.Seqs, b.firstSeq+uint64(at))
		}
		if o.want&logs.ColMessage != 0 {
			out.Messages = append(out.Messages, b.messages[at])
		}
		at += step
	}
}

// addRows adds n rows of c from at on, stepping by step; at counts in sel, or
// in c when sel is nil. On error nothing is added.
func (o *output) addRows(g logs.GroupID, c *columns, sel []int32, at, n, step int) error {
	out := &o.block
	if o.want&logs.ColMessage != 0 {
		var err error
		if out.Messages, err = c.appendMessages(out.Messages, sel, at, n, step); err != nil {
			return err
		}
	}
	out.Len += n
	for range n {
		row := at
		if sel != nil {
			row = int(sel[at])
		}
		if o.want&logs.ColGroup != 0 {
			out.Groups = append(out.Groups, g)
		}
		if o.want&logs.ColStream != 0 {
			out.Streams = append(out.Streams, c.streams[row])
		}
		if o.want&logs.ColTimestamp != 0 {
			out.Timestamps = append(out.Timestamps, c.timestamps[row])
		}
		if o.want&logs.ColIngested != 0 {
			out.Ingested = append(out.Ingested, c.ingested[row])
		}
		if o.want&logs.ColSeq != 0 {
			out.Seqs = append(out.Seqs, c.seqs[row])
		}
		at += step
	}
	return nil
}

// flush delivers what is gathered, if anything, and begins anew.
func (o *output) flush(yield func(*logs.Block) error) error {
	b := &o.block
	if b.Len == 0 {
		return nil
	}
	err := yield(b)
	clear(b.Messages) // let the text go
	*b = logs.Block{
		Groups: b.Groups[:0], Streams: b.Streams[:0], Timestamps: b.Timestamps[:0],
		Ingested: b.Ingested[:0], Seqs: b.Seqs[:0], Messages: b.Messages[:0],
	}
	return err
}

// groupColumn returns n times g.
func (o *output) groupColumn(g logs.GroupID, n int) []logs.GroupID {
	if len(o.groups) < n || o.groups[0] != g {
		o.groups = o.groups[:0]
		for range max(n, maxBlock) {
			o.groups = append(o.groups, g)
		}
	}
	return o.groups[:n]
}
