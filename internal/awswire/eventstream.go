package awswire

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"net/http"
	"runtime/debug"
	"time"

	"github.com/aws/smithy-go"
)

// The answer of a streaming operation is a row of messages, each
//
//	u32  length of the whole message, this field and the last one included
//	u32  length of the headers
//	u32  CRC-32 (IEEE) of the eight bytes above
//	...  headers: u8 length of the name, name, u8 type (7: string),
//	     u16 length of the value, value
//	...  payload: a document of the protocol, JSON or CBOR
//	u32  CRC-32 (IEEE) of everything above
//
// with all integers big-endian. The first message has the event type
// "initial-response": RPC protocols carry the members of the output that are
// not the stream there, and no operation has any. Then come events, named by
// the member of the stream's union, and at most one message of a failure: an
// exception that the model knows, or an error with a code of its own. The end
// of the HTTP body is the end of the stream.
const (
	eventStreamType = "application/vnd.amazon.eventstream"
	preludeLen      = 12 // up to the first header
	headerString    = 7  // the type of a string header
)

// eventWriteTimeout is how long a reader may take in nothing at all before the
// stream is cut. The server's own limit would count from the request on.
const eventWriteTimeout = 30 * time.Second

// beforeStream is a pause before the first byte. The Go SDK closes its
// request's body as soon as the answer begins; when that comes before net/http
// has seen the body's end, it takes the close for a failed write and cuts the
// connection, with the stream on it. On loopback that was the fate of one
// stream in twenty; with the pause, of none in six hundred.
const beforeStream = 5 * time.Millisecond

// EventStream is the open answer of a streaming operation. It belongs to the
// goroutine of the request.
type EventStream struct {
	c    *call
	w    http.ResponseWriter
	conn *http.ResponseController
	buf  []byte
	sent int // bytes
}

// Streamer writes the events of one answer until the stream ends. A nil error
// is a clean end. An error becomes the last message: as an exception when the
// model knows it, like those of [Error] otherwise; when ctx is done nobody
// listens any more, and nothing is written.
type Streamer func(ctx context.Context, events *EventStream) error

// HandleStream registers the handler of an operation that answers a stream of
// events over JSON or CBOR; In is the SDK's input struct. An error of h is
// answered as that of any operation, before the stream begins; the Streamer it
// returns otherwise is called exactly once, even when the client is gone, so
// that it can free what h took. It panics like [Handle].
func HandleStream[In any](svc *Service, name string, h func(ctx context.Context, in *In) (Streamer, error)) {
	register(svc, name, nil, func(ctx context.Context, in *In, _ *Rows) (result, error) {
		stream, err := h(ctx, in)
		if err == nil && stream == nil {
			err = fmt.Errorf("the handler of %s returned neither stream nor error", name)
		}
		return result{stream: stream}, err
	}).streams = true
}

// stream writes a streaming answer. It returns how many bytes that took, and
// the shape of the error when it ended with one.
func (m *Mux) stream(w http.ResponseWriter, r *http.Request, c *call, run Streamer) (sent int, errShape string) {
	s := &EventStream{c: c, w: w, conn: http.NewResponseController(w)}
	// The body has been read. Left in place its deadline would end the stream:
	// net/http takes it for a client that is gone.
	_ = s.conn.SetReadDeadline(time.Time{}) // a connection without deadlines needs none taken away
	w.Header().Set("Content-Type", eventStreamType)
	if c.info.Protocol == CBOR {
		w.Header().Set("Smithy-Protocol", "rpc-v2-cbor")
	}
	time.Sleep(beforeStream)
	w.WriteHeader(http.StatusOK)
	ctx, cancel := context.WithCancel(WithInfo(r.Context(), c.info))
	defer cancel()
	if s.initialResponse() != nil {
		cancel() // gone already: run only frees what it holds
	}
	if err := m.runStream(ctx, c, s, run); err != nil && ctx.Err() == nil {
		we := m.wireError(ctx, c, err)
		s.fail(we)
		errShape = we.shape
	}
	return s.sent, errShape
}

