package main

import (
	"fmt"
	"strconv"
)

// count is n of a thing, in words: 1 session, 2 sessions.
func count[T int | int64 | uint64](n T, thing string) string {
	return strconv.FormatInt(int64(n), 10) + " " + plural(int(n), thing, thing+"s")
}

func plural(n int, one, many string) string {
	if n == 1 {
		return one
	}
	return many
}

// bytesText is n bytes as people say it.
func bytesText(n uint64) string {
	const unit = 1024
	if n < unit {
		return fmt.Sprintf("%d B", n)
	}
	v, at := float64(n)/unit, 0
	for ; v >= unit && at < 4; at++ {
		v /= unit
	}
	return fmt.Sprintf("%.1f %ciB", v, "KMGTP"[at])
}
