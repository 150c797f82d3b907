package awswire_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	logstypes "github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"
	"github.com/aws/smithy-go"
	"github.com/aws/smithy-go/eventstream"

	"skywatch/internal/api/operations"
	"skywatch/internal/awswire"
)

// streamServer serves StartLiveTail over both protocols that can stream; what
// run does is the filter pattern's business.
func streamServer(t *testing.T, record func(awswire.Request), run map[string]awswire.Streamer) *httptest.Server {
	t.Helper()
	logs := operations.Logs()
	logs.RPCName = "Logs_20140328" // not AWS's: so that the encoding is tested too
	awswire.HandleStream(logs, "StartLiveTail", func(_ context.Context, in *cloudwatchlogs.StartLiveTailInput) (awswire.Streamer, error) {
		if aws.ToString(in.LogEventFilterPattern) == "refused" {
			return nil, awswire.LimitExceeded("too many")
		}
		return run[aws.ToString(in.LogEventFilterPattern)], nil
	})
	mux := awswire.NewMux(awswire.Options{OnRequest: record, Logger: slog.New(slog.DiscardHandler)})
	mux.Register(logs)
	s := httptest.NewUnstartedServer(mux)
	s.Config.ReadTimeout, s.Config.WriteTimeout = 50*time.Millisecond, 50*time.Millisecond
	s.Start()
	t.Cleanup(s.Close)
	return s
}

func startEvent(id string) smithy.Serializable {
	return &logstypes.StartLiveTailResponseStreamMemberSessionStart{Value: logstypes.LiveTailSessionStart{SessionId: &id}}
}

// open asks for a stream.
func open(t *testing.T, s *httptest.Server, p awswire.Protocol, pattern string) *http.Response {
	t.Helper()
	var req *http.Request
	var err error
	if p == awswire.CBOR {
		body := append([]byte{0xa1, 0x75}, "logEventFilterPattern"...)
		body = append(append(body, 0x60+byte(len(pattern))), pattern...)
		req, err = http.NewRequestWithContext(t.Context(), http.MethodPost, s.URL+"/service/Logs_20140328/operation/StartLiveTail", bytes.NewReader(body))
		req.Header.Set("Smithy-Protocol", "rpc-v2-cbor")
	} else {
		req, err = http.NewRequestWithContext(t.Context(), http.MethodPost, s.URL, strings.NewReader(fmt.Sprintf(`{"logEventFilterPattern":%q}`, pattern)))
		req.Header.Set("X-Amz-Target", "Logs_20140328.StartLiveTail")
		req.Header.Set("Content-Type", "application/x-amz-json-1.1")
	}
	if err != nil {
		t.Fatal(err)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = res.Body.Close() })
	return res
}

// messages reads a stream to its end with the SDK's decoder, which checks
// lengths and checksums, one line a message.
func messages(t *testing.T, body io.Reader) string {
	t.Helper()
	var out strings.Builder
	dec := eventstream.NewDecoder()
	for {
		msg, err := dec.Decode(body, nil)
		if errors.Is(err, io.EOF) {
			return out.String()
		}
		if err != nil {
			t.Fatalf("after %q: %v", out.String(), err)
		}
		for _, h := range msg.Headers {
			fmt.Fprintf(&out, "%s=%s ", h.Name, h.Value)
		}
		fmt.Fprintf(&out, "%q\n", msg.Payload)
	}
}

