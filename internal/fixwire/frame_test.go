package fixwire

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
)

// shape writes spans as "noise:3 complete:76 …", which a table can hold.
func shape(spans []Span) string {
	var s []string
	for _, sp := range spans {
		s = append(s, fmt.Sprintf("%v:%d", sp.Verdict, len(sp.Bytes)))
	}
	return strings.Join(s, " ")
}

func TestSplit(t *testing.T) {
	hb := heartbeat(2) // 76 bytes
	rawData := message("FIX.4.4", "35=B|34=2|95=49|96=a|10=000|8=FIX.4.4|9=5|35=0||10=125|9999999999999|")
	torn := wire("8=FIX.4.4|9=120|35=D|34=35|49=CLIENT|38=10")
	wrongLength := wire("8=FIX.4.4|9=20|35=0|34=7|10=123|")

	for _, c := range []struct {
		name  string
		input []byte
		want  string
	}{
		{"nothing", nil, ""},
		{"a message", hb, "complete:76"},
		{"two", concat(hb, hb), "complete:76 complete:76"},
		{"a data field that holds SOH, a trailer and a message", concat(rawData, hb), "complete:91 complete:76"},
		{"FIXT", concat(message("FIXT.1.1", "35=0|34=1|"), hb), "complete:33 complete:76"},
		{"lower case and unknown versions", concat(message("fix.4.4", "35=0|"), message("X", "35=0|")), "complete:26 complete:20"},
		{"empty body", message("FIX.4.4", ""), "complete:21"},
		{"BodyLength with leading zeros", wire("8=FIX.4.4|9=00010|35=0|34=7|10=123|"), "complete:35"},
		{"wrong CheckSum", wire("8=FIX.4.4|9=10|35=0|34=7|10=000|"), "complete:32"},
		{"CheckSum of one digit", wire("8=FIX.4.4|9=10|35=0|34=7|10=0|"), "complete:30"},
		{"CheckSum of five digits", wire("8=FIX.4.4|9=10|35=0|34=7|10=00000|"), "garbled:34"},

		{"byte order mark", concat([]byte("\xef\xbb\xbf"), hb), "noise:3 complete:76"},
		{"CRLF between", concat(hb, []byte("\r\n"), hb, []byte("\r\n")), "complete:76 noise:2 complete:76 noise:2"},
		{"inside a line of text", concat([]byte("2026/01/05 Received 8 msgs: "), hb, []byte(" while waiting\n")), "noise:28 complete:76 noise:15"},
		{"8= with nothing behind it", concat([]byte("8="), hb), "noise:2 complete:76"},
		{"8= without a value", wire("8=|9=5|35=0||10=125|"), "noise:20"},
		{"1128= is not 8=", wire("1128=9|9=5|35=0|10=125|"), "noise:23"},
		{"pipes", []byte("8=FIX.4.4|9=5|35=0|10=162|"), "noise:26"},
		{"a version in a Text", wire("|58=FIX.4.4|40=2|"), "noise:17"},

		{"BodyLength too short", concat(wire("8=FIX.4.4|9=4|35=0|34=7|10=123|"), hb), "garbled:31 complete:76"},
		{"BodyLength too long", concat(wrongLength, hb, hb), "garbled:32 complete:76 complete:76"},
		{"BodyLength of everybody's", concat(wire("8=FIX.4.4|9=200|35=0|34=7|10=123|"), hb, hb, hb), "garbled:33 complete:76 complete:76 complete:76"},
		{"BodyLength behind the end", concat(wire("8=FIX.4.4|9=9999|35=0|34=7|10=123|"), hb), "garbled:34 complete:76"},
		{"BodyLength absurd", concat(wire("8=FIX.4.4|9=999999999999999999999999|35=0|10=123|"), hb), "garbled:49 complete:76"},
		{"BodyLength overflowing 64 bits to 5", concat(wire("8=FIX.4.4|9=18446744073709551621|35=0|10=123|"), hb), "garbled:45 complete:76"},
		{"BodyLength beyond what is believed", concat(wire("8=FIX.4.4|9=67108865|35=0|10=123|"), hb), "garbled:33 complete:76"},
		{"BodyLength negative", concat(wire("8=FIX.4.4|9=-5|35=0|10=123|"), hb), "garbled:27 complete:76"},
		{"BodyLength with a plus", concat(wire("8=FIX.4.4|9=+5|35=0|10=162|"), hb), "garbled:27 complete:76"},
		{"BodyLength empty", concat(wire("8=FIX.4.4|9=|35=0|10=123|"), hb), "garbled:25 complete:76"},
		{"BodyLength missing", concat(wire("8=FIX.4.4|35=0|10=123|"), hb), "garbled:22 complete:76"},
		{"CheckSum missing", concat(wire("8=FIX.4.4|9=10|35=0|34=7|"), hb), "garbled:25 complete:76"},
		{"last SOH missing before a message", concat(wire("8=FIX.4.4|9=10|35=0|34=7|10=144"), hb), "garbled:31 complete:76"},
		{"last SOH replaced by a line end", concat(wire("8=FIX.4.4|9=10|35=0|34=7|10=144\n"), hb), "garbled:31 noise:1 complete:76"},

		{"torn, continued by a message", concat(torn, hb), "garbled:42 complete:76"},
		{"torn, and the next ones make up for the length", concat(wire("8=FIX.4.4|9=179|35=D|11=C1|"), hb, hb, hb), "garbled:27 complete:76 complete:76 complete:76"},
		{"a message in a data field, and a wrong CheckSum", concat(wire("8=FIX.4.4|9=91|35=B|95=76|96="), hb, wire("|10=000|")), "complete:113"},
		{"torn in BodyLength", concat(wire("8=FIX.4.4|9=1"), hb), "garbled:13 complete:76"},
		{"torn in the version", concat([]byte("8=FIX.4."), hb), "noise:8 complete:76"},
		{"torn, continued by a line of a log", concat(wire("8=FIX.4.4|2026-01-05 : "), hb), "garbled:23 complete:76"},
		{"garbled twice", concat(wrongLength, wrongLength, hb), "garbled:32 garbled:32 complete:76"},
		{"noise behind a garbled one", concat(wrongLength, []byte("xyz"), hb), "garbled:32 noise:3 complete:76"},

		{"end inside a message", concat(hb, torn), "complete:76 pending:42"},
		{"end before the last SOH", hb[:75], "pending:75"},
		{"end inside BodyLength", wire("8=FIX.4.4|9=1"), "pending:13"},
		{"end inside the version", concat(hb, []byte("8=FIX.4")), "complete:76 pending:7"},
		{"end behind an 8", concat(hb, []byte("total 8")), "complete:76 noise:7"},
		{"end of a garbled one", concat(hb, wire("8=FIX.4.4|9=x|35=0|")), "complete:76 garbled:19"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := shape(splitChecked(t, c.input)); got != c.want {
				t.Errorf("got  %s\nwant %s\nof %q", got, c.want, c.input)
			}
		})
	}
}

