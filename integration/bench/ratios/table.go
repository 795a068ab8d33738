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
	noTarget   targetOf = iota
	ratioMost           // ours over rival
	ratioLeast          // ours over rival
	oursMost            // in the unit of ours
	oursLeast           // in the unit of ours
)

const (
	perOp     = "sec/op"
	perSecond = "msg/s"
)

var rows = slices.Concat(layers, storing(1, 2), storing(10, 0), storing(100, 20), counting, reading(100_000), reading(1_000_000), trading(1, "0s"), trading(8, "0s"), trading(1, "1ms"))

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

// storing has the rows of a message store with some sessions; durably it should save so many times as much as the file store.
// An archive's save is one sync that all who wait share, the file store's three of its own, SQLite's one, by one writer at a
// time; without syncs none has any.
func storing(sessions int, times float64) []row {
	name := func(store, sync string) string {
		return fmt.Sprintf("StoreSave/store=%s/sync=%s/sessions=%d", store, sync, sessions)
	}
	durable, not := name("archive", "Y"), name("archive", "N")
	rows := []row{
		{what: fmt.Sprintf("store, durable saves, sessions=%d: 1 sync for all; the file store: 3 for each", sessions), ours: key{durable, "saves/s"},
			rival: name("file", "Y"), target: times, of: ratioLeast},
		{what: "… SQLite: 1 for each", ours: key{durable, "saves/s"}, rival: name("sqlite", "Y")},
		{what: "… p99, against the file store", ours: key{durable, "p99-sec"}, rival: name("file", "Y"), target: 2e-3, of: oursMost},
		{what: "… without syncs, against the file store", ours: key{not, "saves/s"}, rival: name("file", "N"), target: 10, of: ratioLeast},
		{what: "… SQLite", ours: key{not, "saves/s"}, rival: name("sqlite", "N")},
		{what: "… p99, against the file store", ours: key{not, "p99-sec"}, rival: name("file", "N")},
		{what: "… allocations", ours: key{not, "allocs/op"}, rival: name("file", "N"), target: 0, of: oursMost},
	}
	if times == 0 {
		rows[0].of = noTarget
	}
	return rows
}

// counting has the inbound messages that durable stores count.
var counting = []row{
	{what: "store, inbound messages counted, sessions=1: no sync; the file store: 1 for each", ours: key{"StoreCount/store=archive/sync=Y/sessions=1", "saves/s"},
		rival: "StoreCount/store=file/sync=Y/sessions=1"},
	{what: "… sessions=100", ours: key{"StoreCount/store=archive/sync=Y/sessions=100", "saves/s"}, rival: "StoreCount/store=file/sync=Y/sessions=100"},
	{what: "… SQLite: 1 for each", ours: key{"StoreCount/store=archive/sync=Y/sessions=100", "saves/s"}, rival: "StoreCount/store=sqlite/sync=Y/sessions=100"},
}

// reading has the rows of a store that holds so many messages.
func reading(messages int) (rows []row) {
	name := func(store, what string) string {
		return fmt.Sprintf("OldStore/store=%s/messages=%d/%s", store, messages, what)
	}
	for _, r := range []struct {
		what, name string
		most       float64
	}{{"the first", "read=first", 0.5e-3}, {"the middle one", "read=middle", 0.5e-3}, {"the last", "read=last", 0.5e-3}, {"a thousand", "read=thousand", 10e-3}} {
		rows = append(rows,
			row{what: fmt.Sprintf("store, %s of %d messages, against the file store", r.what, messages), ours: key{name("archive", r.name), perOp},
				rival: name("file", r.name), target: r.most, of: oursMost},
			row{what: "… SQLite", ours: key{name("archive", r.name), perOp}, rival: name("sqlite", r.name)})
	}
	return append(rows,
		row{what: fmt.Sprintf("store, opening one of %d messages, against the file store", messages), ours: key{name("archive", "open"), perOp},
			rival: name("file", "open"), target: 10e-3, of: oursMost},
		row{what: "… and its first iteration", ours: key{name("archive", "open"), "first-read-sec"}, rival: name("file", "open")},
		row{what: "… memory to open it", ours: key{name("archive", "open"), "B/op"}, rival: name("file", "open"), target: 4 << 20, of: oursMost})
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
	case ratioLeast:
		if !there {
			return "–"
		}
		text, reached = fmt.Sprintf("≥ %.0f", r.target), ours/rival >= r.target
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
	case "B/op":
		switch {
		case v >= 1<<20:
			return digits(v/(1<<20)) + " MiB"
		case v >= 1<<10:
			return digits(v/(1<<10)) + " KiB"
		}
		return digits(v) + " B"
	case perSecond, "orders/s", "saves/s":
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
