//go:build !(darwin || dragonfly || freebsd || linux || netbsd || openbsd)

package vfs

import (
	"errors"
	"os"
)

// lockFile refuses: opening a store that cannot be locked could let two
// servers write one folder.
func lockFile(*os.File) error {
	return errors.New("file locks are not supported on this operating system")
}