// runStream calls run and makes an error of its panic: the answer has begun,
// and its reader deserves a last message.
func (m *Mux) runStream(ctx context.Context, c *call, s *EventStream, run Streamer) (err error) {
	defer func() {
		if v := recover(); v != nil {
			m.opts.Logger.Error("panic while streaming", "operation", c.info.Operation,
				"requestId", c.info.RequestID, "panic", fmt.Sprint(v), "stack", string(debug.Stack()))
			err = Errorf(c.svc.InternalError, "An internal error has occurred.")
		}
	}()
	return run(ctx, s)
}

// Send writes one event, a member of the stream's union, and returns when the
// network has taken it. After an error the client is gone.
func (s *EventStream) Send(event smithy.Serializable) error {
	schema := schemaOf(event)
	if schema == nil || schema.MemberName() == "" {
		return fmt.Errorf("send an event: %T is no member of a union", event)
	}
	s.begin(
		":message-type", "event",
		":event-type", schema.MemberName(),
		":content-type", s.contentType(),
	)
	switch s.c.info.Protocol {
	case CBOR:
		w := cborWriters.Get().(*cborWriter)
		w.reset(s.buf)
		event.Serialize(w)
		s.buf = w.Bytes()
		w.reset(nil)
		cborWriters.Put(w)
	default:
		w := jsonWriters.Get().(*jsonWriter)
		w.reset(s.buf)
		event.Serialize(w)
		s.buf = w.Bytes()
		w.reset(nil)
		jsonWriters.Put(w)
	}
	return s.flush()
}

func (s *EventStream) contentType() string {
	if s.c.info.Protocol == CBOR {
		return cborType
	}
	return "application/json"
}

func (s *EventStream) initialResponse() error {
	s.begin(
		":message-type", "event",
		":event-type", "initial-response",
		":content-type", s.contentType(),
	)
	if s.c.info.Protocol == CBOR {
		s.buf = append(s.buf, cborMap<<5)
	} else {
		s.buf = append(s.buf, "{}"...)
	}
	return s.flush()
}

// fail writes the message of a failure. The client may be gone: nobody can be
// told of that.
func (s *EventStream) fail(e *wireError) {
	if e.namespace == "" {
		s.begin(
			":message-type", "error",
			":error-code", e.shape,
			":error-message", clip([]byte(e.message)),
		)
		_ = s.flush()
		return
	}
	s.begin(
		":message-type", "exception",
		":exception-type", e.shape,
		":content-type", s.contentType(),
	)
	if s.c.info.Protocol == CBOR {
		w := cborWriter{buf: s.buf}
		writeErrorMembers(&w, e)
		s.buf = w.Bytes()
	} else {
		w := jsonWriter{buf: s.buf}
		writeErrorMembers(&w, e)
		s.buf = w.Bytes()
	}
	_ = s.flush()
}

// begin starts a message with string headers, given as names and values.
func (s *EventStream) begin(headers ...string) {
	s.buf = append(s.buf[:0], make([]byte, preludeLen)...)
	for i := 0; i < len(headers); i += 2 {
		name, value := headers[i], headers[i+1]
		s.buf = append(s.buf, byte(len(name)))
		s.buf = append(s.buf, name...)
		s.buf = append(s.buf, headerString)
		s.buf = binary.BigEndian.AppendUint16(s.buf, uint16(len(value)))
		s.buf = append(s.buf, value...)
	}
	binary.BigEndian.PutUint32(s.buf[4:], uint32(len(s.buf)-preludeLen))
}

// flush ends the message and gives it to the network at once.
func (s *EventStream) flush() error {
	b := s.buf
	binary.BigEndian.PutUint32(b, uint32(len(b)+4))
	binary.BigEndian.PutUint32(b[8:], crc32.ChecksumIEEE(b[:8]))
	b = binary.BigEndian.AppendUint32(b, crc32.ChecksumIEEE(b))
	s.buf = b
	err := s.conn.SetWriteDeadline(time.Now().Add(eventWriteTimeout))
	if err != nil && !errors.Is(err, http.ErrNotSupported) {
		return fmt.Errorf("send an event: %w", err)
	}
	n, err := s.w.Write(b)
	s.sent += n
	if err == nil {
		err = s.conn.Flush()
	}
	if err != nil {
		return fmt.Errorf("send an event: %w", err)
	}
	return nil
}
