package datafolder

import (
	"fmt"
	"path/filepath"
	"strconv"
	"time"
)

// metrics tells the metric engine's folder.
func (in *inspector) metrics(dir string) error {
	st, err := readMetricState(in.fs, dir)
	if err != nil {
		return fmt.Errorf("inspect %s: %w", dir, err)
	}
	err = in.emit(Table{Title: "Metric engine " + dir, Columns: []string{"segments", "keys files", "series up to id", "WAL from file"}, Right: []bool{true, true, true, true},
		Rows: [][]string{{strconv.Itoa(len(st.segments)), strconv.Itoa(len(st.keys)), fmt.Sprint(st.lastID), fmt.Sprint(st.walFrom)}}})
	if err != nil {
		return err
	}
	var paths []string
	for _, s := range st.segments {
		paths = append(paths, metricPath(dir, s.number, ".seg"))
	}
	if err := in.metricSegments(paths, false); err != nil {
		return err
	}
	return in.wal(filepath.Join(dir, "wal"), st.walFrom, "")
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
	f, err := in.fs.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close() // it was only read
	s, err := openMetricSegment(f)
	if err != nil {
		return nil, err
	}
	size, err := f.Size()
	if err != nil {
		return nil, err
	}
	blocks := 0
	for t, lengths := range s.lengths {
		for i, n := range lengths {
			if n == 0 {
				continue
			}
			blocks++
			if in.opts.Blocks {
				details.Rows = append(details.Rows, []string{filepath.Base(path), fmt.Sprint(s.ids[i]), metricIntervals[t].String(), fmt.Sprint(n)})
			}
		}
	}
	row := []string{filepath.Base(path), fmt.Sprint(size), s.start.Format(time.DateOnly), strconv.Itoa(len(s.ids)), strconv.Itoa(blocks)}
	for _, n := range s.regions {
		row = append(row, fmt.Sprint(n))
	}
	return append(row, fmt.Sprint(s.index)), nil
}
