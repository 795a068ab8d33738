//go:build !unix

package disk

func setUmask(int) int { return 0 }
