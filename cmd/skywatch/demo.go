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
	History   time.Duration `help:"How far back the history goes." default:"24h"`
	Seed      uint64        `help:"Seed of everything random: the same seed gives the same account." default:"1"`
	Events    int           `help:"About how many log events a day has (0: 4,000 per function)."`
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
	return serve(ctx, log, cfg, func(ctx context.Context, s *server.Server) error {
		err := c.simulate(ctx, log, cfg, s)
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
	Start                          time.Time
	History                        time.Duration
	// WrittenTo is zero while the history is being filled in.
	WrittenTo time.Time
}

func (c *demoCmd) simulate(ctx context.Context, log *slog.Logger, cfg server.Config, s *server.Server) error {
	statePath := filepath.Join(s.DataDir(), "demo.json")
	want := demoState{Seed: c.Seed, Functions: c.Functions, Jobs: c.Jobs, APIs: c.Apis, Buckets: c.Buckets, Events: c.Events, History: c.History}
	state, found, err := readDemoState(statePath)
	if err != nil {
		return err
	}
	if found {
		same := state
		same.Start, same.WrittenTo = time.Time{}, time.Time{}
		switch {
		case same != want:
			return fmt.Errorf("%s holds a demo with other settings (%s); choose another folder or the same settings", s.DataDir(), statePath)
		case state.WrittenTo.IsZero():
			return fmt.Errorf("%s holds a demo whose history was interrupted half-way; start on an empty folder", s.DataDir())
		}
		want = state
	} else {
		want.Start = time.Now().Add(-c.History).Truncate(time.Minute)
	}

	ec := estate.Config{
		Functions: c.Functions, Jobs: c.Jobs, APIs: c.Apis, Buckets: c.Buckets, Seed: c.Seed, EventsPerDay: c.Events,
		Region: or(cfg.Region, "us-east-1"), Account: or(cfg.Account, "000000000000"),
		Start: want.Start, History: c.History, Resume: want.WrittenTo,
	}
	cc := client.Config{Endpoint: s.URL(), Region: ec.Region, Account: ec.Account}
	if len(cfg.Credentials) > 0 {
		k := cfg.Credentials[0]
		ec.Account = or(k.Account, ec.Account)
		cc.Credentials = aws.Credentials{AccessKeyID: k.AccessKeyID, SecretAccessKey: k.SecretAccessKey}
	}
	est, err := estate.New(ec)
	if err != nil {
		return fmt.Errorf("simulated account: %w", err)
	}
	w, err := client.New(cc)
	if err != nil {
		return fmt.Errorf("simulated account: %w", err)
	}
	if err := writeDemoState(statePath, want); err != nil {
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
			want.WrittenTo = time.Now()
			if err := writeDemoState(statePath, want); err != nil {
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
