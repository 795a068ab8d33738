package complete

import (
	"runtime"
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
	if grown := heap() - before; grown > 128<<20 {
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
