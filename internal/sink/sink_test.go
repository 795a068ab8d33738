package sink

import (
	"bytes"
	"fmt"
	"sync"
	"testing"

	"github.com/fixarchive/fixarchive/internal/record"
	"github.com/fixarchive/fixarchive/internal/session"
)

// TestEverythingComesBack has several goroutines for each of many logs, under a limit of descriptors, over checkpoints
// and segments, in two generations.
func TestEverythingComesBack(t *testing.T) {
	const logs, writers, each = 40, 3, 300
	r := newRig(t)
	r.whenFull = session.Wait
	for range 2 {
		r.open()
		r.sink.Start()
		var wg sync.WaitGroup
		for i := range logs {
			rec := r.recorder(i)
			for w := range writers {
				wg.Go(func() {
					for n := range each {
						for !put(rec.Record(record.Outbound, 0, message(i, w*each+n))) {
							t.Error("dropped")
							return
						}
						if n%50 == 0 {
							r.flush()
						}
					}
				})
			}
		}
		wg.Wait()
		r.close()
	}
	for i := range logs {
		all := r.read(i)
		if len(all) != 2*writers*each {
			t.Fatalf("log %d has %d records, want %d", i, len(all), 2*writers*each)
		}
		seen := map[string]int{}
		for _, rec := range all {
			seen[string(rec.Body)]++
		}
		for n := range writers * each {
			if seen[string(message(i, n))] != 2 {
				t.Fatalf("log %d, message %d: %d times, want 2", i, n, seen[string(message(i, n))])
			}
		}
	}
}

func put(_ record.Position, ok bool) bool { return ok }

// TestStoredIsFound reads while the sink is at work: what Flush has answered for is there.
func TestStoredIsFound(t *testing.T) {
	r := newRig(t)
	r.open()
	r.sink.Start()
	rec := r.recorder(0)
	for n := range 30 {
		rec.Record(record.Inbound, 0, message(0, n))
		r.flush()
		if got := r.read(0); len(got) != n+1 || !bytes.Equal(got[n].Body, message(0, n)) {
			t.Fatalf("%d records after %d flushed messages", len(got), n+1)
		}
	}
	r.close()
}

// TestDropsBecomeGapRecords fills the ring while nobody takes from it, twice: once with a message behind the drops, and
// once with nothing behind them.
func TestDropsBecomeGapRecords(t *testing.T) {
	r := newRig(t)
	r.ringBytes = 64 << 10
	r.open()
	rec := r.recorder(0)
	lost := fill(rec)
	r.sink.Start()
	r.flush()
	rec.Record(record.Inbound, 0, message(0, 9999))
	r.flush()
	all := r.read(0)
	if got := gaps(t, all); got != lost || lost == 0 {
		t.Errorf("gap records tell of %d lost messages, the hook of %d", got, lost)
	}
	if last := all[len(all)-1]; !bytes.Equal(last.Body, message(0, 9999)) {
		t.Errorf("the last record is %+v", last)
	}
	r.close()
}

// fill puts messages until a hundred were dropped, and says how many were.
func fill(rec interface {
	Record(record.Kind, record.Flags, []byte) (record.Position, bool)
}) (lost uint64) {
	for n := 0; lost < 100; n++ {
		if !put(rec.Record(record.Inbound, 0, message(0, n))) {
			lost++
		}
	}
	return lost
}

func gaps(t *testing.T, all []record.Record) (lost uint64) {
	t.Helper()
	for _, rec := range all {
		if rec.Kind != record.Gap {
			continue
		}
		l, err := record.ParseLost(rec.Body)
		if err != nil {
			t.Fatal(err)
		}
		if l.Count != uint64(l.Last-rec.Sequence+1) || l.Bytes == 0 || l.First == 0 || l.Reason != record.RingFull {
			t.Errorf("a gap from %d: %+v", rec.Sequence, l)
		}
		lost += l.Count
	}
	return lost
}

// TestLargeMessagesAreJoined sends messages of several fragments among small ones of another log.
func TestLargeMessagesAreJoined(t *testing.T) {
	r := newRig(t)
	r.ringBytes = 8 << 20
	r.open()
	r.sink.Start()
	large := bytes.Repeat([]byte("0123456789abcdef"), 3<<16) // 3 MiB
	done := make(chan struct{})
	go func() {
		defer close(done)
		small := r.recorder(1)
		for n := range 2000 {
			small.Record(record.Inbound, 0, message(1, n))
		}
	}()
	rec := r.recorder(0)
	for range 3 {
		rec.Record(record.Inbound, 0, large)
		r.flush()
	}
	<-done
	r.close()
	all := r.read(0)
	for _, got := range all {
		if !bytes.Equal(got.Body, large) {
			t.Errorf("a record of kind %v with %d bytes, want %d", got.Kind, len(got.Body), len(large))
		}
	}
	if len(all) != 3 || len(r.read(1)) != 2000 {
		t.Errorf("%d large and %d small records", len(all), len(r.read(1)))
	}
}

// TestWhatReadersSearchBy looks at the flags and numbers that the sink reads from messages.
func TestWhatReadersSearchBy(t *testing.T) {
	r := newRig(t)
	r.open()
	r.sink.Start()
	rec := r.recorder(0)
	logon := framed("35=A\x0149=A\x0156=B\x0134=1\x0152=20261123-00:00:00\x0198=0\x01108=30\x01141=Y\x01")
	resent := framed("35=D\x0149=A\x0156=B\x0134=7\x0143=Y\x0152=20261123-00:00:00\x01")
	rec.Record(record.Outbound, 0, logon)
	rec.Record(record.Outbound, 0, resent)
	rec.Record(record.Inbound, 0, []byte("8=FIX.4.4\x01garbled"))
	rec.Event("connected")
	r.close()
	want := []struct {
		n     record.MsgSeqNum
		flags record.Flags
	}{{1, record.Logon | record.ResetSeqNum}, {7, record.PossDup}, {0, record.NotFramed}, {0, 0}}
	for i, rec := range r.read(0) {
		if rec.MsgSeqNum != want[i].n || rec.Flags&^(record.BadBodyLength|record.BadCheckSum|record.BadField) != want[i].flags {
			t.Errorf("record %d: MsgSeqNum %d, flags %b; want %d, %b", i, rec.MsgSeqNum, rec.Flags, want[i].n, want[i].flags)
		}
	}
}

func framed(body string) []byte {
	m := fmt.Sprintf("8=FIX.4.4\x019=%d\x01%s", len(body), body)
	sum := 0
	for i := range len(m) {
		sum += int(m[i])
	}
	return fmt.Appendf(nil, "%s10=%03d\x01", m, sum%256)
}
