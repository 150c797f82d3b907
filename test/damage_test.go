//go:build e2e

package test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	logtypes "github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"
)

const (
	damageGroups = 4
	damageEvents = 8000 // of each group
)

func logsClient(url string) *cloudwatchlogs.Client {
	return cloudwatchlogs.NewFromConfig(aws.Config{Region: "us-east-1", Credentials: credentials.NewStaticCredentialsProvider("test", "test", ""), BaseEndpoint: &url})
}

// A folder with one flipped byte in a block of one group is served: queries give
// the other groups whole, the damage is in the log and in /metrics, verify finds
// it and says where. One whose segment has a flipped byte in its footer is
// refused by name, or served without the segment when that is asked for; in both
// cases the file is kept, and whole again it gives everything back.
func TestDamagedFolder(t *testing.T) {
	dir := t.TempDir()
	ctx := context.Background()
	p := start(t, "serve", "--data", dir)
	fillGroups(t, ctx, logsClient(p.url))
	if n := countEvents(t, ctx, logsClient(p.url)); n != damageGroups*damageEvents {
		t.Fatalf("%d events are counted, want %d", n, damageGroups*damageEvents)
	}
	p.stop() // writes everything into a segment
	segments, err := filepath.Glob(filepath.Join(dir, "logs/segments/*.seg"))
	if err != nil || len(segments) != 1 {
		t.Fatalf("segments %v, %v; want one", segments, err)
	}
	segment := segments[0]
	whole, err := os.ReadFile(segment)
	if err != nil {
		t.Fatal(err)
	}
	if out, code := skywatch(t, "verify", dir); code != 0 || !strings.Contains(out, "all as written") {
		t.Fatalf("verify of a whole folder: exit %d\n%s", code, out)
	}

	flip(t, segment, whole, 2000) // in the first block
	out, code := skywatch(t, "verify", dir)
	if code != 1 || !strings.Contains(out, "damaged: "+segment) || !strings.Contains(out, "1 files damaged, 1 blocks") {
		t.Errorf("verify of a damaged block: exit %d\n%s", code, out)
	}
	p = start(t, "serve", "--data", dir)
	cl := logsClient(p.url)
	intact := 0
	for g := range damageGroups {
		switch n := len(filterAll(t, ctx, cl, damageGroup(g))); n {
		case damageEvents:
			intact++
		case 0: // the damaged block's group
		default:
			t.Errorf("%s gives %d of its %d events, want all or, damaged, none", damageGroup(g), n, damageEvents)
		}
	}
	if intact != damageGroups-1 {
		t.Errorf("%d groups are whole, want %d", intact, damageGroups-1)
	}
	rows := runQuery(t, ctx, cl, `parse @message "took * ms" as ms | stats count(ms) as n by @log | sort @log asc`)
	if len(rows) != damageGroups-1 {
		t.Errorf("a query that reads messages gives %v", rows)
	}
	if n := metric(t, p.url, "skywatch_logs_corrupt_blocks_total"); n == "0" || n == "" {
		t.Errorf("skywatch_logs_corrupt_blocks_total is %q", n)
	}
	p.stop() // its output is whole now
	if log := p.output(); !strings.Contains(log, "log block is corrupt and left out") || !strings.Contains(log, filepath.Base(segment)) {
		t.Errorf("the log does not tell of the damage:\n%s", log)
	}
	if b, err := os.ReadFile(segment); err != nil || slices.Equal(b, whole) || len(b) != len(whole) {
		t.Errorf("the damaged segment was changed or is gone: %v", err)
	}

	// One of the two footers costs nothing.
	flip(t, segment, whole, len(whole)-40)
	out, code = skywatch(t, "verify", dir)
	if code != 1 || !strings.Contains(out, "damaged: "+segment) {
		t.Errorf("verify of a damaged footer: exit %d\n%s", code, out)
	}
	p = start(t, "serve", "--data", dir)
	if n := countEvents(t, ctx, logsClient(p.url)); n != damageGroups*damageEvents {
		t.Errorf("%d events with a damaged footer, want %d", n, damageGroups*damageEvents)
	}
	p.stop()
	if log := p.output(); !strings.Contains(log, "log segment is damaged where it holds no events") || !strings.Contains(log, filepath.Base(segment)) {
		t.Errorf("the log does not tell of the damaged footer:\n%s", log)
	}

	// Without any footer the segment cannot be read. It may have been written anew.
	if segments, err = filepath.Glob(filepath.Join(dir, "logs/segments/*.seg")); err != nil || len(segments) != 1 {
		t.Fatalf("segments %v, %v; want one", segments, err)
	}
	segment = segments[0]
	if whole, err = os.ReadFile(segment); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(segment, append(slices.Clone(whole[:2000]), make([]byte, len(whole)-2000)...), 0o666); err != nil {
		t.Fatal(err)
	}
	out, code = skywatch(t, "serve", "--data", dir, "--listen", freeAddress(t))
	if code != 1 || !strings.Contains(out, filepath.Base(segment)) || !strings.Contains(out, "corrupt") {
		t.Errorf("serve without any footer: exit %d\n%s", code, out)
	}
	if !strings.Contains(out, "--leave-out-damaged") {
		t.Errorf("the refusal does not tell what can be done:\n%s", out)
	}
	p = start(t, "serve", "--data", dir, "--leave-out-damaged")
	if n := countEvents(t, ctx, logsClient(p.url)); n != 0 {
		t.Errorf("%d events without the only segment", n)
	}
	p.stop() // its output is whole now
	if log := p.output(); !strings.Contains(log, "log segment is damaged and left out") || !strings.Contains(log, filepath.Base(segment)) {
		t.Errorf("the log does not tell of the segment that is left out:\n%s", log)
	}
	if err := os.WriteFile(segment, whole, 0o666); err != nil {
		t.Fatal(err)
	}
	p = start(t, "serve", "--data", dir)
	if n := countEvents(t, ctx, logsClient(p.url)); n != damageGroups*damageEvents {
		t.Errorf("%d events with the bytes put back, want %d", n, damageGroups*damageEvents)
	}
	p.stop()
}

