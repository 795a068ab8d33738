//go:build !unix

package disk

import "os"

func openPlain(name string, flag int) (*os.File, error) { return os.OpenFile(name, flag, 0) }
