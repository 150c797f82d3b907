//go:build e2e

package test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	cwtypes "github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	logtypes "github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"
)

const (
	crashRounds  = 20
	crashWriters = 4
)

// acknowledged is what the server said 200 to, over all rounds.
type acknowledged struct {
	mu      sync.Mutex
	events  map[string]bool    // message
	samples map[string]float64 // job dimension -> number of samples
}

// Twenty times in a row: writers of both kinds load the server, it is killed
// with SIGKILL at a random moment, and after the restart everything it ever
// acknowledged is there. What was in flight may be there or not, but never
// in half: a batch is stored whole or not at all.
func TestKillMinusNine(t *testing.T) {
	dir := t.TempDir()
	ctx := context.Background()
	rng := rand.New(rand.NewPCG(1, 2))
	ack := &acknowledged{events: map[string]bool{}, samples: map[string]float64{}}
	sent := map[string]int{} // batch -> events in it, whether acknowledged or not
	begin := time.Now().Add(-10 * time.Minute)

	// A write is sent once: sent again it would be stored twice. Reads may retry.
	clients := func(url string, attempts int) (*cloudwatchlogs.Client, *cloudwatch.Client) {
		cfg := aws.Config{Region: "us-east-1", Credentials: credentials.NewStaticCredentialsProvider("test", "test", ""), BaseEndpoint: &url, RetryMaxAttempts: attempts}
		return cloudwatchlogs.NewFromConfig(cfg), cloudwatch.NewFromConfig(cfg)
	}
	for round := range crashRounds {
		p := start(t, "serve", "--data", dir)
		cl, cw := clients(p.url, 1)
		t.Cleanup(func() {
			if t.Failed() {
				t.Logf("round %d: the server said:\n%s", round, p.output())
			}
		})
		if round == 0 {
			if _, err := cl.CreateLogGroup(ctx, &cloudwatchlogs.CreateLogGroupInput{LogGroupName: aws.String("/crash")}); err != nil {
				t.Fatal(err)
			}
		}
		rl, rw := clients(p.url, 3)
		verify(t, ctx, rl, rw, ack, sent, begin, round)

		var wg sync.WaitGroup
		stop, cancel := context.WithCancel(ctx)
		var mu sync.Mutex
		for w := range crashWriters {
			wg.Add(2)
			go func() {
				defer wg.Done()
				stream := fmt.Sprintf("r%d-w%d", round, w)
				if _, err := cl.CreateLogStream(stop, &cloudwatchlogs.CreateLogStreamInput{LogGroupName: aws.String("/crash"), LogStreamName: &stream}); err != nil {
					return // killed before the stream was acknowledged
				}
				for i := 0; stop.Err() == nil; i++ {
					batch := fmt.Sprintf("%s-b%d", stream, i)
					n := 1 + (i*37+w*11)%200
					var events []logtypes.InputLogEvent
					for k := range n {
						events = append(events, logtypes.InputLogEvent{Timestamp: aws.Int64(time.Now().UnixMilli()), Message: aws.String(fmt.Sprintf("%s-e%d", batch, k))})
					}
					mu.Lock()
					sent[batch] = n
					mu.Unlock()
					if _, err := cl.PutLogEvents(stop, &cloudwatchlogs.PutLogEventsInput{LogGroupName: aws.String("/crash"), LogStreamName: &stream, LogEvents: events}); err != nil {
						return
					}
					ack.mu.Lock()
					for _, e := range events {
						ack.events[*e.Message] = true
					}
					ack.mu.Unlock()
				}
			}()
			go func() {
				defer wg.Done()
				job := fmt.Sprintf("r%d-w%d", round, w)
				for i := 0; stop.Err() == nil; i++ {
					n := 1 + (i*53+w*7)%100
					var data []cwtypes.MetricDatum
					for range n {
						data = append(data, cwtypes.MetricDatum{MetricName: aws.String("Rows"), Dimensions: []cwtypes.Dimension{{Name: aws.String("Job"), Value: &job}}, Value: aws.Float64(1)})
					}
					if _, err := cw.PutMetricData(stop, &cloudwatch.PutMetricDataInput{Namespace: aws.String("Crash"), MetricData: data}); err != nil {
						// In flight: it may count or not, as a whole.
						mu.Lock()
						sent["metric:"+job] = n
						mu.Unlock()
						return
					}
					ack.mu.Lock()
					ack.samples[job] += float64(n)
					ack.mu.Unlock()
				}
			}()
		}
		time.Sleep(time.Duration(100+rng.IntN(500)) * time.Millisecond)
		p.kill()
		cancel()
		wg.Wait()
	}
	p := start(t, "serve", "--data", dir)
	cl, cw := clients(p.url, 3)
	verify(t, ctx, cl, cw, ack, sent, begin, crashRounds)
	if len(ack.events) < 1000 || len(ack.samples) < crashRounds {
		t.Fatalf("only %d events and %d metrics were acknowledged over %d rounds: the load did not run", len(ack.events), len(ack.samples), crashRounds)
	}
	t.Logf("%d events and %d metrics acknowledged over %d kills, all there", len(ack.events), len(ack.samples), crashRounds)
}

