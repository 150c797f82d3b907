package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"

	"skywatch/internal/scripttest"
	"skywatch/internal/server"
)

// noon is the time of every script.
var noon = time.Date(2024, 6, 1, 12, 0, 0, 0, time.UTC)

// anyAge lets a server take the scripts' events.
const anyAge = 100 * 365 * 24 * time.Hour

// startServer runs a server on a folder.
func startServer(t testing.TB, dir, listen string, maxAge time.Duration) *server.Server {
	t.Helper()
	log := slog.New(slog.NewTextHandler(io.Discard, nil))
	s, err := server.Start(context.Background(), server.Config{Listen: listen, Data: dir, MaxEventAge: maxAge}, log)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { stopServer(t, s) })
	return s
}

func stopServer(t testing.TB, s *server.Server) {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	if err := s.Close(ctx); err != nil {
		t.Logf("close the server: %v", err)
	}
}

// isolate keeps the tests apart from who runs them.
func isolate(t *testing.T, s *server.Server) {
	t.Helper()
	for _, name := range []string{"AWS_ENDPOINT_URL", "AWS_REGION", "AWS_DEFAULT_REGION", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"} {
		t.Setenv(name, "")
		os.Unsetenv(name)
	}
	for _, name := range []string{"AWS_ENDPOINT_URL_CLOUDWATCH_LOGS", "AWS_ENDPOINT_URL_CLOUDWATCH"} {
		t.Setenv(name, s.URL())
	}
}

// TestScripts runs testdata/*.test. A block is a command with its input, and
// what came out:
//
//	file NAME       writes a file; .gz and .zst are compressed, a line of "." is
//	                empty, \n \r \0 \xff are meant
//	stdin           is the input of the next command
//	stop, start     the server; start default: with the default maxEventAge
//	skywatch ARGS   runs the program; $DIR is the folder of the files, $DATA the server's
//
// Lines on standard error have "! " in front; an exit code but 0 is the last line.
func TestScripts(t *testing.T) {
	scripttest.Run(t, "testdata/*.test", func(t *testing.T) scripttest.Answer {
		w := &world{t: t, dir: t.TempDir(), data: t.TempDir()}
		w.server = startServer(t, w.data, "127.0.0.1:0", anyAge)
		isolate(t, w.server)
		return w.do
	})
}

// world is what a script's commands work on.
type world struct {
	t         *testing.T
	dir, data string
	stdin     string
	server    *server.Server
}

func (w *world) do(block string) string {
	line, input, _ := strings.Cut(block, "\n")
	words := split(line)
	switch words[0] {
	case "file":
		w.file(words[1], input)
	case "stdin":
		w.stdin = input
	case "stop":
		stopServer(w.t, w.server)
	case "start":
		age := anyAge
		if len(words) > 1 && words[1] == "default" {
			age = 0
		}
		w.server = startServer(w.t, w.data, strings.TrimPrefix(w.server.URL(), "http://"), age)
	case "skywatch":
		for i, a := range words {
			words[i] = strings.NewReplacer("$DIR", w.dir, "$DATA", w.data).Replace(a)
		}
		return w.run(words[1:])
	default:
		w.t.Fatalf("unknown command %q", line)
	}
	return ""
}

// What differs from run to run, or with every change of a file format.
var (
	arrival = regexp.MustCompile(`"ingestionTime":(\d+|"[^"]+")`)
	onDisk  = regexp.MustCompile(`(\d+ files), [\d.]+ k?B`)
)

func (w *world) run(args []string) string {
	var out, errs bytes.Buffer
	con := &console{in: strings.NewReader(w.stdin), out: &out, err: &errs, now: func() time.Time { return noon }}
	w.stdin = ""
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	code := run(ctx, args, con)
	got := out.String()
	for line := range strings.SplitSeq(strings.TrimSuffix(errs.String(), "\n"), "\n") {
		if line != "" {
			got += "! " + line + "\n"
		}
	}
	if code != 0 {
		got += fmt.Sprintf("exit %d\n", code)
	}
	got = strings.NewReplacer(w.dir, "$DIR", w.data, "$DATA", w.server.URL(), "$URL").Replace(got)
	got = arrival.ReplaceAllString(got, `"ingestionTime":0`)
	got = onDisk.ReplaceAllString(got, "$1, SIZE")
	return strings.TrimSuffix(strings.ReplaceAll(got, "\n\n", "\n.\n"), "\n")
}

func (w *world) file(name, text string) {
	path := filepath.Join(w.dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		w.t.Fatal(err)
	}
	text = strings.ReplaceAll(text, "\n.\n", "\n\n")
	b := []byte(strings.NewReplacer(`\r`, "\r", `\0`, "\x00", `\xff`, "\xff", `\n`, "\n").Replace(text))
	switch filepath.Ext(name) {
	case ".gz":
		var buf bytes.Buffer
		z := gzip.NewWriter(&buf)
		z.Write(b)
		z.Close()
		b = buf.Bytes()
	case ".zst":
		z, _ := zstd.NewWriter(nil)
		b = z.EncodeAll(b, nil)
	}
	if err := os.WriteFile(path, b, 0o666); err != nil {
		w.t.Fatal(err)
	}
	if err := os.Chtimes(path, noon, noon); err != nil {
		w.t.Fatal(err)
	}
}

// split cuts a command line at blanks outside single quotes.
func split(line string) []string {
	var words []string
	var word strings.Builder
	quoted, any := false, false
	for _, r := range line {
		switch {
		case r == '\'':
			quoted, any = !quoted, true
		case r == ' ' && !quoted:
			if any || word.Len() > 0 {
				words = append(words, word.String())
			}
			word.Reset()
			any = false
		default:
			word.WriteRune(r)
		}
	}
	if any || word.Len() > 0 {
		words = append(words, word.String())
	}
	return words
}
