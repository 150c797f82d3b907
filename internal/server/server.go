// Package server is the only place that knows every concrete type: it builds
// the engines, the services and the handlers, joins them, runs them and stops
// them in the reverse order. It decides nothing else.
//
//	                     ┌ awswire ─ metricsapi, logsapi ┐   ┌ ingest ┬ logstore
//	listener ─ routes ───┼ api/ui ───────────────────────┼───┤        └ metricstore
//	                     └ web                           ┘   └ queries, fleet, inventory, metastore
package server

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"skywatch/internal/api/logsapi"
	"skywatch/internal/api/metricsapi"
	"skywatch/internal/api/operations"
	uiapi "skywatch/internal/api/ui"
	"skywatch/internal/awswire"
	"skywatch/internal/derive"
	"skywatch/internal/fleet"
	"skywatch/internal/ingest"
	"skywatch/internal/inventory"
	"skywatch/internal/livetail"
	"skywatch/internal/logexec"
	"skywatch/internal/logs"
	"skywatch/internal/logstore"
	"skywatch/internal/manifest"
	"skywatch/internal/metastore"
	"skywatch/internal/metrics"
	"skywatch/internal/metricstore"
	"skywatch/internal/queries"
	"skywatch/internal/scope"
	"skywatch/internal/vfs"
	"skywatch/internal/wal"
	"skywatch/internal/web"
)

// Version is what `skywatch version` prints; the build sets it.
var Version = "dev"

const (
	headerTimeout = 10 * time.Second // a client must have sent its headers by then
	readTimeout   = 60 * time.Second // and its body
	writeTimeout  = 5 * time.Minute  // and taken its answer
	idleTimeout   = 2 * time.Minute
	maxHeader     = 64 << 10

	factsEvery = 5 * time.Second // how often learnt resource facts are made durable
)

// Server is a running Skywatch. Start makes one, Close ends it.
type Server struct {
	cfg      Config
	dir      string
	log      *slog.Logger
	listener net.Listener
	http     *http.Server
	ready    atomic.Bool
	failed   chan error
	demo     atomic.Pointer[uiapi.Demo]
	stats    *selfMetrics

	meta      *metastore.Store
	logStore  *logstore.Store
	metrics   *metricstore.Store
	inventory *inventory.Inventory
	ingest    *ingest.Service
	queries   *queries.Service
	tail      *livetail.Hub

	background sync.WaitGroup
	stop       context.CancelFunc
}

// Start opens the data folder, builds everything and begins to serve. It
// returns once the server answers, or with an error that says what is wrong,
// in which case nothing is left running or open. ctx bounds the start only.
func Start(ctx context.Context, cfg Config, log *slog.Logger) (*Server, error) {
	cfg, err := cfg.withDefaults()
	if err != nil {
		return nil, err
	}
	dir, err := filepath.Abs(cfg.Data)
	if err != nil {
		return nil, fmt.Errorf("data folder %s: %w", cfg.Data, err)
	}
	limitMemory(cfg.MemoryLimit)
	s := &Server{cfg: cfg, dir: dir, log: log, failed: make(chan error, 1)}
	if err := s.start(ctx); err != nil {
		closing, cancel := context.WithTimeout(context.WithoutCancel(ctx), 30*time.Second)
		defer cancel()
		return nil, errors.Join(err, s.Close(closing))
	}
	return s, nil
}

func (s *Server) start(ctx context.Context) (err error) {
	// The port first: when another server has it, the data folder stays untouched.
	if s.listener, err = net.Listen("tcp", s.cfg.Listen); err != nil {
		return fmt.Errorf("listen on %s: %w", s.cfg.Listen, err)
	}
	if err := s.openStores(ctx); err != nil {
		return err
	}
	if err := s.build(ctx); err != nil {
		return err
	}
	running, stop := context.WithCancel(context.Background())
	s.stop = stop
	s.background.Go(func() {
		s.inventory.Run(running, factsEvery, func(err error) {
			s.log.Warn("resource facts are not saved yet", "error", err)
		})
	})
	s.background.Go(func() {
		if err := s.http.Serve(s.listener); !errors.Is(err, http.ErrServerClosed) {
			s.failed <- fmt.Errorf("serve on %s: %w", s.listener.Addr(), err)
		}
	})
	s.ready.Store(true)
	return nil
}

