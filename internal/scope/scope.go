// Package scope names the AWS account and Region that a request, a log group,
// a metric or a resource belongs to. Both are labels on all data: one server
// holds any number of scopes, and nothing is ever shared between two of them.
//
// A scope enters with the request (its access key gives the account, its
// SigV4 credential scope gives the Region) and travels down as a value.
package scope

import "fmt"

// Scope is one account in one Region, such as 123456789012 in eu-west-1.
// The zero Scope is not valid as an owner of data.
type Scope struct {
	Account string `json:"account"` // twelve digits
	Region  string `json:"region"`  // an AWS Region code; any non-empty string is accepted
}

// String returns the scope as "account/region", the form used in log lines.
func (s Scope) String() string { return s.Account + "/" + s.Region }

// ARN returns the ARN of a resource of this scope:
// arn:aws:<service>:<region>:<account>:<resource>.
func (s Scope) ARN(service, resource string) string {
	return fmt.Sprintf("arn:aws:%s:%s:%s:%s", service, s.Region, s.Account, resource)
}
