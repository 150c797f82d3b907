package metastore

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
)

// killEnv names the folder a killed child writes to.
const killEnv = "METASTORE_KILL_DIR"

// TestMain turns the test binary into the writing child when killEnv is set.
func TestMain(m *testing.M) {
	if dir := os.Getenv(killEnv); dir != "" {
		writeUntilKilled(dir)
	}
	os.Exit(m.Run())
}

// writeUntilKilled creates groups and streams from several goroutines and
// prints each name after its acknowledgement.
func writeUntilKilled(dir string) {
	s, err := Open(ctx, dir)
	if err != nil {
		fmt.Println("error", err)
		os.Exit(1)
	}
	var wg sync.WaitGroup
	for w := range 8 {
		wg.Go(func() {
			for i := 0; ; i++ {
				name := fmt.Sprintf("/%d/%d/%d", os.Getpid(), w, i)
				g, err := s.CreateGroup(ctx, Group{Scope: here, Name: name, Class: "STANDARD"})
				if err == nil {
					_, err = s.CreateStream(ctx, g.ID, "stream", 1)
				}
				if err != nil {
					fmt.Println("error", err)
					os.Exit(1)
				}
				// One write per line, so that the parent sees whole lines.
				_, _ = os.Stdout.WriteString("ack " + name + "\n")
			}
		})
	}
	wg.Wait()
}

// TestKill kills a writing process several times on the same folder: that is no
// damage, and everything it acknowledged is there.
func TestKill(t *testing.T) {
	dir := t.TempDir()
	var acked []string
	for round := range 4 {
		child := exec.Command(os.Args[0])
		child.Env = append(os.Environ(), killEnv+"="+dir)
		child.Stderr = os.Stderr
		out, err := child.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := child.Start(); err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewScanner(out)
		for n := 0; lines.Scan(); n++ {
			name, ok := strings.CutPrefix(lines.Text(), "ack ")
			if !ok {
				t.Errorf("child: %s", lines.Text())
				continue
			}
			acked = append(acked, name)
			if n == 40+round*25 {
				if err := child.Process.Kill(); err != nil { // SIGKILL; the rest of the pipe is still read
					t.Fatal(err)
				}
			}
		}
		_ = child.Wait() // always "signal: killed"
		if done, err := Repair(ctx, dir, keepNothing); err != nil || done != nil {
			t.Fatalf("round %d: a killed store needs no repair, which did %+v, %v", round, done, err)
		}
		s, err := Open(ctx, dir)
		if err != nil {
			t.Fatalf("round %d: %v", round, err)
		}
		for _, name := range acked {
			g, ok := s.Group(here, name)
			if !ok {
				t.Fatalf("round %d: group %s was acknowledged and is lost", round, name)
			}
			if _, ok := s.Stream(g.ID, "stream"); !ok {
				t.Fatalf("round %d: the stream of %s was acknowledged and is lost", round, name)
			}
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if len(acked) < 200 {
		t.Fatalf("only %d acknowledgements", len(acked))
	}
}