// openStores opens the three stores below the data folder:
//
//	meta.db   groups, streams, settings, facts (SQLite); meta.journal is its copy
//	logs/     the log engine
//	metrics/  the metric engine
func (s *Server) openStores(ctx context.Context) (err error) {
	if err := os.MkdirAll(s.dir, 0o777); err != nil {
		return fmt.Errorf("data folder %s: %w", s.dir, err)
	}
	if s.meta, err = metastore.Open(ctx, s.dir); err != nil {
		if errors.Is(err, logs.ErrCorrupt) {
			err = s.repairable(err)
		}
		return err
	}
	for _, line := range s.meta.Healed() {
		s.log.Warn("metadata was damaged and is whole again", "what", line)
	}
	if s.logStore, err = logstore.Open(ctx, vfs.Disk(), filepath.Join(s.dir, "logs"), logstore.Options{CacheBytes: cacheMemory, LeaveOutDamaged: s.cfg.LeaveOutDamaged, Listener: s.logListener()}); err != nil {
		return s.damaged(err)
	}
	s.logStore.Retain(func(id logs.GroupID) int {
		g, _ := s.meta.GroupByID(id)
		return g.RetentionDays
	})
	if err := s.dropOrphans(ctx); err != nil {
		return err
	}
	s.metrics, err = metricstore.Open(ctx, vfs.Disk(), filepath.Join(s.dir, "metrics"), metricstore.Options{Events: s.metricEvent})
	return s.damaged(err)
}

// damaged adds to an engine's error what helps when a file of it is damaged.
func (s *Server) damaged(err error) error {
	switch {
	case !errors.Is(err, logs.ErrCorrupt) && !errors.Is(err, metrics.ErrCorrupt):
		return err
	case errors.Is(err, logs.ErrCorrupt) && !errors.Is(err, wal.ErrCorrupt) && !errors.Is(err, manifest.ErrCorrupt) && !errors.Is(err, manifest.ErrNotExist):
		err = fmt.Errorf("%w (--leave-out-damaged starts without segments that cannot be opened, and finds them again once their files are whole)", err)
	}
	return s.repairable(err)
}

// repairable adds to an error the command that helps.
func (s *Server) repairable(err error) error {
	return fmt.Errorf("%w (put the file back from a backup, or run \"skywatch verify --repair %s\": it keeps every whole record and segment, tells what is lost, and copies what it changes to %s first)",
		err, s.dir, filepath.Join(s.dir, "damaged"))
}

// dropOrphans forgets events whose group or stream was deleted just before a
// crash: metadata goes first, so events without it are left over. Events of
// identifiers that this metadata never gave out are not left over: they mean
// that meta.db was lost or exchanged, and the start is refused before anything
// is dropped.
func (s *Server) dropOrphans(ctx context.Context) error {
	lastGroup, lastStream, err := s.meta.LastIDs(ctx)
	if err != nil {
		return err
	}
	var groups []logs.GroupID
	streams := map[logs.GroupID][]logs.StreamID{}
	for _, g := range s.logStore.Groups() {
		for _, st := range s.logStore.StreamStats(g) {
			if g > lastGroup || st.Stream > lastStream {
				return s.repairable(fmt.Errorf("%s holds events of log group %d, stream %d, and meta.db beside it has given identifiers only up to %d and %d: it was lost or replaced", s.dir, g, st.Stream, lastGroup, lastStream))
			}
			if _, ok := s.meta.StreamByID(st.Stream); !ok {
				streams[g] = append(streams[g], st.Stream)
			}
		}
		if _, ok := s.meta.GroupByID(g); !ok {
			groups = append(groups, g)
			delete(streams, g)
		}
	}
	for _, g := range groups {
		if err := s.logStore.DropGroup(ctx, g); err != nil {
			return fmt.Errorf("drop what is left of a deleted log group: %w", err)
		}
	}
	for g, ids := range streams {
		for _, id := range ids {
			if err := s.logStore.DropStream(ctx, g, id); err != nil {
				return fmt.Errorf("drop what is left of a deleted log stream: %w", err)
			}
		}
	}
	return nil
}

