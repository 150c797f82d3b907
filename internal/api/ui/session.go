package ui

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"skywatch/internal/metrics"
	"skywatch/internal/scope"
)

// The session cookie is
//
//	<access key id>.<expiry, Unix seconds>.<HMAC-SHA256, base64url>
//
// The MAC covers what stands before it under a key drawn from the secret of
// that access key. So a session survives a restart, ends when the key is
// removed or its secret changes, and needs no state.
const (
	cookieName  = "skywatch_session"
	sessionLife = 12 * time.Hour
)

// session says who asks.
type session struct {
	valid   bool   // may ask questions
	account string // the only one it may see; "" for any
}

func sign(secret, text string) string {
	key := hmac.New(sha256.New, []byte(secret))
	key.Write([]byte("skywatch ui session v1"))
	mac := hmac.New(sha256.New, key.Sum(nil))
	mac.Write([]byte(text))
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

// session resolves the cookie. Where no credentials are needed everybody is
// welcome.
func (h *Handler) session(r *http.Request) session {
	if !h.cfg.Required {
		return session{valid: true}
	}
	c, err := r.Cookie(cookieName)
	if err != nil {
		return session{}
	}
	i := strings.LastIndexByte(c.Value, '.')
	j := strings.LastIndexByte(c.Value[:max(i, 0)], '.')
	if j < 0 {
		return session{}
	}
	text, mac, id, expiry := c.Value[:i], c.Value[i+1:], c.Value[:j], c.Value[j+1:i]
	key, ok := h.cfg.Keys[id]
	if !ok || key.Secret == "" || !hmac.Equal([]byte(mac), []byte(sign(key.Secret, text))) {
		return session{}
	}
	at, err := strconv.ParseInt(expiry, 10, 64)
	if err != nil || h.cfg.Now().Unix() >= at {
		return session{}
	}
	return session{valid: true, account: h.accountOf(key.Account)}
}

func (h *Handler) accountOf(account string) string {
	if account == "" {
		return h.cfg.Default.Account
	}
	return account
}

// Session recognises the browser of a signed-in user and says for which
// account; the AWS APIs ask it for unsigned requests (awswire.Auth.Session).
// It answers false where no credentials are configured.
func (h *Handler) Session(r *http.Request) (account string, ok bool) {
	if !h.cfg.Required {
		return "", false
	}
	s := h.session(r)
	return s.account, s.valid
}

type scopeInfo struct {
	scope.Scope
	Series int `json:"series"`
	Groups int `json:"groups"`
}

type sessionAnswer struct {
	Version      string      `json:"version"`
	Account      string      `json:"account"`
	AuthRequired bool        `json:"authRequired"`
	SignedIn     bool        `json:"signedIn"`
	Scopes       []scopeInfo `json:"scopes"`
	Now          int64       `json:"now"`
	Demo         *Demo       `json:"demo"`
}

func (h *Handler) getSession(r *request) (any, error) {
	if err := known(r); err != nil {
		return nil, err
	}
	a := sessionAnswer{
		Version: h.cfg.Version, Account: h.accountOf(r.session.account), AuthRequired: h.cfg.Required,
		SignedIn: r.session.valid, Scopes: []scopeInfo{}, Now: h.cfg.Now().UnixMilli(),
	}
	if !r.session.valid { // tell strangers nothing of the data
		a.Version, a.Account = "", ""
		return a, nil
	}
	scopes, err := h.allScopes(r.Context())
	if err != nil {
		return nil, err
	}
	for _, s := range scopes {
		if r.session.account == "" || s.Account == r.session.account {
			a.Scopes = append(a.Scopes, s)
		}
	}
	if h.cfg.DemoStatus != nil {
		a.Demo = h.cfg.DemoStatus()
	}
	return a, nil
}

// scopesLife is how long the list of scopes is kept: every open page asks for
// it every few seconds, and counting series means listing them.
const scopesLife = 5 * time.Second

func (h *Handler) allScopes(ctx context.Context) ([]scopeInfo, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if now := h.cfg.Now(); h.scopes != nil && now.Sub(h.scopesAt) < scopesLife && !now.Before(h.scopesAt) {
		return h.scopes, nil
	}
	series, err := h.cfg.Index.Find(ctx, metrics.Filter{})
	if err != nil {
		return nil, err
	}
	found := map[scope.Scope]*scopeInfo{h.cfg.Default: {Scope: h.cfg.Default}}
	at := func(sc scope.Scope) *scopeInfo {
		if found[sc] == nil {
			found[sc] = &scopeInfo{Scope: sc}
		}
		return found[sc]
	}
	for i := range series {
		at(series[i].Key.Scope).Series++
	}
	for _, sc := range h.cfg.Groups.AllScopes() {
		at(sc).Groups = len(h.cfg.Groups.Groups(sc))
	}
	out := make([]scopeInfo, 0, len(found))
	for _, s := range found {
		out = append(out, *s)
	}
	slices.SortFunc(out, func(a, b scopeInfo) int { return strings.Compare(a.String(), b.String()) })
	h.scopes, h.scopesAt = out, h.cfg.Now()
	return out, nil
}

func (h *Handler) signIn(r *request) (any, error) {
	var in struct {
		AccessKeyID     string `json:"accessKeyId"`
		SecretAccessKey string `json:"secretAccessKey"`
	}
	if err := decodeBody(r, &in); err != nil {
		return nil, err
	}
	if !h.cfg.Required {
		return nil, invalid("no credentials are configured: there is nothing to sign in to")
	}
	if in.AccessKeyID == "" || in.SecretAccessKey == "" {
		return nil, invalid("accessKeyId and secretAccessKey are both needed")
	}
	now := h.cfg.Now()
	if !h.signins.allowed(now) {
		return nil, refuse(http.StatusTooManyRequests, "TooManyAttempts", "too many failed attempts: try again in a minute")
	}
	key, listed := h.cfg.Keys[in.AccessKeyID]
	got, want := sha256.Sum256([]byte(in.SecretAccessKey)), sha256.Sum256([]byte(key.Secret))
	same := subtle.ConstantTimeCompare(got[:], want[:]) == 1
	if !listed || key.Secret == "" || !same {
		h.signins.failed(now)
		return nil, refuse(http.StatusUnauthorized, "WrongCredentials", "unknown access key or wrong secret")
	}
	text := in.AccessKeyID + "." + strconv.FormatInt(now.Add(sessionLife).Unix(), 10)
	http.SetCookie(r.w, h.cookie(r.Request, text+"."+sign(key.Secret, text), int(sessionLife/time.Second)))
	return map[string]any{"signedIn": true, "account": h.accountOf(key.Account)}, nil
}

func (h *Handler) signOut(r *request) (any, error) {
	http.SetCookie(r.w, h.cookie(r.Request, "", -1))
	return map[string]any{"signedIn": !h.cfg.Required}, nil
}

func (h *Handler) cookie(r *http.Request, value string, maxAge int) *http.Cookie {
	return &http.Cookie{
		Name: cookieName, Value: value, Path: "/", MaxAge: maxAge, HttpOnly: true, SameSite: http.SameSiteStrictMode,
		Secure: r.TLS != nil || strings.EqualFold(r.Header.Get("X-Forwarded-Proto"), "https"),
	}
}

// limiter bounds failed attempts over everybody: guessing a secret must be
// slow, and who has the right one can wait a minute.
type limiter struct {
	max int
	per time.Duration

	mu    sync.Mutex // guards what follows
	since time.Time
	n     int
}

func (l *limiter) allowed(now time.Time) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.n < l.max || now.Sub(l.since) >= l.per
}

func (l *limiter) failed(now time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if now.Sub(l.since) >= l.per {
		l.since, l.n = now, 0
	}
	l.n++
}
