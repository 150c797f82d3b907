package bench

import (
	"context"
	"errors"
	"fmt"
	"math"
	"path/filepath"
	"time"

	"skywatch/internal/estate/client"
)

// LogsConfig is what [Logs] measures.
type LogsConfig struct {
	From        time.Time // the day
	Events      int       // about how many
	Connections int       // that send
	Repeat      int       // how often each question is asked of a warm server, at most
	PerQuestion time.Duration
	Only        string        // the id of the only question to ask; "" for all
	Dir         string        // data folder of the server
	Loaded      bool          // the folder holds the day already
	WhileAsking bool          // ask questions while the day is sent
	AskPause    time.Duration // of the one who asks then, after each answer
	Pace        int           // events per second to send at most; 0 for as fast as the server takes them
	Profile     string        // folder for CPU profiles, of loading and of each question; "" for none
	Version     string

	Serve []string // arguments that make this program serve
	Say   func(format string, args ...any)
}

// quiet is how long the engine must rest to count as settled.
const quiet = 3 * time.Second

// maxSettle bounds the wait for it.
const maxSettle = 10 * time.Minute

// Logs measures the log side. Any wrong answer is an error, after everything
// was asked.
func Logs(ctx context.Context, cfg LogsConfig) (*Report, error) {
	day, err := NewDay(cfg.From, cfg.Events)
	if err != nil {
		return nil, err
	}
	picks, err := day.Pick(ctx)
	if err != nil {
		return nil, err
	}
	questions := Questions(picks)
	cfg.Say("counting the answers of %s", day.From.Format(time.DateOnly))
	facts, err := day.Facts(ctx, questions, 2)
	if err != nil {
		return nil, err
	}
	r := &Report{
		Machine: ThisMachine(), Version: cfg.Version, Date: time.Now().UTC().Truncate(time.Second),
		Day: day.From.Format(time.DateOnly), Events: facts.Events, Bytes: facts.Bytes,
		Groups: len(facts.Streams), Streams: facts.StreamCount(), Picks: picks,
	}
	r.figure(Figure{Name: "events", Value: float64(facts.Events) / 1e6, Unit: "M", Detail: fmt.Sprintf("%.0f MB of messages, %d groups, %d streams; generated and counted at %.0f k/s",
		float64(facts.Bytes)/1e6, r.Groups, r.Streams, float64(facts.Events)/facts.Seconds/1000)})
	if !cfg.Loaded {
		if err := load(ctx, cfg, day, facts, questions, r); err != nil {
			return nil, err
		}
	}
	if err := settled(ctx, cfg, r); err != nil {
		return nil, err
	}
	var wrong error
	var peak int64
	for i := range questions {
		if cfg.Only != "" && cfg.Only != questions[i].ID {
			continue
		}
		cfg.Say("asking: %s", questions[i].Name)
		res, err := ask(ctx, cfg, r, &questions[i], func(rows []Row) error { return facts.Check(i, rows) })
		if err != nil {
			if ctx.Err() != nil {
				return nil, err
			}
			cfg.Say("WRONG: %v", err)
			wrong = errors.Join(wrong, err)
			continue
		}
		peak = max(peak, res.Peak)
		r.Results = append(r.Results, res)
	}
	r.figure(Figure{Name: "memory while answering, peak", Value: float64(peak) / 1e6, Unit: "MB", Goal: 512})
	return r, wrong
}

func (r *Report) figure(f Figure) { r.Figures = append(r.Figures, f) }

// serve returns the arguments of a server, and the URL of its profiles when
// there are to be any.
func (cfg *LogsConfig) serve() (args []string, profiling string, err error) {
	if cfg.Profile == "" {
		return cfg.Serve, "", nil
	}
	return profiled(cfg.Serve)
}

// load sends the day to a server on an empty folder.
func load(ctx context.Context, cfg LogsConfig, day *Day, facts *Facts, questions []Question, r *Report) error {
	args, profiling, err := cfg.serve()
	if err != nil {
		return err
	}
	srv, err := Start(ctx, cfg.Dir, args...)
	if err != nil {
		return err
	}
	defer srv.Stop()
	w, err := client.New(client.Config{Endpoint: srv.URL})
	if err != nil {
		return err
	}
	defer w.Close()
	began := time.Now()
	if err := CreateStreams(ctx, w, facts, cfg.Connections); err != nil {
		return fmt.Errorf("create log streams: %w", err)
	}
	took := time.Since(began).Seconds()
	r.figure(Figure{Name: "creating groups and streams", Value: float64(r.Groups+r.Streams) / took, Unit: "/s", Detail: fmt.Sprintf("%.1f s", took)})
	cfg.Say("sending %d events", facts.Events)
	asked := func() error { return nil }
	if cfg.WhileAsking {
		asked = askMeanwhile(ctx, &Client{URL: srv.URL}, questions, cfg.AskPause, r)
	}
	wait := func() error { return nil }
	if profiling != "" {
		wait = profile(ctx, profiling, filepath.Join(cfg.Profile, "ingest.pprof"), cfg.PerQuestion)
	}
	before, own := srv.Usage(), ownCPU()
	n, sent, err := day.SendLogs(ctx, w, cfg.Connections, cfg.Pace)
	if err = errors.Join(err, asked(), wait()); err != nil {
		return fmt.Errorf("send a day: %w", err)
	}
	if n != facts.Events {
		return fmt.Errorf("send a day: %d events were taken, want %d", n, facts.Events)
	}
	u := srv.Usage()
	cpu := u.User + u.Sys - before.User - before.Sys
	own = ownCPU() - own
	rate := Figure{Name: "ingestion through PutLogEvents", Value: float64(n) / sent.Seconds() / 1000, Unit: "k/s", Goal: 250, Peer: 102, More: true,
		Detail: fmt.Sprintf("%.1f s, %d connections, %.0f events a call; server CPU %.1f s = %.0f k events per CPU second; sender, on the same cores, %.1f s",
			sent.Seconds(), cfg.Connections, float64(n)/float64(facts.Calls), cpu, float64(n)/cpu/1000, own)}
	if cfg.Pace > 0 {
		rate.Name, rate.Goal, rate.Peer = fmt.Sprintf("ingestion, held to %d k/s", cfg.Pace/1000), 0, 0
	}
	r.figure(rate)
	r.figure(Figure{Name: "memory while ingesting, peak", Value: float64(u.Peak) / 1e6, Unit: "MB", Goal: 512, Peer: 317, Detail: fmt.Sprintf("%.0f MB at the end", float64(u.RSS)/1e6)})
	began = time.Now()
	if ok, err := (&Client{URL: srv.URL}).Settle(ctx, quiet, maxSettle); err != nil {
		return err
	} else if !ok {
		cfg.Say("the engine is still at work after %v", maxSettle)
	}
	u2 := srv.Usage()
	r.figure(Figure{Name: "background work after the last event", Value: max(time.Since(began)-quiet, 0).Seconds(), Unit: "s",
		Detail: fmt.Sprintf("server CPU %.1f s", u2.User+u2.Sys-u.User-u.Sys)})
	began = time.Now()
	srv.Stop()
	r.figure(Figure{Name: "clean stop", Value: time.Since(began).Seconds() * 1000, Unit: "ms"})
	return nil
}

