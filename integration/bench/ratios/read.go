package main

import (
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"

	"golang.org/x/perf/benchfmt"
)

// key is one measurement of one benchmark: Hook/log=null/goroutines=1, without the count of processors, and a unit
// as benchfmt has it: sec, not ns.
type key struct{ name, unit string }

// medians has one value for each key, over the rounds.
type medians map[key]float64

var processors = regexp.MustCompile(`-\d+$`)

var errNothing = errors.New("no benchmark results to read")

// read is benchmark output as medians. Lines that are none are passed over, as benchfmt does; a line that
// begins like a result and is none is an error.
func read(r io.Reader) (medians, error) {
	all := map[key][]float64{}
	in := benchfmt.NewReader(r, "standard input")
	for in.Scan() {
		switch rec := in.Result().(type) {
		case *benchfmt.SyntaxError:
			return nil, rec
		case *benchfmt.Result:
			name := processors.ReplaceAllString(string(rec.Name.Full()), "")
			for _, v := range rec.Values {
				k := key{name, v.Unit}
				all[k] = append(all[k], v.Value)
			}
		}
	}
	if err := in.Err(); err != nil {
		return nil, fmt.Errorf("standard input: %w", err)
	}
	if len(all) == 0 {
		return nil, errNothing
	}
	m := medians{}
	for k, values := range all {
		m[k] = median(values)
	}
	return m, nil
}

// median sorts values, of which there is at least one.
func median(values []float64) float64 {
	slices.Sort(values)
	half := len(values) / 2
	if len(values)%2 == 1 {
		return values[half]
	}
	return (values[half-1] + values[half]) / 2
}
