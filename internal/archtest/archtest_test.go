package archtest

import (
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"sort"
	"strconv"
	"strings"
	"testing"
)

// floors gives each room its floor. A room imports rooms of lower floors only.
// A room is the path below internal/, up to its first level, save where a
// deeper path is listed.
var floors = map[string]int{
	"jsontext": -1, // pieces that rooms of the ground floor share

	"scope":      0,
	"vfs":        0,
	"awswire":    1, // above scope, which it puts into the request
	"lambdalog":  0,
	"colenc":     0,
	"cliout":     0,
	"exactsum":   0,
	"logpattern": 0,
	"logfile":    0,

	"scripttest": 0, // imported by tests of every floor

	"logs":               1,
	"metrics":            1,
	"logtype":            1,
	"lang/insights":      1,
	"lang/filterpattern": 1,

	"timetext":   2, // above lang/insights, which says what is allowed
	"wal":        2,
	"manifest":   2,
	"segment":    2,
	"logpart":    2,
	"logexec":    3, // above logpart, whose columns it reads
	"metricexec": 2,

	"logstore":    3,
	"metricstore": 3,
	"metastore":   3,

	"localscan":  4, // above logexec, which it runs
	"logimport":  3,
	"livetail":   3, // under ingest, which it taps
	"datafolder": 4, // reads what the engines keep, without opening them

	"inventory": 4,
	"derive":    4,
	"ingest":    5, // above derive and inventory, which it feeds
	"queries":   4,
	"fleet":     5, // above inventory, which it asks

	"api":      6,
	"web":      6,
	"estate":   6, // a client of the public APIs
	"server":   7,
	"bench":    7, // measures the server from outside
	"archtest": 9,
}

// forbidden names arrows that the floors would allow and the design does not.
var forbidden = []struct{ from, to, why string }{
	{"lang/", "net/http", "a language is text in, tree out; it must be usable without a server"},
	{"lang/", "internal/logs", "a language knows no storage; executors bind its trees to data"},
	{"logs", "net/http", "the nouns know no wire"},
	{"metrics", "net/http", "the nouns know no wire"},
	{"logexec", "internal/logstore", "executors run over the contracts, so that another backend can serve them"},
	{"metricexec", "internal/metricstore", "executors run over the contracts, so that another backend can serve them"},
	{"logstore", "internal/metricstore", "the engines share vfs, wal and manifest, never each other"},
	{"metricstore", "internal/logstore", "the engines share vfs, wal and manifest, never each other"},
	{"localscan", "internal/logstore", "queries over files need no engine; they run over the contracts"},
	{"logstore", "net/http", "inner rooms never know HTTP; wire errors are one table in awswire"},
	{"metricstore", "net/http", "inner rooms never know HTTP; wire errors are one table in awswire"},
	{"ingest", "net/http", "inner rooms never know HTTP; wire errors are one table in awswire"},
	{"livetail", "net/http", "inner rooms never know HTTP; wire errors are one table in awswire"},
	{"awswire", "aws-sdk-go-v2/service", "the wire layer knows no operation; tables are handed to it"},
	{"estate", "internal/logstore", "the simulated account writes through the public APIs only"},
	{"estate", "internal/metricstore", "the simulated account writes through the public APIs only"},
	{"estate", "internal/ingest", "the simulated account writes through the public APIs only"},
	{"estate", "internal/api", "the simulated account writes through the public APIs only"},
	{"bench", "internal/logstore", "benchmarks go through the public APIs, so that engines can be replaced and measured again"},
	{"bench", "internal/metricstore", "benchmarks go through the public APIs, so that engines can be replaced and measured again"},
	{"bench", "internal/logexec", "benchmarks go through the public APIs, so that engines can be replaced and measured again"},
	{"bench", "internal/api", "benchmarks go through the public APIs; answers are compared with a count of their own"},
	{"bench", "internal/lambdalog", "an answer must not be checked with the code that made it"},
	{"fleet", "internal/logstore", "fleet pages read the derived metrics, never the logs"},
	{"fleet", "internal/metricstore", "fleet pages read through the contracts"},
	{"queries", "internal/logstore", "queries read through the contracts"},
	{"api/", "internal/logstore", "handlers call services and contracts; only the server knows the engines"},
	{"api/", "internal/metricstore", "handlers call services and contracts; only the server knows the engines"},
}

type source struct {
	path    string // slash-separated, from the module root
	imports []string
	doc     bool
	pkg     string
	test    bool
}

