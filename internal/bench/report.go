package bench

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"runtime"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"
)

// Report is what was measured. Its JSON is read by bench/duckdb and kept beside
// docs/benchmarks.md.
type Report struct {
	Machine Machine   `json:"machine"`
	Version string    `json:"version"` // of the product
	Date    time.Time `json:"date"`

	Day     string `json:"day"`
	Events  int64  `json:"events"`
	Bytes   int64  `json:"messageBytes"`
	Groups  int    `json:"groups"`
	Streams int    `json:"streams"`
	Picks   Picks  `json:"picks"`

	Figures []Figure `json:"figures"`
	Results []Result `json:"results"`
}

// Machine is where it was measured.
type Machine struct {
	CPU    string `json:"cpu"`
	Cores  int    `json:"cores"`
	Memory int64  `json:"memoryBytes"`
	System string `json:"system"`
	Go     string `json:"go"`
}

// Figure is one measured number that is no question's.
type Figure struct {
	Name   string  `json:"name"`
	Value  float64 `json:"value"`
	Unit   string  `json:"unit"`
	Detail string  `json:"detail,omitempty"`
	Goal   float64 `json:"goal,omitempty"`
	Peer   float64 `json:"peer,omitempty"`
	More   bool    `json:"moreIsBetter,omitempty"`
}

// Result is a question and how long its answers took, in milliseconds.
type Result struct {
	Question
	Rows    int     `json:"rows"`
	Scanned float64 `json:"recordsScanned"`
	// FirstMs is the first question to a server just started; the others are
	// medians of Asked more.
	FirstMs  float64 `json:"firstMs"`
	WallMs   float64 `json:"wallMs"`
	EngineMs float64 `json:"engineMs"`
	FetchMs  float64 `json:"fetchMs"`
	// CPUMs is the server's processor time for an answer, the mean of Asked:
	// unlike the others it tells something on a busy machine, too.
	CPUMs float64 `json:"cpuMs"`
	Asked int     `json:"asked"`
	Peak  int64   `json:"peakBytes"` // of the server that was asked
}

// ThisMachine describes the machine.
func ThisMachine() Machine {
	m := Machine{CPU: "unknown", Cores: runtime.NumCPU(), System: runtime.GOOS + "/" + runtime.GOARCH, Go: runtime.Version()}
	fileLines("/proc/cpuinfo", func(name, value string) {
		if name == "model name" && value != "" {
			m.CPU = value
		}
	})
	fileLines("/proc/meminfo", func(name, value string) {
		if name == "MemTotal" {
			kb, _ := strconv.ParseInt(strings.TrimSuffix(value, " kB"), 10, 64)
			m.Memory = kb << 10
		}
	})
	return m
}

// fileLines reads a file of "name: value" lines, if it is there.
func fileLines(path string, f func(name, value string)) {
	r, err := os.Open(path)
	if err != nil {
		return
	}
	defer r.Close()
	for s := bufio.NewScanner(r); s.Scan(); {
		name, value, _ := strings.Cut(s.Text(), ":")
		f(strings.TrimSpace(name), strings.TrimSpace(value))
	}
}

func (m Machine) String() string {
	return fmt.Sprintf("%d cores (%s), %.0f GiB, %s, %s", m.Cores, m.CPU, float64(m.Memory)/(1<<30), m.System, m.Go)
}

// WriteJSON writes the report to a file.
func (r *Report) WriteJSON(path string) error {
	b, err := json.MarshalIndent(r, "", "  ")
	if err == nil {
		err = os.WriteFile(path, append(b, '\n'), 0o666)
	}
	if err != nil {
		return fmt.Errorf("write the report: %w", err)
	}
	return nil
}

// WriteText writes the report as two tables for people.
func (r *Report) WriteText(out io.Writer) error {
	stand := verdict
	if float64(r.Events) < 0.85*goalEvents {
		fmt.Fprintf(out, "Goals and peers are for %.0f M events; this day has %.2f M.\n\n", goalEvents/1e6, float64(r.Events)/1e6)
		stand = func(float64, float64, float64, bool) string { return "" }
	}
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintf(w, "figure\tvalue\tgoal\tpeer\t\t\n")
	for _, f := range r.Figures {
		fmt.Fprintf(w, "%s\t%s %s\t%s\t%s\t%s\t%s\n", f.Name, short(f.Value), f.Unit, orDash(f.Goal), orDash(f.Peer), stand(f.Value, f.Goal, f.Peer, f.More), f.Detail)
	}
	fmt.Fprintf(w, "\t\t\t\t\t\n")
	if err := w.Flush(); err != nil {
		return err
	}
	w = tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintf(w, "ms:\tgoal\tpeer\twarm\tengine\tCPU\tfirst\tfetch\trows\tpeak MB\t\t  question\n")
	for i := range r.Results {
		q := &r.Results[i]
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%d\t%.0f\t%s\t  %s\n", q.ID, orDash(q.GoalMs), orDash(q.peer()),
			short(q.WallMs), orDash(q.EngineMs), orDash(q.CPUMs), short(q.FirstMs), orDash(q.FetchMs), q.Rows, float64(q.Peak)/1e6,
			stand(q.WallMs, q.GoalMs, q.peer(), false), q.Name)
	}
	return w.Flush()
}

// goalEvents is the size of the day that goals and peers are for.
const goalEvents = 5e6

// verdict says in a word where a value stands.
func verdict(v, goal, peer float64, more bool) string {
	ok := func(limit float64) bool { return more && v >= limit || !more && v <= limit }
	switch {
	case goal == 0 && peer == 0:
		return ""
	case goal > 0 && ok(goal):
		return "goal"
	case peer > 0 && ok(peer):
		return "ahead"
	case peer == 0:
		return "short"
	}
	return "behind"
}

// short writes three digits or the whole part.
func short(v float64) string {
	switch {
	case v >= 100:
		return strconv.FormatFloat(v, 'f', 0, 64)
	case v >= 10:
		return strconv.FormatFloat(v, 'f', 1, 64)
	}
	return strconv.FormatFloat(v, 'f', 2, 64)
}

func orDash(v float64) string {
	if v == 0 {
		return "-"
	}
	return short(v)
}
