//go:build !unix

package metastore

import "os"

// lockFile only makes the file: this system has no lock that ends with its
// process, so the operator keeps a second server away.
func lockFile(path string) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o666)
	return f, fsError(err)
}

func isNoSpace(error) bool    { return false }
func isReadOnlyFS(error) bool { return false }
