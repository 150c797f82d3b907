// Package client speaks the write operations of CloudWatch and CloudWatch Logs
// over HTTP: CreateLogGroup, CreateLogStream, PutLogEvents (AWS JSON 1.1) and
// PutMetricData (AWS JSON 1.0). It exists because the simulated estate has to
// send faster than a general SDK encodes; it knows nothing else.
//
// A call is encoded into one body, signed when there are credentials, and sent
// until it is answered: refused connections, broken ones, throttling and 5xx
// are tried again with growing pauses until the context ends. A request whose
// answer was lost may therefore be stored twice, as with any client of these
// APIs. Every other error answer is returned as an [*APIError].
package client

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/klauspost/compress/gzip"

	"skywatch/internal/estate"
	"skywatch/internal/jsontext"
)

// Config says where to and as whom to write.
type Config struct {
	Endpoint string // base URL of the server, such as http://127.0.0.1:4580
	Region   string // default us-east-1
	Account  string // told to the server when there are no credentials

	// Credentials sign every request. Without an access key requests are not
	// signed and name Account and Region in the header X-Skywatch-Scope, which
	// a server without configured credentials accepts.
	Credentials aws.Credentials

	// Gzip compresses bodies of 10 KiB and more: worth it over a network, not
	// on loopback.
	Gzip bool

	// MinPause and MaxPause bound the pause before a request is sent again;
	// defaults 50 ms and 5 s.
	MinPause, MaxPause time.Duration
}

// Client sends requests. It is safe for concurrent use.
type Client struct {
	cfg    Config
	url    string
	http   *http.Client
	signer *v4.Signer
	bodies sync.Pool // *[]byte
}

var _ estate.Writer = (*Client)(nil)

// APIError is an error answer that trying again cannot change.
type APIError struct {
	Operation string
	Status    int
	Code      string // such as ResourceNotFoundException; empty when the body told none
	Message   string
}

func (e *APIError) Error() string {
	return fmt.Sprintf("%s: %s (status %d): %s", e.Operation, e.Code, e.Status, e.Message)
}

// New returns a client. It sends nothing yet.
func New(cfg Config) (*Client, error) {
	u, err := url.Parse(cfg.Endpoint)
	if err != nil {
		return nil, fmt.Errorf("endpoint %q: %w", cfg.Endpoint, err)
	}
	if u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return nil, fmt.Errorf("endpoint %q: want http:// or https:// and a host", cfg.Endpoint)
	}
	if cfg.Region == "" {
		cfg.Region = "us-east-1"
	}
	if cfg.MinPause <= 0 {
		cfg.MinPause = 50 * time.Millisecond
	}
	if cfg.MaxPause <= 0 {
		cfg.MaxPause = 5 * time.Second
	}
	if u.Path == "" {
		u.Path = "/"
	}
	return &Client{
		cfg: cfg,
		url: u.String(),
		http: &http.Client{
			Timeout: time.Minute,
			Transport: &http.Transport{
				MaxIdleConnsPerHost: 16,
				IdleConnTimeout:     time.Minute,
				DisableCompression:  true, // answers are short
			},
		},
		signer: v4.NewSigner(),
		bodies: sync.Pool{New: func() any { return new([]byte) }},
	}, nil
}

// Close closes idle connections.
func (c *Client) Close() { c.http.CloseIdleConnections() }

// service is what differs between the two services on the wire.
type service struct{ name, target, contentType string }

var (
	logsService    = service{"logs", "Logs_20140328.", "application/x-amz-json-1.1"}
	metricsService = service{"monitoring", "GraniteServiceVersion20100801.", "application/x-amz-json-1.0"}
)

// CreateLogGroup creates a group; it may exist already.
func (c *Client) CreateLogGroup(ctx context.Context, group string) error {
	_, err := c.call(ctx, logsService, "CreateLogGroup", func(b []byte) []byte {
		b = append(b, `{"logGroupName":`...)
		return append(jsontext.AppendString(b, group), '}')
	})
	return ignoreExisting(err)
}

// CreateLogStream creates a stream; it may exist already.
func (c *Client) CreateLogStream(ctx context.Context, group, stream string) error {
	_, err := c.call(ctx, logsService, "CreateLogStream", func(b []byte) []byte {
		b = append(b, `{"logGroupName":`...)
		b = jsontext.AppendString(b, group)
		b = append(b, `,"logStreamName":`...)
		return append(jsontext.AppendString(b, stream), '}')
	})
	return ignoreExisting(err)
}

func ignoreExisting(err error) error {
	var e *APIError
	if errors.As(err, &e) && e.Code == "ResourceAlreadyExistsException" {
		return nil
	}
	return err
}

