package fixwire

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
)

func TestParse(t *testing.T) {
	whole := message("FIXT.1.1", "35=8|49=S|50=SS|142=SL|56=T|57=TS|143=TL|34=7|52=20260105-09:30:00|43=Y|97=Y|"+
		"369=3|1128=9|6=1|34=99|56=late|")
	for _, c := range []struct {
		name string
		raw  []byte
		want Message
	}{
		{"the whole header, in an order of its own", whole, Message{
			BeginString: []byte("FIXT.1.1"), MsgType: []byte("8"),
			SenderCompID: []byte("S"), SenderSubID: []byte("SS"), SenderLocationID: []byte("SL"),
			TargetCompID: []byte("T"), TargetSubID: []byte("TS"), TargetLocationID: []byte("TL"),
			SendingTime: []byte("20260105-09:30:00"), MsgSeqNum: 7, PossDup: true, PossResend: true,
		}},
		{"a Logon that resets", message("F", "35=A|34=1|98=0|95=9|96=a|141=N|x|141=Y|"), Message{
			BeginString: []byte("F"), MsgType: []byte("A"), MsgSeqNum: 1, ResetSeqNumFlag: true,
		}},
		{"a Logon whose RawData says that it resets", message("F", "35=A|34=1|95=7|96=|141=Y||98=0|"), Message{
			BeginString: []byte("F"), MsgType: []byte("A"), MsgSeqNum: 1,
		}},
		{"a gap fill", message("F", "35=4|34=2|43=Y|123=Y|36=6|"), Message{
			BeginString: []byte("F"), MsgType: []byte("4"), MsgSeqNum: 2, PossDup: true, GapFill: true, NewSeqNo: 6,
		}},
		{"a SequenceReset of the other mode", message("F", "35=4|34=2|36=6|123=N|"), Message{
			BeginString: []byte("F"), MsgType: []byte("4"), MsgSeqNum: 2, NewSeqNo: 6,
		}},
		{"tags that mean nothing in this type", message("F", "35=D|34=2|141=Y|36=6|123=Y|43=Y|"), Message{
			BeginString: []byte("F"), MsgType: []byte("D"), MsgSeqNum: 2,
		}},
		{"SecureData and XmlData in the header", message("F", "35=D|90=6|91=|34=5||212=7|213=|34=66||34=2|49=S|"), Message{
			BeginString: []byte("F"), MsgType: []byte("D"), MsgSeqNum: 2, SenderCompID: []byte("S"),
		}},
		{"MsgSeqNum behind the body", message("F", "35=D|49=S|11=C|34=2|"), Message{
			BeginString: []byte("F"), MsgType: []byte("D"), MsgSeqNum: 2, SenderCompID: []byte("S"),
		}},
		{"the first of two", message("F", "35=D|34=2|34=3|49=S|49=T|49=|"), Message{
			BeginString: []byte("F"), MsgType: []byte("D"), MsgSeqNum: 2, SenderCompID: []byte("S"),
		}},
		{"empty values", message("F", "35=D|34=2|49=|52=|"), Message{
			BeginString: []byte("F"), MsgType: []byte("D"), MsgSeqNum: 2, SenderCompID: []byte{}, SendingTime: []byte{},
		}},
		{"padded MsgSeqNum", message("F", "35=0|34=0000000000000000000000043|"), Message{
			BeginString: []byte("F"), MsgType: []byte("0"), MsgSeqNum: 43,
		}},
		{"Y written otherwise", message("F", "35=0|34=1|43=y|97=YES|"), Message{
			BeginString: []byte("F"), MsgType: []byte("0"), MsgSeqNum: 1,
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := Parse(c.raw); !reflect.DeepEqual(got, c.want) {
				t.Errorf("%q\ngot  %s\nwant %s", c.raw, describe(got), describe(c.want))
			}
		})
	}
}

func describe(m Message) string {
	return fmt.Sprintf("%q %q %q/%q/%q %q/%q/%q %q seq %d new %d dup %v resend %v reset %v gap %v flags %#x",
		m.BeginString, m.MsgType, m.SenderCompID, m.SenderSubID, m.SenderLocationID,
		m.TargetCompID, m.TargetSubID, m.TargetLocationID, m.SendingTime,
		m.MsgSeqNum, m.NewSeqNo, m.PossDup, m.PossResend, m.ResetSeqNumFlag, m.GapFill, m.Flags)
}

