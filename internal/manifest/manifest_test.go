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
	if _, _, err := Load(m, ".", kind); !errors.Is(err, ErrNotExist) {
		t.Fatalf("load of nothing: %v", err)
	}
	for v, payload := range []string{"first", "", "third and longer"} {
		if err := Save(m, ".", kind, uint16(v), []byte(payload)); err != nil {
			t.Fatal(err)
		}
		gotV, got, err := Load(m, ".", kind)
		if err != nil || int(gotV) != v || string(got) != payload {
			t.Fatalf("load: version %d, %q, %v; want %d, %q", gotV, got, err, v, payload)
		}
	}
	if _, _, err := Load(m, ".", Kind{'l', 'o', 'g', 's'}); !errors.Is(err, ErrCorrupt) {
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
		left := int(seed % 7)
		fs := vfs.WithErrors(mem, func(op vfs.Op, path string) error {
			if left--; left < 0 {
				return syscall.EIO
			}
			return nil
		})
		err := Save(fs, ".", kind, 1, []byte("new"))
		_, got, lerr := Load(mem.CrashClone(rng), ".", kind)
		if lerr != nil {
			t.Fatalf("seed %d: %v", seed, lerr)
		}
		if string(got) != "new" && (err == nil || string(got) != "old") {
			t.Fatalf("seed %d: found %q after Save returned %v", seed, got, err)
		}
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
