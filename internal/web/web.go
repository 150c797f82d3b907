// Package web serves the browser side, embedded at build time: internal/web/dist
// holds what `npm run build` in web/ui wrote, with .br and .gz copies beside
// every text file.
//
// A request passes through like this: the path is cleaned and looked up among
// the embedded files; a path without a file and without an extension is a page
// of the UI and gets index.html, which routes in the browser; the best copy the
// client accepts is sent. Files under assets/ carry a hash of their content in
// their name and may be kept for ever; everything else is asked for again each
// time, with an ETag. When nothing was built, a plain page says how to.
package web

import (
	"embed"
	"io/fs"
	"net/http"
	"path"
	"strings"
)

//go:embed all:dist
var dist embed.FS

// Handler returns the handler of the built UI. It answers GET and HEAD only.
func Handler() http.Handler {
	built, err := fs.Sub(dist, "dist")
	if err != nil {
		panic("web: the embedded folder is missing: " + err.Error()) // go:embed guarantees it
	}
	return newHandler(built)
}

// contentSecurityPolicy allows nothing from elsewhere. Styles may be inline:
// charts, virtual lists and the query editor position what they draw that way.
const contentSecurityPolicy = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; " +
	"img-src 'self' data: blob:; font-src 'self'; connect-src 'self'; manifest-src 'self'; " +
	"base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

const (
	cacheForever = "public, max-age=31536000, immutable" // hashed names
	cacheNever   = "no-cache"                            // kept, but asked about each time
)

type handler struct {
	files *fileSet
}

func newHandler(dist fs.FS) http.Handler {
	return handler{files: newFileSet(dist)}
}

func (h handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	setSecurityHeaders(w.Header())
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		http.Error(w, "the web UI answers GET and HEAD only", http.StatusMethodNotAllowed)
		return
	}
	if !h.files.has("index.html") {
		serveNotBuilt(w, r)
		return
	}
	name := strings.TrimPrefix(path.Clean("/"+r.URL.Path), "/")
	if name == "" || !h.files.has(name) {
		if isAsset(name) || path.Ext(name) != "" && !isPage(name) {
			http.NotFound(w, r)
			return
		}
		name = "index.html"
	}
	if isAsset(name) {
		w.Header().Set("Cache-Control", cacheForever)
	} else {
		w.Header().Set("Cache-Control", cacheNever)
	}
	h.files.serve(w, r, name)
}

func isAsset(name string) bool { return strings.HasPrefix(name, "assets/") }

// isPage tells a page whose last part is the name of a resource (a bucket such
// as logs.example.com) from a file that does not exist.
func isPage(name string) bool {
	first, _, deeper := strings.Cut(name, "/")
	if !deeper {
		return false
	}
	switch first {
	case "lambda", "glue", "apis", "buckets", "metrics", "logs":
		return true
	}
	return false
}

func setSecurityHeaders(h http.Header) {
	h.Set("Content-Security-Policy", contentSecurityPolicy)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Frame-Options", "DENY")
	h.Set("Referrer-Policy", "same-origin")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
}

const notBuiltPage = `<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Skywatch</title>
<body style="font: 16px/24px system-ui, sans-serif; max-width: 40em; margin: 4em auto; padding: 0 1em">
<h1>The web UI is not built</h1>
<p>This binary was compiled without it. Run <code>make build</code> in the source folder, which builds
the UI and puts it into the binary, and start Skywatch again.</p>
<p>The CloudWatch APIs on this address work all the same.</p>
`

// serveNotBuilt answers 200 for pages, so that people read it, and 404 for
// files, so that nothing mistakes it for one.
func serveNotBuilt(w http.ResponseWriter, r *http.Request) {
	if path.Ext(r.URL.Path) != "" {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	if r.Method == http.MethodHead {
		return
	}
	_, _ = w.Write([]byte(notBuiltPage)) // the client went away: nothing to do
}
