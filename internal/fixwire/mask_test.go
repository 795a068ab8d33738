package fixwire

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"
)

func TestMask(t *testing.T) {
	for _, c := range []struct{ name, raw, want string }{
		{"nothing secret", "8=F|9=1|35=D|58=554=no|96=ab|10=0|", "8=F|9=1|35=D|58=554=no|96=ab|10=0|"},
		{"passwords", "8=F|35=A|553=u|554=hunter2|925=new|", "8=F|35=A|553=u|554=***|925=***|"},
		{"passwords in any type", "8=F|35=D|554=hunter2|58=x|", "8=F|35=D|554=***|58=x|"},
		{"RawData of a Logon, holding SOH", "8=F|35=A|95=6|96=se|ret|98=0|", "8=F|35=A|95=3|96=***|98=0|"},
		{"RawData of a UserRequest", "8=F|35=BE|95=6|96=secret|98=0|", "8=F|35=BE|95=3|96=***|98=0|"},
		{"RawData of another message", "8=F|35=B|95=12|96=se|554=x|ret|98=0|", "8=F|35=B|95=12|96=se|554=x|ret|98=0|"},
		{"encrypted passwords", "8=F|35=A|1401=3|1402=a|b|1403=1|1404=c|", "8=F|35=A|1401=3|1402=***|1403=3|1404=***|"},
		{"a password inside other data stays", "8=F|35=A|354=7|355=a|554=x|98=0|", "8=F|35=A|354=7|355=a|554=x|98=0|"},
		{"empty", "8=F|35=A|554=|98=0|", "8=F|35=A|554=***|98=0|"},
		{"last SOH missing", "8=F|35=A|554=hunter2", "8=F|35=A|554=***"},
		{"a value with =", "8=F|35=A|554=a=b|", "8=F|35=A|554=***|"},
		{"leading zero in the tag", "8=F|35=A|0554=abc|", "8=F|35=A|0554=***|"},
		{"tags that only look alike", "8=F|35=A|1554=abc|5540=abc|", "8=F|35=A|1554=abc|5540=abc|"},
		{"length of RawData too long", "8=F|35=A|95=9|96=se|98=0|10=123|", "8=F|35=A|95=3|96=***|98=0|10=***|"},
		{"length of RawData too short", "8=F|35=A|95=2|96=se|ret|x|98=0|10=123|", "8=F|35=A|95=3|96=***|98=0|10=***|"},
		{"RawData without a length", "8=F|35=A|96=se|ret|98=0|", "8=F|35=A|96=***|98=0|"},
		{"a length without RawData", "8=F|35=A|95=6|98=0|554=x|", "8=F|35=A|95=6|98=0|554=***|"},
		{"RawData cut off", "8=F|35=A|95=99|96=se|98=0|re", "8=F|35=A|95=3|96=***"},
		{"no type, only a part", "x|95=6|96=se|ret|554=y|", "x|95=3|96=***|554=***|"},
		{"from the middle of a field", "554=abc|35=A|", "554=***|35=A|"},
		{"in a line of text", "Received 8=F|9=1|35=A|554=abc|10=1| while", "Received 8=F|9=1|35=A|554=***|10=***| while"},
		{"two messages", "8=F|35=B|96=ab|10=1|8=F|35=A|96=ab|10=1|", "8=F|35=B|96=ab|10=1|8=F|35=A|96=***|10=***|"},
	} {
		t.Run(c.name, func(t *testing.T) {
			raw := string(wire(c.raw))
			got := Mask([]byte("dst "), []byte(raw))
			if want := "dst " + string(wire(c.want)); string(got) != want {
				t.Errorf("got  %q\nwant %q", got, want)
			}
		})
	}
}

func TestMaskLeavesItsArgument(t *testing.T) {
	raw := message("FIX.4.4", "35=A|34=1|554=hunter2|")
	before := string(raw)
	if masked := string(Mask(nil, raw)); strings.Contains(masked, "hunter2") {
		t.Errorf("%q", masked)
	}
	if string(raw) != before {
		t.Errorf("raw is now %q", raw)
	}
}

