package awswire

import (
	"net/http"
	"slices"
	"strconv"
	"sync"

	"github.com/aws/smithy-go"
)

// answer is a finished response body with its headers.
type answer struct {
	status      int
	contentType string
	body        []byte
	stream      Streamer // when not nil: writes the answer itself
}

const (
	cborType = "application/cbor"
	xmlType  = "text/xml"
)

func (svc *Service) jsonType(version string) string {
	if version == "" {
		version = svc.JSONVersion
	}
	return "application/x-amz-json-" + version
}

// writers hold their stacks and buffers between requests.
var (
	jsonWriters = sync.Pool{New: func() any { return new(jsonWriter) }}
	cborWriters = sync.Pool{New: func() any { return new(cborWriter) }}
	xmlWriters  = sync.Pool{New: func() any { return new(xmlWriter) }}
)

// encodeOutput writes a handler's output into buf.
func (c *call) encodeOutput(buf []byte, out smithy.Serializable, noOutput bool) answer {
	a := answer{status: http.StatusOK}
	switch c.info.Protocol {
	case JSON:
		a.contentType = c.svc.jsonType(c.jsonVersion)
		if noOutput {
			// AWS answers nothing at all; "{}" is what every client reads.
			a.body = append(buf, "{}"...)
			break
		}
		w := jsonWriters.Get().(*jsonWriter)
		w.reset(buf)
		out.Serialize(w)
		a.body = w.Bytes()
		w.reset(nil)
		jsonWriters.Put(w)
	case CBOR:
		if noOutput {
			break
		}
		a.contentType = cborType
		w := cborWriters.Get().(*cborWriter)
		w.reset(buf)
		out.Serialize(w)
		a.body = w.Bytes()
		w.reset(nil)
		cborWriters.Put(w)
	case Query:
		a.contentType = xmlType
		op := c.info.Operation
		w := xmlWriters.Get().(*xmlWriter)
		b := append(buf, "<"...)
		b = append(append(b, op...), `Response xmlns="`...)
		b = append(appendXMLText(b, c.svc.XMLNamespace), `">`...)
		b = append(b, '\n')
		if !noOutput {
			b = append(append(append(b, "  <"...), op...), "Result>"...)
			w.reset(b)
			out.Serialize(w)
			b = w.Bytes()
			b = append(append(append(b, "</"...), op...), "Result>\n"...)
		}
		b = append(append(b, "  <ResponseMetadata><RequestId>"...), c.info.RequestID...)
		b = append(b, "</RequestId></ResponseMetadata>\n</"...)
		b = append(append(b, op...), "Response>\n"...)
		a.body = b
		w.reset(nil)
		xmlWriters.Put(w)
	}
	return a
}

// encodeError writes an error into buf.
func (c *call) encodeError(buf []byte, e *wireError) answer {
	a := answer{status: e.status}
	switch c.info.Protocol {
	case Query:
		a.contentType = xmlType
		b := append(buf, `<ErrorResponse xmlns="`...)
		b = append(appendXMLText(b, c.svc.XMLNamespace), "\">\n  <Error><Type>"...)
		b = append(append(b, e.fault()...), "</Type><Code>"...)
		b = append(appendXMLText(b, e.query), "</Code><Message>"...)
		b = append(appendXMLText(b, e.message), "</Message>"...)
		w := xmlWriter{inError: true, buf: b}
		writeErrorMembers(&w, e)
		b = append(w.Bytes(), "</Error>\n  <RequestId>"...)
		b = append(append(b, c.info.RequestID...), "</RequestId>\n</ErrorResponse>\n"...)
		a.body = b
	case CBOR:
		a.contentType = cborType
		w := cborWriter{buf: buf, errType: e.qualified(c.svc)}
		writeErrorMembers(&w, e)
		a.body = w.Bytes()
	default:
		a.contentType = c.svc.jsonType(c.jsonVersion)
		w := jsonWriter{buf: buf, errType: e.shape}
		if c.svc.JSONVersion == "1.0" && e.namespace != "" {
			w.errType = e.qualified(c.svc)
		}
		writeErrorMembers(&w, e)
		a.body = w.Bytes()
	}
	return a
}

// qualified returns the absolute shape ID, which RPC v2 wants.
func (e *wireError) qualified(svc *Service) string {
	ns := e.namespace
	if ns == "" {
		ns = svc.ShapeNamespace
	}
	if ns == "" {
		return e.shape
	}
	return ns + "#" + e.shape
}

// errorRoot is the schema of errors that no model describes.
var errorRoot = smithy.NewSchema(smithy.ShapeID{Namespace: "skywatch", Name: "Error"}, smithy.ShapeTypeStructure, 0)

func writeErrorMembers(w smithy.ShapeSerializer, e *wireError) {
	if e.typed != nil {
		e.typed.Serialize(w)
		return
	}
	w.WriteStruct(errorRoot)
	member := func(name, value string) {
		w.WriteString(smithy.NewSchema(smithy.ShapeID{Member: name}, smithy.ShapeTypeString, 0), value)
	}
	member(e.member, e.message)
	names := make([]string, 0, len(e.fields))
	for n := range e.fields {
		names = append(names, n)
	}
	slices.Sort(names)
	for _, n := range names {
		member(n, e.fields[n])
	}
	w.CloseStruct()
}

// send writes the answer. A failed write means that the client is gone, which
// nobody can be told.
func (c *call) send(w http.ResponseWriter, a answer) {
	h := w.Header()
	if a.contentType != "" {
		h.Set("Content-Type", a.contentType)
	}
	if c.info.Protocol == CBOR {
		h.Set("Smithy-Protocol", "rpc-v2-cbor")
	}
	h.Set("Content-Length", strconv.Itoa(len(a.body)))
	w.WriteHeader(a.status)
	w.Write(a.body)
}
