// Package logfile reads log files of any kind as events: it undoes compression,
// cuts the text into lines or multi-line events and finds their timestamps. It
// knows neither the log engine nor the wire.
//
// Data passes through like this: [Open] (or [Decompress] for a stream such as
// stdin) gives the plain bytes whatever the file is compressed with; a [Reader]
// over them gives one [Event] at a time.
//
// Files of CloudTrail, one JSON object with a list of records, give an event for
// each record (records.go).
//
// Where a timestamp comes from, in this order:
//   - a line that begins with "{" has it in its first top-level field of the
//     names timestamp, @timestamp, time, ts, eventTime and some more (json.go):
//     a text as below, or a number of seconds, milliseconds, microseconds or
//     nanoseconds since 1970;
//   - any other line in the first timestamp within its first 256 bytes:
//     ISO 8601 (2026-01-31T12:00:00.123Z, also with a blank, slashes, a comma,
//     an offset or no seconds, and 20260131T120000Z), log4j (26/01/31 12:00:00),
//     access logs (31/Jan/2026:12:00:00 +0000), syslog and Apache (Jan 31
//     12:00:00, Sat Jan 31 12:00:00 2026), and at the start of the line klog
//     (I0131 12:00:00), Android (01-31 12:00:00), Hadoop (260131 120000) and
//     seconds or milliseconds since 1970;
//   - where no line names a date with its year, a word that is a number of
//     seconds or milliseconds in all of the first lines (epochcolumn.go), as in
//     VPC flow logs;
//   - a line without one has that of the event before it, so that a stack trace
//     stays with its error; before the first one, that of the first dated line
//     near the beginning;
//   - a file without any has [Options.Default], the file's own time.
package logfile

import (
	"bufio"
	"bytes"
	"compress/bzip2"
	"errors"
	"fmt"
	"io"
	"os"
	"sync/atomic"
	"time"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// maxWindow bounds what a zstd frame may make us allocate, in bytes. It is what
// zstd --long makes.
const maxWindow = 128 << 20

// File is an open log file; reading it gives the decompressed bytes.
type File struct {
	Path    string
	Size    int64 // bytes as stored, 0 when unknown
	ModTime time.Time

	plain io.ReadCloser
	file  *os.File
	read  *counter
}

// Open opens a file for reading. Its name does not matter: what it is
// compressed with (gzip, bzip2, zstd or nothing) is seen from its first bytes. A
// folder is an error.
func Open(path string) (*File, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	st, err := f.Stat()
	if err == nil && st.IsDir() {
		err = fmt.Errorf("read %s: is a folder", path)
	}
	if err != nil {
		f.Close()
		return nil, err
	}
	out := &File{Path: path, ModTime: st.ModTime(), file: f, read: &counter{r: f}}
	if st.Mode().IsRegular() {
		out.Size = st.Size()
	}
	if out.plain, err = Decompress(out.read); err != nil {
		f.Close()
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	return out, nil
}

// Read implements io.Reader.
func (f *File) Read(p []byte) (int, error) {
	n, err := f.plain.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		err = fmt.Errorf("read %s: %w", f.Path, err)
	}
	return n, err
}

// Consumed returns how many stored bytes have been read. It may be called at
// any time from any goroutine.
func (f *File) Consumed() int64 { return f.read.n.Load() }

// Close closes the file.
func (f *File) Close() error {
	return errors.Join(f.plain.Close(), f.file.Close())
}

type counter struct {
	r io.Reader
	n atomic.Int64
}

func (c *counter) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n.Add(int64(n))
	return n, err
}

var (
	gzipMagic = []byte{0x1f, 0x8b}
	zstdMagic = []byte{0x28, 0xb5, 0x2f, 0xfd}
	xzMagic   = []byte{0xfd, '7', 'z', 'X', 'Z', 0}
	zipMagic  = []byte{'P', 'K', 3, 4}
)

// bzipped says whether head begins a bzip2 stream: "BZh", the size of a block,
// and the digits of pi that begin a block, so that no text is taken for one.
func bzipped(head []byte) bool {
	return len(head) >= 10 && string(head[:3]) == "BZh" && head[3] >= '1' && head[3] <= '9' && string(head[4:10]) == "1AY&SY"
}

// Decompress returns the plain bytes of r, which may be gzip (also several
// members one after the other), bzip2, zstd or plain; xz and zip are refused. Closing the result does not
// close r.
func Decompress(r io.Reader) (io.ReadCloser, error) {
	in := bufio.NewReaderSize(r, 128<<10)
	head, err := in.Peek(10)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	switch {
	case bytes.HasPrefix(head, gzipMagic):
		z, err := gzip.NewReader(in)
		if err != nil {
			return nil, fmt.Errorf("gzip: %w", err)
		}
		return z, nil
	case bytes.HasPrefix(head, zstdMagic):
		z, err := zstd.NewReader(in, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(maxWindow))
		if err != nil {
			return nil, fmt.Errorf("zstd: %w", err)
		}
		return z.IOReadCloser(), nil
	case bzipped(head):
		return io.NopCloser(bzip2.NewReader(in)), nil
	case bytes.HasPrefix(head, xzMagic):
		return nil, errors.New("xz is not read; decompress it with xz -dc and give it as standard input")
	case bytes.HasPrefix(head, zipMagic):
		return nil, errors.New("zip is not read; decompress it with unzip -p and give it as standard input")
	}
	return io.NopCloser(in), nil
}