// TestPendingUntilTheLastByte: in a stream a message stays Pending however it is cut, and nothing that waits for
// more bytes is called garbled.
func TestPendingUntilTheLastByte(t *testing.T) {
	for _, m := range [][]byte{
		heartbeat(1),
		message("FIXT.1.1", "35=A|34=1|95=9|96=a|10=000||98=0|"),
		message("fix", ""),
	} {
		for n := range m {
			if got, v := Frame(m[:n], false); got != 0 || v != Pending {
				t.Fatalf("%d of %d bytes: %d %v, want 0 pending", n, len(m), got, v)
			}
		}
		if n, v := Frame(concat(m, []byte("8=F")), false); n != len(m) || v != Complete {
			t.Errorf("whole: %d %v, want %d complete", n, v, len(m))
		}
	}
}

func TestAnnouncedBytesAreWaitedForUntilTheCallerWillNot(t *testing.T) {
	b := concat(wire("8=FIX.4.4|9=5000|35=0|34=7|10=123|"), heartbeat(1))
	if n, v := Frame(b, false); n != 0 || v != Pending {
		t.Errorf("got %d %v, want 0 pending", n, v)
	}
	if n, v := Frame(b, true); n != 34 || v != Garbled {
		t.Errorf("at the end got %d %v, want 34 garbled", n, v)
	}
}