func tree(t *testing.T) []source {
	t.Helper()
	root := filepath.Join("..", "..")
	var out []source
	for _, top := range []string{"cmd", "internal", "test"} {
		err := filepath.WalkDir(filepath.Join(root, top), func(p string, d fs.DirEntry, err error) error {
			if err != nil {
				return err
			}
			if d.IsDir() {
				if n := d.Name(); n == "testdata" || n == "node_modules" || n == "dist" {
					return filepath.SkipDir
				}
				return nil
			}
			if !strings.HasSuffix(p, ".go") {
				return nil
			}
			f, err := parser.ParseFile(token.NewFileSet(), p, nil, parser.ImportsOnly|parser.ParseComments)
			if err != nil {
				return err
			}
			rel, _ := filepath.Rel(root, p)
			s := source{path: filepath.ToSlash(rel), pkg: filepath.ToSlash(filepath.Dir(rel)), test: strings.HasSuffix(p, "_test.go")}
			s.doc = f.Doc != nil && len(strings.TrimSpace(f.Doc.Text())) > 40
			for _, i := range f.Imports {
				q, _ := strconv.Unquote(i.Path.Value)
				s.imports = append(s.imports, q)
			}
			out = append(out, s)
			return nil
		})
		if err != nil {
			t.Fatalf("read the tree below %s: %v", top, err)
		}
	}
	if len(out) < 20 {
		t.Fatalf("found only %d Go files: the walk is looking in the wrong place", len(out))
	}
	return out
}

// room returns the longest listed room that holds the package path below internal/.
func room(path string) (string, bool) {
	for p := path; p != "."; p = filepath.ToSlash(filepath.Dir(p)) {
		if _, ok := floors[p]; ok {
			return p, true
		}
	}
	return "", false
}

func TestImportsPointDownwards(t *testing.T) {
	for _, s := range tree(t) {
		if s.test || !strings.HasPrefix(s.pkg, "internal/") {
			continue
		}
		from, ok := room(strings.TrimPrefix(s.pkg, "internal/"))
		if !ok {
			t.Errorf("%s: package %s stands on no floor; give it one in floors, and a line in ARCHITECTURE.md", s.path, s.pkg)
			continue
		}
		for _, i := range s.imports {
			rel, ok := strings.CutPrefix(i, "skywatch/internal/")
			if !ok {
				if strings.HasPrefix(i, "skywatch/") {
					t.Errorf("%s imports %s: nothing below internal/ may import the command or the tests", s.path, i)
				}
				continue
			}
			to, ok := room(rel)
			if !ok || to == from {
				continue
			}
			if floors[to] >= floors[from] {
				t.Errorf("%s imports %s: room %s (floor %d) may only import lower floors, %s is on floor %d", s.path, i, from, floors[from], to, floors[to])
			}
		}
	}
}

func TestForbiddenArrows(t *testing.T) {
	for _, s := range tree(t) {
		rel, ok := strings.CutPrefix(s.pkg, "internal/")
		if !ok || s.test {
			continue
		}
		for _, f := range forbidden {
			if rel != f.from && !strings.HasPrefix(rel, strings.TrimSuffix(f.from, "/")+"/") {
				continue
			}
			for _, i := range s.imports {
				if i == f.to || strings.HasSuffix(i, "/"+f.to) || strings.Contains(i, f.to+"/") || strings.HasSuffix(i, f.to) {
					t.Errorf("%s imports %s: %s", s.path, i, f.why)
				}
			}
		}
	}
}

func TestProductImportsNoTestPackage(t *testing.T) {
	for _, s := range tree(t) {
		if s.test || strings.HasSuffix(s.pkg, "test") {
			continue
		}
		for _, i := range s.imports {
			if strings.HasPrefix(i, "skywatch/") && strings.HasSuffix(i, "test") {
				t.Errorf("%s imports %s: packages for tests are for tests, they register flags and are not bounded", s.path, i)
			}
		}
	}
}

func TestEveryPackageHasADocComment(t *testing.T) {
	documented := map[string]bool{}
	for _, s := range tree(t) {
		if s.test {
			continue
		}
		documented[s.pkg] = documented[s.pkg] || s.doc
	}
	var missing []string
	for p, ok := range documented {
		if !ok {
			missing = append(missing, p)
		}
	}
	sort.Strings(missing)
	for _, p := range missing {
		t.Errorf("package %s has no doc comment that says what it is and how data passes through", p)
	}
}
