package logfile

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"math/rand"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"

	"skywatch/internal/scripttest"
)

var fileTime = time.Date(2026, 2, 1, 0, 0, 0, 0, time.UTC)

// TestEvents runs testdata/*.test. The title of a block is the options, its text
// a file, its answer the events that come out.
func TestEvents(t *testing.T) {
	scripttest.Run(t, "testdata/*.test", func(t *testing.T) scripttest.Answer {
		return func(input string) string {
			head, text, _ := strings.Cut(input, "\n")
			return eventsOf(t, options(t, head), text+"\n")
		}
	})
}

func options(t *testing.T, words string) Options {
	t.Helper()
	opts := Options{Default: fileTime}
	for _, o := range strings.Fields(words) {
		name, value, _ := strings.Cut(o, "=")
		switch name {
		case "plain":
		case "multiline":
			opts.Multiline = true
		case "export":
			opts.Export = true
		case "keep-cr":
			opts.KeepCR = true
		case "message-field":
			opts.MessageField = value
		case "zone":
			var err error
			if opts.Location, err = time.LoadLocation(value); err != nil {
				t.Fatal(err)
			}
		default:
			t.Fatalf("unknown option %q", o)
		}
	}
	return opts
}

func eventsOf(t *testing.T, opts Options, text string) string {
	t.Helper()
	r := NewReader(iotest.HalfReader(strings.NewReader(text)), opts)
	var got strings.Builder
	for {
		e, err := r.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		mark := " "
		if !e.Dated {
			mark = "~"
		}
		fmt.Fprintf(&got, "%s%s %q\n", time.UnixMilli(e.Timestamp).UTC().Format("2006-01-02T15:04:05.000"), mark, e.Message)
	}
	st := r.Stats()
	fmt.Fprintf(&got, "%d events, %d undated, %d blank", st.Events, st.Undated, st.Blank)
	if st.Broken+st.Repaired > 0 {
		fmt.Fprintf(&got, ", %d broken, %d repaired", st.Broken, st.Repaired)
	}
	got.WriteByte('\n')
	return got.String()
}

// Every way of storing gives the same bytes, and what is cut is an error.
func TestOpenDecompresses(t *testing.T) {
	text := []byte(strings.Repeat("2026-01-31T12:00:00Z a line that repeats\n", 20000))
	dir := t.TempDir()
	write := func(name string, b []byte) string {
		p := filepath.Join(dir, name)
		if err := os.WriteFile(p, b, 0o666); err != nil {
			t.Fatal(err)
		}
		return p
	}
	zip := func(b []byte) []byte {
		var out bytes.Buffer
		z := gzip.NewWriter(&out)
		z.Write(b)
		z.Close()
		return out.Bytes()
	}
	enc, _ := zstd.NewWriter(nil)
	zst := enc.EncodeAll(text, nil)
	members := append(zip(text[:len(text)/2]), zip(text[len(text)/2:])...)
	for _, p := range []string{write("plain", text), write("gz", zip(text)), write("members", members), write("zst", zst), write("empty", nil)} {
		f, err := Open(p)
		if err != nil {
			t.Fatal(err)
		}
		got, err := io.ReadAll(f)
		want := text
		if strings.HasSuffix(p, "empty") {
			want = nil
		}
		if err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s: %d bytes, error %v, want %d", p, len(got), err, len(want))
		}
		if f.Consumed() != f.Size {
			t.Errorf("%s: consumed %d of %d bytes", p, f.Consumed(), f.Size)
		}
		f.Close()
	}
	for _, p := range []string{write("cut.gz", zip(text)[:200]), write("cut.zst", zst[:len(zst)-5])} {
		f, err := Open(p)
		if err == nil {
			r := NewReader(f, Options{})
			for err == nil {
				_, err = r.Next()
			}
			f.Close()
		}
		if errors.Is(err, io.EOF) || !strings.Contains(err.Error(), p) {
			t.Errorf("%s: error %v, want one that names the file", p, err)
		}
	}
	// "2026-01-31T12:00:00Z a line that repeats\n", by the bzip2 program.
	bz, err := hex.DecodeString("425a6839314159265359448485ee0000085b80001040027910041022655c002000222321a0d34310a069a1919311f490a99d" +
		"865124abb23b5808a6bcd33c720e0c68c33f8bb9229c2848224242f700")
	if err != nil {
		t.Fatal(err)
	}
	f, err := Open(write("bz2", bz))
	if err != nil {
		t.Fatal(err)
	}
	if got, err := io.ReadAll(f); err != nil || string(got) != "2026-01-31T12:00:00Z a line that repeats\n" {
		t.Errorf("bzip2: %q, %v", got, err)
	}
	f.Close()
	for name, head := range map[string]string{"xz": "\xfd7zXZ\x00\x00\x04", "zip": "PK\x03\x04\x14\x00"} {
		if _, err := Open(write(name, []byte(head))); err == nil || !strings.Contains(err.Error(), name+" is not read") {
			t.Errorf("open %s: %v", name, err)
		}
	}
	if _, err := Open(dir); err == nil || !strings.Contains(err.Error(), "is a folder") {
		t.Errorf("open a folder: %v", err)
	}
}

