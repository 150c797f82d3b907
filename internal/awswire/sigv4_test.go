package awswire_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/smithy-go"

	"skywatch/internal/awswire"
)

const (
	testKey    = "AKIDEXAMPLE"
	testSecret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
)

var testNow = time.Date(2026, 1, 10, 12, 0, 0, 0, time.UTC)

func secureMux(extra ...func(*awswire.Auth)) *awswire.Mux {
	auth := awswire.Auth{
		Keys: map[string]awswire.Key{
			testKey:        {Secret: testSecret, Account: "111122223333"},
			"ASIASESSION":  {Secret: "s", SessionToken: "token+/="},
			"AKIDNOSECRET": {Account: "1"},
		},
		Required: true,
		Now:      func() time.Time { return testNow },
	}
	for _, f := range extra {
		f(&auth)
	}
	return newTestMux(awswire.Options{Auth: auth})
}

// signedRequest is a request signed by the SDK's own signer.
type signedRequest struct {
	key, secret, token string
	service, region    string
	at                 time.Time
	target, body       string
	header             func(http.Header) // before signing
	after              func(*http.Request)
}

func (s signedRequest) send(t *testing.T, mux *awswire.Mux) *httptest.ResponseRecorder {
	t.Helper()
	if s.key == "" {
		s.key, s.secret = testKey, testSecret
	}
	if s.service == "" {
		s.service = "monitoring"
	}
	if s.region == "" {
		s.region = "eu-central-1"
	}
	if s.at.IsZero() {
		s.at = testNow
	}
	if s.target == "" {
		s.target = "GraniteServiceVersion20100801.DescribeAlarmsForMetric"
	}
	if s.body == "" {
		s.body = `{"MetricName":"info"}`
	}
	r := httptest.NewRequest("POST", "http://localhost:4580/", strings.NewReader(s.body))
	r.Header.Set("X-Amz-Target", s.target)
	r.Header.Set("X-Spaces", "  a   b ")
	if s.header != nil {
		s.header(r.Header)
	}
	sum := sha256.Sum256([]byte(s.body))
	creds := aws.Credentials{AccessKeyID: s.key, SecretAccessKey: s.secret, SessionToken: s.token}
	if err := v4.NewSigner().SignHTTP(context.Background(), creds, r, hex.EncodeToString(sum[:]), s.service, s.region, s.at); err != nil {
		t.Fatal(err)
	}
	if s.after != nil {
		s.after(r)
	}
	w := httptest.NewRecorder()
	mux.ServeHTTP(w, r)
	return w
}

