//go:build !unix

package cliout

import "os"

// Terminal says whether a file is a terminal, and how many cells wide; here
// nothing is known of it.
func Terminal(*os.File) (width int, ok bool) { return 0, false }
