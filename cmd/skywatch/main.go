// Command skywatch is the whole product in one program: it serves CloudWatch's
// APIs and the web UI over embedded engines. It parses the command line and
// calls package server; nothing is decided here.
package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/alecthomas/kong"

	"skywatch/internal/server"
)

// cli is the command line. Flags win over the configuration file.
type cli struct {
	Serve   serveCmd   `cmd:"" help:"Serve the APIs and the web UI."`
	Demo    demoCmd    `cmd:"" help:"Serve, with a simulated AWS account writing to it."`
	Bench   benchCmd   `cmd:"" help:"Load a simulated account through the APIs into a throw-away server and report rates."`
	Query   queryCmd   `cmd:"" help:"Run a Logs Insights query on a server, or on log files without one."`
	Tail    tailCmd    `cmd:"" help:"Follow log groups of a server."`
	Metrics metricsCmd `cmd:"" help:"List and read metrics of a server."`
	Import  importCmd  `cmd:"" help:"Send log files to a server."`
	Export  exportCmd  `cmd:"" help:"Write the events of log groups of a server to standard output."`
	Inspect inspectCmd `cmd:"" help:"Print what lies in a data folder or in one of its files."`
	Verify  verifyCmd  `cmd:"" help:"Check every checksum of a stopped data folder."`
	Version versionCmd `cmd:"" help:"Print the version."`

	LogLevel string `help:"Log level: debug, info, warn or error." enum:"debug,info,warn,error" default:"info"`
}

type serverFlags struct {
	Listen  string `help:"Address for the APIs and the UI (default 127.0.0.1:4580). Beyond loopback credentials must be configured."`
	Data    string `help:"Folder that holds everything (default \"data\")." type:"path"`
	Config  string `help:"YAML configuration file." type:"existingfile"`
	Account string `help:"AWS account of requests whose access key is not listed (default 000000000000)."`
	Region  string `help:"Region of requests that name none (default us-east-1)."`

	LeaveOutDamaged bool `help:"Start also when log segments are missing or cannot be opened, without them (the files are kept)."`
}

func (f serverFlags) config() (server.Config, error) {
	var c server.Config
	if f.Config != "" {
		var err error
		if c, err = server.LoadConfig(f.Config); err != nil {
			return c, err
		}
	}
	for _, o := range []struct {
		flag string
		dst  *string
	}{{f.Listen, &c.Listen}, {f.Data, &c.Data}, {f.Account, &c.Account}, {f.Region, &c.Region}} {
		if o.flag != "" {
			*o.dst = o.flag
		}
	}
	c.LeaveOutDamaged = c.LeaveOutDamaged || f.LeaveOutDamaged
	return c, nil
}

type serveCmd struct {
	serverFlags
}

func (c *serveCmd) Run(ctx context.Context, log *slog.Logger) error {
	cfg, err := c.config()
	if err != nil {
		return err
	}
	return serve(ctx, log, cfg, nil)
}

type versionCmd struct{}

func (versionCmd) Run() error {
	fmt.Println("skywatch", server.Version)
	return nil
}

// serve runs a server until ctx ends; started is called once it answers.
func serve(ctx context.Context, log *slog.Logger, cfg server.Config, started func(ctx context.Context, s *server.Server) error) error {
	s, err := server.Start(ctx, cfg, log)
	if err != nil {
		return err
	}
	fmt.Printf("Skywatch %s: %s (data in %s)\n", server.Version, s.URL(), s.DataDir())
	failed := make(chan error, 1)
	work, stopWork := context.WithCancel(ctx)
	defer stopWork()
	if started != nil {
		go func() { failed <- started(work, s) }()
	}
	select {
	case <-ctx.Done():
	case err = <-s.Failed():
	case err = <-failed:
		if err == nil { // finished by itself: keep serving
			select {
			case <-ctx.Done():
			case err = <-s.Failed():
			}
		}
	}
	stopWork()
	closing, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	return errors.Join(err, s.Close(closing))
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], systemConsole())
	stop()
	os.Exit(code)
}

// exited carries kong's wish to end the program (--help) to run.
type exited int

// run is the program: it parses the arguments, runs the command and returns the
// exit code. Errors are told in one line.
func run(ctx context.Context, args []string, con *console) (code int) {
	defer func() {
		if v := recover(); v != nil {
			e, ok := v.(exited)
			if !ok {
				panic(v)
			}
			code = int(e)
		}
	}()
	var c cli
	parser, err := kong.New(&c,
		kong.Name("skywatch"),
		kong.Description("CloudWatch's APIs and a fleet's monitoring in one program.\n\n"+
			"Exit codes: 0 done, 1 failed, 2 the command line or the query is wrong, 3 a part of the rows or events is missing (a query's rows are capped, or events damaged), 130 interrupted."),
		kong.Writers(con.out, con.err),
		kong.Exit(func(code int) { panic(exited(code)) }),
	)
	if err != nil {
		panic(fmt.Sprintf("command line definition: %v", err))
	}
	k, err := parser.Parse(args)
	if err != nil {
		help := "skywatch --help"
		var pe *kong.ParseError
		if errors.As(err, &pe) && pe.Context.Selected() != nil {
			help = "skywatch " + pe.Context.Selected().Path() + " --help"
		}
		con.warn("%v (%s tells more)", err, help)
		return exitUsage
	}
	var level slog.Level
	level.UnmarshalText([]byte(c.LogLevel))
	log := slog.New(slog.NewTextHandler(con.err, &slog.HandlerOptions{Level: level}))
	k.BindTo(ctx, (*context.Context)(nil))
	k.Bind(log, con)
	if err := k.Run(); err != nil {
		con.warn("%s", message(err))
		return exitCode(err)
	}
	return exitOK
}