func TestSignedRequests(t *testing.T) {
	mux := secureMux()
	f := func(name, want string, s signedRequest) {
		t.Helper()
		w := s.send(t, mux)
		got := fmt.Sprintf("%d %s %s", w.Code, w.Header().Get("X-Test"), w.Header().Get("X-Amzn-Query-Error"))
		if !strings.HasPrefix(got, want) {
			t.Errorf("%s: got %s, want %s; %s", name, got, want, w.Body)
		}
	}
	f("good", "200 111122223333/eu-central-1 AKIDEXAMPLE true", signedRequest{})
	f("other region", "200 111122223333/ap-northeast-2 ", signedRequest{region: "ap-northeast-2"})
	f("signing name of the other service", "200", signedRequest{service: "logs"})
	f("unknown service", "403  SignatureDoesNotMatch;Sender", signedRequest{service: "s3"})
	f("wrong secret", "403  SignatureDoesNotMatch", signedRequest{key: testKey, secret: "no"})
	f("unknown key", "403  InvalidClientTokenId", signedRequest{key: "AKIDOTHER", secret: testSecret})
	f("key without a secret", "403  InvalidClientTokenId", signedRequest{key: "AKIDNOSECRET", secret: "x"})
	f("session", "200 000000000000/eu-central-1", signedRequest{key: "ASIASESSION", secret: "s", token: "token+/="})
	f("wrong token", "403  InvalidClientTokenId", signedRequest{key: "ASIASESSION", secret: "s", token: "other"})
	f("missing token", "403  InvalidClientTokenId", signedRequest{key: "ASIASESSION", secret: "s"})
	f("token for a key without one", "403  InvalidClientTokenId", signedRequest{key: testKey, secret: testSecret, token: "x"})
	f("almost too old", "200", signedRequest{at: testNow.Add(-5 * time.Minute)})
	f("too old", "403  RequestExpired", signedRequest{at: testNow.Add(-5*time.Minute - time.Second)})
	f("too new", "403  RequestExpired", signedRequest{at: testNow.Add(5*time.Minute + time.Second)})
	f("changed body", "403  SignatureDoesNotMatch", signedRequest{after: func(r *http.Request) {
		r.Body = http.NoBody
	}})
	f("changed header", "403  SignatureDoesNotMatch", signedRequest{after: func(r *http.Request) { r.Header.Set("X-Spaces", "c") }})
	f("exchanged operation", "403  SignatureDoesNotMatch", signedRequest{after: func(r *http.Request) {
		r.Header.Set("X-Amz-Target", "GraniteServiceVersion20100801.DeleteAlarms")
	}})
	f("unsigned operation", "403  SignatureDoesNotMatch", signedRequest{
		header: func(h http.Header) { h.Del("X-Amz-Target") },
		after: func(r *http.Request) {
			r.Header.Set("X-Amz-Target", "GraniteServiceVersion20100801.DeleteAlarms")
		}})
	f("changed host", "403  SignatureDoesNotMatch", signedRequest{after: func(r *http.Request) { r.Host = "example.com" }})
	f("changed path", "403  SignatureDoesNotMatch", signedRequest{after: func(r *http.Request) { r.URL.Path = "/x" }})
	f("added query", "403  SignatureDoesNotMatch", signedRequest{after: func(r *http.Request) { r.URL.RawQuery = "a=b" }})
	f("scope date", "403  SignatureDoesNotMatch", signedRequest{after: func(r *http.Request) {
		r.Header.Set("Authorization", strings.Replace(r.Header.Get("Authorization"), "/20260110/", "/20260109/", 1))
	}})
	f("no signature", "403  MissingAuthenticationToken", signedRequest{after: func(r *http.Request) { r.Header.Del("Authorization") }})
	f("no date", "403  IncompleteSignature", signedRequest{after: func(r *http.Request) { r.Header.Del("X-Amz-Date") }})
	for _, part := range []string{"Credential", "SignedHeaders", "Signature"} {
		f("without "+part, "403  IncompleteSignature", signedRequest{after: func(r *http.Request) {
			r.Header.Set("Authorization", strings.Replace(r.Header.Get("Authorization"), part+"=", "X=", 1))
		}})
	}
	f("other algorithm", "403  IncompleteSignature", signedRequest{after: func(r *http.Request) {
		r.Header.Set("Authorization", strings.Replace(r.Header.Get("Authorization"), "HMAC", "ECDSA", 1))
	}})
	w := signedRequest{key: testKey, secret: "no", service: "logs", target: "Logs_20140328.StartQuery"}.send(t, mux)
	if w.Code != 400 || !strings.Contains(w.Body.String(), `"__type":"InvalidSignatureException"`) || w.Header().Get("X-Amzn-Query-Error") != "" {
		t.Errorf("logs: %d %s %v", w.Code, w.Body, w.Header())
	}
}

