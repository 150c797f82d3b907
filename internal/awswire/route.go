package awswire

import (
	"net/http"
	"strings"
)

// IsAWSRequest tells the requests that belong to a [Mux] from those of a
// browser on the same port: RPC v2 paths (with any prefix in front), an
// X-Amz-Target header, and at the root path forms, AWS JSON and query strings
// with an Action.
func IsAWSRequest(r *http.Request) bool {
	if _, _, ok := rpcPath(r.URL.Path); ok {
		return true
	}
	if r.Header.Get("X-Amz-Target") != "" {
		return true
	}
	signed := strings.HasPrefix(r.Header.Get("Authorization"), "AWS4-")
	if r.URL.Path != "/" && r.URL.Path != "" && !signed {
		return false
	}
	switch r.Method {
	case http.MethodPost:
		t := mediaType(r)
		return signed || t == formType || strings.HasPrefix(t, "application/x-amz-json-") || hasAction(r)
	case http.MethodGet:
		return hasAction(r)
	}
	return false
}

const formType = "application/x-www-form-urlencoded"

func mediaType(r *http.Request) string {
	t, _, _ := strings.Cut(r.Header.Get("Content-Type"), ";")
	return strings.ToLower(strings.TrimSpace(t))
}

func hasAction(r *http.Request) bool {
	return strings.HasPrefix(r.URL.RawQuery, "Action=") || strings.Contains(r.URL.RawQuery, "&Action=")
}

// rpcPath splits …/service/{service}/operation/{operation}.
func rpcPath(path string) (service, operation string, ok bool) {
	rest, operation, ok := cutLast(path, "/operation/")
	if !ok || operation == "" || strings.Contains(operation, "/") {
		return "", "", false
	}
	_, service, ok = cutLast(rest, "/service/")
	if !ok || service == "" || strings.Contains(service, "/") {
		return "", "", false
	}
	return service, operation, true
}

func cutLast(s, sep string) (before, after string, ok bool) {
	i := strings.LastIndex(s, sep)
	if i < 0 {
		return s, "", false
	}
	return s[:i], s[i+len(sep):], true
}

// noService stands in for an unknown one, so that its error has a shape.
var noService = &Service{Name: "unknown", JSONVersion: "1.0", InternalError: "InternalFailure", AuthStatus: http.StatusForbidden}

// route finds protocol, service and operation from the request line and the
// headers. For Query the operation is still unknown: it may stand in the body.
func (m *Mux) route(c *call, r *http.Request) error {
	if service, op, ok := rpcPath(r.URL.Path); ok {
		c.info.Protocol, c.info.Operation = CBOR, op
		if p := r.Header.Get("Smithy-Protocol"); p != "rpc-v2-cbor" {
			return Errorf("MalformedHttpRequestException", "The Smithy-Protocol header is %q, want rpc-v2-cbor.", clip([]byte(p)))
		}
		return m.use(c, m.byRPC[service], service)
	}
	if target := r.Header.Get("X-Amz-Target"); target != "" {
		c.info.Protocol = JSON
		if t := mediaType(r); t == "application/x-amz-json-1.0" || t == "application/x-amz-json-1.1" {
			c.jsonVersion = t[len(t)-3:]
		}
		prefix, op, ok := cutLast(target, ".")
		if !ok {
			return Errorf("UnknownOperationException", "The X-Amz-Target header %s names no operation.", quote(target))
		}
		c.info.Operation = op
		return m.use(c, m.byTarget[prefix], prefix)
	}
	if t := mediaType(r); strings.HasPrefix(t, "application/x-amz-json-") {
		c.info.Protocol = JSON
		return Errorf("UnknownOperationException", "The request has no X-Amz-Target header.")
	}
	c.info.Protocol = Query
	if m.query == nil {
		return Errorf("UnknownOperationException", "No service of this server speaks the Query protocol.")
	}
	return m.use(c, m.query, "")
}

func (m *Mux) use(c *call, svc *Service, name string) error {
	if svc == nil {
		return Errorf("UnknownOperationException", "The service %s is unknown.", quote(name))
	}
	c.svc, c.info.Service = svc, svc.Name
	return nil
}
