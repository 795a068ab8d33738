//go:build !unix && !windows

package disk

// IsFull reports whether err says that there is no room left, where that can be told.
func IsFull(error) bool { return false }
