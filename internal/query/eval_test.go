package query

import (
	"strings"
	"testing"

	"github.com/fixarchive/fixarchive/internal/record"
)

const order = "8=FIX.4.4|9=148|35=D|34=1080|49=GATEWAY|52=20261123-18:14:19.508|56=VENUE|1=ACCOUNT-1|11=ORD-17|21=1|38=1000000|40=2|44=1.08345|54=1|55=EURUSD|59=0|60=20261123-18:14:19.508|10=092|"

func message(text string) *record.Record {
	return &record.Record{Kind: record.Outbound, Sequence: 1, Epoch: 1, MsgSeqNum: 1080, Body: []byte(strings.ReplaceAll(text, "|", "\x01"))}
}

func TestNothingIsAllocatedPerRecord(t *testing.T) {
	r := message(order)
	for _, text := range []string{
		"11=ORD-* and 55!=USD* and (44>1.2 or 60>=2026-11-23T18:14 or 38==1e6)", "11 in (1, 2, 3, 4, 5, 6, 7, 8, ORD-17)", "text~*ORD*", "seq=1- and epoch=1 and kind=out",
	} {
		text = strings.Replace(text, "1e6", "1000000.0", 1)
		plan := parsed(t, text).For(&Log{})
		if !plan.Matches(r) {
			t.Errorf("%s does not match", text)
		}
		if n := testing.AllocsPerRun(100, func() { plan.Matches(r); plan.MayHold(r.Body) }); n > 0 {
			t.Errorf("%s: %v allocations", text, n)
		}
	}
}

// A log that is ruled out need not be opened.
func TestNever(t *testing.T) {
	log := &Log{Archive: "host1", Name: "FIX.4.4:GATEWAY->VENUE", ID: record.LogID{Session: record.Identity{SenderCompID: "GATEWAY"}, Source: "hook"}}
	for text, want := range map[string]bool{
		"sender=GATEWAY": false, "sender=DESK": true, "sender=DESK and 35=8": true, "sender=DESK or 35=8": false, "not sender=GATEWAY": true,
		"not (sender=DESK or archive=x)": false, "kind=event and 35=8": true, "direction=in and direction=out": true, "seq<1": true,
		"seq=1-5 and seq=6-": true, "epoch=1 and epoch=2": true, "time<2026-11-23 and time>2026-11-23": true, "not (35=8 or not sender=DESK)": true,
		"source in (hook, relay)": false, "session~GATE and qualifier=''": false,
	} {
		if got := parsed(t, text).For(log).Never(); got != want {
			t.Errorf("%s: got %v", text, got)
		}
	}
}

// Numbers beyond any type of a machine's are compared to the last digit.
func TestLongNumbers(t *testing.T) {
	for text, want := range map[string]bool{
		"44>12345678901234567890.12345678901234567889": true, "44<12345678901234567890.12345678901234567891": true,
		"44==+012345678901234567890.123456789012345678900": true, "44=12345678901234567890.1234567890123456789": false,
	} {
		if got := parsed(t, text).For(&Log{}).Matches(message("44=12345678901234567890.12345678901234567890|")); got != want {
			t.Errorf("%s: got %v", text, got)
		}
	}
}

func TestTimesOfFields(t *testing.T) {
	for value, want := range map[string]bool{
		"20261123-18:14:19.508": true, "20261123-18:14:19.508999999999": true, "20261123-18:14:19.509": false, "20261123-18:14:19": false,
		"20261123": false, "20261123-18:14": false, "20261123-25:14:19.508": false, "20261123-18:14:19.": false, "20261323-18:14:19.508": false,
		"": false, "2026112318:14:19.508": false, "20261123-18:14:1x.508": false, "99991231-00:00:00": false,
	} {
		if got := parsed(t, "60==20261123-18:14:19.508").For(&Log{}).Matches(message("60=" + value + "|")); got != want {
			t.Errorf("%s: got %v", value, got)
		}
	}
}

func BenchmarkMatches(b *testing.B) {
	r := message(order)
	for _, text := range []string{"55=EURUSD", "55=GBPUSD", "35=8", "44>1.05", "11=ORD-* and 38>=1000000", "text~timeout"} {
		b.Run(text, func(b *testing.B) {
			plan := parsed(b, text).For(&Log{})
			b.SetBytes(int64(len(r.Body)))
			b.ReportAllocs()
			for b.Loop() {
				plan.Matches(r)
			}
		})
	}
}
