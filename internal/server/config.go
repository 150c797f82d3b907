package server

import (
	"bytes"
	"fmt"
	"net"
	"os"
	"regexp"
	"time"

	"github.com/goccy/go-yaml"
)

// Config is everything that can be chosen about a server. The command line
// fills it from a YAML file (field names as in the yaml tags, unknown names
// refused) and flags; flags win. The zero value of a field means its default.
type Config struct {
	// Listen is the address for APIs and UI, host:port. Default
	// 127.0.0.1:4580. Beyond loopback it is refused without Credentials.
	Listen string `yaml:"listen"`
	// Data is the folder that holds everything. Default "data".
	Data string `yaml:"data"`
	// Account is the AWS account of requests whose access key is not listed.
	// Twelve digits, default 000000000000.
	Account string `yaml:"account"`
	// Region is taken for requests that name none (the UI, unsigned calls).
	// Default us-east-1.
	Region string `yaml:"region"`
	// Credentials lists the access keys that may call. When it is empty every
	// key and signature is accepted, which is allowed on loopback only.
	Credentials []Credential `yaml:"credentials"`
	// Hosts are further names under which the server may be reached by a
	// browser, such as skywatch.example.com behind a proxy.
	Hosts []string `yaml:"hosts"`
	// MaxEventAge is how old a log event may be when it arrives. Default 14
	// days, as CloudWatch; a longer one lets imports of old logs in.
	MaxEventAge time.Duration `yaml:"maxEventAge"`
	// LeaveOutDamaged starts also on a folder with log segments that are missing
	// or cannot be opened, and leaves these out, which queries of
	// their time count as skipped events; otherwise the server refuses to
	// start and names the file. See skywatch verify.
	LeaveOutDamaged bool `yaml:"leaveOutDamaged"`
	// MemoryLimit is how many megabytes of memory the server tries to stay
	// below, for the whole process: near it memory is collected more often. It
	// is no hard limit; what ingestion and queries may hold has bounds of its
	// own. Default 448, unless the environment has GOMEMLIMIT; -1 is none.
	MemoryLimit int64 `yaml:"memoryLimit"`
}

// Credential is one access key pair and the account that its requests act for.
type Credential struct {
	AccessKeyID     string `yaml:"accessKeyId"`
	SecretAccessKey string `yaml:"secretAccessKey"`
	Account         string `yaml:"account"` // default: Config.Account
}

// LoadConfig reads a YAML configuration file.
func LoadConfig(path string) (Config, error) {
	var c Config
	b, err := os.ReadFile(path)
	if err != nil {
		return c, fmt.Errorf("read the configuration: %w", err)
	}
	dec := yaml.NewDecoder(bytes.NewReader(b), yaml.Strict())
	if err := dec.Decode(&c); err != nil && len(bytes.TrimSpace(b)) > 0 {
		return c, fmt.Errorf("read the configuration %s: %w", path, err)
	}
	return c, nil
}

var (
	accountPattern = regexp.MustCompile(`^[0-9]{12}$`)
	regionPattern  = regexp.MustCompile(`^[A-Za-z0-9-]{1,64}$`)
)

// withDefaults fills unset fields and checks the rest.
func (c Config) withDefaults() (Config, error) {
	if c.Listen == "" {
		c.Listen = "127.0.0.1:4580"
	}
	if c.Data == "" {
		c.Data = "data"
	}
	if c.Account == "" {
		c.Account = "000000000000"
	}
	if c.Region == "" {
		c.Region = "us-east-1"
	}
	if c.MaxEventAge == 0 {
		c.MaxEventAge = 14 * 24 * time.Hour
	}
	if !accountPattern.MatchString(c.Account) {
		return c, fmt.Errorf("account %q: want twelve digits", c.Account)
	}
	if !regionPattern.MatchString(c.Region) {
		return c, fmt.Errorf("region %q: want letters, digits and hyphens, such as eu-west-1", c.Region)
	}
	if c.MaxEventAge < time.Hour {
		return c, fmt.Errorf("maxEventAge %v: want at least 1h", c.MaxEventAge)
	}
	if c.MemoryLimit != -1 && (c.MemoryLimit < 0 || c.MemoryLimit > 0 && c.MemoryLimit < 64) {
		return c, fmt.Errorf("memoryLimit %d: want at least 64 (MB), or -1 for none", c.MemoryLimit)
	}
	seen := map[string]bool{}
	for i := range c.Credentials {
		k := &c.Credentials[i]
		if k.Account == "" {
			k.Account = c.Account
		}
		switch {
		case k.AccessKeyID == "" || k.SecretAccessKey == "":
			return c, fmt.Errorf("credentials[%d]: accessKeyId and secretAccessKey are both needed", i)
		case seen[k.AccessKeyID]:
			return c, fmt.Errorf("credentials[%d]: access key %s is listed twice", i, k.AccessKeyID)
		case !accountPattern.MatchString(k.Account):
			return c, fmt.Errorf("credentials[%d]: account %q: want twelve digits", i, k.Account)
		}
		seen[k.AccessKeyID] = true
	}
	host, _, err := net.SplitHostPort(c.Listen)
	if err != nil {
		return c, fmt.Errorf("listen address %q: want host:port: %w", c.Listen, err)
	}
	if len(c.Credentials) == 0 && !isLoopback(host) {
		return c, fmt.Errorf("listen address %q is reachable from other machines and no credentials are configured: list access keys under credentials: in the configuration file, or listen on 127.0.0.1", c.Listen)
	}
	return c, nil
}

// isLoopback reports whether a host name or address can only mean this machine.
func isLoopback(host string) bool {
	if host == "localhost" {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}