func verify(t *testing.T, ctx context.Context, cl *cloudwatchlogs.Client, cw *cloudwatch.Client, ack *acknowledged, sent map[string]int, begin time.Time, round int) {
	t.Helper()
	stored := map[string]int{}
	perBatch := map[string]int{}
	for pages := cloudwatchlogs.NewFilterLogEventsPaginator(cl, &cloudwatchlogs.FilterLogEventsInput{LogGroupName: aws.String("/crash")}); pages.HasMorePages(); {
		page, err := pages.NextPage(ctx)
		if err != nil {
			t.Fatalf("round %d: read events back: %v", round, err)
		}
		for _, e := range page.Events {
			stored[*e.Message]++
			for i := len(*e.Message) - 1; i >= 0; i-- {
				if (*e.Message)[i] == '-' {
					perBatch[(*e.Message)[:i]]++
					break
				}
			}
		}
	}
	lost := 0
	for m := range ack.events {
		if stored[m] == 0 {
			if lost++; lost < 5 {
				t.Errorf("round %d: acknowledged event %q is lost", round, m)
			}
		}
	}
	for m, n := range stored {
		if n > 1 {
			t.Errorf("round %d: event %q is there %d times", round, m, n)
		}
	}
	for b, n := range perBatch {
		if n != sent[b] {
			t.Errorf("round %d: batch %s holds %d of its %d events", round, b, n, sent[b])
		}
	}
	for job, want := range ack.samples {
		st, err := cw.GetMetricStatistics(ctx, &cloudwatch.GetMetricStatisticsInput{
			Namespace: aws.String("Crash"), MetricName: aws.String("Rows"), Dimensions: []cwtypes.Dimension{{Name: aws.String("Job"), Value: aws.String(job)}},
			StartTime: aws.Time(begin), EndTime: aws.Time(time.Now().Add(time.Hour)), Period: aws.Int32(3600), Statistics: []cwtypes.Statistic{cwtypes.StatisticSampleCount, cwtypes.StatisticSum},
		})
		if err != nil {
			t.Fatalf("round %d: read metric %s back: %v", round, job, err)
		}
		var got float64
		for _, d := range st.Datapoints {
			got += *d.SampleCount
		}
		if inFlight := float64(sent["metric:"+job]); got != want && got != want+inFlight {
			t.Errorf("round %d: metric %s holds %v samples, want the %v acknowledged (or with the %v in flight)", round, job, got, want, inFlight)
		}
	}
	if t.Failed() {
		t.FailNow()
	}
}

