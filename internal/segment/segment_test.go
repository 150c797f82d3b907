package segment

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"skywatch/internal/logs"
	"skywatch/internal/logtype"
	"skywatch/internal/scripttest"
)

// rows returns n sorted rows of some groups, of every shape a column has a
// special case for.
func rows(rng *rand.Rand, n int) []Row {
	out := make([]Row, 0, n)
	r := Row{Group: 1, Timestamp: math.MinInt64 / 2}
	for i := range n {
		switch rng.IntN(400) {
		case 0:
			r.Group += logs.GroupID(1 + rng.IntN(3))
			r.Timestamp = rng.Int64N(1e15) - 5e14
		case 1:
			r.Timestamp += rng.Int64N(1 << 40)
		}
		r.Timestamp += int64(rng.IntN(3))
		r.Seq = uint64(i + 1)
		r.Stream = logs.StreamID(1 + rng.IntN(3))
		if rng.IntN(10) == 0 {
			r.Stream = logs.StreamID(rng.Uint64())
		}
		if r.Group%2 == 0 {
			r.Ingested = 42
		} else {
			r.Ingested = r.Timestamp + rng.Int64N(1000)
		}
		switch rng.IntN(20) {
		case 0:
			r.Message = ""
		case 1:
			b := make([]byte, rng.IntN(300)) // does not compress
			for i := range b {
				b[i] = byte(rng.Uint32())
			}
			r.Message = string(b)
		default:
			r.Message = fmt.Sprintf("REPORT RequestId: %08x Duration: %d ms", rng.Uint32(), rng.IntN(1000))
		}
		out = append(out, r)
	}
	return out
}

func write(t testing.TB, rows []Row, level Level) []byte {
	t.Helper()
	var b bytes.Buffer
	w := NewWriter(&b, level)
	for i := range rows {
		if err := w.Add(&rows[i]); err != nil {
			t.Fatal(err)
		}
	}
	size, err := w.Finish()
	if err != nil || size != int64(b.Len()) {
		t.Fatalf("finish: %d bytes of %d, %v", size, b.Len(), err)
	}
	return b.Bytes()
}

// read returns all rows of a segment, and checks the statistics against them.
func read(r *Reader) ([]Row, error) {
	var out []Row
	for _, g := range r.Groups() {
		first := len(out)
		for i := g.FirstBlock; i < g.FirstBlock+g.Blocks; i++ {
			b := r.Block(i)
			ts, err := r.Timestamps(i, nil)
			if err != nil {
				return nil, err
			}
			streams, err := r.Streams(i, nil)
			if err != nil {
				return nil, err
			}
			with := streams // reading them or being given them is the same
			if i%2 == 0 {
				with = nil
			}
			ingested, err := r.Ingested(i, nil, with)
			if err != nil {
				return nil, err
			}
			seqs, err := r.Seqs(i, nil, with)
			if err != nil {
				return nil, err
			}
			messages, err := r.Messages(i, nil)
			if err != nil {
				return nil, err
			}
			if err := checkMinutes(r, i, ts); err != nil {
				return nil, err
			}
			n := int64(0)
			for k := range ts {
				out = append(out, Row{g.Group, streams[k], ts[k], ingested[k], seqs[k], messages[k]})
				n += int64(len(messages[k]))
			}
			if b.Group != g.Group || b.Rows != len(ts) || b.Bytes != n || b.First != out[len(out)-b.Rows].Position() ||
				b.Last != out[len(out)-1].Position() || b.MinSeq != slices.Min(seqs) || b.MaxSeq != slices.Max(seqs) ||
				b.MinStream != slices.Min(streams) || b.MaxStream != slices.Max(streams) {
				return nil, fmt.Errorf("block %d says %+v", i, b)
			}
		}
		if err := checkGroup(&g, out[first:]); err != nil {
			return nil, err
		}
	}
	if int64(len(out)) != r.Rows() {
		return nil, fmt.Errorf("%d rows, want %d", r.Rows(), len(out))
	}
	return out, nil
}