func TestLargeMessageIsOneSpan(t *testing.T) {
	m := message("FIX.4.4", "35=B|34=2|95=5000000|96="+strings.Repeat("x\x01", 2_500_000)+"|")
	if got := shape(splitChecked(t, concat(m, heartbeat(3)))); got != fmt.Sprintf("complete:%d complete:76", len(m)) {
		t.Error(got)
	}
	if got := shape(splitChecked(t, m[:3_000_000])); got != "pending:3000000" {
		t.Errorf("cut off: %s", got)
	}
}

func TestGarbledWithoutEndIsBounded(t *testing.T) {
	b := concat(wire("8=FIX.4.4|9=x|"), bytes.Repeat([]byte("y"), 2*GarbledMax), heartbeat(1))
	want := fmt.Sprintf("garbled:%d noise:%d complete:76", GarbledMax, len(b)-76-GarbledMax)
	if got := shape(splitChecked(t, b)); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// TestTornAnywhere lets a writer die after each byte of a message and go on, restarted, with the next one.
func TestTornAnywhere(t *testing.T) {
	next := heartbeat(3)
	for _, m := range [][]byte{heartbeat(2), execution(), message("FIX.4.4", "35=B|95=9|96=a|10=000||10=1|")} {
		for n := range m {
			spans := splitChecked(t, concat(m[:n], next, m))
			if len(spans) < 2 || spans[len(spans)-1].Verdict != Complete {
				t.Fatalf("torn after %d bytes: %s", n, shape(spans))
			}
			if s := spans[len(spans)-2]; s.Verdict != Complete || !bytes.Equal(s.Bytes, next) {
				t.Fatalf("torn after %d bytes: %s", n, shape(spans))
			}
		}
	}
}

// splitStream does what a reader of a connection does with Frame.
func splitStream(input []byte, size func() int) (spans []Span) {
	var buf []byte
	at, atEOF := 0, false
	for !atEOF || len(buf) > 0 {
		n, v := Frame(buf, atEOF)
		if n > 0 {
			spans = append(spans, Span{Offset: at, Bytes: buf[:n:n], Verdict: v})
			buf, at = buf[n:], at+n
			continue
		}
		next := min(size(), len(input))
		buf, input = append(buf[:len(buf):len(buf)], input[:next]...), input[next:]
		atEOF = len(input) == 0
	}
	return spans
}

// joinNoise makes one span of noise that came in pieces.
func joinNoise(spans []Span) (joined []Span) {
	for _, s := range spans {
		if last := len(joined) - 1; last >= 0 && s.Verdict == Noise && joined[last].Verdict == Noise {
			joined[last].Bytes = concat(joined[last].Bytes, s.Bytes)
			continue
		}
		joined = append(joined, s)
	}
	return joined
}

// checkStream compares an input that arrives in pieces with the same input whole.
func checkStream(t *testing.T, input []byte, whole []Span, size func() int) {
	t.Helper()
	var pieces []Span
	if len(input) > 0 {
		pieces = joinNoise(splitStream(input, size))
	}
	if got, want := shape(pieces), shape(joinNoise(whole)); got != want {
		t.Fatalf("in pieces %s\nwhole     %s\nof %q", got, want, input)
	}
}

func randomSizes(seed uint64) func() int {
	r := rand.New(rand.NewPCG(seed, 1))
	return func() int { return 1 + r.IntN(100) }
}
