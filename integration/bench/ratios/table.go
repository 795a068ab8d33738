package main

import (
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
	"text/tabwriter"
)

// row is one line of the table. A rival or a target may be missing; a row whose ours was not measured is left out.
type row struct {
	what  string
	ours  key
	rival string // of the same unit
	lost  bool   // the rival's lost/op is shown beside its value

	target float64 // of the ratio if ofRatio, else of ours
	of     targetOf
}

type targetOf int

const (
	noTarget  targetOf = iota
	ratioMost          // ours over rival
	oursMost           // in the unit of ours
	oursLeast          // in the unit of ours
)

const (
	perOp     = "sec/op"
	perSecond = "msg/s"
)

var rows = slices.Concat(layers, trading(1, "0s"), trading(8, "0s"), trading(1, "1ms"))

var layers = []row{
	{what: "hook in bursts, one goroutine, against the file log", ours: key{"Hook/log=fixarchive/goroutines=1", perOp},
		rival: "Hook/log=filelog/goroutines=1", target: 1. / 30, of: ratioMost},
	{what: "hook in bursts, 4 goroutines of one session", ours: key{"Hook/log=fixarchive/goroutines=4", perOp},
		rival: "Hook/log=filelog/goroutines=4", target: 1. / 30, of: ratioMost},
	{what: "… allocations", ours: key{"Hook/log=fixarchive/goroutines=1", "allocs/op"},
		rival: "Hook/log=filelog/goroutines=1", target: 0, of: oursMost},

	{what: "hook p50 in bursts", ours: key{"HookLatency/log=fixarchive/every=0s", "p50-sec"}, rival: "HookLatency/log=filelog/every=0s"},
	{what: "hook p99.9 in bursts", ours: key{"HookLatency/log=fixarchive/every=0s", "p99.9-sec"},
		rival: "HookLatency/log=filelog/every=0s", target: 2e-6, of: oursMost},
	{what: "… against a log that does nothing", ours: key{"HookLatency/log=fixarchive/every=0s", "p99.9-sec"}, rival: "HookLatency/log=null/every=0s"},
	{what: "hook p50, one a millisecond", ours: key{"HookLatency/log=fixarchive/every=1ms", "p50-sec"}, rival: "HookLatency/log=filelog/every=1ms"},
	{what: "hook p99.9, one a millisecond", ours: key{"HookLatency/log=fixarchive/every=1ms", "p99.9-sec"},
		rival: "HookLatency/log=filelog/every=1ms", target: 2e-6, of: oursMost},
	{what: "… against a log that does nothing", ours: key{"HookLatency/log=fixarchive/every=1ms", "p99.9-sec"}, rival: "HookLatency/log=null/every=1ms"},

	{what: "ring, put alone, against a mutex", ours: key{"Put/queue=ring", perOp}, rival: "Put/queue=mutex", target: 20e-9, of: oursMost},
	{what: "… against a channel", ours: key{"Put/queue=ring", perOp}, rival: "Put/queue=chan"},
	{what: "ring, end to end, against a mutex", ours: key{"Queue/queue=ring/producers=1", perOp}, rival: "Queue/queue=mutex/producers=1"},
	{what: "… against a channel", ours: key{"Queue/queue=ring/producers=1", perOp}, rival: "Queue/queue=chan/producers=1"},
	{what: "… against the diode", ours: key{"Queue/queue=ring/producers=1", perOp}, rival: "Queue/queue=diode/producers=1", lost: true},
	{what: "ring, end to end, 4 producers, against a mutex", ours: key{"Queue/queue=ring/producers=4", perOp}, rival: "Queue/queue=mutex/producers=4"},
	{what: "… against a channel", ours: key{"Queue/queue=ring/producers=4", perOp}, rival: "Queue/queue=chan/producers=4"},
	{what: "… against the diode", ours: key{"Queue/queue=ring/producers=4", perOp}, rival: "Queue/queue=diode/producers=4", lost: true},

	{what: "sink, 1 session, against write(2)", ours: key{"Sink/sessions=1", perSecond}, rival: "Write", target: 2e6, of: oursLeast},
	{what: "sink, 100 sessions", ours: key{"Sink/sessions=100", perSecond}, rival: "Write", target: 1e6, of: oursLeast},
	{what: "sink, 1,000 sessions", ours: key{"Sink/sessions=1000", perSecond}, rival: "Write", target: 0.5e6, of: oursLeast},
	{what: "sink, 10,000 sessions", ours: key{"Sink/sessions=10000", perSecond}, rival: "Write", target: 0.2e6, of: oursLeast}}

