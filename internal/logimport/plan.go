package logimport

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"skywatch/internal/logfile"
)

// File is a file to import.
type File struct {
	Path    string // absolute
	Size    int64
	ModTime time.Time
	Export  bool // of CloudWatch Logs' export to S3

	stream io.Reader // what Stream was given; nil for a file
}

// Stream is the unit of a stream such as standard input, which can be read once
// and so has no place in a [State]. now dates events without a timestamp. The
// text may be compressed.
func Stream(r io.Reader, stream string, now time.Time) Unit {
	return Unit{Stream: stream, Files: []File{{Path: stream, ModTime: now, stream: r}}}
}

// open begins to read a file; consumed tells how many stored bytes were read.
func (f *File) open() (r io.ReadCloser, modTime time.Time, consumed func() int64, err error) {
	if f.stream != nil {
		plain, err := logfile.Decompress(f.stream)
		if err != nil {
			return nil, f.ModTime, nil, fmt.Errorf("read %s: %w", f.Path, err)
		}
		return plain, f.ModTime, func() int64 { return 0 }, nil
	}
	file, err := logfile.Open(f.Path)
	if err != nil {
		return nil, f.ModTime, nil, err
	}
	return file, file.ModTime, file.Consumed, nil
}

// Unit is what goes into one stream: files in the order of their names.
type Unit struct {
	Stream string
	Files  []File
}

// Skipped is a file that is not imported.
type Skipped struct {
	Path string
	Why  string
	// Named says that the path itself was given, not a folder it lies in, and
	// that it may have been meant: an export's write test never is.
	Named bool
}

// Plan finds the files below the paths, which are files or folders, and the
// stream each goes into: stream when it is not empty, else by what the name
// tells:
//
//	PREFIX/TASK/STREAM/000000.gz              CloudWatch Logs' export to S3: STREAM
//	PREFIX2026-01-31-12-00-00-0123456789ABCDEF  S3 access logs: PREFIX, all of its files
//	any other                                 the path below the folder, without .gz and .zst
//
// Hidden files, exports' aws-logs-write-test and files that are clearly no text
// are skipped. The units are in the order of their streams' names.
func Plan(paths []string, stream string) (units []Unit, skipped []Skipped, err error) {
	byStream := map[string]*Unit{}
	seen := map[string]bool{}
	add := func(root, path string, info fs.FileInfo, named bool) error {
		abs, err := filepath.Abs(path)
		if err != nil {
			return err
		}
		if seen[abs] {
			return nil
		}
		seen[abs] = true
		if filepath.Base(abs) == "aws-logs-write-test" {
			skipped = append(skipped, Skipped{Path: path, Why: "the export's write test"})
			return nil
		}
		name, export := streamOf(root, abs)
		f := File{Path: abs, Size: info.Size(), ModTime: info.ModTime(), Export: export}
		if why, err := unfit(&f); err != nil || why != "" {
			if err != nil {
				why = err.Error()
			}
			skipped = append(skipped, Skipped{Path: path, Why: why, Named: named})
			return nil
		}
		if stream != "" {
			name = stream
		}
		u := byStream[name]
		if u == nil {
			u = &Unit{Stream: name}
			byStream[name] = u
		}
		u.Files = append(u.Files, f)
		return nil
	}
	for _, root := range paths {
		info, err := os.Stat(root)
		if err != nil {
			return nil, nil, err
		}
		if !info.IsDir() {
			if err := add(filepath.Dir(root), root, info, true); err != nil {
				return nil, nil, err
			}
			continue
		}
		err = filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
			if err != nil {
				return err
			}
			if strings.HasPrefix(d.Name(), ".") && path != root {
				skipped = append(skipped, Skipped{Path: path, Why: "hidden"})
				if d.IsDir() {
					return filepath.SkipDir
				}
				return nil
			}
			if d.IsDir() {
				return nil
			}
			info, err := os.Stat(path) // follows links to files
			if err != nil || !info.Mode().IsRegular() {
				skipped = append(skipped, Skipped{Path: path, Why: "no regular file"})
				return nil
			}
			return add(root, path, info, false)
		})
		if err != nil {
			return nil, nil, fmt.Errorf("look for files in %s: %w", root, err)
		}
	}
	for _, u := range byStream {
		slices.SortFunc(u.Files, func(a, b File) int { return strings.Compare(a.Path, b.Path) })
		units = append(units, *u)
	}
	slices.SortFunc(units, func(a, b Unit) int { return strings.Compare(a.Stream, b.Stream) })
	return units, skipped, nil
}

