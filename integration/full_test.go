package integration

import "os"

// full asks for the sizes that a landing is checked with: they take minutes where go test ./... takes seconds.
var full = os.Getenv("FIXARCHIVE_FULL") != ""

// size picks a test's size.
func size(short, long int) int {
	if full {
		return long
	}
	return short
}
