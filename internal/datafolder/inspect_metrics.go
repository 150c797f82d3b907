package datafolder

import (
	"fmt"
	"path/filepath"
	"strconv"
	"time"

	"skywatch/internal/metricstore"
)

// metrics tells the metric engine's folder.
func (in *inspector) metrics(dir string) error {
	c, err := metricstore.ReadContents(in.fs, dir)
	if err != nil {
		return fmt.Errorf("inspect %w", err)
	}
	err = in.emit(Table{Title: "Metric engine " + dir, Columns: []string{"segments", "keys files", "series up to id", "WAL from file"}, Right: []bool{true, true, true, true},
		Rows: [][]string{{strconv.Itoa(len(c.Segments)), strconv.Itoa(len(c.Keys)), fmt.Sprint(c.SeriesUpTo), fmt.Sprint(c.WALFrom)}}})
	if err != nil {
		return err
	}
	var paths []string
	for _, s := range c.Segments {
		paths = append(paths, s.Path)
	}
	if err := in.metricSegments(paths, false); err != nil {
		return err
	}
	return in.wal(c.WALDir, c.WALFrom, "")
}

func (in *inspector) metricSegments(paths []string, whole bool) error {
	files := Table{Title: "Metric segments", Columns: []string{"file", "bytes", "day", "series", "blocks", "1s", "1m", "5m", "30m", "1h", "index"},
		Right: []bool{false, true, false, true, true, true, true, true, true, true, true}}
	details := Table{Title: "Blocks", Columns: []string{"file", "series", "resolution", "bytes"}, Right: []bool{false, true, true, true}}
	for _, path := range paths {
		row, err := in.metricSegment(path, &details)
		switch {
		case err == nil:
			files.Rows = append(files.Rows, row)
		case whole:
			return fmt.Errorf("inspect %s: %w", path, err)
		default:
			files.Rows = append(files.Rows, []string{filepath.Base(path), message(err)})
		}
	}
	for _, t := range []Table{files, details} {
		if len(t.Rows) > 0 {
			if err := in.emit(t); err != nil {
				return err
			}
		}
	}
	return nil
}

func (in *inspector) metricSegment(path string, details *Table) ([]string, error) {
	s, err := metricstore.InspectSegment(in.fs, path)
	if err != nil {
		return nil, err
	}
	defer s.Close() // it was only read
	blocks := s.Blocks()
	if in.opts.Blocks {
		for _, b := range blocks {
			details.Rows = append(details.Rows, []string{filepath.Base(path), fmt.Sprint(b.Series), b.Resolution.String(), fmt.Sprint(b.Bytes)})
		}
	}
	row := []string{filepath.Base(path), fmt.Sprint(s.Size()), s.Day.Format(time.DateOnly), strconv.Itoa(s.Series), strconv.Itoa(len(blocks))}
	for _, n := range s.Regions {
		row = append(row, fmt.Sprint(n))
	}
	return append(row, fmt.Sprint(s.Index)), nil
}
