package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	uiapi "skywatch/internal/api/ui"
	"skywatch/internal/estate"
	"skywatch/internal/estate/client"
	"skywatch/internal/server"
)

type demoCmd struct {
	serverFlags
	Functions int           `help:"Lambda functions." default:"300"`
	Jobs      int           `help:"Glue jobs." default:"200"`
	Apis      int           `help:"API Gateway APIs." default:"12"`
	Buckets   int           `help:"S3 buckets." default:"40"`
	History   time.Duration `help:"How far back the history goes, 1h to 13 days." default:"24h"`
	Seed      uint64        `help:"Seed of everything random: the same seed gives the same account." default:"1"`
	Events    int           `help:"About how many log events a day has (0: 4,000 per function)."`
	Fresh     bool          `help:"Throw away the demo that --data holds and begin again."`
}

func (c *demoCmd) Run(ctx context.Context, log *slog.Logger) error {
	cfg, err := c.config()
	if err != nil {
		return err
	}
	if cfg.Data == "" {
		// Nobody named a folder, so nobody wants to keep it.
		dir, err := os.MkdirTemp("", "skywatch-demo-")
		if err != nil {
			return fmt.Errorf("make a folder for the demo: %w", err)
		}
		defer os.RemoveAll(dir)
		cfg.Data = dir
	}
	state, err := c.prepare(cfg)
	if err != nil {
		return err
	}
	return serve(ctx, log, cfg, func(ctx context.Context, s *server.Server) error {
		err := c.simulate(ctx, log, cfg, state, s)
		if ctx.Err() != nil {
			return nil
		}
		return err
	})
}

// demoState is kept as demo.json beside the data, so that a demo started again
// on the same folder goes on where it was instead of writing its history twice.
type demoState struct {
	Seed                           uint64
	Functions, Jobs, APIs, Buckets int
	Events                         int
	Account, Region                string
	Start                          time.Time
	History                        time.Duration
	// WrittenTo is zero while the history is being filled in.
	WrittenTo time.Time
}

const demoFile = "demo.json"

// prepare decides, before anything is opened, whether the demo begins, goes on,
// or may not use the folder.
func (c *demoCmd) prepare(cfg server.Config) (demoState, error) {
	for _, n := range []struct {
		flag  string
		value int
	}{{"functions", c.Functions}, {"jobs", c.Jobs}, {"apis", c.Apis}, {"buckets", c.Buckets}, {"events", c.Events}} {
		if n.value < 0 {
			return demoState{}, fmt.Errorf("--%s %d: want 0 or more", n.flag, n.value)
		}
	}
	if c.History < time.Hour {
		return demoState{}, fmt.Errorf("--history %v: want at least 1h", c.History)
	}
	want := demoState{
		Seed: c.Seed, Functions: c.Functions, Jobs: c.Jobs, APIs: c.Apis, Buckets: c.Buckets, Events: c.Events, History: c.History,
		Account: or(cfg.Account, "000000000000"), Region: or(cfg.Region, "us-east-1"),
	}
	if len(cfg.Credentials) > 0 {
		want.Account = or(cfg.Credentials[0].Account, want.Account)
	}
	state, found, err := readDemoState(filepath.Join(cfg.Data, demoFile))
	switch {
	case err != nil:
		return want, err
	case found && c.Fresh:
		for _, name := range []string{"meta.db", "meta.db-wal", "meta.db-shm", "logs", "metrics", demoFile} {
			if err := os.RemoveAll(filepath.Join(cfg.Data, name)); err != nil {
				return want, fmt.Errorf("throw away the former demo: %w", err)
			}
		}
	case found:
		same := state
		same.Start, same.WrittenTo = time.Time{}, time.Time{}
		if same != want {
			return want, fmt.Errorf("%s holds a demo with other settings (%s says which): use the same, another folder, or --fresh to begin again", cfg.Data, filepath.Join(cfg.Data, demoFile))
		}
		if state.WrittenTo.IsZero() {
			return want, fmt.Errorf("%s holds a demo whose history was interrupted half-way: pass --fresh to begin again", cfg.Data)
		}
		return state, nil
	default:
		if _, err := os.Stat(filepath.Join(cfg.Data, "meta.db")); err == nil {
			return want, fmt.Errorf("%s holds data that is no demo's; choose another folder", cfg.Data)
		}
	}
	want.Start = time.Now().Add(-c.History).Truncate(time.Minute)
	return want, nil
}

// none is how the estate spells a number of zero; its own zero means the default.
func none(n int) int {
	if n == 0 {
		return -1
	}
	return n
}

func (c *demoCmd) simulate(ctx context.Context, log *slog.Logger, cfg server.Config, state demoState, s *server.Server) error {
	est, err := estate.New(estate.Config{
		Functions: none(c.Functions), Jobs: none(c.Jobs), APIs: none(c.Apis), Buckets: none(c.Buckets), Seed: c.Seed, EventsPerDay: c.Events,
		Region: state.Region, Account: state.Account, Start: state.Start, History: c.History, Resume: state.WrittenTo,
	})
	if err != nil {
		return fmt.Errorf("simulated account: %w", err)
	}
	cc := client.Config{Endpoint: s.URL(), Region: state.Region, Account: state.Account}
	if len(cfg.Credentials) > 0 {
		k := cfg.Credentials[0]
		cc.Credentials = aws.Credentials{AccessKeyID: k.AccessKeyID, SecretAccessKey: k.SecretAccessKey}
	}
	w, err := client.New(cc)
	if err != nil {
		return fmt.Errorf("simulated account: %w", err)
	}
	statePath := filepath.Join(s.DataDir(), demoFile)
	if err := writeDemoState(statePath, state); err != nil {
		return err
	}
	began := time.Now()
	phase := ""
	return est.Run(ctx, w, func(p estate.Progress) {
		s.SetDemo(uiapi.Demo{
			Active: true, Phase: p.Phase, Done: p.Done, From: p.From.UnixMilli(),
			Message: fmt.Sprintf("%d log events, %d datapoints", p.Events, p.Data),
		})
		if p.Phase != phase {
			phase = p.Phase
			log.Info("simulated account", "phase", phase, "events", p.Events, "data", p.Data, "after", time.Since(began).Round(time.Millisecond))
		}
		if p.Phase == estate.PhaseLive {
			state.WrittenTo = time.Now()
			if err := writeDemoState(statePath, state); err != nil {
				log.Warn("the demo will not be able to go on after a restart", "error", err)
			}
		}
	})
}

func readDemoState(path string) (st demoState, found bool, err error) {
	b, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return st, false, nil
	}
	if err == nil {
		err = json.Unmarshal(b, &st)
	}
	if err != nil {
		return st, false, fmt.Errorf("read the demo's state %s: %w", path, err)
	}
	return st, true, nil
}

func writeDemoState(path string, st demoState) error {
	b, err := json.Marshal(st)
	if err == nil {
		err = os.WriteFile(path+".tmp", b, 0o666)
	}
	if err == nil {
		err = os.Rename(path+".tmp", path)
	}
	if err != nil {
		return fmt.Errorf("write the demo's state %s: %w", path, err)
	}
	return nil
}

func or(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}
