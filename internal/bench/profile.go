package bench

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"time"
)

// profiled adds a profiling address to the arguments of a server.
func profiled(args []string) (with []string, url string, err error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, "", fmt.Errorf("find a free port: %w", err)
	}
	defer l.Close()
	addr := l.Addr().String()
	return append(slices.Clone(args), "--pprof", addr), "http://" + addr + "/debug/pprof/profile", nil
}

// profile writes a CPU profile of the next d; the function it returns waits
// for it.
func profile(ctx context.Context, url, path string, d time.Duration) func() error {
	done := make(chan error, 1)
	go func() {
		done <- func() error {
			req, err := http.NewRequestWithContext(ctx, http.MethodGet, fmt.Sprintf("%s?seconds=%d", url, max(int(d.Seconds()), 1)), nil)
			if err != nil {
				return err
			}
			resp, err := http.DefaultClient.Do(req)
			if err != nil {
				return err
			}
			defer resp.Body.Close()
			b, err := io.ReadAll(resp.Body)
			if err == nil && resp.StatusCode != http.StatusOK {
				err = fmt.Errorf("status %d: %.200s", resp.StatusCode, b)
			}
			if err == nil {
				err = os.MkdirAll(filepath.Dir(path), 0o777)
			}
			if err == nil {
				err = os.WriteFile(path, b, 0o666)
			}
			return err
		}()
	}()
	return func() error {
		if err := <-done; err != nil {
			return fmt.Errorf("profile the server: %w", err)
		}
		return nil
	}
}
