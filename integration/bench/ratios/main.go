// Command ratios reads benchmark output of package bench, several rounds of it, from its standard input and prints
// what stands against what: the medians, their ratio, and the target where there is one.
//
//	cat bench.txt | go run ./integration/bench/ratios
//
// A missed target is said, not punished: the exit status is 1 only when there was nothing to read. It measures
// nothing and knows nothing of spread: benchstat's table, from the same lines, has that.
package main

import (
	"fmt"
	"os"
)

func main() {
	m, err := read(os.Stdin)
	if err == nil {
		err = write(os.Stdout, m)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "ratios:", err)
		os.Exit(1)
	}
}