func TestSignatureOfQueryRequests(t *testing.T) {
	mux := secureMux()
	body := "Action=DescribeAlarmsForMetric&Version=2010-08-01&MetricName=info"
	send := func(secret string) *httptest.ResponseRecorder {
		r := httptest.NewRequest("POST", "http://localhost:4580/", strings.NewReader(body))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded; charset=utf-8")
		sum := sha256.Sum256([]byte(body))
		v4.NewSigner().SignHTTP(context.Background(), aws.Credentials{AccessKeyID: testKey, SecretAccessKey: secret}, r, hex.EncodeToString(sum[:]), "monitoring", "us-west-2", testNow)
		w := httptest.NewRecorder()
		mux.ServeHTTP(w, r)
		return w
	}
	if w := send(testSecret); w.Code != 200 {
		t.Errorf("good: %d %s", w.Code, w.Body)
	}
	if w := send("no"); w.Code != 403 || !strings.Contains(w.Body.String(), "<Code>SignatureDoesNotMatch</Code>") {
		t.Errorf("wrong secret: %d %s", w.Code, w.Body)
	}
	mux = secureMux(func(a *awswire.Auth) { a.Now = func() time.Time { return testNow.Add(time.Hour) } })
	if w := send(testSecret); w.Code != 400 || !strings.Contains(w.Body.String(), "<Code>RequestExpired</Code>") {
		t.Errorf("expired: %d %s", w.Code, w.Body)
	}
}

func TestPresignedRequests(t *testing.T) {
	presign := func(seconds string) string {
		r := httptest.NewRequest("GET", "http://localhost:4580/?Action=DescribeAlarmsForMetric&Version=2010-08-01&MetricName=info&Namespace=a%20b%2Bc%2F%C3%A9~", nil)
		q := r.URL.Query()
		q.Set("X-Amz-Expires", seconds)
		r.URL.RawQuery = q.Encode()
		sum := sha256.Sum256(nil)
		u, _, err := v4.NewSigner().PresignHTTP(context.Background(), aws.Credentials{AccessKeyID: testKey, SecretAccessKey: testSecret}, r, hex.EncodeToString(sum[:]), "monitoring", "us-west-2", testNow)
		if err != nil {
			t.Fatal(err)
		}
		return u
	}
	f := func(name string, wantStatus int, want, u string, now time.Time) {
		t.Helper()
		mux := secureMux(func(a *awswire.Auth) { a.Now = func() time.Time { return now } })
		r := httptest.NewRequest("GET", u, nil)
		w := httptest.NewRecorder()
		mux.ServeHTTP(w, r)
		if w.Code != wantStatus || !strings.Contains(w.Body.String(), want) {
			t.Errorf("%s: %d %s", name, w.Code, w.Body)
		}
	}
	good := presign("600")
	f("good", 200, "DescribeAlarmsForMetricResult", good, testNow)
	f("at its end", 200, "", good, testNow.Add(600*time.Second))
	f("expired", 400, "RequestExpired", good, testNow.Add(601*time.Second))
	f("from the future", 400, "RequestExpired", good, testNow.Add(-6*time.Minute))
	f("other parameter", 403, "SignatureDoesNotMatch", strings.Replace(good, "MetricName=info", "MetricName=value", 1), testNow)
	f("added parameter", 403, "SignatureDoesNotMatch", good+"&Period=60", testNow)
	f("longer life", 403, "SignatureDoesNotMatch", strings.Replace(good, "X-Amz-Expires=600", "X-Amz-Expires=6000", 1), testNow)
	f("too long a life", 403, "IncompleteSignature", presign("604801"), testNow)
	f("negative life", 403, "IncompleteSignature", presign("-1"), testNow)
	u, _ := url.Parse(good)
	q := u.Query()
	q.Del("X-Amz-Date")
	u.RawQuery = q.Encode()
	f("no date", 403, "IncompleteSignature", u.String(), testNow)
}

