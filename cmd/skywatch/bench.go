package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"golang.org/x/sync/errgroup"

	"skywatch/internal/estate"
	"skywatch/internal/estate/client"
)

type benchCmd struct {
	Events      int    `help:"About how many log events to load, spread over a day." default:"1000000"`
	Data        int    `help:"Stop loading metrics after this many datapoints (0: the whole day)." default:"0"`
	Connections int    `help:"Requests under way at a time." default:"4"`
	Repeat      int    `help:"How often each page is asked." default:"20"`
	Folder      string `help:"Folder for the throw-away server (default: a temporary one, removed at the end)." type:"path"`
}

// Run starts this very program as a server of its own, loads one simulated day
// through the public APIs, and prints one row per figure. The server is a
// process apart, so that its memory and time are its own.
func (c *benchCmd) Run(ctx context.Context) (err error) {
	dir := c.Folder
	if dir == "" {
		if dir, err = os.MkdirTemp("", "skywatch-bench-"); err != nil {
			return fmt.Errorf("make a folder for the bench: %w", err)
		}
		defer os.RemoveAll(dir)
	}
	srv, err := startChild(ctx, dir)
	if err != nil {
		return err
	}
	defer srv.end()
	fmt.Printf("machine: %d cores, %s/%s, %s; %s\n", runtime.NumCPU(), runtime.GOOS, runtime.GOARCH, runtime.Version(), time.Now().UTC().Format(time.DateOnly))

	to := time.Now().Truncate(time.Minute)
	est, err := estate.New(estate.Config{EventsPerDay: c.Events, Start: to.Add(-24 * time.Hour)})
	if err != nil {
		return err
	}
	l := &loader{target: int64(c.Data), groups: map[[2]string]*sync.Once{}}
	if l.client, err = client.New(client.Config{Endpoint: srv.url}); err != nil {
		return err
	}
	data, err := l.load(ctx, est, to, c.Connections, nil, l.putMetrics)
	if err != nil {
		return err
	}
	row("datapoints through PutMetricData", fmt.Sprintf("%d in %.1f s", data, l.seconds), fmt.Sprintf("%.0f k/s", float64(data)/l.seconds/1000))
	events, err := l.load(ctx, est, to, c.Connections, l.putLogs, nil)
	if err != nil {
		return err
	}
	row("log events through PutLogEvents", fmt.Sprintf("%d in %.1f s", events, l.seconds), fmt.Sprintf("%.0f k/s", float64(events)/l.seconds/1000))
	row("message bytes", "", fmt.Sprintf("%.0f MB", float64(l.bytes.Load())/1e6))
	row("server memory after loading (peak)", "", srv.memory())
	row("server CPU while loading", "", srv.cpu())

	for _, kind := range []string{"lambda", "glue", "apigateway", "s3"} {
		url := fmt.Sprintf("%s/ui/api/fleet/%s?start=%d&end=%d&points=48", srv.url, kind, to.Add(-24*time.Hour).UnixMilli(), to.UnixMilli())
		if err := c.page(ctx, "fleet page "+kind+", 24 h", url); err != nil {
			return err
		}
	}
	srv.end()
	row("data folder after a clean stop", "logs", folder(filepath.Join(dir, "logs")))
	row("", "metrics", folder(filepath.Join(dir, "metrics")))
	began := time.Now()
	again, err := startChild(ctx, dir)
	if err != nil {
		return err
	}
	defer again.end()
	row("start on this data until ready", "", fmt.Sprintf("%.0f ms", float64(time.Since(began).Microseconds())/1000))
	return c.page(ctx, "fleet page lambda, 24 h, from disk", fmt.Sprintf("%s/ui/api/fleet/lambda?start=%d&end=%d&points=48", again.url, to.Add(-24*time.Hour).UnixMilli(), to.UnixMilli()))
}

func row(what, detail, value string) { fmt.Printf("%-42s %-28s %s\n", what, detail, value) }

// page asks one URL and prints first, median and worst time, as the server
// measured them and as seen from here.
func (c *benchCmd) page(ctx context.Context, what, url string) error {
	var server, seen []float64
	size := 0
	for range c.Repeat {
		began := time.Now()
		req, err := http.NewRequestWithContext(ctx, "GET", url, nil)
		if err != nil {
			return err
		}
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			return err
		}
		b, err := io.ReadAll(resp.Body)
		resp.Body.Close()
		if err != nil {
			return err
		}
		var answer struct {
			ElapsedMs float64           `json:"elapsedMs"`
			Resources []json.RawMessage `json:"resources"`
		}
		if err := json.Unmarshal(b, &answer); err != nil || resp.StatusCode != http.StatusOK || len(answer.Resources) == 0 {
			return fmt.Errorf("%s: status %d, %d resources: %.200s (%v)", what, resp.StatusCode, len(answer.Resources), b, err)
		}
		size = len(b)
		server, seen = append(server, answer.ElapsedMs), append(seen, float64(time.Since(began).Microseconds())/1000)
	}
	first := server[0]
	slices.Sort(server)
	slices.Sort(seen)
	row(what+", server time", fmt.Sprintf("first %.1f, worst %.1f ms", first, server[len(server)-1]), fmt.Sprintf("median %.1f ms", server[len(server)/2]))
	row("", fmt.Sprintf("answer of %d KB", size/1000), fmt.Sprintf("median %.1f ms over HTTP", seen[len(seen)/2]))
	return nil
}

