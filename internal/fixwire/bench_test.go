package fixwire

import (
	"bytes"
	"testing"
)

func TestNothingAllocates(t *testing.T) {
	m := execution()
	logon := message("FIX.4.4", "35=A|34=1|49=C|56=V|95=6|96=se|ret|141=Y|554=hunter2|")
	stream := concat([]byte("x"), m, wire("8=FIX.4.4|9=abc|35=0|10=123|"), logon, m[:50])
	dst := make([]byte, 0, 4096)
	sum := 0
	for name, f := range map[string]func(){
		"Parse": func() { sum += int(Parse(m).MsgSeqNum + Parse(logon).MsgSeqNum) },
		"Frame": func() { n, _ := Frame(stream, false); sum += n },
		"Mask":  func() { sum += len(Mask(dst, logon)) },
		"Split": func() {
			for s := range Split(stream) {
				sum += len(s.Bytes)
			}
		},
		"Fields": func() {
			for tag := range Fields(logon) {
				sum += tag
			}
		},
	} {
		if got := testing.AllocsPerRun(100, f); got != 0 {
			t.Errorf("%s: %v allocations", name, got)
		}
	}
}

var sink int

// Parse and Fields run here over one message that stays in the first-level cache; the sink reads each
// message once, from memory that another processor wrote.
func BenchmarkParse(b *testing.B) {
	for name, m := range map[string][]byte{
		"execution":  execution(),
		"heartbeat":  heartbeat(1),
		"logon":      message("FIX.4.4", "35=A|34=1|49=CLIENT|52=20260105-09:30:00.000|56=VENUE|98=0|108=30|141=Y|"),
		"reset":      message("FIX.4.4", "35=4|34=2|43=Y|49=VENUE|52=20260105-09:31:00.000|56=CLIENT|122=20260105-09:30:00.000|123=Y|36=6|"),
		"marketdata": message("FIX.4.4", "35=W|34=2|49=VENUE|52=20260105-09:31:00.000|56=CLIENT|268=200|"+string(bytes.Repeat([]byte("269=0|270=182.25|271=100|"), 200))),
	} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(m)))
			b.ReportAllocs()
			for b.Loop() {
				sink += int(Parse(m).MsgSeqNum)
			}
		})
	}
}

func BenchmarkCheckSum(b *testing.B) {
	m := execution()
	b.SetBytes(int64(len(m)))
	for b.Loop() {
		sink += int(CheckSum(m))
	}
}

func BenchmarkFields(b *testing.B) {
	m := execution()
	b.SetBytes(int64(len(m)))
	for b.Loop() {
		for tag := range Fields(m) {
			sink += tag
		}
	}
}

func BenchmarkMask(b *testing.B) {
	m := execution()
	dst := make([]byte, 0, 512)
	b.SetBytes(int64(len(m)))
	for b.Loop() {
		sink += len(Mask(dst, m))
	}
}

func BenchmarkFrame(b *testing.B) {
	m := execution()
	b.SetBytes(int64(len(m)))
	for b.Loop() {
		n, _ := Frame(m, false)
		sink += n
	}
}

func BenchmarkSplit(b *testing.B) {
	line := concat([]byte("20260105-09:30:00.123456789 : "), execution(), []byte("\n"))
	for name, input := range map[string][]byte{
		"log":   bytes.Repeat(line, 1000),
		"noise": bytes.Repeat([]byte("38=100|58=no message here 8 8= |"), 10_000),
	} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(input)))
			for b.Loop() {
				for s := range Split(input) {
					sink += len(s.Bytes)
				}
			}
		})
	}
}
