package complete

import (
	"runtime"
	"slices"
	"testing"
	"time"
)

// TestMemoryDoesNotGrowWithMessages feeds 10,000,000 messages, of which every ten thousandth is missing.
func TestMemoryDoesNotGrowWithMessages(t *testing.T) {
	messages := uint64(10_000_000)
	if testing.Short() {
		messages = 1_000_000
	}
	a := New(1)
	r := Record{Kind: Outbound, Epoch: 1, MsgType: "D", Time: time.Unix(1, 0), Raw: framed("35=D|34=1|11=x|")}
	before := heap()
	start := time.Now()
	for n := uint64(1); n <= messages; n++ {
		if n%10_000 == 5_000 {
			continue
		}
		r.Sequence, r.MsgSeqNum = r.Sequence+1, n
		a.Add(&r)
	}
	took := time.Since(start)
	grown := heap() - before
	report := a.Report()
	if got, _ := report.Unexplained(); got != messages/10_000 {
		t.Errorf("%d holes, want %d", got, messages/10_000)
	}
	if grown > 4<<20 {
		t.Errorf("the account of %d messages takes %d bytes", messages, grown)
	}
	t.Logf("%d messages in %v, %d bytes", messages, took, grown)
	runtime.KeepAlive(a)
}

// A peer that sends every second number fills the account, which says so, and nothing worse.
func TestMoreHolesThanAreCounted(t *testing.T) {
	a := New(1)
	r := Record{Kind: Inbound, Epoch: 1, MsgType: "D", Time: time.Unix(1, 0)}
	before := heap()
	for n := uint64(1); n < 2*rangesMax+1000; n += 2 {
		r.Sequence, r.MsgSeqNum = r.Sequence+1, n
		a.Add(&r)
	}
	if grown := heap() - before; grown > 32<<20 {
		t.Errorf("it takes %d bytes", grown)
	}
	report := a.Report()
	if n := len(report.Lives[0].In.Findings); n < rangesMax || n > rangesMax+10 {
		t.Errorf("%d findings", n)
	}
	for _, f := range report.Lives[0].In.Findings {
		if f.What == TooMany {
			return
		}
	}
	t.Error("it does not say that there are too many")
}

// What waits to be sent while many others are saved is let go of, and still found to have been sent by a resend.
func TestSavesThatWaitLong(t *testing.T) {
	a := New(1)
	add := func(r Record) {
		r.Sequence, r.Kind, r.Epoch, r.MsgType = max(a.logs[0].next, 1), Outbound, 1, "D"
		a.Add(&r)
	}
	const saves = 3 * waitingMax
	for n := uint64(1); n <= saves; n++ {
		add(Record{MsgSeqNum: n, Saved: true})
	}
	add(Record{MsgSeqNum: 5, PossDup: true})
	add(Record{MsgSeqNum: saves - 5, PossDup: true})
	var unsent []Range
	for _, f := range a.Report().Lives[0].Out.Findings {
		if f.What == Unsent {
			unsent = append(unsent, f.Range)
		}
	}
	want := []Range{{1, 4}, {6, saves - 6}, {saves - 4, saves}}
	if !slices.Equal(unsent, want) {
		t.Errorf("unsent %v, want %v", unsent, want)
	}
	if n := len(a.logs[0].saved.waiting); n > 2*waitingMax {
		t.Errorf("%d saves wait", n)
	}
}

func heap() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

func BenchmarkAdd(b *testing.B) {
	a := New(1)
	r := Record{Kind: Outbound, Epoch: 1, MsgType: "D", Time: time.Unix(1, 0), Raw: framed("35=D|34=1|11=x|")}
	b.ReportAllocs()
	for b.Loop() {
		r.Sequence++
		r.MsgSeqNum = r.Sequence
		a.Add(&r)
	}
}
