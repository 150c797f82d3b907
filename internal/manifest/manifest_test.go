package manifest

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"syscall"
	"testing"

	"skywatch/internal/vfs"
)

var kind = Kind{'t', 'e', 's', 't'}

func TestSaveLoad(t *testing.T) {
	m := vfs.NewMem()
	if _, err := Load(m, ".", kind); !errors.Is(err, ErrNotExist) {
		t.Fatalf("load of nothing: %v", err)
	}
	for v, payload := range []string{"first", "", "third and longer"} {
		if err := Save(m, ".", kind, uint16(v), []byte(payload)); err != nil {
			t.Fatal(err)
		}
		got, err := Load(m, ".", kind)
		if err != nil || int(got.Version) != v || string(got.Payload) != payload || got.Damage != nil {
			t.Fatalf("load: %+v, %v; want version %d, %q", got, err, v, payload)
		}
	}
	if _, err := Load(m, ".", Kind{'l', 'o', 'g', 's'}); !errors.Is(err, ErrCorrupt) {
		t.Fatalf("load of another kind: %v", err)
	}
	if m.OpenFiles() != 0 {
		t.Fatalf("%d files left open", m.OpenFiles())
	}
}

// TestCrash cuts the power at every operation of a Save that fails there.
func TestCrash(t *testing.T) {
	for seed := range uint64(200) {
		rng := rand.New(rand.NewPCG(seed, 0))
		mem := vfs.NewMem()
		if err := Save(mem, ".", kind, 1, []byte("old")); err != nil {
			t.Fatal(err)
		}
		left := int(seed % 13)
		fs := vfs.WithErrors(mem, func(op vfs.Op, path string) error {
			if left--; left < 0 {
				return syscall.EIO
			}
			return nil
		})
		err := Save(fs, ".", kind, 1, []byte("new"))
		after := mem.CrashClone(rng)
		// Whatever is found by Load must be what Open finds, and what is found
		// when the manifest itself is lost after that.
		l, lerr := Load(after, ".", kind)
		if lerr != nil {
			t.Fatalf("seed %d: %v", seed, lerr)
		}
		got := string(l.Payload)
		if got != "new" && (err == nil || got != "old") {
			t.Fatalf("seed %d: found %q after Save returned %v", seed, got, err)
		}
		for _, lost := range []string{"", Name, CopyName} {
			if lost != "" {
				after.Remove(lost)
			}
			if l, err := Open(after, ".", kind); err != nil || string(l.Payload) != got {
				t.Fatalf("seed %d: without %q %+v, %v; want %q", seed, lost, l, err, got)
			}
		}
	}
}

