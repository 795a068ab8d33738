// Package bench measures the archive beside its rivals, in one run:
//
//	make bench
//
// prints benchstat's table and then the ratios. What a figure leaves out stands beside its benchmark. Machines are
// noisy: only ratios from one run, over the medians of several counts, are worth quoting.
package bench