func damageGroup(g int) string { return fmt.Sprintf("/damage/%d", g) }

// fillGroups writes damageEvents events into each of damageGroups groups.
func fillGroups(t *testing.T, ctx context.Context, cl *cloudwatchlogs.Client) {
	t.Helper()
	now := time.Now().Add(-time.Minute).UnixMilli()
	for g := range damageGroups {
		group := damageGroup(g)
		if _, err := cl.CreateLogGroup(ctx, &cloudwatchlogs.CreateLogGroupInput{LogGroupName: &group}); err != nil {
			t.Fatal(err)
		}
		if _, err := cl.CreateLogStream(ctx, &cloudwatchlogs.CreateLogStreamInput{LogGroupName: &group, LogStreamName: aws.String("s")}); err != nil {
			t.Fatal(err)
		}
		events := make([]logtypes.InputLogEvent, damageEvents)
		for i := range events {
			events[i] = logtypes.InputLogEvent{Timestamp: aws.Int64(now + int64(i)), Message: aws.String(fmt.Sprintf("copied %d rows, took %d ms", i*i%9973, i%700))}
		}
		if _, err := cl.PutLogEvents(ctx, &cloudwatchlogs.PutLogEventsInput{LogGroupName: &group, LogStreamName: aws.String("s"), LogEvents: events}); err != nil {
			t.Fatal(err)
		}
	}
}

// flip writes a file with one byte changed.
func flip(t *testing.T, path string, b []byte, at int) {
	t.Helper()
	bad := slices.Clone(b)
	bad[at] ^= 0x55
	if err := os.WriteFile(path, bad, 0o666); err != nil {
		t.Fatal(err)
	}
}

// skywatch runs the binary to its end.
func skywatch(t *testing.T, args ...string) (output string, code int) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	out, err := exec.CommandContext(ctx, binary(t), args...).CombinedOutput()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	if exit != nil {
		code = exit.ExitCode()
	}
	return string(out), code
}

// filterAll pages through a group.
func filterAll(t *testing.T, ctx context.Context, cl *cloudwatchlogs.Client, group string) (messages []string) {
	t.Helper()
	for pages := cloudwatchlogs.NewFilterLogEventsPaginator(cl, &cloudwatchlogs.FilterLogEventsInput{LogGroupName: &group}); pages.HasMorePages(); {
		page, err := pages.NextPage(ctx)
		if err != nil {
			t.Fatalf("read %s: %v", group, err)
		}
		for _, e := range page.Events {
			messages = append(messages, *e.Message)
		}
	}
	return messages
}

// runQuery runs a query over the last day of all groups and waits for its rows.
func runQuery(t *testing.T, ctx context.Context, cl *cloudwatchlogs.Client, text string) [][]logtypes.ResultField {
	t.Helper()
	started, err := cl.StartQuery(ctx, &cloudwatchlogs.StartQueryInput{
		QueryString: aws.String("SOURCE logGroups() | " + text), StartTime: aws.Int64(time.Now().Add(-24 * time.Hour).Unix()), EndTime: aws.Int64(time.Now().Unix()),
	})
	if err != nil {
		t.Fatal(err)
	}
	for {
		out, err := cl.GetQueryResults(ctx, &cloudwatchlogs.GetQueryResultsInput{QueryId: started.QueryId})
		if err != nil {
			t.Fatal(err)
		}
		switch out.Status {
		case logtypes.QueryStatusComplete:
			return out.Results
		case logtypes.QueryStatusRunning, logtypes.QueryStatusScheduled:
			time.Sleep(10 * time.Millisecond)
		default:
			t.Fatalf("the query %q ended as %s", text, out.Status)
		}
	}
}

func countEvents(t *testing.T, ctx context.Context, cl *cloudwatchlogs.Client) (n int) {
	t.Helper()
	for _, row := range runQuery(t, ctx, cl, "stats count(*) as n") {
		for _, f := range row {
			if *f.Field == "n" {
				fmt.Sscan(*f.Value, &n)
			}
		}
	}
	return n
}

// metric reads one of the server's own metrics.
func metric(t *testing.T, url, name string) string {
	t.Helper()
	resp, err := http.Get(url + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	m := regexp.MustCompile(`(?m)^` + name + ` (\S+)$`).FindSubmatch(b)
	if m == nil {
		return ""
	}
	return string(m[1])
}