// loader sends a day of the estate over several connections.
type loader struct {
	client  *client.Client
	target  int64 // datapoints, 0 for all
	sent    atomic.Int64
	bytes   atomic.Int64
	seconds float64

	mu     sync.Mutex
	groups map[[2]string]*sync.Once
}

var errEnough = errors.New("enough sent")

// load splits the day into quarter hours, which the estate can make apart.
func (l *loader) load(ctx context.Context, est *estate.Estate, to time.Time, connections int,
	logs func(context.Context, estate.LogBatch) error, data func(context.Context, estate.MetricBatch) error) (int64, error) {
	l.sent.Store(0)
	began := time.Now()
	g, ctx := errgroup.WithContext(ctx)
	slices := make(chan time.Time)
	g.Go(func() error {
		defer close(slices)
		for t := to.Add(-24 * time.Hour); t.Before(to); t = t.Add(15 * time.Minute) {
			select {
			case slices <- t:
			case <-ctx.Done():
				return nil
			}
		}
		return nil
	})
	for range connections {
		g.Go(func() error {
			for t := range slices {
				var lf func(estate.LogBatch) error
				var mf func(estate.MetricBatch) error
				if logs != nil {
					lf = func(b estate.LogBatch) error { return logs(ctx, b) }
				}
				if data != nil {
					mf = func(b estate.MetricBatch) error { return data(ctx, b) }
				}
				if err := est.Generate(t, t.Add(15*time.Minute), lf, mf); err != nil {
					return err
				}
			}
			return nil
		})
	}
	err := g.Wait()
	l.seconds = time.Since(began).Seconds()
	if errors.Is(err, errEnough) {
		err = nil
	}
	return l.sent.Load(), err
}

func (l *loader) putMetrics(ctx context.Context, b estate.MetricBatch) error {
	if l.target > 0 && l.sent.Load() >= l.target {
		return errEnough
	}
	l.sent.Add(int64(len(b.Data)))
	return l.client.PutMetricData(ctx, b)
}

func (l *loader) putLogs(ctx context.Context, b estate.LogBatch) error {
	for _, key := range [][2]string{{b.Group}, {b.Group, b.Stream}} {
		l.mu.Lock()
		once := l.groups[key]
		if once == nil {
			once = &sync.Once{}
			l.groups[key] = once
		}
		l.mu.Unlock()
		var err error
		once.Do(func() {
			if key[1] == "" {
				err = l.client.CreateLogGroup(ctx, key[0])
			} else {
				err = l.client.CreateLogStream(ctx, key[0], key[1])
			}
		})
		if err != nil {
			return err
		}
	}
	rejected, err := l.client.PutLogEvents(ctx, b)
	l.sent.Add(int64(len(b.Events) - rejected))
	for _, e := range b.Events {
		l.bytes.Add(int64(len(e.Message)))
	}
	return err
}

// child is a server in a process of its own.
type child struct {
	cmd  *exec.Cmd
	url  string
	once sync.Once
}

func startChild(ctx context.Context, dir string) (*child, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	addr := l.Addr().String()
	l.Close()
	c := &child{url: "http://" + addr, cmd: exec.CommandContext(ctx, self, "serve", "--listen", addr, "--data", dir)}
	c.cmd.Stderr = os.Stderr
	if err := c.cmd.Start(); err != nil {
		return nil, fmt.Errorf("start the server to be measured: %w", err)
	}
	for range 3000 {
		if resp, err := http.Get(c.url + "/healthz"); err == nil {
			resp.Body.Close()
			if resp.StatusCode == http.StatusOK {
				return c, nil
			}
		}
		select {
		case <-ctx.Done():
			c.end()
			return nil, ctx.Err()
		case <-time.After(10 * time.Millisecond):
		}
	}
	c.end()
	return nil, errors.New("the server to be measured is not ready after 30 s")
}

func (c *child) end() {
	c.once.Do(func() {
		c.cmd.Process.Signal(syscall.SIGTERM)
		c.cmd.Wait()
	})
}

// memory returns resident memory now and at its peak, from /proc where there is one.
func (c *child) memory() string {
	f, err := os.Open(fmt.Sprintf("/proc/%d/status", c.cmd.Process.Pid))
	if err != nil {
		return "unknown on this system"
	}
	defer f.Close()
	kb := map[string]int{}
	for s := bufio.NewScanner(f); s.Scan(); {
		if name, rest, ok := strings.Cut(s.Text(), ":"); ok {
			kb[name], _ = strconv.Atoi(strings.TrimSuffix(strings.TrimSpace(rest), " kB"))
		}
	}
	return fmt.Sprintf("%d MB (%d MB)", kb["VmRSS"]/1024, kb["VmHWM"]/1024)
}

// cpu returns the processor time the server has used so far.
func (c *child) cpu() string {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", c.cmd.Process.Pid))
	if err != nil {
		return "unknown on this system"
	}
	f := strings.Fields(string(b[strings.LastIndexByte(string(b), ')')+1:]))
	if len(f) < 13 {
		return "unknown on this system"
	}
	user, _ := strconv.Atoi(f[11])
	sys, _ := strconv.Atoi(f[12])
	const ticks = 100 // USER_HZ is 100 on every Linux that Go runs on
	return fmt.Sprintf("%.1f s user, %.1f s system", float64(user)/ticks, float64(sys)/ticks)
}

func folder(dir string) string {
	var n int64
	filepath.Walk(dir, func(_ string, i os.FileInfo, err error) error {
		if err == nil && i.Mode().IsRegular() {
			n += i.Size()
		}
		return nil
	})
	return fmt.Sprintf("%.1f MB", float64(n)/1e6)
}