// Lines of every length come back whole, whatever the reads bring.
func TestLines(t *testing.T) {
	seed := time.Now().UnixNano()
	rnd := rand.New(rand.NewSource(seed))
	var text strings.Builder
	var want []string
	for range 200 {
		n := rnd.Intn(100)
		switch rnd.Intn(10) {
		case 0:
			n = chunk - 2 + rnd.Intn(5)
		case 1:
			n = rnd.Intn(3 * chunk)
		}
		line := "x" + strings.Repeat(string(rune('a'+rnd.Intn(26))), n)
		want = append(want, line)
		text.WriteString(line + []string{"\n", "\r\n"}[rnd.Intn(2)])
	}
	l := lines{r: iotest.HalfReader(strings.NewReader(text.String()))}
	for i, w := range want {
		got, err := l.next()
		if err != nil || got != w {
			t.Fatalf("seed %d: line %d has %d bytes (%v), want %d", seed, i, len(got), err, len(w))
		}
	}
	if _, err := l.next(); !errors.Is(err, io.EOF) {
		t.Fatalf("behind the last line: %v", err)
	}
}

// A kept CR is part of the message and hides no timestamp.
func TestKeepCR(t *testing.T) {
	opts := Options{Default: fileTime, KeepCR: true}
	for text, want := range map[string]string{
		"2026-01-31T12:00:00Z\r\n\r\n  at x\r\nJan 31 12:00:01\r\n{\"ts\":1769860802}\r\n1769860803\r\nlast\r": `2026-01-31T12:00:00.000  "2026-01-31T12:00:00Z\r"
2026-01-31T12:00:00.000~ "\r"
2026-01-31T12:00:00.000~ "  at x\r"
2026-01-31T12:00:01.000  "Jan 31 12:00:01\r"
2026-01-31T12:00:02.000  "{\"ts\":1769860802}\r"
2026-01-31T12:00:03.000  "1769860803\r"
2026-01-31T12:00:03.000~ "last\r"
7 events, 3 undated, 0 blank
`,
		"a 1769860801 b\r\nc 1769860802\r\nd 1769860803\r\n": `2026-01-31T12:00:01.000  "a 1769860801 b\r"
2026-01-31T12:00:02.000  "c 1769860802\r"
2026-01-31T12:00:03.000  "d 1769860803\r"
3 events, 0 undated, 0 blank
`,
	} {
		if got := eventsOf(t, opts, text); got != want {
			t.Errorf("%q: got\n%s want\n%s", text, got, want)
		}
	}
	opts.Multiline = true
	want := "2026-01-31T12:00:00.000  \"2026-01-31T12:00:00Z a\\r\\n\\r\\n b\\r\"\n1 events, 0 undated, 0 blank\n"
	if got := eventsOf(t, opts, "2026-01-31T12:00:00Z a\r\n\r\n b\r\n"); got != want {
		t.Errorf("multiline: got %s want %s", got, want)
	}
}

func TestLongLinesAreCut(t *testing.T) {
	text := strings.Repeat("z", 2*MaxLine+10) + "\nnext\n"
	r := NewReader(strings.NewReader(text), Options{})
	var n []int
	for {
		e, err := r.Next()
		if err != nil {
			break
		}
		n = append(n, len(e.Message))
	}
	if fmt.Sprint(n) != fmt.Sprint([]int{MaxLine, MaxLine, 10, 4}) || r.Stats().Cut != 2 {
		t.Fatalf("pieces of %v bytes, %d cut", n, r.Stats().Cut)
	}
}

// Whatever the bytes, reading ends, and without options nothing but line ends
// and empty lines is lost.
func FuzzReader(f *testing.F) {
	b, _ := os.ReadFile("testdata/events.test")
	for _, c := range strings.Split(string(b), "\n====\n") {
		f.Add([]byte(c), byte(0))
		f.Add([]byte(c), byte(1))
		f.Add([]byte(c), byte(2))
	}
	f.Add([]byte("\x1f\x8b\x08\x00"), byte(3))
	f.Add([]byte("(\xb5/\xfd\x04"), byte(3))
	f.Fuzz(func(t *testing.T, b []byte, mode byte) {
		var in io.Reader = bytes.NewReader(b)
		if mode&4 != 0 {
			z, err := Decompress(in)
			if err != nil {
				return
			}
			defer z.Close()
			in = io.LimitReader(z, 1<<20)
		}
		r := NewReader(in, Options{Multiline: mode&3 == 1, Export: mode&3 == 2, MessageField: "m", Default: fileTime})
		if mode == 0 {
			r.opts.MessageField = ""
		}
		var got []string
		for {
			e, err := r.Next()
			if err != nil {
				break
			}
			got = append(got, e.Message)
		}
		if mode != 0 || bytes.Contains(b, []byte(`"Records"`)) {
			return
		}
		var want []string
		for line := range strings.SplitSeq(string([]rune(string(b))), "\n") {
			if line = strings.TrimSuffix(line, "\r"); line != "" {
				want = append(want, line)
			}
		}
		if strings.Join(got, "\n") != strings.Join(want, "\n") {
			t.Errorf("%q reads as %q", b, got)
		}
	})
}

func BenchmarkReader(b *testing.B) {
	for name, line := range map[string]string{
		"ISO":  "2026-01-31T12:00:00.123Z INFO worker-3 copied 1234 rows into the staging table in 53 ms\n",
		"JSON": `{"level":"info","logger":"etl","msg":"copied 1234 rows","time":"2026-01-31T12:00:00.123Z"}` + "\n",
		"S3":   `79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be bucket [31/Jan/2026:12:00:00 +0000] 192.0.2.3 - 3E57427F3EXAMPLE REST.GET.OBJECT key "GET /key HTTP/1.1" 200` + "\n",
	} {
		b.Run(name, func(b *testing.B) {
			text := strings.Repeat(line, 10000)
			b.SetBytes(int64(len(text)))
			b.ReportAllocs()
			for b.Loop() {
				r := NewReader(strings.NewReader(text), Options{})
				for {
					if _, err := r.Next(); err != nil {
						break
					}
				}
			}
		})
	}
}