func checkMinutes(r *Reader, i int, ts []int64) error {
	counts, err := r.Minutes(i)
	if err != nil {
		return err
	}
	if r.Version() > 1 && counts == nil && ts[len(ts)-1]-ts[0] < minutesMin*60_000 {
		return fmt.Errorf("block %d keeps no counts per minute", i)
	}
	if counts == nil {
		return nil
	}
	for _, t := range ts {
		counts[minuteOf(t)-minuteOf(ts[0])]--
	}
	for k, n := range counts {
		if n != 0 {
			return fmt.Errorf("block %d: minute %d is wrong by %d", i, k, n)
		}
	}
	return nil
}

func checkGroup(g *Group, rows []Row) error {
	var sum Group
	for _, s := range g.Streams {
		want := Stream{Stream: s.Stream}
		for _, r := range rows {
			if r.Stream != s.Stream {
				continue
			}
			if want.Events == 0 {
				want.First, want.Last, want.LastIngestion, want.MinSeq, want.MaxSeq = r.Timestamp, r.Timestamp, r.Ingested, r.Seq, r.Seq
			}
			want.Events++
			want.Bytes += int64(len(r.Message))
			want.First, want.Last = min(want.First, r.Timestamp), max(want.Last, r.Timestamp)
			want.LastIngestion = max(want.LastIngestion, r.Ingested)
			want.MinSeq, want.MaxSeq = min(want.MinSeq, r.Seq), max(want.MaxSeq, r.Seq)
		}
		if s != want {
			return fmt.Errorf("stream statistics %+v, want %+v", s, want)
		}
		sum.Events += s.Events
		sum.Bytes += s.Bytes
	}
	if g.Events != sum.Events || g.Bytes != sum.Bytes || g.Events != int64(len(rows)) ||
		g.First != rows[0].Timestamp || g.Last != rows[len(rows)-1].Timestamp {
		return fmt.Errorf("group statistics %+v for %d rows", g, len(rows))
	}
	return nil
}

func TestRoundTrip(t *testing.T) {
	for seed := range uint64(30) {
		rng := rand.New(rand.NewPCG(seed, 0))
		want := rows(rng, 1+rng.IntN(9000))
		if seed == 0 {
			want = []Row{{Group: 9, Stream: 1, Timestamp: -5, Ingested: 7, Seq: 3, Message: strings.Repeat("one huge message ", 1<<16)}}
		}
		b := write(t, want, Level(seed%2))
		r, err := NewReader(bytes.NewReader(b), int64(len(b)))
		if err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		got, err := read(r)
		if err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		if !slices.Equal(got, want) {
			t.Fatalf("seed %d: %d rows differ from %d", seed, len(got), len(want))
		}
		for _, g := range r.Groups() {
			if r.Group(g.Group).Events != g.Events || r.Group(g.Group+1000) != nil {
				t.Fatalf("seed %d: Group(%d)", seed, g.Group)
			}
		}
	}
}

func TestWriterRefuses(t *testing.T) {
	bad := func(what string, rows ...Row) {
		t.Helper()
		w := NewWriter(&bytes.Buffer{}, Fast)
		var err error
		for i := range rows {
			err = errors.Join(err, w.Add(&rows[i]))
		}
		if _, ferr := w.Finish(); err == nil && ferr == nil {
			t.Errorf("%s: no error", what)
		}
	}
	bad("no rows")
	bad("groups out of order", Row{Group: 2, Stream: 1, Seq: 1}, Row{Group: 1, Stream: 1, Seq: 2})
	bad("timestamps out of order", Row{Group: 1, Stream: 1, Timestamp: 2, Seq: 1}, Row{Group: 1, Stream: 1, Timestamp: 1, Seq: 2})
	bad("a row twice", Row{Group: 1, Stream: 1, Seq: 1}, Row{Group: 1, Stream: 1, Seq: 1})
	bad("group 0", Row{Stream: 1, Seq: 1})
	bad("stream 0", Row{Group: 1, Seq: 1})
}

