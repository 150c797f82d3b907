package server

import (
	"net"
	"net/http"
	"strings"
)

// guardBrowsers refuses what a page of another site could make a browser send.
// On loopback nothing is signed, so the browser is the only one who could be
// tricked: cross-site requests are refused by their Sec-Fetch-Site or Origin
// header, and names other than the server's own by Host (DNS rebinding).
// Programs send neither header and are not affected. This is the only judge of
// it: no handler behind looks at these headers again.
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
