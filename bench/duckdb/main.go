// Command duckdb asks DuckDB, in process, the questions that `skywatch bench
// logs` asks, over exactly the same events, and prints both times and their
// ratio. It is a module of its own, so that the product does not depend on
// DuckDB (and not on cgo).
//
//	skywatch bench logs --json logs.json
//	skywatch bench logs --export day.ndjson
//	go run . --events day.ndjson --report logs.json
//
// The events are loaded twice: into table raw, which has what a log event has,
// and into table loaded, which also has every field the questions need, taken
// out of the text while loading. A row count that differs from the product's
// is an error: ratios of different answers mean nothing.
package main

import (
	"context"
	"database/sql"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"text/tabwriter"
	"time"

	_ "github.com/duckdb/duckdb-go/v2"
)

// report is what is read of the product's report (internal/bench.Report).
type report struct {
	Day     string `json:"day"`
	Version string `json:"version"`
	Events  int64  `json:"events"`
	Picks   struct {
		Group, Stream, RequestID string
		HourFrom, HourTo         time.Time
	} `json:"picks"`
	Results []struct {
		ID     string  `json:"id"`
		Name   string  `json:"name"`
		Rows   int     `json:"rows"`
		WallMs float64 `json:"wallMs"`
	} `json:"results"`
}

// result is what DuckDB took, in milliseconds.
type result struct {
	ID            string  `json:"id"`
	Rows          int     `json:"rows"`
	RawFirstMs    float64 `json:"rawFirstMs"`
	RawMs         float64 `json:"rawMs"`
	LoadedFirstMs float64 `json:"loadedFirstMs"`
	LoadedMs      float64 `json:"loadedMs"`
	SkywatchMs    float64 `json:"skywatchMs"`
}

func main() {
	events := flag.String("events", "", "the day's events, written by skywatch bench logs --export")
	from := flag.String("report", "", "the product's report, written by skywatch bench logs --json")
	dir := flag.String("dir", "", "folder for the databases (default: a temporary one, removed)")
	repeat := flag.Int("repeat", 10, "how often each question is asked, after the first time")
	out := flag.String("json", "", "also write the results to this file")
	flag.Parse()
	if err := run(context.Background(), *events, *from, *dir, *out, *repeat); err != nil {
		fmt.Fprintln(os.Stderr, "duckdb:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, events, from, dir, out string, repeat int) error {
	b, err := os.ReadFile(from)
	if err != nil {
		return fmt.Errorf("read the product's report: %w", err)
	}
	var r report
	if err := json.Unmarshal(b, &r); err != nil {
		return fmt.Errorf("read the product's report %s: %w", from, err)
	}
	if dir == "" {
		if dir, err = os.MkdirTemp("", "skywatch-duckdb-"); err != nil {
			return err
		}
		defer os.RemoveAll(dir)
	}
	dbs := map[string]*sql.DB{}
	for _, t := range []string{"raw", "loaded"} {
		db, err := load(ctx, filepath.Join(dir, t+".duckdb"), t, events, r.Events)
		if err != nil {
			return fmt.Errorf("load table %s: %w", t, err)
		}
		defer db.Close()
		dbs[t] = db
	}

	var results []result
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintf(w, "ms, median:\tskywatch\tduckdb, text\tduckdb, fields\ttimes faster\t(fields)\trows\t  question\n")
	for _, q := range r.Results {
		text, ok := questions(r)[q.ID]
		if !ok {
			return fmt.Errorf("question %q has no SQL here", q.ID)
		}
		res := result{ID: q.ID, Rows: q.Rows, SkywatchMs: q.WallMs}
		if res.RawFirstMs, res.RawMs, err = ask(ctx, dbs["raw"], text.raw, q.Rows, repeat); err != nil {
			return fmt.Errorf("question %s over the text: %w", q.ID, err)
		}
		if res.LoadedFirstMs, res.LoadedMs, err = ask(ctx, dbs["loaded"], text.loaded, q.Rows, repeat); err != nil {
			return fmt.Errorf("question %s over the fields: %w", q.ID, err)
		}
		results = append(results, res)
		fmt.Fprintf(w, "%s\t%.2f\t%.2f\t%.2f\t%.2f\t%.2f\t%d\t  %s\n", q.ID, q.WallMs, res.RawMs, res.LoadedMs, res.RawMs/q.WallMs, res.LoadedMs/q.WallMs, q.Rows, q.Name)
	}
	if err := w.Flush(); err != nil || out == "" {
		return err
	}
	if b, err = json.MarshalIndent(results, "", "  "); err != nil {
		return err
	}
	return os.WriteFile(out, append(b, '\n'), 0o666)
}

// load makes a database file of one table, writes it out whole and says how
// large it is.
func load(ctx context.Context, path, table, events string, want int64) (*sql.DB, error) {
	db, err := sql.Open("duckdb", path)
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(1)
	began := time.Now()
	for _, text := range append([]string{"SET TimeZone = 'UTC'"}, loading(table, events)...) {
		if _, err := db.ExecContext(ctx, text); err != nil {
			return nil, fmt.Errorf("%w in %s", err, text)
		}
	}
	var n int64
	if err := db.QueryRowContext(ctx, "SELECT count(*) FROM "+table).Scan(&n); err != nil {
		return nil, err
	}
	if n != want {
		return nil, fmt.Errorf("%s holds %d events, the product was measured on %d: is it the same day?", events, n, want)
	}
	took := time.Since(began).Seconds()
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	var version, threads string
	if err := db.QueryRowContext(ctx, "SELECT version(), current_setting('threads')::VARCHAR").Scan(&version, &threads); err != nil {
		return nil, err
	}
	fmt.Printf("DuckDB %s, %s threads, table %s: %d events in %.1f s (%.0f k/s), %.1f MB on disk\n", version, threads, table, n, took, float64(n)/took/1000, float64(info.Size())/1e6)
	return db, nil
}

// ask returns the first time and the median of the others, reading every row.
func ask(ctx context.Context, db *sql.DB, text string, want, repeat int) (first, median float64, err error) {
	var took []float64
	for range max(repeat, 1) + 1 {
		began := time.Now()
		rows, err := db.QueryContext(ctx, text)
		if err != nil {
			return 0, 0, fmt.Errorf("%w in %s", err, text)
		}
		n := 0
		for rows.Next() {
			n++
		}
		if err := rows.Err(); err != nil {
			return 0, 0, err
		}
		rows.Close()
		took = append(took, float64(time.Since(began).Microseconds())/1000)
		if n != want {
			return 0, 0, fmt.Errorf("got %d rows, the product %d: %s", n, want, text)
		}
	}
	first, took = took[0], took[1:]
	slices.Sort(took)
	return first, took[len(took)/2], nil
}