func damagedFilters(t *testing.T, r *Reader) (n int) {
	t.Helper()
	all, err := r.TextFilters(0, r.Blocks())
	if err != nil {
		t.Fatal(err)
	}
	for i := range all {
		f := &all[i]
		if (f.Filter == nil) == (f.Err == nil) || errors.Is(r.Check(i), logs.ErrCorrupt) != (f.Err != nil) {
			t.Fatalf("filter %d: %+v, check says %v", i, f, r.Check(i))
		}
		if f.Err != nil {
			n++
		}
	}
	return n
}

// TestTextFilters wants no filter to rule out a word or an id of its own
// block, and most to rule out those of others.
func TestTextFilters(t *testing.T) {
	b := write(t, rows(rand.New(rand.NewPCG(5, 7)), 3000), Fast)
	r, err := NewReader(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	if n := damagedFilters(t, r); n != 0 {
		t.Fatalf("%d filters are damaged", n)
	}
	p := logtype.NewTextProbe("RequestId")
	for i := range r.Blocks() {
		f, err := r.TextFilters(i, i+1)
		if err != nil {
			t.Fatal(err)
		}
		messages, err := r.Messages(i, nil)
		if err != nil {
			t.Fatal(err)
		}
		has := slices.ContainsFunc(messages, func(m string) bool { return strings.Contains(m, "RequestId") })
		if f[0].Filter.MayHold(&p) != has {
			t.Fatalf("block %d holds the word: %v, and the filter says otherwise", i, has)
		}
	}
}

// TestOldFiles opens the files that earlier versions wrote, which this and
// every later version must read. A file is added with each format version
// (-rewrite), never replaced.
func TestOldFiles(t *testing.T) {
	want := rows(rand.New(rand.NewPCG(1, 1)), 500)
	name := filepath.Join("testdata", fmt.Sprintf("v%d.seg", Version))
	if scripttest.Rewriting() {
		if err := os.WriteFile(name, write(t, want, Fast), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if _, ok := oldFiles(t)[name]; !ok {
		t.Fatalf("%s is missing", name)
	}
	for name, b := range oldFiles(t) {
		r, err := NewReader(bytes.NewReader(b), int64(len(b)))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		got, err := read(r)
		if err != nil || !slices.Equal(got, want) {
			t.Fatalf("%s: rows differ, %v", name, err)
		}
	}
}

// oldFiles are the files of all versions, by name.
func oldFiles(t *testing.T) map[string][]byte {
	t.Helper()
	names, err := filepath.Glob("testdata/v*.seg")
	if err != nil {
		t.Fatal(err)
	}
	files := map[string][]byte{}
	for _, name := range names {
		if files[name], err = os.ReadFile(name); err != nil {
			t.Fatal(err)
		}
	}
	return files
}

func FuzzReader(f *testing.F) {
	b := write(f, rows(rand.New(rand.NewPCG(1, 2)), 100), Fast)
	f.Add(b)
	f.Add(append(b[:len(b):len(b)], "behind the end"...))
	f.Add(b[:len(b)-trailerSize])
	f.Fuzz(func(t *testing.T, b []byte) {
		r, err := NewReader(bytes.NewReader(b), int64(len(b)))
		if err != nil {
			return
		}
		for i := range r.Blocks() {
			r.Check(i)
		}
		r.CheckCopy()
	})
}

// FuzzFooter goes past the checksum, which a fuzzer cannot guess.
func FuzzFooter(f *testing.F) {
	b := write(f, rows(rand.New(rand.NewPCG(1, 3)), 300), Fast)
	r, err := NewReader(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		f.Fatal(err)
	}
	raw := appendFooter(nil, r.groups, r.blocks)
	f.Add(raw, r.offset, r.stored, uint32(Version))
	f.Add(raw, r.blocksEnd, r.stored, uint32(Version))
	f.Fuzz(func(t *testing.T, raw []byte, offset, stored int64, version uint32) {
		// What decodeTrailer lets pass.
		tr := trailer{offset: max(offset, headerSize), stored: min(max(stored, 1), maxFooterBytes), version: version}
		d, err := decodeFooter(raw, tr)
		if err != nil {
			if !errors.Is(err, logs.ErrCorrupt) {
				t.Fatal(err)
			}
			return
		}
		if tr.version < 3 {
			return // filters are written always
		}
		again, err := decodeFooter(appendFooter(nil, d.groups, d.blocks), tr)
		if err != nil || len(again.groups) != len(d.groups) || again.end != d.end {
			t.Fatalf("does not encode back: %v", err)
		}
	})
}

func FuzzBlock(f *testing.F) {
	for _, version := range []int{1, Version} {
		file, err := os.ReadFile(fmt.Sprintf("testdata/v%d.seg", version))
		if err != nil {
			f.Fatal(err)
		}
		r, err := NewReader(bytes.NewReader(file), int64(len(file)))
		if err != nil {
			f.Fatal(err)
		}
		for i := range r.blocks {
			for _, c := range r.blocks[i].columns {
				f.Add(byte(c.enc), file[c.offset:c.offset+int64(c.length)], r.blocks[i].Rows, r.blocks[i].Bytes)
			}
		}
	}
	f.Fuzz(func(t *testing.T, enc byte, b []byte, n int, size int64) {
		n = min(max(n, 1), maxBlockRows)
		size = min(max(size, 0), maxBlockBytes)
		var scratch []byte
		if got, err := decodeInts[int64](nil, &scratch, encoding(enc), b, n); err == nil && len(got) != n {
			t.Fatalf("%d integers, want %d", len(got), n)
		}
		if got, err := decodeMessages(nil, encoding(enc), b, n, size); err == nil && len(got) != n {
			t.Fatalf("%d messages, want %d", len(got), n)
		}
		if got, err := decodeListed(nil, &buffers{}, b, n); err == nil && len(got) != n {
			t.Fatalf("%d streams, want %d", len(got), n)
		}
	})
}

func BenchmarkWrite(b *testing.B) {
	in := rows(rand.New(rand.NewPCG(1, 4)), 100_000)
	for i := range in {
		in[i].Group = 1
	}
	slices.SortFunc(in, func(a, b Row) int {
		if a.Position().Less(b.Position()) {
			return -1
		}
		return 1
	})
	bytes := int64(0)
	for i := range in {
		bytes += int64(len(in[i].Message))
	}
	for level, name := range []string{Fast: "fast", Compact: "compact"} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(bytes)
			b.ReportAllocs()
			for range b.N {
				write(b, in, Level(level))
			}
			b.ReportMetric(float64(len(in))*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
		})
	}
}

func BenchmarkRead(b *testing.B) {
	in := rows(rand.New(rand.NewPCG(1, 4)), 100_000)
	file := write(b, in, Fast)
	r, err := NewReader(bytes.NewReader(file), int64(len(file)))
	if err != nil {
		b.Fatal(err)
	}
	b.Run("timestamps", func(b *testing.B) {
		var ts []int64
		b.ReportAllocs()
		for range b.N {
			for i := range r.Blocks() {
				if ts, err = r.Timestamps(i, ts); err != nil {
					b.Fatal(err)
				}
			}
		}
		b.ReportMetric(float64(len(in))*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
	})
	b.Run("messages", func(b *testing.B) {
		var m []string
		b.ReportAllocs()
		for range b.N {
			for i := range r.Blocks() {
				if m, err = r.Messages(i, m); err != nil {
					b.Fatal(err)
				}
			}
		}
		b.ReportMetric(float64(len(in))*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
	})
}