// TestSDKSignatures lets the SDK's clients sign, over a real connection: they
// sign headers that net/http keeps apart, compress and sign what they send.
func TestSDKSignatures(t *testing.T) {
	srv := httptest.NewServer(secureMux(func(a *awswire.Auth) { a.Now = time.Now }))
	defer srv.Close()
	ctx := context.Background()
	for _, path := range []string{"", "/base path/ü+%25"} {
		endpoint := srv.URL + (&url.URL{Path: path}).EscapedPath()
		call := func(secret string) error {
			creds := credentials.NewStaticCredentialsProvider(testKey, secret, "")
			cw := cloudwatch.New(cloudwatch.Options{BaseEndpoint: &endpoint, Region: "eu-west-1", Credentials: creds, Retryer: aws.NopRetryer{}})
			_, err := cw.DescribeAlarmsForMetric(ctx, &cloudwatch.DescribeAlarmsForMetricInput{MetricName: aws.String("x"), Namespace: aws.String("y")})
			logs := cloudwatchlogs.New(cloudwatchlogs.Options{BaseEndpoint: &endpoint, Region: "eu-west-1", Credentials: creds, Retryer: aws.NopRetryer{}})
			_, err2 := logs.StartQuery(ctx, &cloudwatchlogs.StartQueryInput{QueryString: aws.String("x"), StartTime: aws.Int64(1), EndTime: aws.Int64(2)})
			return errors.Join(err, err2)
		}
		if err := call(testSecret); err != nil {
			t.Errorf("%q: %v", path, err)
		}
		err := call("no")
		var api smithy.APIError
		if !errors.As(err, &api) || api.ErrorCode() != "SignatureDoesNotMatch" || !strings.Contains(err.Error(), "InvalidSignatureException") {
			t.Errorf("%q, wrong secret: %v", path, err)
		}
	}
}

func TestSessions(t *testing.T) {
	mux := secureMux(func(a *awswire.Auth) {
		a.Session = func(r *http.Request) (string, bool) {
			c, err := r.Cookie("s")
			return "444455556666", err == nil && c.Value == "good"
		}
	})
	w := post(mux, "GraniteServiceVersion20100801.DescribeAlarmsForMetric", []byte(`{"MetricName":"info"}`), "Cookie", "s=good")
	if w.Code != 200 || !strings.HasPrefix(w.Header().Get("X-Test"), "444455556666/us-east-1  true") {
		t.Errorf("session: %d %s %s", w.Code, w.Header().Get("X-Test"), w.Body)
	}
	w = post(mux, "GraniteServiceVersion20100801.DescribeAlarmsForMetric", []byte(`{"MetricName":"info"}`), "Cookie", "s=bad", awswire.ScopeHeader, "111111111111/eu-west-1")
	if w.Code != 403 {
		t.Errorf("bad session: %d %s", w.Code, w.Body)
	}
}

func FuzzSignature(f *testing.F) {
	f.Add("AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20260110/us-east-1/logs/aws4_request, SignedHeaders=host;x-amz-date, Signature=00", "X-Amz-Signature=1&X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIDEXAMPLE/20260110/us-east-1/logs/aws4_request&X-Amz-Date=20260110T120000Z&X-Amz-SignedHeaders=host", "20260110T120000Z")
	f.Add("AWS4-HMAC-SHA256 Credential=/////,SignedHeaders=,Signature=", "Action=%zz&X-Amz-Signature=%", "Sat, 10 Jan 2026 12:00:00 GMT")
	mux := secureMux()
	f.Fuzz(func(t *testing.T, authorization, query, date string) {
		r := httptest.NewRequest("POST", "/", bytes.NewReader([]byte("{}")))
		r.URL.RawQuery = query
		r.Header.Set("X-Amz-Target", "Logs_20140328.StartQuery")
		r.Header.Set("Authorization", authorization)
		r.Header.Set("X-Amz-Date", date)
		w := httptest.NewRecorder()
		mux.ServeHTTP(w, r)
		if w.Code/100 == 2 {
			t.Fatalf("a forged signature was accepted")
		}
		if w.Code >= 500 {
			t.Fatalf("%d %s", w.Code, w.Body)
		}
	})
}
