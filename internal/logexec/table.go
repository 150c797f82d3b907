package logexec

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"
)

// Tables gives lookup tables.
type Tables interface {
	// Lookup returns the table of that name, nil when there is none.
	Lookup(name string) (*Table, error)
}

// Table is a lookup table. Rows have the length of Columns. It must not change.
type Table struct {
	Columns []string
	Rows    [][]string
}

// MaxTable is how many bytes of CSV a lookup table has at most, as in AWS.
const MaxTable = 10 << 20

// ParseTable reads a lookup table from CSV in UTF-8: a header row of column
// names, then rows of as many values.
func ParseTable(text string) (*Table, error) {
	switch {
	case len(text) > MaxTable:
		return nil, fmt.Errorf("it has %d bytes, want at most %d", len(text), MaxTable)
	case !utf8.ValidString(text):
		return nil, errors.New("it is not UTF-8")
	}
	r := csv.NewReader(strings.NewReader(strings.TrimPrefix(text, "\ufeff")))
	header, err := r.Read()
	if err == io.EOF {
		return nil, errors.New("it has no header row")
	} else if err != nil {
		return nil, err
	}
	t := &Table{Columns: header}
	for i, name := range header {
		if name == "" || slices.Contains(header[:i], name) {
			return nil, fmt.Errorf("the name of column %d, %q, is empty or used twice", i+1, name)
		}
	}
	for {
		row, err := r.Read()
		if err == io.EOF {
			return t, nil
		} else if err != nil {
			return nil, err
		}
		t.Rows = append(t.Rows, row)
	}
}
