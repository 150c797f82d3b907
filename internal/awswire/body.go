package awswire

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync"

	"github.com/klauspost/compress/gzip"
)

// maxPooled is the largest buffer kept between requests.
const maxPooled = 2 << 20

// bodies hold requests, answers what is sent back. They are apart because
// writers send much and get little, and readers the other way round.
var (
	bodies  = bufferPool{sync.Pool{New: func() any { return new([]byte) }}}
	answers = bufferPool{sync.Pool{New: func() any { return new([]byte) }}}
)

type bufferPool struct{ pool sync.Pool }

func (p *bufferPool) get() *[]byte { return p.pool.Get().(*[]byte) }

func (p *bufferPool) put(b *[]byte) {
	if cap(*b) <= maxPooled {
		*b = (*b)[:0]
		p.pool.Put(b)
	}
}

// maxAnnounced is up to where a body's announced size is believed before it
// arrives: a full connection table of liars must not cost much memory.
const maxAnnounced = 256 << 10

func tooLarge(limit int64, what string) *Error {
	return Errorf("RequestEntityTooLargeException", "The request body is larger than %d bytes%s.", limit, what)
}

// readAll appends everything that r has to buf and fails with tooBig beyond
// limit bytes. It grows with what arrives.
func readAll(buf []byte, r io.Reader, limit int64, tooBig error) ([]byte, error) {
	if cap(buf) == 0 {
		buf = make([]byte, 0, 16<<10)
	}
	for {
		if len(buf) == cap(buf) {
			buf = append(buf, 0)[:len(buf)]
		}
		n, err := r.Read(buf[len(buf):cap(buf)])
		buf = buf[:len(buf)+n]
		if int64(len(buf)) > limit {
			return buf, tooBig
		}
		if err == io.EOF {
			return buf, nil
		}
		if err != nil {
			return buf, err
		}
	}
}

// readBody reads the body as sent.
func readBody(w http.ResponseWriter, r *http.Request, buf []byte, limit int64) ([]byte, error) {
	if r.Body == nil || r.Body == http.NoBody {
		return buf, nil
	}
	tooBig := tooLarge(limit, "")
	if r.ContentLength > limit {
		return buf, tooBig
	}
	if n := min(r.ContentLength, maxAnnounced); n >= int64(cap(buf)) {
		buf = make([]byte, 0, n+1) // one more, to meet the end without growing
	}
	// MaxBytesReader also closes the connection of a client that goes on.
	b, err := readAll(buf, http.MaxBytesReader(w, r.Body, limit+1), limit, tooBig)
	var max *http.MaxBytesError
	switch {
	case err == nil || err == error(tooBig):
		return b, err
	case errors.As(err, &max):
		return b, tooBig
	case errors.Is(err, io.ErrUnexpectedEOF):
		return b, Errorf("RequestAbortedException", "The request body ended before its Content-Length of %d bytes.", r.ContentLength)
	}
	return b, Errorf("RequestAbortedException", "The request body could not be read: %v.", err)
}

var gzipReaders = sync.Pool{New: func() any { return new(gzip.Reader) }}

// contentEncoding returns whether the body is compressed with gzip. Java
// agents add "amz-1.0", which means nothing.
func contentEncoding(h http.Header) (gzipped bool, err error) {
	for _, value := range h.Values("Content-Encoding") {
		for enc := range strings.SplitSeq(value, ",") {
			switch strings.ToLower(strings.TrimSpace(enc)) {
			case "", "identity", "amz-1.0":
			case "gzip", "x-gzip":
				if gzipped {
					return false, Errorf("MalformedHttpRequestException", "The request body is compressed twice.")
				}
				gzipped = true
			default:
				return false, Errorf("MalformedHttpRequestException", "The content encoding %q is not supported; gzip is.", clip([]byte(enc)))
			}
		}
	}
	return gzipped, nil
}

// inflate appends the decompressed body to buf.
func inflate(buf, body []byte, limit int64) ([]byte, error) {
	zr := gzipReaders.Get().(*gzip.Reader)
	defer gzipReaders.Put(zr)
	err := zr.Reset(bytes.NewReader(body))
	if err == nil {
		buf, err = readAll(buf, zr, limit, tooLarge(limit, " after decompression"))
	}
	var e *Error
	if err != nil && !errors.As(err, &e) {
		return buf, Errorf("MalformedHttpRequestException", "The request body could not be decompressed: %v.", err)
	}
	return buf, err
}
