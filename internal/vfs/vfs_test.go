package vfs

import (
	"errors"
	"io/fs"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"syscall"
	"testing"
)

// TestContract runs the same steps on every file system.
func TestContract(t *testing.T) {
	t.Run("disk", func(t *testing.T) { contract(t, Disk(), t.TempDir()) })
	t.Run("mem", func(t *testing.T) { contract(t, NewMem(), "root") })
	t.Run("errors", func(t *testing.T) {
		contract(t, WithErrors(NewMem(), func(Op, string) error { return nil }), "root")
	})
}

func contract(t *testing.T, fsys FS, root string) {
	ok := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	dir := filepath.Join(root, "a", "b")
	ok(fsys.MkdirAll(dir))
	ok(fsys.MkdirAll(dir))
	name := filepath.Join(dir, "x")
	f, err := fsys.Create(name)
	ok(err)
	_, err = f.Write([]byte("hello world"))
	ok(err)
	ok(f.Sync())
	ok(fsys.SyncDir(dir))

	ok(fsys.Truncate(name, 5))
	_, err = f.Write([]byte("!!"))
	ok(err)
	if n, err := f.Size(); n != 7 || err != nil {
		t.Fatalf("size %d %v after truncate and write, want 7", n, err)
	}
	got, err := ReadFile(fsys, name, 7)
	ok(err)
	if string(got) != "hello!!" {
		t.Fatalf("content %q", got)
	}
	if _, err := ReadFile(fsys, name, 6); err == nil {
		t.Fatal("ReadFile over its limit gave no error")
	}

	ok(fsys.Rename(name, filepath.Join(dir, "y")))
	if _, err := fsys.Open(name); !IsNotExist(err) {
		t.Fatalf("open of a renamed file: %v", err)
	}
	if _, err := fsys.Stat(name); !errors.Is(err, fs.ErrNotExist) {
		t.Fatalf("stat of a renamed file: %v", err)
	}
	names, err := fsys.List(dir)
	ok(err)
	if !slices.Equal(names, []string{"y"}) {
		t.Fatalf("list %q", names)
	}
	if st, err := fsys.Stat(dir); err != nil || !st.Dir {
		t.Fatalf("stat of dir: %+v %v", st, err)
	}

	r, err := fsys.Open(filepath.Join(dir, "y"))
	ok(err)
	ok(fsys.Remove(filepath.Join(dir, "y")))
	b := make([]byte, 5)
	if _, err := r.ReadAt(b, 0); err != nil || string(b) != "hello" {
		t.Fatalf("read of a removed open file: %q %v", b, err)
	}
	ok(r.Close())
	ok(f.Close())

	lock := filepath.Join(dir, "LOCK")
	l, err := fsys.Lock(lock)
	ok(err)
	if _, err := fsys.Lock(lock); !errors.Is(err, ErrLocked) {
		t.Fatalf("second lock: %v", err)
	}
	ok(l.Close())
	l, err = fsys.Lock(lock)
	ok(err)
	ok(l.Close())
}

// TestCrashClone checks the promises of the package comment over many seeds,
// and that each kind of loss really happens in some of them.
func TestCrashClone(t *testing.T) {
	var lostName, keptName, lostWrite, keptWrite, torn, oldContent, newContent int
	for seed := range uint64(300) {
		rng := rand.New(rand.NewPCG(seed, 1))
		m := NewMem()
		if err := m.MkdirAll("d"); err != nil {
			t.Fatal(err)
		}
		put := func(name, content string, sync bool) File {
			f, err := m.Create("d/" + name)
			if err != nil {
				t.Fatal(err)
			}
			f.Write([]byte(content))
			if sync {
				f.Sync()
			}
			return f
		}
		safe := put("safe", "durable", true)
		put("cfg", "old", true).Close()
		m.SyncDir("d")
		safe.Write([]byte("+tail"))
		put("nameless", "x", true).Close() // synced file, unsynced name
		put("tmp", "new", true).Close()
		m.Rename("d/tmp", "d/cfg")

		c := m.CrashClone(rng)
		got, err := ReadFile(c, "d/safe", 100)
		if err != nil || string(got[:min(7, len(got))]) != "durable" {
			t.Fatalf("seed %d: synced bytes lost: %q %v", seed, got, err)
		}
		switch len(got) {
		case 7:
			lostWrite++
		case 12:
			keptWrite++
		default:
			torn++
		}
		if _, err := c.Stat("d/nameless"); err == nil {
			keptName++
		} else {
			lostName++
		}
		switch got, err := ReadFile(c, "d/cfg", 100); {
		case err == nil && string(got) == "old":
			oldContent++
		case err == nil && string(got) == "new":
			newContent++
		default:
			t.Fatalf("seed %d: rename was not atomic: %q %v", seed, got, err)
		}
	}
	for what, n := range map[string]int{"lost name": lostName, "kept name": keptName, "lost write": lostWrite,
		"kept write": keptWrite, "torn write": torn, "old content": oldContent, "new content": newContent} {
		if n == 0 {
			t.Errorf("%s never happened", what)
		}
	}
}

func TestWithErrors(t *testing.T) {
	full := false
	m := NewMem()
	fsys := WithErrors(m, func(op Op, path string) error {
		if full && op == OpWrite {
			return syscall.ENOSPC
		}
		return nil
	})
	f, err := fsys.Create("x")
	if err != nil {
		t.Fatal(err)
	}
	full = true
	n, err := f.Write([]byte("abcd"))
	if n != 2 || !IsFull(err) {
		t.Fatalf("write on a full disk: %d %v, want half and ENOSPC", n, err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	if m.OpenFiles() != 0 {
		t.Fatalf("%d files open", m.OpenFiles())
	}
}