func TestEventStreamMessages(t *testing.T) {
	run := map[string]awswire.Streamer{
		"clean": func(_ context.Context, s *awswire.EventStream) error {
			return errors.Join(s.Send(startEvent("ü")), s.Send(startEvent("2")))
		},
		"modelled": func(context.Context, *awswire.EventStream) error {
			return fmt.Errorf("tail: %w", &logstypes.SessionTimeoutException{Message: aws.String("three hours")})
		},
		"named": func(context.Context, *awswire.EventStream) error {
			return awswire.Errorf("SessionStreamingException", "broken")
		},
		"unmodelled": func(context.Context, *awswire.EventStream) error { return errors.New("secret detail") },
		"panic":      func(context.Context, *awswire.EventStream) error { panic("secret detail") },
		"no member":  func(_ context.Context, s *awswire.EventStream) error { return s.Send(&logstypes.LogGroup{}) },
	}
	const begin = `:message-type=event :event-type=initial-response :content-type=application/json "{}"` + "\n"
	want := map[string]string{
		"clean": begin +
			`:message-type=event :event-type=sessionStart :content-type=application/json "{\"sessionId\":\"ü\"}"` + "\n" +
			`:message-type=event :event-type=sessionStart :content-type=application/json "{\"sessionId\":\"2\"}"` + "\n",
		"modelled":   begin + `:message-type=exception :exception-type=SessionTimeoutException :content-type=application/json "{\"message\":\"three hours\"}"` + "\n",
		"named":      begin + `:message-type=exception :exception-type=SessionStreamingException :content-type=application/json "{\"message\":\"broken\"}"` + "\n",
		"unmodelled": begin + `:message-type=error :error-code=InternalFailure :error-message=An internal error has occurred. ""` + "\n",
		"panic":      begin + `:message-type=error :error-code=InternalFailure :error-message=An internal error has occurred. ""` + "\n",
		"no member":  begin + `:message-type=error :error-code=InternalFailure :error-message=An internal error has occurred. ""` + "\n",
	}
	var last awswire.Request
	done := make(chan struct{}, 1)
	s := streamServer(t, func(r awswire.Request) { last = r; done <- struct{}{} }, run)
	for pattern := range run {
		res := open(t, s, awswire.JSON, pattern)
		if res.StatusCode != http.StatusOK || res.Header.Get("Content-Type") != "application/vnd.amazon.eventstream" || res.ContentLength >= 0 {
			t.Errorf("%s: status %d, header %v", pattern, res.StatusCode, res.Header)
		}
		var raw bytes.Buffer
		got := messages(t, io.TeeReader(res.Body, &raw))
		if got != want[pattern] {
			t.Errorf("%s:\n%swant:\n%s", pattern, got, want[pattern])
		}
		<-done
		if last.Status != http.StatusOK || last.BytesOut != raw.Len() || last.Operation != "StartLiveTail" || last.BytesIn == 0 {
			t.Errorf("%s: recorded as %+v, with %d bytes read", pattern, last, raw.Len())
		}
		if (last.Error == "") != (pattern == "clean") {
			t.Errorf("%s: recorded error %q", pattern, last.Error)
		}
	}

	res := open(t, s, awswire.JSON, "refused")
	body, _ := io.ReadAll(res.Body)
	if res.StatusCode != http.StatusBadRequest || !strings.Contains(string(body), "LimitExceededException") {
		t.Errorf("a refused stream: %d %s", res.StatusCode, body)
	}
	<-done

	got := messages(t, open(t, s, awswire.CBOR, "clean").Body)
	if want := ":message-type=event :event-type=initial-response :content-type=application/cbor \"\\xa0\"\n"; !strings.HasPrefix(got, want) {
		t.Errorf("CBOR: %q, want it to begin with %q", got, want)
	}
	if !strings.Contains(got, "sessionId") || strings.Count(got, "\n") != 3 {
		t.Errorf("CBOR: %q", got)
	}
}

// The server's deadlines for a request do not end a stream: events sent long
// after them arrive.
func TestEventStreamOutlivesDeadlines(t *testing.T) {
	s := streamServer(t, nil, map[string]awswire.Streamer{
		"slow": func(ctx context.Context, s *awswire.EventStream) error {
			for i := range 5 {
				select {
				case <-ctx.Done():
					return ctx.Err()
				case <-time.After(30 * time.Millisecond):
				}
				if err := s.Send(startEvent(fmt.Sprint(i))); err != nil {
					return err
				}
			}
			return nil
		},
	})
	if got := messages(t, open(t, s, awswire.JSON, "slow").Body); strings.Count(got, "sessionStart") != 5 {
		t.Errorf("got only %s", got)
	}
}

// A client that goes away ends the stream's context.
func TestEventStreamEndsWithItsClient(t *testing.T) {
	ended := make(chan error, 1)
	s := streamServer(t, nil, map[string]awswire.Streamer{
		"until gone": func(ctx context.Context, s *awswire.EventStream) error {
			<-ctx.Done()
			ended <- ctx.Err()
			return ctx.Err()
		},
	})
	res := open(t, s, awswire.JSON, "until gone")
	if _, err := eventstream.NewDecoder().Decode(res.Body, nil); err != nil {
		t.Fatal(err)
	}
	_ = res.Body.Close()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Errorf("the stream ended with %v", err)
	}
}