// Writers send far more than fits into memory, so that the server is killed
// while it writes segments, merges them, and removes the log behind them.
// Everything acknowledged is there after each of the kills, each batch whole
// and once.
func TestKillWhileFlushing(t *testing.T) {
	const (
		rounds   = 5
		perBatch = 100 // events, 0.8 MB
	)
	dir := t.TempDir()
	ctx := context.Background()
	rng := rand.New(rand.NewPCG(3, 4))
	pads := make([]string, 64) // which compression cannot make small
	for i := range pads {
		b := make([]byte, 8000)
		for k := range b {
			b[k] = byte(' ' + 1 + rng.IntN(90))
		}
		pads[i] = string(b)
	}
	var mu sync.Mutex
	sent, acked := map[string]bool{}, map[string]bool{}
	group := aws.String("/crash")
	var batches atomic.Int64
	for round := range rounds + 1 {
		p := start(t, "serve", "--data", dir)
		cl := cloudwatchlogs.NewFromConfig(aws.Config{Region: "us-east-1", Credentials: credentials.NewStaticCredentialsProvider("test", "test", ""), BaseEndpoint: &p.url, RetryMaxAttempts: 1})
		if round == 0 {
			if _, err := cl.CreateLogGroup(ctx, &cloudwatchlogs.CreateLogGroupInput{LogGroupName: group}); err != nil {
				t.Fatal(err)
			}
		}
		found := map[string]string{}
		for _, row := range runQuery(t, ctx, cl, `parse @message "* *" as id, pad | stats count(*) as n by id`) {
			found[*row[0].Value] = *row[1].Value
		}
		for id, n := range found {
			if n != fmt.Sprint(perBatch) || !sent[id] {
				t.Errorf("round %d: batch %q has %s events, want %d", round, id, n, perBatch)
			}
		}
		for id := range acked {
			if found[id] == "" {
				t.Errorf("round %d: acknowledged batch %s is lost", round, id)
			}
		}
		if t.Failed() || round == rounds {
			t.Logf("%d batches acknowledged over %d kills, %d found; the server said:\n%s", len(acked), round, len(found), p.output())
			break
		}
		stop, cancel := context.WithCancel(ctx)
		var wg sync.WaitGroup
		for w := range crashWriters {
			wg.Go(func() {
				stream := fmt.Sprintf("r%d-w%d", round, w)
				if _, err := cl.CreateLogStream(stop, &cloudwatchlogs.CreateLogStreamInput{LogGroupName: group, LogStreamName: &stream}); err != nil {
					return
				}
				for stop.Err() == nil {
					n := batches.Add(1)
					id := fmt.Sprintf("b%d", n)
					events := make([]logtypes.InputLogEvent, perBatch)
					for k := range events {
						events[k] = logtypes.InputLogEvent{Timestamp: aws.Int64(time.Now().UnixMilli()), Message: aws.String(id + " " + pads[(int(n)*7+k)%len(pads)])}
					}
					mu.Lock()
					sent[id] = true
					mu.Unlock()
					if _, err := cl.PutLogEvents(stop, &cloudwatchlogs.PutLogEventsInput{LogGroupName: group, LogStreamName: &stream, LogEvents: events}); err != nil {
						return
					}
					mu.Lock()
					acked[id] = true
					mu.Unlock()
				}
			})
		}
		// A memtable is full after about forty batches; on a slow machine the
		// patience ends before.
		target, patience := batches.Load()+int64(40+rng.IntN(50)), time.Now().Add(20*time.Second)
		for batches.Load() < target && time.Now().Before(patience) {
			time.Sleep(time.Duration(1+rng.IntN(20)) * time.Millisecond)
		}
		p.kill()
		cancel()
		wg.Wait()
	}
	segments, err := filepath.Glob(filepath.Join(dir, "logs/segments/*.seg"))
	if err != nil || len(segments) == 0 || len(acked) < 10*rounds {
		t.Fatalf("%d batches were acknowledged and %d segments written (%v): the load did not run", len(acked), len(segments), err)
	}
}
