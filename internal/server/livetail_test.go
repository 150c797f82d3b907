package server

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"
)

// A live tail sees an event that was put after it began, and does not hold up
// the server's end: its stream ends with an exception, not with a cut.
func TestLiveTailEndsWithTheServer(t *testing.T) {
	s := start(t, t.TempDir())
	put(t, s, "g")
	req, _ := http.NewRequestWithContext(t.Context(), "POST", s.URL()+"/", strings.NewReader(`{"logGroupIdentifiers":["g"]}`))
	req.Header.Set("X-Amz-Target", "Logs_20140328.StartLiveTail")
	req.Header.Set("Content-Type", "application/x-amz-json-1.1")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var got []byte
	readUntil := func(text string) {
		t.Helper()
		for b := make([]byte, 4096); !bytes.Contains(got, []byte(text)); {
			n, err := resp.Body.Read(b)
			got = append(got, b[:n]...)
			if err != nil && !bytes.Contains(got, []byte(text)) {
				t.Fatalf("the stream ended with %v before %q: %q", err, text, got)
			}
		}
	}
	readUntil("sessionStart")
	if _, body := call(t, s, "Logs_20140328.CreateLogStream", `{"logGroupName":"g","logStreamName":"live"}`); body != "{}" {
		t.Fatal(body)
	}
	if status, body := call(t, s, "Logs_20140328.PutLogEvents", `{"logGroupName":"g","logStreamName":"live","logEvents":[{"timestamp":`+strconv.FormatInt(time.Now().UnixMilli(), 10)+`,"message":"seen live"}]}`); status != 200 {
		t.Fatal(status, body)
	}
	readUntil("seen live")

	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	if err := s.Close(ctx); err != nil {
		t.Errorf("close with an open live tail: %v", err)
	}
	rest, err := io.ReadAll(resp.Body)
	if err != nil || !bytes.Contains(append(got, rest...), []byte("SessionStreamingException")) {
		t.Errorf("the stream ended with %v and %q", err, rest)
	}
}
