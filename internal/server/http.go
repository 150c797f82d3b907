package server

import (
	"net"
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

// guardBrowsers refuses what a page of another site could make a browser send.
// On loopback nothing is signed, so the browser is the only one who could be
// tricked: cross-site requests are refused by their Sec-Fetch-Site or Origin
// header, and names other than the server's own by Host (DNS rebinding).
// Programs send neither header and are not affected.
func (s *Server) guardBrowsers(next http.Handler) http.Handler {
	cross := http.NewCrossOriginProtection()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fromBrowser := r.Header.Get("Sec-Fetch-Site") != "" || r.Header.Get("Origin") != ""
		if fromBrowser && !s.knownHost(r.Host) {
			http.Error(w, "this server is not known as "+r.Host+"; add the name under hosts: in its configuration", http.StatusMisdirectedRequest)
			return
		}
		if fromBrowser {
			if err := cross.Check(r); err != nil {
				http.Error(w, "a page of another site may not call this server: "+err.Error(), http.StatusForbidden)
				return
			}
			// Check lets GET pass, and a Query request may be a GET that writes.
			if r.URL.Query().Has("Action") && r.Header.Get("Sec-Fetch-Site") != "same-origin" && r.Header.Get("Sec-Fetch-Site") != "none" {
				http.Error(w, "a page of another site may not call this server", http.StatusForbidden)
				return
			}
		}
		next.ServeHTTP(w, r)
	})
}

// knownHost reports whether a Host header names this server.
func (s *Server) knownHost(hostport string) bool {
	host, _, err := net.SplitHostPort(hostport)
	if err != nil {
		host = hostport
	}
	host = strings.Trim(host, "[]")
	if net.ParseIP(host) != nil || host == "localhost" || strings.HasSuffix(host, ".localhost") || strings.HasSuffix(host, "-localhost") {
		return true
	}
	for _, h := range s.cfg.Hosts {
		if strings.EqualFold(h, host) {
			return true
		}
	}
	return false
}

func (s *Server) healthz(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	if !s.ready.Load() {
		http.Error(w, "starting", http.StatusServiceUnavailable)
		return
	}
	w.Write([]byte("ok\n"))
}
