package web

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"
)

func built() fstest.MapFS {
	return fstest.MapFS{
		".gitkeep":                  {},
		"index.html":                {Data: []byte("<html>plain")},
		"index.html.br":             {Data: []byte("br-bytes")},
		"index.html.gz":             {Data: []byte("gz-bytes")},
		"favicon.svg":               {Data: []byte("<svg>")},
		"assets/index-abc123.js":    {Data: []byte("plain js")},
		"assets/index-abc123.js.br": {Data: []byte("br js")},
	}
}

func get(t *testing.T, h http.Handler, method, target string, header ...string) *http.Response {
	t.Helper()
	r := httptest.NewRequest(method, target, nil)
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Result()
}

func body(t *testing.T, r *http.Response) string {
	t.Helper()
	var b strings.Builder
	buf := make([]byte, 4096)
	for {
		n, err := r.Body.Read(buf)
		b.Write(buf[:n])
		if err != nil {
			return b.String()
		}
	}
}

func TestPathsAndEncodings(t *testing.T) {
	h := newHandler(built())
	f := func(target, accept string, status int, want, encoding, cache string) {
		t.Helper()
		r := get(t, h, "GET", target, "Accept-Encoding", accept)
		if r.StatusCode != status {
			t.Errorf("GET %s: status %d, want %d", target, r.StatusCode, status)
			return
		}
		if status != http.StatusOK {
			return
		}
		if got := body(t, r); got != want {
			t.Errorf("GET %s with %q: body %q, want %q", target, accept, got, want)
		}
		if got := r.Header.Get("Content-Encoding"); got != encoding {
			t.Errorf("GET %s with %q: encoding %q, want %q", target, accept, got, encoding)
		}
		if got := r.Header.Get("Cache-Control"); got != cache {
			t.Errorf("GET %s: Cache-Control %q, want %q", target, got, cache)
		}
	}
	f("/", "", 200, "<html>plain", "", cacheNever)
	f("/", "gzip, deflate, br", 200, "br-bytes", "br", cacheNever)
	f("/", "gzip", 200, "gz-bytes", "gzip", cacheNever)
	f("/", "br;q=0, gzip;q=0.5", 200, "gz-bytes", "gzip", cacheNever)
	f("/", "*", 200, "br-bytes", "br", cacheNever)
	f("/index.html", "", 200, "<html>plain", "", cacheNever)
	f("/lambda/orders-load", "", 200, "<html>plain", "", cacheNever)
	f("/buckets/logs.example.com", "", 200, "<html>plain", "", cacheNever)
	f("/lambda/../glue", "", 200, "<html>plain", "", cacheNever)
	f("/favicon.svg", "br", 200, "<svg>", "", cacheNever)
	f("/assets/index-abc123.js", "br", 200, "br js", "br", cacheForever)
	f("/assets/index-abc123.js", "gzip", 200, "plain js", "", cacheForever)
	f("/assets/gone-def456.js", "br", 404, "", "", "")
	f("/assets/gone", "br", 404, "", "", "")
	f("/robots.txt", "", 404, "", "", "")
	f("/index.html.br", "", 404, "", "", "")
	f("/.gitkeep", "", 404, "", "", "")
}

func TestHeaders(t *testing.T) {
	h := newHandler(built())
	r := get(t, h, "GET", "/")
	for name, want := range map[string]string{
		"X-Content-Type-Options": "nosniff",
		"X-Frame-Options":        "DENY",
		"Content-Type":           "text/html; charset=utf-8",
		"Vary":                   "Accept-Encoding",
	} {
		if got := r.Header.Get(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	csp := r.Header.Get("Content-Security-Policy")
	for _, want := range []string{"script-src 'self';", "frame-ancestors 'none'", "default-src 'none'"} {
		if !strings.Contains(csp, want) {
			t.Errorf("Content-Security-Policy %q lacks %q", csp, want)
		}
	}
}

func TestConditional(t *testing.T) {
	h := newHandler(built())
	first := get(t, h, "GET", "/", "Accept-Encoding", "br")
	again := get(t, h, "GET", "/", "Accept-Encoding", "br", "If-None-Match", first.Header.Get("ETag"))
	if again.StatusCode != http.StatusNotModified {
		t.Errorf("same ETag: status %d, want 304", again.StatusCode)
	}
	other := get(t, h, "GET", "/", "Accept-Encoding", "gzip", "If-None-Match", first.Header.Get("ETag"))
	if other.StatusCode != http.StatusOK {
		t.Errorf("ETag of another encoding: status %d, want 200", other.StatusCode)
	}
}

func TestMethods(t *testing.T) {
	h := newHandler(built())
	if r := get(t, h, "POST", "/lambda"); r.StatusCode != http.StatusMethodNotAllowed || r.Header.Get("Allow") != "GET, HEAD" {
		t.Errorf("POST: status %d, Allow %q", r.StatusCode, r.Header.Get("Allow"))
	}
	if r := get(t, h, "HEAD", "/"); r.StatusCode != http.StatusOK || body(t, r) != "" {
		t.Errorf("HEAD: status %d or a body", r.StatusCode)
	}
}

func TestNotBuilt(t *testing.T) {
	h := newHandler(fstest.MapFS{".gitkeep": {}})
	r := get(t, h, "GET", "/lambda")
	if text := body(t, r); r.StatusCode != http.StatusOK || !strings.Contains(text, "make build") {
		t.Errorf("status %d, body %q", r.StatusCode, text)
	}
	if r := get(t, h, "GET", "/assets/x.js"); r.StatusCode != http.StatusNotFound {
		t.Errorf("a file of a UI that is not built: status %d, want 404", r.StatusCode)
	}
}

// The embedded folder must work in both states: built and not.
func TestEmbedded(t *testing.T) {
	if r := get(t, Handler(), "GET", "/"); r.StatusCode != http.StatusOK {
		t.Errorf("GET /: status %d", r.StatusCode)
	}
}

func FuzzPath(f *testing.F) {
	for _, p := range []string{"/", "/../x", "/assets/", "/%2e%2e/", "/a b", "//", "/lambda/%00"} {
		f.Add(p, "br")
	}
	h := newHandler(built())
	f.Fuzz(func(t *testing.T, p, accept string) {
		r := httptest.NewRequest("GET", "/", nil)
		r.URL.Path = p
		r.Header.Set("Accept-Encoding", accept)
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Code != http.StatusOK && w.Code != http.StatusNotFound {
			t.Errorf("path %q: status %d", p, w.Code)
		}
	})
}
