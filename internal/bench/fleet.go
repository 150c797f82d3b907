package bench

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"slices"
	"sync/atomic"
	"time"

	"skywatch/internal/estate"
	"skywatch/internal/estate/client"
)

// FleetConfig is what [Fleet] measures.
type FleetConfig struct {
	From        time.Time // the day
	Events      int       // about how many log events
	Data        int64     // stop after that many datapoints; 0 for the whole day
	Connections int
	Repeat      int // how often each page is asked
	Dir         string
	Version     string

	Serve []string
	Say   func(format string, args ...any)
}

// errEnough ends a load early.
var errEnough = errors.New("enough sent")

// Fleet loads a day of metrics and logs and measures the fleet pages.
func Fleet(ctx context.Context, cfg FleetConfig) (*Report, error) {
	day, err := NewDay(cfg.From, cfg.Events)
	if err != nil {
		return nil, err
	}
	facts, err := day.Facts(ctx, nil, 2)
	if err != nil {
		return nil, err
	}
	r := &Report{
		Machine: ThisMachine(), Version: cfg.Version, Date: time.Now().UTC().Truncate(time.Second),
		Day: day.From.Format(time.DateOnly), Events: facts.Events, Bytes: facts.Bytes, Groups: len(facts.Streams), Streams: facts.StreamCount(),
	}
	if err := loadFleet(ctx, cfg, day, facts, r); err != nil {
		return nil, err
	}
	srv, err := Start(ctx, cfg.Dir, cfg.Serve...)
	if err != nil {
		return nil, err
	}
	defer srv.Stop()
	for _, part := range []string{"logs", "metrics"} {
		n, err := FolderBytes(filepath.Join(cfg.Dir, part))
		if err != nil {
			return nil, err
		}
		r.figure(Figure{Name: "disk, " + part, Value: float64(n) / 1e6, Unit: "MB"})
	}
	r.figure(Figure{Name: "start to ready", Value: ms(srv.Started), Unit: "ms"})
	return r, fleetPage(ctx, cfg, r, srv.URL, day, "lambda", " from disk")
}

func loadFleet(ctx context.Context, cfg FleetConfig, day *Day, facts *Facts, r *Report) error {
	srv, err := Start(ctx, cfg.Dir, cfg.Serve...)
	if err != nil {
		return err
	}
	defer srv.Stop()
	w, err := client.New(client.Config{Endpoint: srv.URL})
	if err != nil {
		return err
	}
	defer w.Close()
	cfg.Say("sending datapoints")
	n, took, err := day.sendMetrics(ctx, w, cfg.Connections, cfg.Data)
	if err != nil {
		return fmt.Errorf("send datapoints: %w", err)
	}
	r.figure(Figure{Name: "datapoints through PutMetricData", Value: float64(n) / took.Seconds() / 1000, Unit: "k/s", Goal: 400, Peer: 286, More: true, Detail: fmt.Sprintf("%d in %.1f s", n, took.Seconds())})
	if err := CreateStreams(ctx, w, facts, cfg.Connections); err != nil {
		return fmt.Errorf("create log streams: %w", err)
	}
	cfg.Say("sending %d events", facts.Events)
	events, took, err := day.SendLogs(ctx, w, cfg.Connections, 0)
	if err != nil {
		return fmt.Errorf("send events: %w", err)
	}
	r.figure(Figure{Name: "log events through PutLogEvents", Value: float64(events) / took.Seconds() / 1000, Unit: "k/s", Detail: fmt.Sprintf("%d in %.1f s", events, took.Seconds())})
	u := srv.Usage()
	r.figure(Figure{Name: "server memory while loading, peak", Value: float64(u.Peak) / 1e6, Unit: "MB", Detail: fmt.Sprintf("%.0f MB at the end", float64(u.RSS)/1e6)})
	r.figure(Figure{Name: "server CPU while loading", Value: u.User + u.Sys, Unit: "s"})
	for _, kind := range []string{"lambda", "glue", "apigateway", "s3"} {
		if err := fleetPage(ctx, cfg, r, srv.URL, day, kind, ""); err != nil {
			return err
		}
	}
	return nil
}

// sendMetrics sends the day's datapoints, or the first of them.
func (d *Day) sendMetrics(ctx context.Context, c *client.Client, connections int, atMost int64) (sent int64, took time.Duration, err error) {
	var n atomic.Int64
	began := time.Now()
	err = d.hours(ctx, connections, func(ctx context.Context, _ int, from time.Time) error {
		return d.Estate.Generate(from, from.Add(hour), nil, func(b estate.MetricBatch) error {
			if atMost > 0 && n.Load() >= atMost {
				return errEnough
			}
			n.Add(int64(len(b.Data)))
			return c.PutMetricData(ctx, b)
		})
	})
	if errors.Is(err, errEnough) {
		err = nil
	}
	return n.Load(), time.Since(began), err
}

// fleetPage asks one page several times.
func fleetPage(ctx context.Context, cfg FleetConfig, r *Report, url string, day *Day, kind, how string) error {
	what := fmt.Sprintf("fleet page %s, 24 h%s", kind, how)
	url = fmt.Sprintf("%s/ui/api/fleet/%s?start=%d&end=%d&points=48", url, kind, day.From.UnixMilli(), day.To.UnixMilli())
	var server, seen []float64
	size, resources := 0, 0
	for range cfg.Repeat {
		began := time.Now()
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
		if err != nil {
			return fmt.Errorf("%s: %w", what, err)
		}
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			return fmt.Errorf("%s: %w", what, err)
		}
		b, err := io.ReadAll(resp.Body)
		resp.Body.Close()
		if err != nil {
			return fmt.Errorf("%s: %w", what, err)
		}
		var answer struct {
			ElapsedMs float64           `json:"elapsedMs"`
			Resources []json.RawMessage `json:"resources"`
		}
		if err := json.Unmarshal(b, &answer); err != nil || resp.StatusCode != http.StatusOK || len(answer.Resources) == 0 {
			return fmt.Errorf("%s: status %d, %d resources: %.200s (%v)", what, resp.StatusCode, len(answer.Resources), b, err)
		}
		size, resources = len(b), len(answer.Resources)
		server, seen = append(server, answer.ElapsedMs), append(seen, ms(time.Since(began)))
	}
	first, worst := server[0], slices.Max(server)
	r.figure(Figure{Name: what, Value: median(server), Unit: "ms", Goal: 50,
		Detail: fmt.Sprintf("first %.1f, worst %.1f; over HTTP %.1f; %d resources, %d KB", first, worst, median(seen), resources, size/1000)})
	return nil
}
