//go:build e2e

package test

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// process is one running bin/skywatch.
type process struct {
	t    *testing.T
	cmd  *exec.Cmd
	url  string
	done chan struct{}
	mu   sync.Mutex
	out  bytes.Buffer
}

// binary returns the path of the built program; `make e2e` builds it first.
func binary(t *testing.T) string {
	t.Helper()
	p, err := filepath.Abs(filepath.Join("..", "bin", "skywatch"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(p); err != nil {
		t.Fatalf("the binary under test is missing (run `make build`): %v", err)
	}
	return p
}

// freeAddress returns a loopback address nobody listens on at this moment.
func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// start runs `skywatch <args> --listen <free>` and waits until /healthz answers 200.
func start(t *testing.T, args ...string) *process {
	t.Helper()
	addr := freeAddress(t)
	p := &process{t: t, url: "http://" + addr, done: make(chan struct{})}
	p.cmd = exec.Command(binary(t), append(args, "--listen", addr)...)
	r, w := io.Pipe()
	p.cmd.Stdout, p.cmd.Stderr = w, w
	go func() {
		s := bufio.NewScanner(r)
		s.Buffer(nil, 1<<20)
		for s.Scan() {
			p.mu.Lock()
			p.out.WriteString(s.Text() + "\n")
			p.mu.Unlock()
		}
	}()
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() { p.cmd.Wait(); w.Close(); close(p.done) }()
	t.Cleanup(p.kill)
	deadline := time.Now().Add(60 * time.Second)
	for {
		resp, err := http.Get(p.url + "/healthz")
		if err == nil {
			resp.Body.Close()
			if resp.StatusCode == http.StatusOK {
				return p
			}
		}
		select {
		case <-p.done:
			t.Fatalf("skywatch %v ended at start:\n%s", args, p.output())
		case <-time.After(20 * time.Millisecond):
		}
		if time.Now().After(deadline) {
			t.Fatalf("skywatch %v is not healthy after 60 s: %v\n%s", args, err, p.output())
		}
	}
}

func (p *process) output() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.out.String()
}

// kill ends the process as a power cut would end it: no goodbye.
func (p *process) kill() {
	p.cmd.Process.Kill()
	<-p.done
}

// stop ends the process as a service manager does, and waits for it.
func (p *process) stop() {
	p.t.Helper()
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		p.t.Fatal(err)
	}
	select {
	case <-p.done:
	case <-time.After(60 * time.Second):
		p.t.Fatalf("skywatch does not end:\n%s", p.output())
	}
}

// run executes a client and returns its output; a failure fails the test.
func run(t *testing.T, env []string, name string, args ...string) string {
	t.Helper()
	out, err := tryRun(env, name, args...)
	if err != nil {
		t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, out)
	}
	return out
}

func tryRun(env []string, name string, args ...string) (string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), 4*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Env = append(os.Environ(), env...)
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// installed returns those of the candidates that exist and for which check holds,
// by resolved path, each once. None is a failure: the tests do not skip.
func installed(t *testing.T, what string, check func(path string) bool, candidates ...string) []string {
	t.Helper()
	var found []string
	seen := map[string]bool{}
	for _, c := range candidates {
		p, err := exec.LookPath(c)
		if err != nil || seen[p] || !check(p) {
			continue
		}
		seen[p] = true
		found = append(found, p)
	}
	if len(found) == 0 {
		t.Fatalf("%s is needed for this test and none was found (`make tools` installs it as root)", what)
	}
	return found
}

func get(t *testing.T, url string) (int, string) {
	t.Helper()
	resp, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(b)
}

// awsJSON sends one AWS JSON request, unsigned, and returns status and body.
func awsJSON(t *testing.T, url, target, body string) (int, string, http.Header) {
	t.Helper()
	req, err := http.NewRequest("POST", url+"/", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("X-Amz-Target", target)
	v := "1.1"
	if strings.HasPrefix(target, "Granite") {
		v = "1.0"
	}
	req.Header.Set("Content-Type", "application/x-amz-json-"+v)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(b), resp.Header
}