// A masked message is a message again, and neither its length nor its sum tells of what was there.
func TestMaskedMessagesAreWhole(t *testing.T) {
	const long = "0123456789012345678901234567890123456789012345678901234567890123456789"
	for _, secret := range []string{"", "x", "***", "hunter2", long} {
		raw := message("FIX.4.4", "35=A|34=1|49=A|52=20260105-09:30:00|56=B|95=5|96=a|b|c|554="+secret+"|98=0|")
		want := message("FIX.4.4", "35=A|34=1|49=A|52=20260105-09:30:00|56=B|95=3|96=***|554=***|98=0|")
		if got := Mask(nil, raw); !bytes.Equal(got, want) {
			t.Errorf("%q: got %q, want %q", secret, got, want)
		}
		got := Mask(nil, concat([]byte("Sending "), raw, []byte(" now")))
		if want := concat([]byte("Sending "), want, []byte(" now")); !bytes.Equal(got, want) {
			t.Errorf("%q in text: got %q, want %q", secret, got, want)
		}
	}
}

// What was wrong with a message is wrong in its masked copy.
func TestMaskRepairsNothing(t *testing.T) {
	right := message("FIX.4.4", "35=A|34=1|554=hunter2|98=0|")
	masked := message("FIX.4.4", "35=A|34=1|554=***|98=0|")
	end := len(right) - len("123|")
	wrong := slices.Clone(right)
	copy(wrong[end:], fmt.Sprintf("%03d", slowSum(right[:end-3])+7))
	got := Mask(nil, wrong)
	end = len(masked) - len("123|")
	if want := fmt.Sprintf("%s%03d\x01", masked[:end], slowSum(masked[:end-3])+7); string(got) != want {
		t.Errorf("a wrong CheckSum: got %q, want %q", got, want)
	}
	for raw, want := range map[string]string{
		"8=F|9=99|35=A|554=abc|10=123|":    "8=F|9=99|35=A|554=***|10=***|",
		"8=F|9=0014|35=A|554=abcd|10=x|":   "8=F|9=0014|35=A|554=***|10=***|",
		"8=F|9=0014|35=A|554=abcd|10=999|": "8=F|9=0014|35=A|554=***|10=***|",
	} {
		if got := Mask(nil, wire(raw)); string(got) != string(wire(want)) {
			t.Errorf("%s: got %q", raw, got)
		}
	}
}

func TestSecrets(t *testing.T) {
	for text, want := range map[string]string{
		"default":           "96:A,96:BE,554,925,1402,1404",
		"default, 448,58:j": "58:j,96:A,96:BE,448,554,925,1402,1404",
		"58:j,58,58:8":      "58",
		"96:A,96:A":         "96:A",
	} {
		s, err := ParseSecrets(text)
		if err != nil || s.String() != want {
			t.Errorf("%s: got %v, %v, want %s", text, s, err, want)
			continue
		}
		if again, err := ParseSecrets(s.String()); err != nil || again.String() != want {
			t.Errorf("%s again: got %v, %v", text, again, err)
		}
	}
	for _, text := range []string{"", ",", "554,", "x", "-5", "0", "58:", ":A", "35", "8", "9:A", "10", "99999999999"} {
		if s, err := ParseSecrets(text); err == nil {
			t.Errorf("%q: got %v", text, s)
		}
	}
}

func TestChosenSecrets(t *testing.T) {
	s, err := ParseSecrets("58:D,355,1")
	if err != nil {
		t.Fatal(err)
	}
	for raw, want := range map[string]string{
		"8=F|35=D|1=acc|58=hello|554=x|":        "8=F|35=D|1=***|58=***|554=x|",
		"8=F|35=8|58=hello|354=4|355=a|||98=0|": "8=F|35=8|58=hello|354=3|355=***|98=0|",
	} {
		if got := s.Mask(nil, wire(raw)); string(got) != string(wire(want)) {
			t.Errorf("%s: got %q", raw, got)
		}
	}
}

// BodyLength keeps the number of its digits where it has zeros to give, and gets more or fewer elsewhere.
func TestMaskedBodyLength(t *testing.T) {
	for raw, want := range map[string]string{
		"9=00014|35=A|554=abcd|": "9=00013|35=A|554=***|",
		"9=10|35=A|554=|":        "9=13|35=A|554=***|",
		"9=9|35=A|96=|":          "9=12|35=A|96=***|",
		"9=101|35=A|554=0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890|": "9=13|35=A|554=***|",
	} {
		whole := func(text string) []byte {
			m := wire("8=FIX.4.4|" + text)
			return fmt.Appendf(m, "10=%03d\x01", slowSum(m))
		}
		if got := Mask(nil, whole(raw)); !bytes.Equal(got, whole(want)) {
			t.Errorf("%s: got %q", raw, got)
		}
	}
}
