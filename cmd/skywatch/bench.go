package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/http/pprof"
	"os"
	"time"

	"skywatch/internal/bench"
	"skywatch/internal/server"
)

// benchCmd measures this very program, run as a server of its own.
type benchCmd struct {
	Load  benchLoadCmd  `cmd:"" help:"Load a simulated day of metrics and logs and measure the fleet pages."`
	Logs  benchLogsCmd  `cmd:"" help:"Load a simulated day of logs, ask the everyday questions, check the answers and measure both."`
	Serve benchServeCmd `cmd:"" hidden:"" help:"Serve, and serve profiles on another port."`
}

// benchFlags are what all benches share.
type benchFlags struct {
	Connections int    `help:"Requests under way at a time while loading." default:"8"`
	Day         string `help:"The simulated UTC day, as 2006-01-02: at most 13 days ago (default: the last one from Monday to Friday, which have about the same traffic)."`
	Keep        string `help:"Data folder of the server, kept at the end (default: a temporary one, removed)." type:"path"`
	JSON        string `name:"json" help:"Also write the report to this file." type:"path"`
}

func (f *benchFlags) from() (time.Time, error) {
	if f.Day == "" {
		day := time.Now().UTC().AddDate(0, 0, -1)
		for day.Weekday() == time.Saturday || day.Weekday() == time.Sunday {
			day = day.AddDate(0, 0, -1)
		}
		return day, nil
	}
	return time.Parse(time.DateOnly, f.Day)
}

// folder makes the data folder; done removes it unless it is to be kept.
func (f *benchFlags) folder() (dir string, done func(), err error) {
	if f.Keep != "" {
		return f.Keep, func() {}, nil
	}
	if dir, err = os.MkdirTemp("", "skywatch-bench-"); err != nil {
		return "", nil, fmt.Errorf("make a folder for the bench: %w", err)
	}
	return dir, func() { os.RemoveAll(dir) }, nil
}

// report prints what was measured, also when it ended with a wrong answer.
func (f *benchFlags) report(r *bench.Report, err error) error {
	if r == nil {
		return err
	}
	fmt.Printf("Skywatch %s, %s, day %s\n%v\n\n", r.Version, r.Date.Format(time.DateTime), r.Day, r.Machine)
	err = errors.Join(err, r.WriteText(os.Stdout))
	if f.JSON != "" {
		err = errors.Join(err, r.WriteJSON(f.JSON))
	}
	return err
}

func say(format string, args ...any) { fmt.Fprintf(os.Stderr, "bench: "+format+"\n", args...) }

type benchLoadCmd struct {
	benchFlags
	Events int   `help:"About how many log events the day has." default:"1000000"`
	Data   int64 `help:"Stop loading metrics after this many datapoints (0: the whole day)." default:"0"`
	Repeat int   `help:"How often each page is asked." default:"20"`
}

func (c *benchLoadCmd) Run(ctx context.Context) error {
	from, err := c.from()
	if err != nil {
		return err
	}
	dir, done, err := c.folder()
	if err != nil {
		return err
	}
	defer done()
	return c.report(bench.Fleet(ctx, bench.FleetConfig{
		From: from, Events: c.Events, Data: c.Data, Connections: c.Connections, Repeat: max(c.Repeat, 1),
		Dir: dir, Version: server.Version, Serve: []string{"serve", "--log-level", "warn"}, Say: say,
	}))
}

type benchLogsCmd struct {
	benchFlags
	Events      int           `help:"About how many log events the day has." default:"5000000"`
	Repeat      int           `help:"How often each question is asked of a warm server, at most." default:"20"`
	PerQuestion time.Duration `help:"When to stop repeating a question (after three times)." default:"10s"`
	Only        string        `help:"Ask only the question with this id."`
	WhileAsking bool          `help:"Also ask questions while the day is sent: all of them in turn, one at a time."`
	AskPause    time.Duration `help:"The pause after each answer then; 0s asks without pause." default:"1s"`
	Pace        int           `help:"Events per second to send at most (0: as fast as the server takes them)."`
	Loaded      bool          `help:"The folder given with --keep holds this day already."`
	Profile     string        `help:"Write CPU profiles of loading and of each question into this folder, each as long as --per-question says." type:"path"`
	Export      string        `help:"Only write the day's events to this file, one JSON object a line, for other engines." type:"path"`
}

func (c *benchLogsCmd) Run(ctx context.Context) error {
	from, err := c.from()
	if err != nil {
		return err
	}
	if c.Export != "" {
		day, err := bench.NewDay(from, c.Events)
		if err != nil {
			return err
		}
		return day.Export(ctx, c.Export)
	}
	if c.Loaded && c.Keep == "" {
		return errors.New("--loaded needs --keep: the folder that holds the day")
	}
	dir, done, err := c.folder()
	if err != nil {
		return err
	}
	defer done()
	cfg := bench.LogsConfig{
		From: from, Events: c.Events, Connections: c.Connections, Repeat: c.Repeat, PerQuestion: c.PerQuestion, Only: c.Only,
		Dir: dir, Loaded: c.Loaded, WhileAsking: c.WhileAsking, AskPause: c.AskPause, Pace: c.Pace, Profile: c.Profile, Version: server.Version, Serve: []string{"serve", "--log-level", "warn"}, Say: say,
	}
	if c.Profile != "" {
		cfg.Serve = []string{"bench", "serve", "--log-level", "warn"}
	}
	return c.report(bench.Logs(ctx, cfg))
}

// benchServeCmd is serve with profiles, which the product itself does not
// offer: they tell too much of what it holds.
type benchServeCmd struct {
	serverFlags
	Pprof string `help:"Address for profiles."`
}

func (c *benchServeCmd) Run(ctx context.Context, log *slog.Logger) error {
	cfg, err := c.config()
	if err != nil {
		return err
	}
	if c.Pprof != "" {
		l, err := net.Listen("tcp", c.Pprof)
		if err != nil {
			return fmt.Errorf("listen for profiles: %w", err)
		}
		defer l.Close() // ends Serve
		mux := http.NewServeMux()
		mux.HandleFunc("/debug/pprof/profile", pprof.Profile)
		mux.HandleFunc("/debug/pprof/", pprof.Index)
		go http.Serve(l, mux)
	}
	return serve(ctx, log, cfg, nil)
}
