package main

import (
	"context"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
)

// remoteFlags say which server to ask and as whom.
type remoteFlags struct {
	Endpoint  string `help:"URL of the server (default $$AWS_ENDPOINT_URL_CLOUDWATCH_LOGS, for metrics $$AWS_ENDPOINT_URL_CLOUDWATCH, then $$AWS_ENDPOINT_URL, then http://127.0.0.1:4580)." placeholder:"URL"`
	Region    string `help:"AWS Region whose data is meant." env:"AWS_REGION,AWS_DEFAULT_REGION" default:"us-east-1"`
	AccessKey string `help:"Access key id; a server without configured credentials takes any." env:"AWS_ACCESS_KEY_ID" default:"skywatch"`
	SecretKey string `help:"Secret access key." env:"AWS_SECRET_ACCESS_KEY" default:"skywatch"`
	Token     string `help:"Session token, when the key has one." env:"AWS_SESSION_TOKEN" name:"session-token"`
}

const defaultEndpoint = "http://127.0.0.1:4580"

// endpoint returns the server's URL; getenv is os.Getenv, service the name of
// the service in the environment.
func (f *remoteFlags) endpoint(getenv func(string) string, service string) (string, error) {
	for _, e := range []string{f.Endpoint, getenv("AWS_ENDPOINT_URL_" + service), getenv("AWS_ENDPOINT_URL"), defaultEndpoint} {
		if e == "" {
			continue
		}
		u, err := url.Parse(e)
		if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
			return "", usagef("endpoint %q: want a URL such as %s", e, defaultEndpoint)
		}
		return e, nil
	}
	panic("unreachable: the default endpoint is not empty")
}

func (f *remoteFlags) credentials() aws.CredentialsProvider {
	return credentials.NewStaticCredentialsProvider(f.AccessKey, f.SecretKey, f.Token)
}

// logsClient returns a client that tries attempts times.
func (f *remoteFlags) logsClient(getenv func(string) string, attempts int) (*cloudwatchlogs.Client, error) {
	endpoint, err := f.endpoint(getenv, "CLOUDWATCH_LOGS")
	if err != nil {
		return nil, err
	}
	return cloudwatchlogs.New(cloudwatchlogs.Options{
		BaseEndpoint: &endpoint, Region: f.Region, Credentials: f.credentials(), HTTPClient: httpClient(), Retryer: retries(attempts),
	}), nil
}

func (f *remoteFlags) metricsClient(getenv func(string) string) (*cloudwatch.Client, error) {
	endpoint, err := f.endpoint(getenv, "CLOUDWATCH")
	if err != nil {
		return nil, err
	}
	return cloudwatch.New(cloudwatch.Options{
		BaseEndpoint: &endpoint, Region: f.Region, Credentials: f.credentials(), HTTPClient: httpClient(), Retryer: retries(3),
	}), nil
}

func retries(attempts int) aws.Retryer {
	return retry.NewStandard(func(o *retry.StandardOptions) {
		o.MaxAttempts = attempts
		// Who tries a few times waits before a screen, who tries often does not.
		o.MaxBackoff = time.Duration(attempts*attempts) * 50 * time.Millisecond
	})
}

func httpClient() *http.Client {
	return &http.Client{Transport: plainBody{&http.Transport{Proxy: http.ProxyFromEnvironment, MaxIdleConnsPerHost: 16, IdleConnTimeout: time.Minute}}}
}

// plainBody hides all methods of a request's body but Read and Close. The
// client's library closes the body as soon as the answer begins, and its
// WriteTo then answers io.EOF; net/http, when it is still looking whether the
// body has come to its end, takes that for a failed write and closes the
// connection under an answer that is being read.
type plainBody struct{ next http.RoundTripper }

func (p plainBody) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Body != nil && r.Body != http.NoBody {
		r = r.WithContext(r.Context()) // a copy: the request is the caller's
		r.Body = struct {
			io.Reader
			io.Closer
		}{r.Body, r.Body}
	}
	return p.next.RoundTrip(r)
}

// isGlob says whether a group argument is a pattern.
func isGlob(s string) bool { return strings.ContainsAny(s, "*?") }

// globPrefix is what every name that fits begins with.
func globPrefix(pattern string) string {
	if i := strings.IndexAny(pattern, "*?"); i >= 0 {
		return pattern[:i]
	}
	return pattern
}

// globMatch matches a whole name: "*" is any text, also with slashes, "?" any
// one byte.
func globMatch(pattern, name string) bool {
	star, from := -1, 0
	p, n := 0, 0
	for n < len(name) {
		switch {
		case p < len(pattern) && pattern[p] == '*':
			star, from = p, n
			p++
		case p < len(pattern) && (pattern[p] == '?' || pattern[p] == name[n]):
			p++
			n++
		case star >= 0:
			from++
			p, n = star+1, from
		default:
			return false
		}
	}
	return strings.Trim(pattern[p:], "*") == ""
}

// findGroups returns the names of the log groups that fit any of the patterns,
// in the order of the patterns, each once. A name that is no pattern need not
// exist.
func findGroups(ctx context.Context, c *cloudwatchlogs.Client, patterns []string) ([]string, error) {
	var names []string
	seen := map[string]bool{}
	add := func(name string) {
		if !seen[name] {
			seen[name] = true
			names = append(names, name)
		}
	}
	for _, pattern := range patterns {
		if !isGlob(pattern) {
			add(pattern)
			continue
		}
		in := &cloudwatchlogs.DescribeLogGroupsInput{}
		if prefix := globPrefix(pattern); prefix != "" {
			in.LogGroupNamePrefix = &prefix
		}
		pages := cloudwatchlogs.NewDescribeLogGroupsPaginator(c, in)
		for pages.HasMorePages() {
			page, err := pages.NextPage(ctx)
			if err != nil {
				return nil, err
			}
			for _, g := range page.LogGroups {
				if name := aws.ToString(g.LogGroupName); globMatch(pattern, name) {
					add(name)
				}
			}
		}
	}
	return names, nil
}