func TestFlags(t *testing.T) {
	good := string(message("FIX.4.4", "35=0|34=2|"))
	sum := good[len(good)-4 : len(good)-1]
	replace := func(old, new string) []byte { return []byte(strings.Replace(good, old, new, 1)) }
	for _, c := range []struct {
		name string
		raw  []byte
		want Flags
	}{
		{"good", []byte(good), 0},
		{"nothing", nil, NotFramed | NoMsgType | NoMsgSeqNum},
		{"no text", []byte("hello"), NotFramed | BadField | NoMsgType | NoMsgSeqNum},
		{"BodyLength one too many", replace("9=10", "9=11"), BadBodyLength | BadCheckSum},
		{"BodyLength not a number", replace("9=10", "9=1O"), NotFramed},
		{"no BodyLength", replace("\x019=10", ""), NotFramed},
		{"not from the beginning", []byte(good[1:]), NotFramed | BadField},
		{"CheckSum wrong", replace(sum, "000"), BadCheckSum},
		{"CheckSum above 255", replace(sum, "999"), BadCheckSum},
		{"CheckSum of two digits", replace(sum, sum[:2]), BadCheckSum},
		{"CheckSum of four digits", replace(sum, "0"+sum), BadCheckSum},
		{"CheckSum of five digits", replace(sum, "00"+sum), NotFramed},
		{"no last SOH", []byte(good[:len(good)-1]), NotFramed},
		{"something behind it", []byte(good + "\n"), NotFramed},
		{"no CheckSum", []byte(good[:len(good)-7]), NotFramed},
		{"MsgSeqNum negative", message("F", "35=0|34=-2|"), NoMsgSeqNum},
		{"MsgSeqNum zero", message("F", "35=0|34=0|"), NoMsgSeqNum},
		{"MsgSeqNum empty", message("F", "35=0|34=|"), NoMsgSeqNum},
		{"MsgSeqNum of 65 bits", message("F", "35=0|34=36893488147419103233|"), NoMsgSeqNum},
		{"MsgType empty", message("F", "35=|34=2|"), NoMsgType},
		{"MsgType missing", message("F", "34=2|"), NoMsgType},
		{"tag with a leading zero", message("F", "35=0|034=2|"), BadField},
		{"tag 0", message("F", "35=0|0=x|34=2|"), BadField},
		{"field without =", message("F", "35=0|34|34=2|"), BadField},
		{"empty field", message("F", "35=0||34=2|"), BadField},
		{"data longer than it is", message("F", "35=0|90=3|91=ab|34=2|"), BadData},
		{"data shorter than it is", message("F", "35=0|90=1|91=ab|34=2|"), BadData},
		{"data of no length", message("F", "35=0|90=x|91=ab|34=2|"), BadData},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := Parse(c.raw).Flags; got != c.want {
				t.Errorf("flags of %q: %#x, want %#x", c.raw, got, c.want)
			}
		})
	}
}

func TestNumbersUpTo64Bits(t *testing.T) {
	for s, want := range map[string]uint64{
		"18446744073709551615":  1<<64 - 1,
		"018446744073709551615": 1<<64 - 1,
	} {
		if got, ok := parseUint([]byte(s)); got != want || !ok {
			t.Errorf("%s: %d %v", s, got, ok)
		}
	}
	for _, s := range []string{"18446744073709551616", "18446744073709551619", "28446744073709551615", "99999999999999999999", "", "+1", "1 ", "1.0"} {
		if got, ok := parseUint([]byte(s)); ok {
			t.Errorf("%s: read as %d", s, got)
		}
	}
}

func TestCheckSumOfEveryLength(t *testing.T) {
	b := make([]byte, 5000)
	for i := range b {
		b[i] = 0xff - byte(i%3) // high bytes: the sums of 16 bits come near their end
	}
	for n := range b {
		if got, want := CheckSum(b[n/2:n]), slowSum(b[n/2:n]); got != want {
			t.Fatalf("%d bytes: %d, want %d", n-n/2, got, want)
		}
	}
	all := strings.Repeat("\xff", 1<<14)
	if got, want := CheckSum([]byte(all)), slowSum([]byte(all)); got != want {
		t.Errorf("16 KiB of 0xff: %d, want %d", got, want)
	}
}