// TestDamageOfOneFile spoils the manifest or its copy at every place, after a
// Save that worked and after one that failed with the manifest already new.
func TestDamageOfOneFile(t *testing.T) {
	mem := vfs.NewMem()
	fs := vfs.WithErrors(mem, func(op vfs.Op, path string) error {
		if op == vfs.OpCreate && path == CopyName+".tmp" {
			return syscall.ENOSPC
		}
		return nil
	})
	if err := Save(mem, ".", kind, 1, []byte("old")); err != nil {
		t.Fatal(err)
	}
	f := func(what, name, want string, spoil func([]byte) []byte) {
		t.Helper()
		was, err := vfs.ReadFile(mem, name, 1<<20)
		if err != nil {
			t.Fatal(err)
		}
		for _, n := range []string{Name, CopyName} {
			b, err := vfs.ReadFile(mem, n, 1<<20)
			if err != nil {
				t.Fatal(err)
			}
			defer write(t, mem, n, b)
		}
		bad := spoil(bytes.Clone(was))
		write(t, mem, name, bad)
		before, err := Load(mem, ".", kind)
		if err != nil || string(before.Payload) != want || (before.Damage != nil) != (name == Name) {
			t.Fatalf("%s of %s: load %+v, %v; want %q", what, name, before, err, want)
		}
		if err := Check(mem, ".", kind); (err != nil) != (name == CopyName) {
			t.Fatalf("%s of %s: check: %v", what, name, err)
		}
		l, err := Open(mem, ".", kind)
		if err != nil || string(l.Payload) != want || (l.Damage != nil) != (name == Name) {
			t.Fatalf("%s of %s: open %+v, %v; want %q", what, name, l, err, want)
		}
		names, err := mem.List(".")
		if err != nil {
			t.Fatal(err)
		}
		kept := false
		for _, n := range names {
			b, err := vfs.ReadFile(mem, n, 1<<20)
			if err != nil {
				t.Fatal(err)
			}
			switch {
			case n == Name || n == CopyName:
				if _, payload, err := decode(kind, b); err != nil || string(payload) != want {
					t.Fatalf("%s of %s: %s holds %q, %v after Open", what, name, n, payload, err)
				}
			case bytes.Equal(b, bad):
				kept = true
				mem.Remove(n)
			}
		}
		if !kept {
			t.Fatalf("%s of %s: the damaged file is gone: %q", what, name, names)
		}
	}
	spoilAll := func(state, ofMain, ofCopy string) {
		for i := range len(encode(kind, 1, []byte("old"))) {
			flip := func(b []byte) []byte { b[i] ^= 0x40; return b }
			cut := func(b []byte) []byte { return b[:i] }
			f(fmt.Sprintf("%s: flip at %d", state, i), Name, ofMain, flip)
			f(fmt.Sprintf("%s: flip at %d", state, i), CopyName, ofCopy, flip)
			f(fmt.Sprintf("%s: cut at %d", state, i), Name, ofMain, cut)
			f(fmt.Sprintf("%s: cut at %d", state, i), CopyName, ofCopy, cut)
		}
	}
	spoilAll("both old", "old", "old")
	if err := Save(fs, ".", kind, 1, []byte("new")); !vfs.IsFull(err) {
		t.Fatal(err)
	}
	spoilAll("copy old", "old", "new")

	// A start on a full disk has no copy rather than an old one.
	if l, err := Open(fs, ".", kind); err != nil || string(l.Payload) != "new" {
		t.Fatalf("open on a full disk: %+v, %v", l, err)
	}
	if _, err := mem.Stat(CopyName); !vfs.IsNotExist(err) {
		t.Fatalf("an old copy is left: %v", err)
	}
	if _, err := Open(mem, ".", kind); err != nil {
		t.Fatal(err)
	}
	if _, err := mem.Stat(CopyName); err != nil {
		t.Fatalf("no copy with room on the disk: %v", err)
	}
	both := []byte("nothing")
	write(t, mem, Name, both)
	write(t, mem, CopyName, both)
	if _, err := Open(mem, ".", kind); !errors.Is(err, ErrCorrupt) {
		t.Fatalf("with both damaged: %v", err)
	}
}

func write(t *testing.T, fs vfs.FS, name string, b []byte) {
	t.Helper()
	if err := replace(fs, ".", name, b); err != nil {
		t.Fatal(err)
	}
}

func TestEveryBitFlipIsSeen(t *testing.T) {
	good := encode(kind, 3, []byte("payload"))
	for i := range good {
		bad := bytes.Clone(good)
		bad[i] ^= 1 << (i % 8)
		if _, _, err := decode(kind, bad); !errors.Is(err, ErrCorrupt) {
			t.Errorf("byte %d flipped: %v", i, err)
		}
	}
	for n := range good {
		if _, _, err := decode(kind, good[:n]); !errors.Is(err, ErrCorrupt) {
			t.Errorf("cut to %d bytes: %v", n, err)
		}
	}
}

func FuzzDecode(f *testing.F) {
	f.Add(encode(kind, 1, nil))
	f.Add(encode(kind, 1, []byte(fmt.Sprint("x"))))
	f.Fuzz(func(t *testing.T, b []byte) {
		if v, p, err := decode(kind, b); err == nil && !bytes.Equal(encode(kind, v, p), b) {
			t.Fatal("decoded bytes do not encode back")
		}
	})
}
