package server

import (
	"net/http"
	"strings"
)

// routes puts the APIs, the UI and the server's own pages on one port:
//
//	GET  /healthz                        readiness
//	GET  /metrics                        the server's own metrics
//	     /ui/api/…                       the UI's questions
//	POST /, /service/…, GET /?Action=…   the AWS APIs
//	GET  everything else                 the UI
func (s *Server) routes(aws, uiAPI, ui http.Handler, isAWS func(*http.Request) bool) http.Handler {
	return s.guardBrowsers(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.URL.Path == "/healthz":
			s.healthz(w, r)
		case isAWS(r):
			aws.ServeHTTP(w, r)
		case r.URL.Path == "/metrics" && r.Method == http.MethodGet:
			s.stats.handler.ServeHTTP(w, r)
		case strings.HasPrefix(r.URL.Path, "/ui/api/"):
			uiAPI.ServeHTTP(w, r)
		case r.Method == http.MethodGet || r.Method == http.MethodHead:
			ui.ServeHTTP(w, r)
		default:
			// A POST that names no operation: the wire layer has the error for it.
			aws.ServeHTTP(w, r)
		}
	}))
}

func (s *Server) healthz(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	if !s.ready.Load() {
		http.Error(w, "starting", http.StatusServiceUnavailable)
		return
	}
	w.Write([]byte("ok\n"))
}
