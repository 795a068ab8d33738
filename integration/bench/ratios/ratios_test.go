package main

import (
	"errors"
	"strings"
	"testing"
)

// rounds is output of two rounds, the second with another order, and a third line of the one that counts.
const rounds = `goos: linux
goarch: amd64
pkg: github.com/fixarchive/fixarchive/integration/bench
cpu: Some Processor
BenchmarkHook/log=fixarchive/goroutines=1-2   2275838   60.0 ns/op   5 B/op   0 allocs/op
BenchmarkHook/log=filelog/goroutines=1-2      99512     2000 ns/op   272 B/op   2 allocs/op
BenchmarkQueue/queue=ring/producers=4-2       9         50.0 ns/op
BenchmarkQueue/queue=diode/producers=4-2      9         400.0 ns/op   0.25 lost/op
BenchmarkHookLatency/log=fixarchive/every=1ms-2   1   591.0 p50-ns   31039 p99-ns   2100 p99.9-ns
BenchmarkSink/sessions=1000-2   1   500000 msg/s
BenchmarkStoreSave/store=archive/sync=Y/sessions=1-2   1   500000 p99-ns   5000 saves/s   100 B/op   4 allocs/op
BenchmarkStoreSave/store=file/sync=Y/sessions=1-2      1   900000 p99-ns   2000 saves/s   100 B/op   4 allocs/op
BenchmarkOldStore/store=archive/messages=100000/open-2   1   20000000 ns/op   2000 first-read-ns   2097152 B/op   4 allocs/op
BenchmarkWrite-2   1   50 ns/op   5000000 msg/s
PASS
BenchmarkHook/log=fixarchive/goroutines=1-2   2275838   900.0 ns/op   5 B/op   0 allocs/op
BenchmarkHook/log=fixarchive/goroutines=1-2   2275838   50.0 ns/op   5 B/op   0 allocs/op
`

func TestTable(t *testing.T) {
	m, err := read(strings.NewReader(rounds))
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	if err := write(&out, m); err != nil {
		t.Fatal(err)
	}
	want := [][]string{
		{"what", "ours", "rival", "ours/rival", "target"},
		{"hook in bursts, one goroutine, against the file log", "60 ns", "2 µs", "1/33.3", "≤ 1/30  reached"},
		{"… allocations", "0", "2", "0", "≤ 0  reached"},
		{"hook p50, one a millisecond", "591 ns", "–", "–"},
		{"hook p99.9, one a millisecond", "2.1 µs", "–", "–", "≤ 2 µs  missed"},
		{"… against a log that does nothing", "2.1 µs", "–", "–"},
		{"ring, end to end, 4 producers, against a mutex", "50 ns", "–", "–"},
		{"… against a channel", "50 ns", "–", "–"},
		{"… against the diode", "50 ns", "400 ns, lost 25 %", "1/8"},
		{"sink, 1,000 sessions", "500 k/s", "5 M/s", "1/10", "≥ 500 k/s  reached"},
		{"store, durable saves, sessions=1: 1 sync for all; the file store: 3 for each", "5 k/s", "2 k/s", "2.5", "≥ 2  reached"},
		{"… SQLite: 1 for each", "5 k/s", "–", "–"},
		{"… p99, against the file store", "500 µs", "900 µs", "0.56", "≤ 2 ms  reached"},
		{"store, opening one of 100000 messages, against the file store", "20 ms", "–", "–", "≤ 10 ms  missed"},
		{"… and its first iteration", "2 µs", "–", "–"},
		{"… memory to open it", "2 MiB", "–", "–", "≤ 4 MiB  reached"},
	}
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	for i := 0; i < max(len(lines), len(want)); i++ {
		if i >= len(lines) || i >= len(want) {
			t.Fatalf("%d lines, want %d:\n%s", len(lines), len(want), out.String())
		}
		if got, want := squeezed(lines[i]), squeezed(strings.Join(want[i], " ")); got != want {
			t.Errorf("line %d\n got %s\nwant %s", i, got, want)
		}
	}
}

func squeezed(s string) string { return strings.Join(strings.Fields(s), " ") }

func TestMedian(t *testing.T) {
	for _, c := range []struct {
		values []float64
		want   float64
	}{{[]float64{3}, 3}, {[]float64{4, 1}, 2.5}, {[]float64{9, 1, 5}, 5}} {
		if got := median(c.values); got != c.want {
			t.Errorf("median is %v, want %v", got, c.want)
		}
	}
}

func TestNothingToRead(t *testing.T) {
	for _, text := range []string{"", "PASS\nok  pkg 1.0s\n"} {
		if _, err := read(strings.NewReader(text)); !errors.Is(err, errNothing) {
			t.Errorf("%q: %v, want %v", text, err, errNothing)
		}
	}
	if _, err := read(strings.NewReader("BenchmarkX 10 nonsense ns/op\n")); err == nil {
		t.Error("a broken line was taken")
	}
}

// TestRowsNameBenchmarks keeps the table from naming what nobody measures: each name begins with one of these.
func TestRowsNameBenchmarks(t *testing.T) {
	known := []string{"Hook/", "HookLatency/", "Put/", "Queue/", "Sink/", "Write", "Trade/", "StoreSave/", "StoreCount/", "OldStore/"}
	for _, r := range rows {
		for _, name := range []string{r.ours.name, r.rival} {
			ok := false
			for _, k := range known {
				ok = ok || strings.HasPrefix(name, k)
			}
			if !ok {
				t.Errorf("row %q names %q", r.what, name)
			}
		}
	}
}