// build makes services and handlers over the open stores.
func (s *Server) build(ctx context.Context) (err error) {
	own := scope.Scope{Account: s.cfg.Account, Region: s.cfg.Region}
	if s.inventory, err = inventory.New(ctx, inventory.Config{Index: s.metrics, Store: s.meta, Catalog: s.logStore}); err != nil {
		return err
	}
	s.tail = livetail.New(livetail.Config{})
	s.ingest = ingest.New(ingest.Config{
		Logs: s.logStore, Metrics: s.metrics, Deriver: derive.New(), Inventory: s.inventory, MaxAge: s.cfg.MaxEventAge,
		Tap: s.tail.Publish,
	})
	pool := logexec.NewPool(queryMemory)
	pool.OnTaken(func(taken int64) { s.logStore.ResizeCache(min(cacheMemory, logMemory-taken)) })
	s.queries = queries.New(queries.Config{Run: queries.Engine(s.logStore, s.meta, pool), Pool: pool, Logger: s.log, Ended: s.queryEnded})
	s.stats = newSelfMetrics(s)

	keys := map[string]awswire.Key{}
	for _, c := range s.cfg.Credentials {
		keys[c.AccessKeyID] = awswire.Key{Secret: c.SecretAccessKey, Account: c.Account}
	}
	required := len(keys) > 0
	ui := uiapi.New(uiapi.Config{
		Version: Version, Default: own, Required: required, Keys: keys,
		Fleet:  fleet.New(fleet.Config{Inventory: s.inventory, Selector: s.metrics, Settings: s.meta, Rates: fleet.DefaultRates()}),
		Groups: s.meta, Catalog: s.logStore, Index: s.metrics,
		DemoStatus: s.demo.Load, Log: s.log,
	})

	mux := awswire.NewMux(awswire.Options{
		Auth:           awswire.Auth{Keys: keys, Required: required, Session: ui.Session},
		DefaultAccount: own.Account, DefaultRegion: own.Region,
		MapError: wireError, OnRequest: s.stats.request, Logger: s.log,
	})
	cloudwatch, cloudwatchLogs := operations.CloudWatch(), operations.Logs()
	metricsapi.Register(cloudwatch, metricsapi.Config{Ingest: s.ingest, Index: s.metrics, Selector: s.metrics})
	logsapi.New(logsapi.Config{
		Store: s.meta, Ingest: s.ingest, Scanner: s.logStore, Catalog: s.logStore, Dropper: s.logStore, Queries: s.queries, Tail: s.tail, Logger: s.log,
	}).Register(cloudwatchLogs)
	mux.Register(cloudwatch)
	mux.Register(cloudwatchLogs)

	s.http = &http.Server{
		Handler:           s.routes(mux, ui, web.Handler(), awswire.IsAWSRequest),
		ReadHeaderTimeout: headerTimeout,
		ReadTimeout:       readTimeout,
		WriteTimeout:      writeTimeout,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    maxHeader,
		ErrorLog:          slog.NewLogLogger(s.log.Handler(), slog.LevelDebug),
	}
	s.http.RegisterOnShutdown(s.tail.Close) // or Shutdown would wait for readers that mean to stay
	return nil
}

// URL is where the server answers, such as http://127.0.0.1:4580.
func (s *Server) URL() string {
	host, port, _ := net.SplitHostPort(s.listener.Addr().String())
	if ip := net.ParseIP(host); ip != nil && ip.IsUnspecified() {
		host = "localhost"
	}
	return "http://" + net.JoinHostPort(host, port)
}

// DataDir is the absolute path of the data folder.
func (s *Server) DataDir() string { return s.dir }

// Failed delivers an error when serving ends by itself.
func (s *Server) Failed() <-chan error { return s.failed }

// SetDemo tells the UI how far a simulated estate is.
func (s *Server) SetDemo(d uiapi.Demo) { s.demo.Store(&d) }

// Close ends everything in the reverse order of Start: first live tails end and
// the other requests under way get until ctx is done, then queries, background work and the stores. It
// may be called on a server whose start failed half-way.
func (s *Server) Close(ctx context.Context) error {
	s.ready.Store(false)
	var errs []error
	switch {
	case s.http != nil && s.stop != nil:
		if err := s.http.Shutdown(ctx); err != nil {
			errs = append(errs, fmt.Errorf("wait for requests to end: %w", err), s.http.Close())
		}
	case s.listener != nil:
		s.listener.Close()
	}
	if s.tail != nil {
		s.tail.Close()
	}
	if s.queries != nil {
		s.queries.Close()
	}
	if s.stop != nil {
		s.stop()
		s.background.Wait()
	}
	if s.inventory != nil {
		errs = append(errs, s.inventory.Flush(ctx))
	}
	if s.logStore != nil {
		errs = append(errs, s.logStore.Close(ctx))
	}
	if s.metrics != nil {
		errs = append(errs, s.metrics.Close())
	}
	if s.meta != nil {
		errs = append(errs, s.meta.Close())
	}
	return errors.Join(errs...)
}
