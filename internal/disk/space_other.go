//go:build !linux && !darwin && !windows

package disk

import "errors"

func spaceOf(string) (Space, error) { return Space{}, errors.ErrUnsupported }

func allocate(f file, size int64) error { return fill(f, size) }
