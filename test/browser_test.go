//go:build e2e

package test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// chromium returns the environment that tells the browser scripts where
// Chromium is.
func chromium(t *testing.T) []string {
	t.Helper()
	works := func(p string) bool { _, err := tryRun(nil, p, "--version"); return err == nil }
	return []string{"CHROMIUM=" + installed(t, "Chromium", works, "chromium", "chromium-browser", "google-chrome")[0]}
}

// startDemo runs the demo and waits until its history is filled in.
func startDemo(t *testing.T, args ...string) *process {
	t.Helper()
	p := start(t, append([]string{"demo"}, args...)...)
	began := time.Now()
	filled := time.Duration(0)
	for deadline := began.Add(3 * time.Minute); ; time.Sleep(100 * time.Millisecond) {
		if filled == 0 {
			end := time.Now().UnixMilli()
			_, body := get(t, fmt.Sprintf("%s/ui/api/fleet/lambda?start=%d&end=%d&points=1", p.url, end-86_400_000, end))
			var fleet struct {
				Resources []struct{ Values map[string]any }
			}
			if err := json.Unmarshal([]byte(body), &fleet); err != nil {
				t.Fatalf("fleet page: %v: %.300s", err, body)
			}
			complete := len(fleet.Resources) >= 300
			for _, r := range fleet.Resources {
				complete = complete && r.Values["invocations"] != nil
			}
			if complete {
				filled = time.Since(began)
				t.Logf("fleet page filled with %d functions %.1f s after the server's start", len(fleet.Resources), filled.Seconds())
			}
		}
		_, body := get(t, p.url+"/ui/api/session")
		var session struct {
			Demo *struct {
				Phase string
				Done  float64
			}
		}
		if err := json.Unmarshal([]byte(body), &session); err != nil {
			t.Fatalf("session: %v: %.300s", err, body)
		}
		if filled > 0 && session.Demo != nil && session.Demo.Phase == "live" {
			t.Logf("history complete after %.1f s", time.Since(began).Seconds())
			return p
		}
		if time.Now().After(deadline) {
			t.Fatalf("the demo's history is not complete after 3 minutes: %s\n%s", body, p.output())
		}
	}
}

// A real browser works through the product as a person would, and every page
// is looked at for errors, sideways scrolling and broken accessibility rules,
// wide and narrow, in both languages.
func TestBrowser(t *testing.T) {
	env := chromium(t)
	p := startDemo(t)
	ui := filepath.Join("..", "web", "ui", "e2e")
	t.Run("use", func(t *testing.T) {
		t.Log(run(t, env, "node", filepath.Join(ui, "smoke.mjs"), "--url", p.url))
	})
	t.Run("look", func(t *testing.T) {
		t.Log(run(t, env, "node", filepath.Join(ui, "screens.mjs"), t.TempDir(), "--url", p.url, "--quick"))
	})
}

// After the mission's script has run, the metric it made is on the metric page,
// by its URL alone.
func TestMissionMetricInBrowser(t *testing.T) {
	env := chromium(t)
	p := start(t, "serve", "--data", t.TempDir())
	hasBoto3 := func(p string) bool { _, err := tryRun(nil, p, "-c", "import boto3"); return err == nil }
	run(t, nil, installed(t, "python3 with boto3", hasBoto3, "/usr/bin/python3", "python3")[0], "clients/mission.py", p.url, "mission-fn")
	if out := run(t, env, "node", "clients/browser.mjs", p.url, filepath.Join(t.TempDir(), "metric.png")); !strings.Contains(out, "ok browser") {
		t.Fatalf("unexpected output:\n%s", out)
	}
}

// An empty server says on every page why it is empty and what would fill it.
func TestBrowserOnAnEmptyServer(t *testing.T) {
	env := chromium(t)
	p := start(t, "serve", "--data", t.TempDir())
	dir := t.TempDir()
	t.Log(run(t, env, "node", filepath.Join("..", "web", "ui", "e2e", "screens.mjs"), dir, "--url", p.url, "--quick", "--pages", "lambda,glue,apis,buckets,settings,metrics,logs"))
	shots, err := os.ReadDir(dir)
	if err != nil || len(shots) == 0 {
		t.Fatalf("no screenshots were made: %v", err)
	}
}
