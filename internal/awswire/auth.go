package awswire

import (
	"net/http"
	"time"

	"skywatch/internal/scope"
)

// Key is an entry of the access-key table.
type Key struct {
	Secret  string // signatures by this key are verified when not empty
	Account string // whose data the key means; the default account when empty
	// SessionToken, when not empty, must come with every request.
	SessionToken string
}

// Auth says who may call and whose data a caller means.
//
// Without Required, unsigned requests and keys that are not listed are
// accepted for the default account, as befits a server on loopback without
// credentials; keys listed with a secret are verified all the same. With
// Required, every request needs a valid signature by a listed key or a
// session. Keeping pages of other sites from using a browser that is signed in,
// or a server that asks for nothing, is the server's business.
type Auth struct {
	Keys     map[string]Key // by access key id
	Required bool
	// Session, when not nil, recognises unsigned requests of a signed-in
	// browser. The account may be empty for the default one.
	Session func(r *http.Request) (account string, ok bool)
	// Now is the clock that signatures are judged by; time.Now when nil.
	Now func() time.Time
}

// authenticate fills in the scope of the call or refuses it.
func (m *Mux) authenticate(c *call, r *http.Request) error {
	auth := &m.opts.Auth
	c.info.Scope = scope.Scope{Account: m.opts.DefaultAccount, Region: m.opts.DefaultRegion}
	sig, err := parseSignature(r)
	if err != nil && auth.Required {
		return err
	}
	if err != nil {
		sig = &signature{} // nobody checks it: signed by nobody we know
	}
	if sig != nil {
		c.info.AccessKeyID = sig.accessKey
		if sig.region != "" {
			c.info.Scope.Region = sig.region
		}
		key, listed := auth.Keys[sig.accessKey]
		if listed && key.Account != "" {
			c.info.Scope.Account = key.Account
		}
		switch {
		case listed && key.Secret != "":
			if err := m.verify(sig, key, r, c.body); err != nil {
				return err
			}
			c.info.Authenticated = true
			return nil
		case auth.Required:
			return unknownKey()
		}
		return nil
	}

	if auth.Session != nil {
		if account, ok := auth.Session(r); ok {
			c.info.Authenticated = true
			if account != "" {
				c.info.Scope.Account = account
			}
		}
	}
	if auth.Required && !c.info.Authenticated {
		return Errorf("MissingAuthenticationTokenException", "Missing Authentication Token")
	}
	if h := r.Header.Get(ScopeHeader); h != "" {
		sc, ok := ParseScope(h)
		if !ok {
			return ValidationError("The header %s is %s, want <12-digit account>/<region>.", ScopeHeader, quote(h))
		}
		if c.info.Authenticated && sc.Account != c.info.Scope.Account {
			return Errorf("AccessDeniedException", "This session acts for account %s, not for %s.", c.info.Scope.Account, sc.Account)
		}
		c.info.Scope = sc
	}
	return nil
}
