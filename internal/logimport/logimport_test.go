package logimport

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/klauspost/compress/gzip"

	"skywatch/internal/logfile"
)

var noon = time.Date(2024, 6, 1, 12, 0, 0, 0, time.UTC)

// fake is a server that holds clients to the limits of PutLogEvents.
type fake struct {
	t    *testing.T
	fail int // calls until one fails; 0 never

	mu       sync.Mutex
	prepared map[string]bool
	got      map[string]int // by stream and message
	oldest   int64          // what is older is refused
}

var errSend = errors.New("send failed")

func newFake(t *testing.T) *fake {
	return &fake{t: t, prepared: map[string]bool{}, got: map[string]int{}}
}

func (f *fake) Prepare(_ context.Context, stream string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.prepared[stream] = true
	return nil
}

func (f *fake) Put(_ context.Context, stream string, events []Event) (r Rejected, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.fail > 0 {
		if f.fail--; f.fail == 0 {
			return r, errSend
		}
	}
	if !f.prepared[stream] {
		f.t.Errorf("stream %s was not prepared", stream)
	}
	size := 0
	for i, e := range events {
		size += len(e.Message) + eventOverhead
		if i > 0 && e.Timestamp < events[i-1].Timestamp {
			f.t.Errorf("event %d is older than the one before", i)
		}
		if e.Message == "" {
			f.t.Errorf("event %d is empty", i)
		}
		if e.Timestamp < f.oldest {
			r.TooOld++
			continue
		}
		f.got[stream+"|"+e.Message]++
	}
	if len(events) == 0 || len(events) > maxBatchEvents || size > maxBatchBytes || events[len(events)-1].Timestamp-events[0].Timestamp > maxBatchSpan {
		f.t.Errorf("batch of %d events, %d bytes, %d ms", len(events), size, events[len(events)-1].Timestamp-events[0].Timestamp)
	}
	return r, nil
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		t.Fatal(err)
	}
	b := []byte(text)
	if strings.HasSuffix(path, ".gz") {
		var buf bytes.Buffer
		z := gzip.NewWriter(&buf)
		z.Write(b)
		z.Close()
		b = buf.Bytes()
	}
	if err := os.WriteFile(path, b, 0o666); err != nil {
		t.Fatal(err)
	}
}

func plan(t *testing.T, paths ...string) []Unit {
	t.Helper()
	units, _, err := Plan(paths, "")
	if err != nil {
		t.Fatal(err)
	}
	return units
}

