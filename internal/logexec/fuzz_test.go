package logexec

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"skywatch/internal/lang/insights"
)

// FuzzRun runs whatever parses over a few events: no query may bring the
// executor down, and the size of blocks must not show in the result.
func FuzzRun(f *testing.F) {
	var files []string
	for _, kind := range append([]string{"."}, scriptKinds...) {
		found, err := filepath.Glob(filepath.Join("testdata", kind, "*.test"))
		if err != nil {
			f.Fatal(err)
		}
		files = append(files, found...)
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		for _, block := range strings.Split(string(data), "\n\n") {
			if input, _, _ := strings.Cut(block, "\n----"); strings.HasPrefix(input, "query") {
				_, query, _ := strings.Cut(input, "\n")
				f.Add(query)
			}
		}
	}
	f.Fuzz(func(t *testing.T, text string) {
		q, err := insights.Parse(text)
		if err != nil {
			return
		}
		w := newWorld()
		w.load(t, map[string]string{"group": "/aws/lambda/f", "stream": "s"}, "10:00:00.000 REPORT RequestId: r1<TAB>Duration: 26.73 ms<TAB>Billed Duration: 27 ms<TAB>Memory Size: 128 MB<TAB>Max Memory Used: 75 MB<TAB>\n"+
			"10:00:01.000 x {\"k\":\"a\",\"v\":1} y\n10:00:01.000 Task timed out")
		w.load(t, nil, `10:00:00.500 {"k":"b","v":-2.5,"list":[1,"x"],"js":"{\"a\":{\"b\":1}}"}`+"\n10:00:02.000 {\"k\":\"a\",\"v\":\"text\"}\n10:00:03.000 {\"k\":null,\"v\":7}")
		w.tables["users"] = &Table{Columns: []string{"id", "name", "range"}, Rows: [][]string{{"a", "Ann", "10.0.0.0/8"}, {"b", "", "::/0"}}}
		w.tables["t"], w.tables["nets"] = w.tables["users"], w.tables["users"]
		w.indexes["2k"] = testDay.UnixMilli()
		var results []*Result
		for _, n := range []int{1024, 1} {
			w.mem.BlockLen = n
			req := w.request(map[string]string{"memory": "10000000"}, q)
			r, err := Run(context.Background(), w.mem, req, nil)
			if refused := new(insights.Error); errors.As(err, &refused) {
				return // names a table, a column or an index that is not there
			} else if limit := new(LimitError); errors.As(err, &limit) {
				return
			} else if err != nil {
				t.Fatalf("%q: %v", text, err)
			}
			r.Statistics = Statistics{} // an early stop may come at another place
			results = append(results, r)
		}
		if d := cmp.Diff(results[0], results[1]); d != "" {
			t.Fatalf("%q: blocks of one event give another result\n%s", text, d)
		}
	})
}
