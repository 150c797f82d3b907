package bench

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

// Process is a server in a process of its own, so that its memory and time are
// its own.
type Process struct {
	URL     string
	Started time.Duration // from starting the program until it was ready

	cmd  *exec.Cmd
	once sync.Once
}

// Start starts this very program with the arguments of a command that serves,
// and --listen and --data added, and waits until it is ready.
func Start(ctx context.Context, dir string, args ...string) (*Process, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("find this program: %w", err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("find a free port: %w", err)
	}
	addr := l.Addr().String()
	l.Close()
	args = append(args, "--listen", addr, "--data", dir)
	p := &Process{URL: "http://" + addr, cmd: exec.Command(self, args...)}
	p.cmd.Stderr = os.Stderr
	began := time.Now()
	if err := p.cmd.Start(); err != nil {
		return nil, fmt.Errorf("start the server to be measured: %w", err)
	}
	for range 30_000 {
		if resp, err := http.Get(p.URL + "/healthz"); err == nil {
			resp.Body.Close()
			if resp.StatusCode == http.StatusOK {
				p.Started = time.Since(began)
				return p, nil
			}
		}
		select {
		case <-ctx.Done():
			p.Stop()
			return nil, ctx.Err()
		case <-time.After(2 * time.Millisecond):
		}
	}
	p.Stop()
	return nil, errors.New("the server to be measured is not ready after a minute")
}

// Stop ends the server in order and waits for it. It may be called again.
func (p *Process) Stop() {
	p.once.Do(func() {
		p.cmd.Process.Signal(syscall.SIGTERM)
		p.cmd.Wait()
	})
}

// Usage is what a process has used. Without /proc all is 0.
type Usage struct {
	RSS  int64   `json:"rssBytes"`
	Peak int64   `json:"peakBytes"`
	User float64 `json:"userSeconds"`
	Sys  float64 `json:"systemSeconds"`
}

// Usage reads what the server has used so far.
func (p *Process) Usage() Usage {
	var u Usage
	folder := fmt.Sprintf("/proc/%d/", p.cmd.Process.Pid)
	if f, err := os.Open(folder + "status"); err == nil {
		for s := bufio.NewScanner(f); s.Scan(); {
			name, rest, _ := strings.Cut(s.Text(), ":")
			kb, _ := strconv.ParseInt(strings.TrimSuffix(strings.TrimSpace(rest), " kB"), 10, 64)
			switch name {
			case "VmRSS":
				u.RSS = kb << 10
			case "VmHWM":
				u.Peak = kb << 10
			}
		}
		f.Close()
	}
	if b, err := os.ReadFile(folder + "stat"); err == nil {
		const ticks = 100 // USER_HZ is 100 on every Linux that Go runs on
		if f := strings.Fields(string(b[strings.LastIndexByte(string(b), ')')+1:])); len(f) > 12 {
			user, _ := strconv.Atoi(f[11])
			sys, _ := strconv.Atoi(f[12])
			u.User, u.Sys = float64(user)/ticks, float64(sys)/ticks
		}
	}
	return u
}

// FolderBytes adds up the sizes of all files below dir.
func FolderBytes(dir string) (n int64, err error) {
	err = filepath.WalkDir(dir, func(_ string, e fs.DirEntry, err error) error {
		if err != nil || !e.Type().IsRegular() {
			return err
		}
		i, err := e.Info()
		if errors.Is(err, fs.ErrNotExist) {
			return nil // removed since it was listed
		}
		if err == nil {
			n += i.Size()
		}
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("size of %s: %w", dir, err)
	}
	return n, nil
}