// trading has the rows of one load of the two engines: the archive should not be told from a log that does nothing.
func trading(sessions int, think string) []row {
	name := func(log string) string { return fmt.Sprintf("Trade/log=%s/sessions=%d/think=%s", log, sessions, think) }
	against := func(log, what, unit string) row {
		return row{what: what, ours: key{name("fixarchive"), unit}, rival: name(log)}
	}
	return []row{
		against("null", fmt.Sprintf("trading, sessions=%d think=%s: orders, against no log", sessions, think), "orders/s"),
		against("filelog", "… against the file log", "orders/s"),
		against("null", "… CPU of the process per order, against no log", "cpu-sec/order"),
		against("filelog", "… against the file log", "cpu-sec/order"),
		against("null", "… round trip p50, against no log", "p50-sec"),
		against("null", "… p99", "p99-sec"),
		against("null", "… p99.9", "p99.9-sec"),
	}
}

// write prints the rows that were measured.
func write(w io.Writer, m medians) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "what\tours\trival\tours/rival\ttarget\t")
	for _, r := range rows {
		ours, ok := m[r.ours]
		if !ok {
			continue
		}
		rival, there := m[key{r.rival, r.ours.unit}]
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\t\n", r.what, amount(ours, r.ours.unit),
			r.rivalText(m), ratioText(ours, rival, there), r.targetText(ours, rival, there))
	}
	return t.Flush()
}

func (r row) rivalText(m medians) string {
	rival, ok := m[key{r.rival, r.ours.unit}]
	if !ok {
		return "–"
	}
	text := amount(rival, r.ours.unit)
	if lost, ok := m[key{r.rival, "lost/op"}]; ok && r.lost {
		text += fmt.Sprintf(", lost %.0f %%", 100*lost)
	}
	return text
}

// ratioText is ours over rival, as a fraction where that reads better.
func ratioText(ours, rival float64, there bool) string {
	switch q := ours / rival; {
	case !there || math.IsNaN(q) || math.IsInf(q, 0):
		return "–"
	case q > 0 && q < 0.5:
		return "1/" + digits(1/q)
	default:
		return digits(q)
	}
}

// targetText says the target and whether it was reached.
func (r row) targetText(ours, rival float64, there bool) string {
	var text string
	reached := false
	switch r.of {
	case ratioMost:
		if !there {
			return "–"
		}
		text, reached = fmt.Sprintf("≤ 1/%.0f", 1/r.target), ours/rival <= r.target
	case oursMost:
		text, reached = "≤ "+amount(r.target, r.ours.unit), ours <= r.target
	case oursLeast:
		text, reached = "≥ "+amount(r.target, r.ours.unit), ours >= r.target
	default:
		return ""
	}
	if reached {
		return text + "  reached"
	}
	return text + "  missed"
}

// amount is a value in a unit that a person would choose.
func amount(v float64, unit string) string {
	switch unit {
	case "allocs/op":
		return digits(v)
	case perSecond, "orders/s":
		switch {
		case v >= 1e6:
			return digits(v/1e6) + " M/s"
		case v >= 1e3:
			return digits(v/1e3) + " k/s"
		}
		return digits(v) + " /s"
	}
	for _, u := range []struct {
		least float64
		name  string
	}{{1, "s"}, {1e-3, "ms"}, {1e-6, "µs"}} {
		if v >= u.least {
			return digits(v/u.least) + " " + u.name
		}
	}
	return digits(v*1e9) + " ns"
}

// digits is v with three of them, less the zeros at the end.
func digits(v float64) string {
	decimals := 2
	switch a := math.Abs(v); {
	case a >= 100:
		return fmt.Sprintf("%.0f", v)
	case a >= 10:
		decimals = 1
	}
	return strings.TrimRight(strings.TrimRight(fmt.Sprintf("%.*f", decimals, v), "0"), ".")
}
