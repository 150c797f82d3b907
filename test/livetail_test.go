//go:build e2e

package test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	logtypes "github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"
	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

func TestLiveTailWithBoto3(t *testing.T) {
	hasLiveTail := func(p string) bool {
		_, err := tryRun(nil, p, "-c", "import boto3; boto3.client('logs', region_name='x').start_live_tail")
		return err == nil
	}
	for _, python := range installed(t, "python3 with a boto3 that has start_live_tail", hasLiveTail, "python3", "/usr/bin/python3") {
		p := start(t, "serve", "--data", t.TempDir())
		if out := run(t, nil, python, "clients/livetail.py", p.url); !strings.Contains(out, "ok boto3") {
			t.Fatalf("unexpected output:\n%s", out)
		}
	}
}

func TestLiveTailWithJavaScriptSDK(t *testing.T) {
	p := start(t, "serve", "--data", t.TempDir())
	if out := run(t, nil, "node", "clients/livetail.mjs", p.url); !strings.Contains(out, "ok javascript") {
		t.Fatalf("unexpected output:\n%s", out)
	}
}

// asAddressed keeps the Go SDK from putting "stream-" before the host.
func asAddressed(o *cloudwatchlogs.Options) {
	o.APIOptions = append(o.APIOptions, func(s *middleware.Stack) error {
		return s.Initialize.Add(middleware.InitializeMiddlewareFunc("asAddressed", func(ctx context.Context, in middleware.InitializeInput, next middleware.InitializeHandler) (middleware.InitializeOutput, middleware.Metadata, error) {
			return next.HandleInitialize(smithyhttp.DisableEndpointHostPrefix(ctx, true), in)
		}), middleware.Before)
	})
}

// With the Go SDK's own HTTP client, and a server that stops under an open
// stream: the reader is told, and the server ends at once.
func TestLiveTailWithGoSDK(t *testing.T) {
	p := start(t, "serve", "--data", t.TempDir())
	ctx, group := t.Context(), aws.String("/live/go")
	cl := cloudwatchlogs.NewFromConfig(aws.Config{Region: "us-east-1", Credentials: credentials.NewStaticCredentialsProvider("test", "test", ""), BaseEndpoint: &p.url, RetryMaxAttempts: 1}, asAddressed)
	if _, err := cl.CreateLogGroup(ctx, &cloudwatchlogs.CreateLogGroupInput{LogGroupName: group}); err != nil {
		t.Fatal(err)
	}
	if _, err := cl.CreateLogStream(ctx, &cloudwatchlogs.CreateLogStreamInput{LogGroupName: group, LogStreamName: aws.String("s")}); err != nil {
		t.Fatal(err)
	}
	out, err := cl.StartLiveTail(ctx, &cloudwatchlogs.StartLiveTailInput{LogGroupIdentifiers: []string{"arn:aws:logs:us-east-1:000000000000:log-group:" + *group}, LogEventFilterPattern: aws.String("ERROR")})
	if err != nil {
		t.Fatal(err)
	}
	s := out.GetStream()
	defer s.Close()
	put := []logtypes.InputLogEvent{{Timestamp: aws.Int64(time.Now().UnixMilli()), Message: aws.String("fine")}, {Timestamp: aws.Int64(time.Now().UnixMilli()), Message: aws.String("an ERROR")}}
	got := ""
	for got == "" {
		switch e := (<-s.Events()).(type) {
		case *logtypes.StartLiveTailResponseStreamMemberSessionStart:
			if _, err := cl.PutLogEvents(ctx, &cloudwatchlogs.PutLogEventsInput{LogGroupName: group, LogStreamName: aws.String("s"), LogEvents: put}); err != nil {
				t.Fatal(err)
			}
		case *logtypes.StartLiveTailResponseStreamMemberSessionUpdate:
			for _, r := range e.Value.SessionResults {
				got += *r.Message
			}
		default:
			t.Fatalf("the stream ended: %v", s.Err())
		}
	}
	if got != "an ERROR" {
		t.Fatalf("got %q", got)
	}
	p.stop()
	for range s.Events() {
	}
	var streaming *logtypes.SessionStreamingException
	if err := s.Err(); !errors.As(err, &streaming) {
		t.Fatalf("the stream of a server that stopped ended with %v", err)
	}
}

// The AWS CLI's own start-live-tail prints messages as they come, until it is
// interrupted.
func TestLiveTailWithAWSCLI(t *testing.T) {
	hasLiveTail := func(p string) bool {
		out, _ := tryRun(nil, p, "logs", "start-live-tail")
		return strings.Contains(out, "--log-group-identifiers")
	}
	for _, cli := range installed(t, "an AWS CLI that has start-live-tail", hasLiveTail, "aws", "/usr/bin/aws") {
		p := start(t, "serve", "--data", t.TempDir())
		if status, body, _ := awsJSON(t, p.url, "Logs_20140328.CreateLogGroup", `{"logGroupName":"/live/cli"}`); status != 200 {
			t.Fatalf("create group: %d %s", status, body)
		}
		if status, body, _ := awsJSON(t, p.url, "Logs_20140328.CreateLogStream", `{"logGroupName":"/live/cli","logStreamName":"s"}`); status != 200 {
			t.Fatalf("create stream: %d %s", status, body)
		}
		cmd := exec.Command(cli, "--endpoint-url", p.url, "logs", "start-live-tail", "--log-group-identifiers", "arn:aws:logs:us-east-1:000000000000:log-group:/live/cli")
		cmd.Env = append(os.Environ(), "AWS_ACCESS_KEY_ID=test", "AWS_SECRET_ACCESS_KEY=test", "AWS_DEFAULT_REGION=us-east-1", "AWS_CONFIG_FILE=/dev/null",
			"AWS_DISABLE_HOST_PREFIX_INJECTION=true", "PYTHONUNBUFFERED=1")
		r, w := io.Pipe()
		cmd.Stdout, cmd.Stderr = w, w
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		ended := make(chan struct{})
		go func() { _ = cmd.Wait(); w.Close(); close(ended) }()
		defer func() { _ = cmd.Process.Kill(); <-ended }()
		// What comes before the session began is not shown: put until something is.
		seen := make(chan string, 1)
		go func() {
			for lines := bufio.NewScanner(r); lines.Scan(); {
				if strings.Contains(lines.Text(), "live from the CLI") {
					select {
					case seen <- lines.Text():
					default:
					}
				} else {
					t.Log(lines.Text())
				}
			}
		}()
		deadline := time.After(60 * time.Second)
		for line := ""; line == ""; {
			awsJSON(t, p.url, "Logs_20140328.PutLogEvents", fmt.Sprintf(`{"logGroupName":"/live/cli","logStreamName":"s","logEvents":[{"timestamp":%d,"message":"live from the CLI"}]}`, time.Now().UnixMilli()))
			select {
			case line = <-seen:
			case <-ended:
				t.Fatal("the CLI ended without a line")
			case <-deadline:
				t.Fatal("the CLI shows nothing")
			case <-time.After(250 * time.Millisecond):
			}
		}
		_ = cmd.Process.Signal(syscall.SIGINT)
		<-ended
	}
}

// The live tail page, with a browser that reads the event stream itself.
func TestLiveTailInBrowser(t *testing.T) {
	env := chromium(t)
	p := start(t, "serve", "--data", t.TempDir())
	out := run(t, env, "node", filepath.Join("..", "web", "ui", "e2e", "live.mjs"), "--url", p.url)
	if !strings.Contains(out, "ok live tail") {
		t.Fatalf("unexpected output:\n%s", out)
	}
}