// PutLogEvents sends a batch and returns how many of its events the server
// said it did not take because of their age.
func (c *Client) PutLogEvents(ctx context.Context, batch estate.LogBatch) (rejected int, err error) {
	answer, err := c.call(ctx, logsService, "PutLogEvents", func(b []byte) []byte { return appendLogEvents(b, batch) })
	if err != nil || !bytes.Contains(answer, []byte("rejectedLogEventsInfo")) {
		return 0, err
	}
	var out struct {
		Rejected struct {
			TooNew  *int `json:"tooNewLogEventStartIndex"`
			TooOld  *int `json:"tooOldLogEventEndIndex"`
			Expired *int `json:"expiredLogEventEndIndex"`
		} `json:"rejectedLogEventsInfo"`
	}
	if err := json.Unmarshal(answer, &out); err != nil {
		return 0, fmt.Errorf("PutLogEvents: answer: %w", err)
	}
	first, last := 0, len(batch.Events) // accepted: [first, last)
	for _, end := range []*int{out.Rejected.TooOld, out.Rejected.Expired} {
		if end != nil {
			first = max(first, min(*end, len(batch.Events)))
		}
	}
	if out.Rejected.TooNew != nil {
		last = max(min(*out.Rejected.TooNew, last), first)
	}
	return len(batch.Events) - (last - first), nil
}

// PutMetricData sends a batch.
func (c *Client) PutMetricData(ctx context.Context, batch estate.MetricBatch) error {
	_, err := c.call(ctx, metricsService, "PutMetricData", func(b []byte) []byte { return appendMetricData(b, batch) })
	return err
}

// gzipFrom is the body size from which on compression pays.
const gzipFrom = 10 << 10

// maxAnswer bounds what is read of an answer.
const maxAnswer = 64 << 10

// call sends one operation until it is answered and returns the body of a
// success.
func (c *Client) call(ctx context.Context, s service, op string, encode func([]byte) []byte) ([]byte, error) {
	buf := c.bodies.Get().(*[]byte)
	defer c.bodies.Put(buf)
	*buf = encode((*buf)[:0])
	body, encoding := *buf, ""
	if c.cfg.Gzip && len(body) >= gzipFrom {
		var z bytes.Buffer
		w, _ := gzip.NewWriterLevel(&z, gzip.BestSpeed) // the level is valid
		if _, err := w.Write(body); err != nil {
			return nil, fmt.Errorf("%s: compress: %w", op, err)
		}
		if err := w.Close(); err != nil {
			return nil, fmt.Errorf("%s: compress: %w", op, err)
		}
		body, encoding = z.Bytes(), "gzip"
	}
	pause := c.cfg.MinPause
	for {
		answer, again, err := c.send(ctx, s, op, body, encoding)
		if err == nil || !again {
			return answer, err
		}
		// Half to all of the pause, so that connections do not march in step.
		wait := time.NewTimer(pause/2 + rand.N(pause/2+1))
		select {
		case <-ctx.Done():
			wait.Stop()
			return nil, fmt.Errorf("%s: %w (last failure: %w)", op, ctx.Err(), err)
		case <-wait.C:
		}
		pause = min(2*pause, c.cfg.MaxPause)
	}
}

// send makes one attempt and says whether another may succeed.
func (c *Client) send(ctx context.Context, s service, op string, body []byte, encoding string) (answer []byte, again bool, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.url, bytes.NewReader(body))
	if err != nil {
		return nil, false, fmt.Errorf("%s: %w", op, err)
	}
	req.Header.Set("Content-Type", s.contentType)
	req.Header.Set("X-Amz-Target", s.target+op)
	if encoding != "" {
		req.Header.Set("Content-Encoding", encoding)
	}
	if c.cfg.Credentials.AccessKeyID == "" {
		if c.cfg.Account != "" {
			req.Header.Set("X-Skywatch-Scope", c.cfg.Account+"/"+c.cfg.Region)
		}
	} else {
		sum := sha256.Sum256(body)
		if err := c.signer.SignHTTP(ctx, c.cfg.Credentials, req, hex.EncodeToString(sum[:]), s.name, c.cfg.Region, time.Now()); err != nil {
			return nil, false, fmt.Errorf("%s: sign: %w", op, err)
		}
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return nil, ctx.Err() == nil, fmt.Errorf("%s: %w", op, err)
	}
	defer resp.Body.Close()
	answer, err = io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	if err != nil {
		return nil, ctx.Err() == nil, fmt.Errorf("%s: read answer: %w", op, err)
	}
	if resp.StatusCode == http.StatusOK {
		return answer, false, nil
	}
	e := &APIError{Operation: op, Status: resp.StatusCode}
	var told struct {
		Type    string `json:"__type"`
		Lower   string `json:"message"`
		Capital string `json:"Message"`
	}
	if json.Unmarshal(answer, &told) == nil {
		_, code, found := strings.Cut(told.Type, "#")
		if !found {
			code = told.Type
		}
		e.Code, e.Message = code, told.Lower+told.Capital
	} else {
		e.Message = string(answer[:min(len(answer), 200)])
	}
	return nil, e.retryable(), e
}

// retryable says whether the same request may succeed later.
func (e *APIError) retryable() bool {
	switch e.Code {
	case "ThrottlingException", "Throttling", "TooManyRequestsException", "RequestTimeoutException", "OperationAbortedException":
		return true
	}
	return e.Status >= 500 && e.Status != http.StatusNotImplemented || e.Status == http.StatusTooManyRequests
}
