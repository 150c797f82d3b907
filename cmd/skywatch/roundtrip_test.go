package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// command runs the program and returns what it wrote.
func command(t *testing.T, stdin string, args ...string) (out, errs string, code int) {
	t.Helper()
	var o, e bytes.Buffer
	con := &console{in: strings.NewReader(stdin), out: &o, err: &e, now: func() time.Time { return noon }}
	code = run(context.Background(), args, con)
	return o.String(), e.String(), code
}

// roundTrip imports a file as it is and returns what export gives of it.
func roundTrip(t *testing.T, group, text string, flags ...string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "a.log")
	if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
	if _, errs, code := command(t, "", append([]string{"import", path, "-g", group, "--stream", "a"}, flags...)...); code != 0 {
		t.Fatalf("import: exit %d: %s", code, errs)
	}
	out, errs, code := command(t, "", "export", group)
	if code != 0 {
		t.Fatalf("export: exit %d: %s", code, errs)
	}
	return out
}

// What went in comes out: many lines of one time in their order, CR and NUL.
func TestRoundTrip(t *testing.T) {
	isolate(t, startServer(t, t.TempDir(), "127.0.0.1:0", anyAge))
	var many strings.Builder
	for i := range 200_000 {
		fmt.Fprintf(&many, "%s line %d\n", noon.Add(time.Duration(i/50_000-60)*time.Second).Format(time.RFC3339), i)
	}
	if got := roundTrip(t, "order", many.String()); got != many.String() {
		t.Error("200,000 lines, 50,000 a second, come out in another order")
	}

	crlf := "2024-06-01T10:00:00Z one\r\n\r\n  more\r\n2024-06-01T10:00:01Z two\n{\"ts\":1717239602,\"a\":\"b\\u0000\"}\r\n2024-06-01 11:00:03\r\n\x00 NUL \x00\n"
	if got := roundTrip(t, "crlf", crlf); got != crlf {
		t.Errorf("got %q, want %q", got, crlf)
	}
	if got := roundTrip(t, "crlf/multiline", crlf, "--multiline"); got != crlf {
		t.Errorf("--multiline: got %q, want %q", got, crlf)
	}
	want := strings.ReplaceAll(strings.ReplaceAll(crlf, "\r", ""), "\n\n", "\n")
	if got := roundTrip(t, "lf", crlf, "--strip-cr"); got != want {
		t.Errorf("--strip-cr: got %q, want %q", got, want)
	}

	// The S3 form keeps times, and messages of several lines.
	first := "2024-06-01T10:00:00Z " + strings.Repeat("\x00", 100) + " first\n  and more\n"
	roundTrip(t, "nul", first+"2024-06-01T10:00:01Z two\r\n", "--multiline")
	s3, _, _ := command(t, "", "export", "nul", "-o", "s3")
	if !strings.HasPrefix(s3, "2024-06-01T10:00:00.000Z 2024-06-01T10:00:00Z \x00") {
		t.Fatalf("export -o s3: %q", s3)
	}
	if _, errs, code := command(t, s3, "import", "-", "-g", "nul/pipe", "--s3-export"); code != 0 {
		t.Fatalf("import of a pipe: exit %d: %s", code, errs)
	}
	part := filepath.Join(t.TempDir(), "task", "a", "000000")
	if err := os.MkdirAll(filepath.Dir(part), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(part, []byte(s3), 0o666); err != nil {
		t.Fatal(err)
	}
	if _, errs, code := command(t, "", "import", part, "-g", "nul/file"); code != 0 {
		t.Fatalf("import of %s: exit %d: %s", part, code, errs)
	}
	for _, group := range []string{"nul/pipe", "nul/file"} {
		if got, _, _ := command(t, "", "export", group, "-o", "s3"); got != s3 {
			t.Errorf("%s: got %q, want %q", group, got, s3)
		}
	}
}

// A file that was named and is no log is an error; the others go in.
func TestNamedButLeftOut(t *testing.T) {
	isolate(t, startServer(t, t.TempDir(), "127.0.0.1:0", anyAge))
	dir := t.TempDir()
	for name, text := range map[string]string{"a.log": "2024-06-01T10:00:00Z a\n", "core": "\x7fELF\x02"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	if _, errs, code := command(t, "", "import", dir, "-g", "folder"); code != 0 || !strings.Contains(errs, "core is left out: no text") {
		t.Errorf("a folder: exit %d: %s", code, errs)
	}
	_, errs, code := command(t, "", "import", filepath.Join(dir, "a.log"), filepath.Join(dir, "core"), "-g", "named")
	if code != 1 || !strings.Contains(errs, "1 of the files named were left out") {
		t.Errorf("named: exit %d: %s", code, errs)
	}
	if got, _, _ := command(t, "", "export", "named"); got != "2024-06-01T10:00:00Z a\n" {
		t.Errorf("beside one that was left out: %q", got)
	}
}
