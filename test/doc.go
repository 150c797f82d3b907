// Package test drives the built binary as its users do: with boto3, the AWS
// CLI, the Go and JavaScript SDKs and a real Chromium, and by killing it while
// it writes. Its tests carry the build tag e2e; `make e2e` builds the binary,
// provides the clients and runs them.
package test
