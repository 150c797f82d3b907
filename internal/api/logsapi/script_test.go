package logsapi

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"skywatch/internal/scripttest"
)

// TestScripts runs testdata/*.test, each against a fresh server. A block
// is an operation and its JSON input; its answer is the status and body. In inputs
// {{a.0.b}} stands for that member of the last answer and {{NOW-5}} for the
// test clock less five seconds, in milliseconds ({{NOWS-5}}: in seconds). UUIDs
// in answers are masked, tokens decoded. Commands that are no operations:
//
//	!scope ACCOUNT/REGION             whose data the following lines mean
//	!load {"group","stream","count","start","step","message"}
//	                                  puts events; %d in message is the number
//	!await {"queryId"}                GetQueryResults until the query has ended
func TestScripts(t *testing.T) {
	scripttest.Run(t, "testdata/*.test", func(t *testing.T) scripttest.Answer {
		s := &script{t: t, house: build(t, nil)}
		return s.command
	})
}

type script struct {
	*house
	t     *testing.T
	scope string
	last  any
}

var tokens = regexp.MustCompile(`"nextToken": "([^"/]*)"`)

var uuid = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}`)

func (s *script) command(line string) string {
	name, body, _ := strings.Cut(line, " ")
	body = s.substitute(body)
	switch name {
	case "!scope":
		s.scope = body
		return "ok"
	case "!load":
		return s.load(body)
	case "!await":
		for {
			answer := s.call("GetQueryResults", body)
			m, _ := s.last.(map[string]any)
			if st := m["status"]; st != "Running" && st != "Scheduled" {
				return answer
			}
			time.Sleep(time.Millisecond)
		}
	}
	return s.call(name, body)
}

func (s *script) call(operation, body string) string {
	req, err := http.NewRequestWithContext(s.t.Context(), http.MethodPost, s.server.URL, strings.NewReader(body))
	if err != nil {
		s.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-amz-json-1.1")
	req.Header.Set("X-Amz-Target", "Logs_20140328."+operation)
	if s.scope != "" {
		req.Header.Set("X-Skywatch-Scope", s.scope)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		s.t.Fatal(err)
	}
	defer res.Body.Close()
	raw, err := io.ReadAll(res.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	s.last = nil
	if len(raw) == 0 {
		return fmt.Sprint(res.StatusCode)
	}
	if err := json.Unmarshal(raw, &s.last); err != nil {
		s.t.Fatalf("%s answers %q: %v", operation, raw, err)
	}
	var pretty bytes.Buffer
	enc := json.NewEncoder(&pretty)
	enc.SetEscapeHTML(false)
	if s.short(s.last) {
		err = enc.Encode(sorted(raw))
	} else {
		enc.SetIndent("", " ")
		err = enc.Encode(sorted(raw))
	}
	if err != nil {
		s.t.Fatal(err)
	}
	text := tokens.ReplaceAllStringFunc(strings.TrimSpace(pretty.String()), func(t string) string {
		inner, err := base64.RawURLEncoding.DecodeString(tokens.FindStringSubmatch(t)[1])
		if err != nil {
			return t
		}
		return `"nextToken": ` + string(inner) // readable, and its UUIDs are masked below
	})
	return fmt.Sprintf("%d %s", res.StatusCode, uuid.ReplaceAllString(text, "UUID"))
}

// short reports whether an answer reads well on one line.
func (s *script) short(v any) bool {
	m, ok := v.(map[string]any)
	if !ok {
		return false
	}
	for _, v := range m {
		if list, ok := v.([]any); ok && len(list) > 0 {
			return false
		}
	}
	return true
}

// sorted decodes with numbers as they are written.
func sorted(raw []byte) any {
	var v any
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	_ = d.Decode(&v) // it decoded before
	return v
}

var variable = regexp.MustCompile(`\{\{[^}]+\}\}`)

func (s *script) substitute(body string) string {
	return variable.ReplaceAllStringFunc(body, func(v string) string {
		name := v[2 : len(v)-2]
		var offset int64
		if _, err := fmt.Sscanf(name, "NOWS%d", &offset); err == nil || name == "NOWS" {
			return fmt.Sprint(clock.Unix() + offset)
		}
		if _, err := fmt.Sscanf(name, "NOW%d", &offset); err == nil || name == "NOW" {
			return fmt.Sprint(clock.UnixMilli() + offset*1000)
		}
		at := s.last
		for _, part := range strings.Split(name, ".") {
			switch x := at.(type) {
			case map[string]any:
				at = x[part]
			case []any:
				var i int
				if _, err := fmt.Sscan(part, &i); err != nil || i >= len(x) {
					s.t.Fatalf("%s: no element %s", v, part)
				}
				at = x[i]
			}
		}
		if at == nil {
			s.t.Fatalf("%s: the last answer has none: %v", v, s.last)
		}
		return fmt.Sprint(at)
	})
}

func (s *script) load(body string) string {
	var in struct {
		Group, Stream, Message string
		Count                  int
		Start, Step            int64
	}
	if err := json.Unmarshal([]byte(body), &in); err != nil {
		s.t.Fatalf("%s: %v", body, err)
	}
	type event struct {
		Timestamp int64  `json:"timestamp"`
		Message   string `json:"message"`
	}
	var events []event
	for i := range in.Count {
		message := in.Message
		if strings.Contains(message, "%d") {
			message = fmt.Sprintf(message, i)
		}
		events = append(events, event{in.Start + int64(i)*in.Step, message})
	}
	b, err := json.Marshal(map[string]any{"logGroupName": in.Group, "logStreamName": in.Stream, "logEvents": events})
	if err != nil {
		s.t.Fatal(err)
	}
	return s.call("PutLogEvents", string(b))
}
