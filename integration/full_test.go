package integration

import (
	"os"
	"strconv"
)

// full asks for the sizes that a landing is checked with: they take minutes where go test ./... takes seconds.
var full = os.Getenv("FIXARCHIVE_FULL") != ""

// size picks a test's size.
func size(short, long int) int {
	if full {
		return long
	}
	return short
}

// count is size, unless the variable names another number.
func count(variable string, short, long int) int {
	if n, err := strconv.Atoi(os.Getenv(variable)); err == nil {
		return n
	}
	return size(short, long)
}