// unfit says why a file cannot be one of log lines, "" when it can.
func unfit(f *File) (why string, err error) {
	in, err := logfile.Open(f.Path)
	if err != nil {
		return "", err
	}
	defer in.Close() // it was only read
	head := make([]byte, 4096)
	n, err := io.ReadFull(in, head)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return "", err
	}
	head = head[:n]
	if bytes.HasPrefix(head, []byte{0xff, 0xfe}) || bytes.HasPrefix(head, []byte{0xfe, 0xff}) {
		return "UTF-16, which is not read; iconv makes it UTF-8", nil
	}
	// What begins with a time is a log, whatever its messages hold.
	if _, dated := logfile.Time(string(head), nil); !dated && binary(head) {
		return "no text", nil
	}
	return "", nil
}

// magic are the first bytes of files that lie about among logs and are none.
var magic = []string{
	"\x7fELF", "\x89PNG", "\xff\xd8\xff", "GIF87a", "GIF89a", "%PDF-", "SQLite format 3\x00",
	"\xca\xfe\xba\xbe", "\xfe\xed\xfa\xce", "\xfe\xed\xfa\xcf", "\xce\xfa\xed\xfe", "\xcf\xfa\xed\xfe", "\x00asm",
	"!<arch>\n", "\xed\xab\xee\xdb", "7z\xbc\xaf\x27\x1c", "Rar!\x1a\x07", "LPKSHHRH",
}

// binary says whether the beginning of a file is clearly no text: it has the
// magic of another format, or one byte in four is a control character that no
// text is laid out or coloured with. A NUL or two are no reason: programs log
// them.
func binary(head []byte) bool {
	for _, m := range magic {
		if bytes.HasPrefix(head, []byte(m)) {
			return true
		}
	}
	if len(head) > 262 && string(head[257:262]) == "ustar" {
		return true // tar
	}
	control := 0
	for _, c := range head {
		if c < ' ' && (c < '\a' || c > '\r') && c != 0x1b {
			control++
		}
	}
	return control*4 >= len(head) && control > 0
}

var (
	exportPart = regexp.MustCompile(`^\d{6}(\.gz)?$`)
	accessLog  = regexp.MustCompile(`^(.*?)\d{4}-\d\d-\d\d-\d\d-\d\d-\d\d-[0-9A-F]{16}(\.gz|\.zst)?$`)
	dateFolder = regexp.MustCompile(`^\d{2}(\d{2})?$`)
	forbidden  = strings.NewReplacer(":", "-", "*", "-")
)

// maxStream is the longest name of a stream in bytes (the API counts characters).
const maxStream = 512

func streamOf(root, path string) (stream string, export bool) {
	dir, base := filepath.Split(path)
	dir = filepath.Clean(dir)
	if exportPart.MatchString(base) {
		return streamName(filepath.Base(dir)), true
	}
	if m := accessLog.FindStringSubmatch(base); m != nil {
		if prefix := strings.Trim(m[1], "-_."); prefix != "" {
			return streamName(prefix), false
		}
		// Partitioned: …/BUCKET/2026/01/31/…
		for dateFolder.MatchString(filepath.Base(dir)) {
			dir = filepath.Dir(dir)
		}
		return streamName(filepath.Base(dir)), false
	}
	abs, err := filepath.Abs(root)
	if err == nil {
		if rel, err := filepath.Rel(abs, path); err == nil {
			base = filepath.ToSlash(rel)
		}
	}
	return streamName(strings.TrimSuffix(strings.TrimSuffix(base, ".gz"), ".zst")), false
}

func streamName(s string) string {
	s = forbidden.Replace(strings.ToValidUTF8(s, "-"))
	if len(s) > maxStream {
		s = strings.ToValidUTF8(s[len(s)-maxStream:], "")
	}
	if strings.Trim(s, "/.") == "" {
		return "import"
	}
	return s
}