func TestPlan(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{
		"app/a.log", "app/b.log.gz", "app/.hidden", "x:y*z",
		"exported/0a1b/my-stream/000000.gz", "exported/0a1b/my-stream/000001.gz", "exported/2c3d/my-stream/000000.gz",
		"exported/aws-logs-write-test",
		"s3/bucket-a-2024-06-01-00-00-00-0123456789ABCDEF", "s3/bucket-a-2024-06-01-01-00-00-0123456789ABCDEF",
		"s3/111122223333/eu-west-1/bucket-b/2024/06/01/2024-06-01-00-00-00-0123456789ABCDEF",
	} {
		write(t, filepath.Join(dir, name), "a line\n")
	}
	write(t, filepath.Join(dir, "picture.png"), "\x89PNG\x00\x00")
	units, skipped, err := Plan([]string{dir, filepath.Join(dir, "app/a.log")}, "")
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, u := range units {
		for _, f := range u.Files {
			rel, _ := filepath.Rel(dir, f.Path)
			got = append(got, fmt.Sprintf("%s <- %s %v", u.Stream, rel, f.Export))
		}
	}
	for _, s := range skipped {
		rel, _ := filepath.Rel(dir, s.Path)
		got = append(got, fmt.Sprintf("%s: %s", rel, s.Why))
	}
	want := []string{
		"app/a.log <- app/a.log false",
		"app/b.log <- app/b.log.gz false",
		"bucket-a <- s3/bucket-a-2024-06-01-00-00-00-0123456789ABCDEF false",
		"bucket-a <- s3/bucket-a-2024-06-01-01-00-00-0123456789ABCDEF false",
		"bucket-b <- s3/111122223333/eu-west-1/bucket-b/2024/06/01/2024-06-01-00-00-00-0123456789ABCDEF false",
		"my-stream <- exported/0a1b/my-stream/000000.gz true",
		"my-stream <- exported/0a1b/my-stream/000001.gz true",
		"my-stream <- exported/2c3d/my-stream/000000.gz true",
		"x-y-z <- x:y*z false",
		"app/.hidden: hidden",
		"exported/aws-logs-write-test: the export's write test",
		"picture.png: no text",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if units, _, _ := Plan([]string{dir}, "one"); len(units) != 1 || units[0].Stream != "one" {
		t.Errorf("--stream gives %d units", len(units))
	}
}

// lines makes a file's text; every message is unique.
func lines(rnd *rand.Rand, name string, n int) string {
	var b strings.Builder
	for i := range n {
		at := noon.Add(time.Duration(rnd.Intn(5*24*3600)) * time.Second)
		fmt.Fprintf(&b, "%s %s %d %s\n", at.Format(time.RFC3339), name, i, strings.Repeat("x", rnd.Intn(300)))
		if rnd.Intn(2000) == 0 {
			b.WriteString(at.Format(time.RFC3339) + " " + name + fmt.Sprint(i) + strings.Repeat("y", maxBatchBytes/2) + "\n")
		}
	}
	return b.String()
}

// However often sending fails, the same state brings everything in, and little twice.
func TestResume(t *testing.T) {
	seed := time.Now().UnixNano()
	rnd := rand.New(rand.NewSource(seed))
	dir := t.TempDir()
	want := map[string]bool{}
	for _, name := range []string{"a.log", "b.log.gz", "c.log"} {
		text := lines(rnd, name, 20_000+rnd.Intn(60_000))
		write(t, filepath.Join(dir, name), text)
		for line := range strings.SplitSeq(strings.TrimSuffix(text, "\n"), "\n") {
			want[strings.TrimSuffix(name, ".gz")+"|"+line] = true
		}
	}
	units := plan(t, dir)
	state := filepath.Join(t.TempDir(), "state.json")
	server := newFake(t)
	runs := 0
	for ; ; runs++ {
		st, err := OpenState(state, "here")
		if err != nil {
			t.Fatal(err)
		}
		server.fail = 1 + rnd.Intn(40)
		result, err := Run(context.Background(), units, Options{State: st, Sender: server, Parallel: 2}, nil)
		if err == nil {
			if n := result.Events + result.Resumed; n != int64(len(want)) || result.Refused() != 0 {
				t.Errorf("seed %d: last run sent %d, left out %d, want %d in all", seed, result.Events, result.Resumed, len(want))
			}
			break
		}
		if !errors.Is(err, errSend) || errors.Is(err, context.Canceled) || runs > 1000 {
			t.Fatalf("seed %d, run %d: %v", seed, runs, err)
		}
	}
	missing, twice := 0, 0
	for m := range want {
		switch n := server.got[m]; {
		case n == 0:
			missing++
		case n > 1:
			twice += n - 1
		}
	}
	if missing > 0 || len(server.got) != len(want) {
		t.Errorf("seed %d: %d of %d events are missing, %d were made up", seed, missing, len(want), len(server.got)-len(want)+missing)
	}
	if most := runs * 3 * windowEvents; twice > most {
		t.Errorf("seed %d: %d events came twice in %d runs", seed, twice, runs)
	}
	// All is known now; nothing is sent again.
	st, _ := OpenState(state, "here")
	before := len(server.got)
	if r, err := Run(context.Background(), units, Options{State: st, Sender: newFake(t)}, nil); err != nil || r.Events != 0 || r.Resumed != int64(before) {
		t.Errorf("another run sends %d events, leaves out %d: %v", r.Events, r.Resumed, err)
	}
}

// Files that cannot be read as text are told by what they are.
func TestUnfit(t *testing.T) {
	dir := t.TempDir()
	want := map[string]string{}
	for name, c := range map[string][2]string{
		"utf16.log": {"\xff\xfea\x00\n\x00", "UTF-16"}, "core": {"\x7fELF\x00", "no text"},
		"a.xz": {"\xfd7zXZ\x00", "xz is not read"}, "a.zip": {"PK\x03\x04", "zip is not read"},
		"wide.log": {"a\x00b\x00\n\x00", "no text"}, "nuls": {strings.Repeat("\x00", 5000), "no text"}, "a.pdf": {"%PDF-1.7\n", "no text"},
	} {
		write(t, filepath.Join(dir, name), c[0])
		want[filepath.Join(dir, name)] = c[1]
	}
	units, skipped, err := Plan([]string{dir}, "")
	if err != nil || len(units) != 0 || len(skipped) != len(want) {
		t.Fatalf("%v, %v, %v", units, skipped, err)
	}
	for _, s := range skipped {
		if !strings.Contains(s.Why, want[s.Path]) || s.Named {
			t.Errorf("%s: %s (named: %v), want %s", s.Path, s.Why, s.Named, want[s.Path])
		}
		if _, again, err := Plan([]string{s.Path}, ""); err != nil || len(again) != 1 || !again[0].Named {
			t.Errorf("%s by its name: %v, %v", s.Path, again, err)
		}
	}
}

// Control characters in it make a log no binary file.
func TestFit(t *testing.T) {
	for _, text := range []string{
		"", "one\x00two\n", "2024-06-01T10:00:00Z " + strings.Repeat("\x00", 5000) + "\n", "\x1b[31mred\x1b[0m\r\n\f\n",
		strings.Repeat("x", 255) + "\n" + strings.Repeat("\x00\x01", 20), "\xb0\xb1\xb2\n", "<0>\x01a\n",
	} {
		path := filepath.Join(t.TempDir(), "a.log")
		write(t, path, text)
		if units, skipped, err := Plan([]string{path}, ""); err != nil || len(units) != 1 {
			t.Errorf("%.40q is left out: %v, %v", text, skipped, err)
		}
	}
}

// A stream is read once, also compressed, into the stream it is given.
func TestStream(t *testing.T) {
	var zipped bytes.Buffer
	z := gzip.NewWriter(&zipped)
	z.Write([]byte("2024-06-01T10:00:00Z a\nb\n"))
	z.Close()
	for _, in := range []string{"2024-06-01T10:00:00Z a\nb", zipped.String()} {
		server := newFake(t)
		r, err := Run(context.Background(), []Unit{Stream(strings.NewReader(in), "s", noon)}, Options{Sender: server}, nil)
		want := map[string]int{"s|2024-06-01T10:00:00Z a": 1, "s|b": 1}
		if err != nil || r.Events != 2 || r.Undated != 1 || len(r.Failed) != 0 || !cmp.Equal(server.got, want) {
			t.Errorf("%+v, %v: %v", r, err, server.got)
		}
	}
	r, err := Run(context.Background(), []Unit{Stream(bytes.NewReader(zipped.Bytes()[:20]), "s", noon)}, Options{Sender: newFake(t)}, nil)
	if err != nil || len(r.Failed) != 1 {
		t.Errorf("a stream that is cut: %+v, %v", r, err)
	}
}

// A file that grew goes on, one that was replaced begins anew.
func TestStateKnowsFiles(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.log")
	state := filepath.Join(t.TempDir(), "state.json")
	f := func(text string, sent, resumed int64) {
		t.Helper()
		write(t, path, text)
		st, err := OpenState(state, "here")
		if err != nil {
			t.Fatal(err)
		}
		r, err := Run(context.Background(), plan(t, path), Options{State: st, Sender: newFake(t)}, nil)
		if err != nil || r.Events != sent || r.Resumed != resumed {
			t.Errorf("%q: sent %d, left out %d (%v), want %d, %d", text, r.Events, r.Resumed, err, sent, resumed)
		}
	}
	f("1\n2\n", 2, 0)
	f("1\n2\n", 0, 2)
	f("1\n2\n3\n", 1, 2)
	f("other\n2\n3\n4\n", 4, 0)
	f("1\n", 1, 0)
	if _, err := OpenState(state, "there"); err == nil || !strings.Contains(err.Error(), "another import") {
		t.Errorf("state of another target: %v", err)
	}
	os.WriteFile(state, []byte("{"), 0o666)
	if _, err := OpenState(state, "here"); err == nil {
		t.Error("torn state is taken")
	}
}

func TestCounts(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "a.log"), "2024-06-01T12:00:00Z new\n\n2020-01-01T00:00:00Z old\nundated \xff\n2024-06-01T12:00:00Z "+strings.Repeat("z", maxBatchBytes)+"\n2024-06-01T12:00:09Z last\n")
	write(t, filepath.Join(dir, "cut.log.gz"), strings.Repeat("2024-06-01T12:00:00Z line that is long enough\n", 10000))
	b, _ := os.ReadFile(filepath.Join(dir, "cut.log.gz"))
	os.WriteFile(filepath.Join(dir, "cut.log.gz"), b[:len(b)-20], 0o666)
	server := newFake(t)
	server.oldest = noon.UnixMilli()
	r, err := Run(context.Background(), plan(t, filepath.Join(dir, "a.log")), Options{Sender: server, Reader: logfile.Options{}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	want := Counts{Files: 1, Events: 2, Bytes: int64(len("2024-06-01T12:00:00Z new") + len("2024-06-01T12:00:09Z last")), First: noon.UnixMilli(), Last: noon.UnixMilli() + 9000,
		Undated: 1, Blank: 1, TooLarge: 1, Repaired: 1, Rejected: Rejected{TooOld: 2}}
	if diff := cmp.Diff(want, r.Counts, cmp.AllowUnexported(Rejected{})); diff != "" {
		t.Error(diff)
	}
	r, err = Run(context.Background(), plan(t, dir), Options{}, nil)
	if err != nil || len(r.Failed) != 1 || !strings.Contains(r.Failed[0].Error(), "cut.log.gz") || r.Files != 1 {
		t.Errorf("dry run over a cut file: %v, %v, %d files", err, r.Failed, r.Files)
	}
}
