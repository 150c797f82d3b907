package logimport

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/cespare/xxhash/v2"
)

// State remembers how far an import came, in a JSON file:
//
//	{"version": 1, "target": "…", "files": {"/path": {"events": 1234, "done": true, "size": …, "head": "…"}}}
//
// It is replaced whole. A file is known again by its path and its first bytes,
// so one that has grown goes on behind its known events and one that was
// replaced begins anew.
type State struct {
	path string

	mu    sync.Mutex
	data  stateData
	saved time.Time
	dirty bool
}

type stateData struct {
	Version int                   `json:"version"`
	Target  string                `json:"target"`
	Files   map[string]*fileState `json:"files"`
}

type fileState struct {
	Events int64  `json:"events"` // acknowledged
	Done   bool   `json:"done"`   // read to its end when it had Size bytes
	Size   int64  `json:"size"`
	Head   string `json:"head"` // hash of the first headBytes, or of all when there are fewer
}

const (
	stateVersion = 1
	headBytes    = 4096
	saveEvery    = time.Second
)

// OpenState reads the file, which need not exist. target says where the events
// go and how files are read; the state of another target is refused.
func OpenState(path, target string) (*State, error) {
	s := &State{path: path, data: stateData{Version: stateVersion, Target: target, Files: map[string]*fileState{}}}
	b, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return s, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read the import's state: %w", err)
	}
	var data stateData
	if err := json.Unmarshal(b, &data); err != nil {
		return nil, fmt.Errorf("read the import's state %s: %w", path, err)
	}
	if data.Version != stateVersion {
		return nil, fmt.Errorf("read the import's state %s: version %d, this program reads %d", path, data.Version, stateVersion)
	}
	if data.Target != target {
		return nil, fmt.Errorf("the import's state %s is of another import (%s, now %s); choose another file", path, data.Target, target)
	}
	for name, f := range data.Files {
		if f == nil || f.Events < 0 {
			return nil, fmt.Errorf("read the import's state %s: bad entry for %s", path, name)
		}
	}
	if data.Files != nil {
		s.data.Files = data.Files
	}
	return s, nil
}

// done returns how many events of a file were sent before, and whether those
// are all.
func (s *State) done(f *File) (events int64, all bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	known := s.data.Files[f.Path]
	if known == nil {
		return 0, false
	}
	if f.Size < known.Size || head(f.Path, known.Size) != known.Head {
		delete(s.data.Files, f.Path) // another file of this name
		return 0, false
	}
	return known.Events, known.Done && f.Size == known.Size
}

// head hashes the beginning of a file that had size bytes.
func head(path string, size int64) string {
	f, err := os.Open(path)
	if err != nil {
		return "unreadable"
	}
	defer f.Close() // it was only read
	h := xxhash.New()
	if _, err := io.Copy(h, io.LimitReader(f, min(size, headBytes))); err != nil {
		return "unreadable"
	}
	return fmt.Sprintf("%016x", h.Sum64())
}

func (s *State) entry(f *File) *fileState {
	e := s.data.Files[f.Path]
	if e == nil {
		e = &fileState{}
		s.data.Files[f.Path] = e
	}
	if e.Size != f.Size || e.Head == "" {
		e.Size, e.Head = f.Size, head(f.Path, f.Size)
	}
	s.dirty = true
	return e
}

// sent says that the first events of a file are acknowledged.
func (s *State) sent(f *File, events int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	e := s.entry(f)
	e.Events, e.Done = max(e.Events, events), false
}

// finished says that a file's events are all acknowledged.
func (s *State) finished(f *File) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.entry(f).Done = true
}

// save writes the file when it is due, or at once.
func (s *State) save(now bool) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.dirty || !now && time.Since(s.saved) < saveEvery {
		return nil
	}
	b, err := json.MarshalIndent(&s.data, "", " ")
	if err == nil {
		err = replaceFile(s.path, append(b, '\n'))
	}
	if err != nil {
		return fmt.Errorf("remember how far the import came: %w", err)
	}
	s.dirty, s.saved = false, time.Now()
	return nil
}

// replaceFile puts new content under a name so that a crash leaves the old or
// the new one.
func replaceFile(path string, b []byte) error {
	f, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".tmp-")
	if err != nil {
		return err
	}
	_, err = f.Write(b)
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		_ = os.Remove(f.Name())
	}
	return err
}
