//go:build unix

package cliout

import (
	"os"

	"golang.org/x/sys/unix"
)

// Terminal says whether a file is a terminal, and how many cells wide.
func Terminal(f *os.File) (width int, ok bool) {
	size, err := unix.IoctlGetWinsize(int(f.Fd()), unix.TIOCGWINSZ)
	if err != nil {
		return 0, false
	}
	return int(size.Col), true
}
