package decode

import (
	"strings"
	"testing"
)

// BenchmarkDecode goes through the fields of one message after the other, with names and groups, and without asking for
// meanings: formatting is not in it.
func BenchmarkDecode(b *testing.B) {
	for _, c := range []struct{ name, begin, body string }{
		{"heartbeat", "FIX.4.4", "35=0|34=2|49=GATEWAY|52=20261123-00:32:24.123|56=VENUE|"},
		{"order", "FIX.4.4", "35=D|34=2|49=GATEWAY|52=20261123-00:32:24.123|56=VENUE|11=ORD-1|1=acc|21=1|55=EURUSD|54=1|60=20261123-00:32:24.123|38=100|40=2|44=1.25|59=0|"},
		{"execution", "FIX.4.4", "35=8|34=2|49=VENUE|52=20261123-00:32:24.123|56=GATEWAY|37=O-1|11=ORD-1|17=E-1|150=F|39=2|1=acc|55=EURUSD|54=1|38=100|44=1.25|32=100|31=1.25|151=0|14=100|6=1.25|60=20261123-00:32:24.123|453=2|448=BROKER|447=D|452=1|802=1|523=desk|803=1|448=CLIENT|447=D|452=3|58=filled|"},
		{"snapshot", "FIXT.1.1", "35=W|34=2|49=VENUE|52=20261123-00:32:24.123|56=GATEWAY|1128=9|262=r|55=EURUSD|268=400|" + strings.Repeat("269=0|270=1.2345|271=1000000|272=20261123|273=00:32:24.123|", 400)},
	} {
		raw := message(c.begin, c.body)
		b.Run(c.name, func(b *testing.B) {
			d := New(library)
			fields := 0
			b.SetBytes(int64(len(raw)))
			b.ReportAllocs()
			for b.Loop() {
				for d.Start(raw); d.Next(); {
					fields++
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(fields), "ns/field")
		})
	}
}

func TestDecodingAllocatesNothing(t *testing.T) {
	raw := message("FIX.4.4", "35=D|34=2|453=2|448=A|447=D|802=1|523=x|448=B|9999=x|54=1|")
	d := New(library)
	decode := func() {
		for d.Start(raw); d.Next(); {
		}
	}
	decode()
	if n := testing.AllocsPerRun(100, decode); n > 0 {
		t.Errorf("%v allocations a message", n)
	}
}
