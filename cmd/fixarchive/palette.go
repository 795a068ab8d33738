package main

import (
	"io"
	"os"
)

// palette is what a terminal is told before the parts of a message, and behind each. It is empty where there is none.
type palette struct{ head, tag, name, meaning, wrong, end string }

// paletteFor returns colours for a terminal. Who sets NO_COLOR wants none.
func paletteFor(w io.Writer) palette {
	if !isTerminal(w) || os.Getenv("NO_COLOR") != "" || os.Getenv("TERM") == "dumb" {
		return palette{}
	}
	return colours
}

var colours = palette{head: "\x1b[1m", tag: "\x1b[2m", name: "\x1b[36m", meaning: "\x1b[32m", wrong: "\x1b[31m", end: "\x1b[0m"}
