package web

import (
	"bytes"
	"encoding/hex"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strconv"
	"strings"
	"time"

	"github.com/cespare/xxhash/v2"
)

// file is one servable path with its compressed copies.
type file struct {
	contentType string
	etag        string // of the plain bytes, unquoted; copies add their encoding
	plain       []byte
	encoded     map[string][]byte // "br", "gzip" → bytes
}

// fileSet is what the build wrote, read once: embedded bytes are in memory
// anyway, and nothing of it changes while the process runs.
type fileSet struct {
	byName map[string]*file
}

// encodings in the order in which they are preferred, with their suffixes.
var encodings = []struct{ name, suffix string }{{"br", ".br"}, {"gzip", ".gz"}}

// contentTypes are named here because the system's table differs by machine.
var contentTypes = map[string]string{
	".html": "text/html; charset=utf-8",
	".js":   "text/javascript; charset=utf-8",
	".css":  "text/css; charset=utf-8",
	".json": "application/json",
	".svg":  "image/svg+xml",
	".png":  "image/png",
	".ico":  "image/x-icon",
	".txt":  "text/plain; charset=utf-8",
}

func newFileSet(dist fs.FS) *fileSet {
	set := &fileSet{byName: map[string]*file{}}
	all := map[string][]byte{}
	err := fs.WalkDir(dist, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || strings.HasPrefix(path.Base(name), ".") {
			return err
		}
		data, err := fs.ReadFile(dist, name)
		all[name] = data
		return err
	})
	if err != nil {
		panic("web: read the embedded UI: " + err.Error()) // it is part of the binary
	}
	for name, data := range all {
		if isCopy(name, all) {
			continue
		}
		f := &file{contentType: contentType(name), etag: etag(data), plain: data, encoded: map[string][]byte{}}
		for _, e := range encodings {
			if copied, ok := all[name+e.suffix]; ok {
				f.encoded[e.name] = copied
			}
		}
		set.byName[name] = f
	}
	return set
}

func isCopy(name string, all map[string][]byte) bool {
	for _, e := range encodings {
		if original, ok := strings.CutSuffix(name, e.suffix); ok {
			if _, exists := all[original]; exists {
				return true
			}
		}
	}
	return false
}

func contentType(name string) string {
	ext := path.Ext(name)
	if t, ok := contentTypes[ext]; ok {
		return t
	}
	if t := mime.TypeByExtension(ext); t != "" {
		return t
	}
	return "application/octet-stream"
}

func etag(data []byte) string {
	var sum [8]byte
	h := xxhash.Sum64(data)
	for i := range sum {
		sum[i] = byte(h >> (56 - 8*i))
	}
	return hex.EncodeToString(sum[:])
}

func (s *fileSet) has(name string) bool {
	_, ok := s.byName[name]
	return ok
}

// serve sends the named file, which must exist, in the best encoding the
// client takes. http.ServeContent answers conditional and range requests.
func (s *fileSet) serve(w http.ResponseWriter, r *http.Request, name string) {
	f := s.byName[name]
	body, tag := f.plain, f.etag
	h := w.Header()
	h.Set("Content-Type", f.contentType)
	if len(f.encoded) > 0 {
		h.Add("Vary", "Accept-Encoding")
		accepted := r.Header.Get("Accept-Encoding")
		for _, e := range encodings {
			if encoded, ok := f.encoded[e.name]; ok && accepts(accepted, e.name) {
				h.Set("Content-Encoding", e.name)
				body, tag = encoded, tag+"-"+e.name
				break
			}
		}
	}
	h.Set("ETag", strconv.Quote(tag))
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(body))
}

// accepts tells whether an Accept-Encoding header allows an encoding.
func accepts(header, encoding string) bool {
	star := false
	for part := range strings.SplitSeq(header, ",") {
		name, params, _ := strings.Cut(part, ";")
		name = strings.TrimSpace(name)
		allowed := quality(params) > 0
		if strings.EqualFold(name, encoding) {
			return allowed
		}
		if name == "*" {
			star = allowed
		}
	}
	return star
}

// quality reads "q=0.5"; without it, or when it cannot be read, it is 1.
func quality(params string) float64 {
	for p := range strings.SplitSeq(params, ";") {
		key, value, ok := strings.Cut(strings.TrimSpace(p), "=")
		if !ok || !strings.EqualFold(strings.TrimSpace(key), "q") {
			continue
		}
		if q, err := strconv.ParseFloat(strings.TrimSpace(value), 64); err == nil {
			return q
		}
	}
	return 1
}