// settled starts a server on the day, lets it finish its background work and
// measures what is on disk then.
func settled(ctx context.Context, cfg LogsConfig, r *Report) error {
	srv, err := Start(ctx, cfg.Dir, cfg.Serve...)
	if err != nil {
		return err
	}
	defer srv.Stop()
	c := &Client{URL: srv.URL}
	began := time.Now()
	ok, err := c.Settle(ctx, quiet, maxSettle)
	if err != nil {
		return err
	}
	u := srv.Usage()
	r.figure(Figure{Name: "merging at rest", Value: max(time.Since(began)-quiet, 0).Seconds(), Unit: "s",
		Detail: fmt.Sprintf("server CPU %.1f s, memory peak %.0f MB", u.User+u.Sys, float64(u.Peak)/1e6)})
	if !ok {
		cfg.Say("the engine is still at work after %v", maxSettle)
	}
	m, err := c.Metrics(ctx, "skywatch_logs_")
	if err != nil {
		return err
	}
	bytes, err := FolderBytes(filepath.Join(cfg.Dir, "logs"))
	if err != nil {
		return err
	}
	part := float64(r.Events) / goalEvents // a smaller day has its part of the disk
	r.figure(Figure{Name: "disk, logs", Value: float64(bytes) / 1e6, Unit: "MB", Goal: 95 * part, Peer: 182 * part,
		Detail: fmt.Sprintf("%.1f bytes an event, %.1f×; %.0f blocks in %.0f segments", float64(bytes)/float64(r.Events), float64(r.Bytes)/float64(bytes), m["skywatch_logs_blocks"], m["skywatch_logs_segments"])})
	return nil
}

// ask starts a server for one question, asks it and, while there is time, asks
// again. Every answer is checked.
func ask(ctx context.Context, cfg LogsConfig, r *Report, q *Question, check func([]Row) error) (Result, error) {
	res := Result{Question: *q}
	launched := time.Now()
	args, profiling, err := cfg.serve()
	if err != nil {
		return res, err
	}
	srv, err := Start(ctx, cfg.Dir, args...)
	if err != nil {
		return res, err
	}
	defer srv.Stop()
	c := &Client{URL: srv.URL}
	var wall, engine, fetch []float64
	one := func() (Answer, error) {
		a, err := c.Ask(ctx, q)
		if err == nil {
			if err = check(a.Rows); err != nil {
				err = fmt.Errorf("the answer to %q (%s) is wrong: %w", q.ID, q.Name, err)
			}
		}
		return a, err
	}
	a, err := one()
	if err != nil {
		return res, err
	}
	res.FirstMs, res.Rows, res.Scanned = ms(a.Wall), len(a.Rows), a.Scanned
	if q.ID == "count" {
		r.figure(Figure{Name: "start to ready", Value: ms(srv.Started), Unit: "ms"})
		r.figure(Figure{Name: "start to first answer", Value: ms(time.Since(launched)), Unit: "ms", Goal: 1000})
	}
	wait := func() error { return nil }
	if profiling != "" {
		wait = profile(ctx, profiling, filepath.Join(cfg.Profile, q.ID+".pprof"), cfg.PerQuestion)
	}
	before := srv.Usage()
	for began := time.Now(); len(wall) < 3 || (len(wall) < cfg.Repeat || profiling != "") && time.Since(began) < cfg.PerQuestion; {
		if a, err = one(); err != nil {
			return res, err
		}
		wall, engine, fetch = append(wall, ms(a.Wall)), append(engine, ms(a.Engine)), append(fetch, ms(a.Fetch))
	}
	res.Asked, res.WallMs, res.EngineMs, res.FetchMs = len(wall), median(wall), median(engine), median(fetch)
	u := srv.Usage()
	res.CPUMs = math.Round((u.User+u.Sys-before.User-before.Sys)*1000) / float64(len(wall))
	res.Peak = u.Peak
	return res, wait()
}

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
