package fixwire

import (
	"strings"
	"testing"
)

func TestMask(t *testing.T) {
	for _, c := range []struct{ name, raw, want string }{
		{"nothing secret", "8=F|9=1|35=D|58=554=no|96=ab|10=0|", "8=F|9=1|35=D|58=554=no|96=ab|10=0|"},
		{"passwords", "8=F|35=A|553=u|554=hunter2|925=new|10=0|", "8=F|35=A|553=u|554=*******|925=***|10=0|"},
		{"passwords in any type", "8=F|35=D|554=hunter2|10=0|", "8=F|35=D|554=*******|10=0|"},
		{"RawData of a Logon, holding SOH", "8=F|35=A|95=6|96=se|ret|98=0|", "8=F|35=A|95=6|96=******|98=0|"},
		{"RawData of a UserRequest", "8=F|35=BE|95=6|96=secret|98=0|", "8=F|35=BE|95=6|96=******|98=0|"},
		{"RawData of another message", "8=F|35=B|95=12|96=se|554=x|ret|98=0|", "8=F|35=B|95=12|96=se|554=x|ret|98=0|"},
		{"encrypted passwords", "8=F|35=A|1401=3|1402=a|b|1403=1|1404=c|", "8=F|35=A|1401=3|1402=***|1403=1|1404=*|"},
		{"a password inside other data stays", "8=F|35=A|354=7|355=a|554=x|98=0|", "8=F|35=A|354=7|355=a|554=x|98=0|"},
		{"empty", "8=F|35=A|554=|98=0|", "8=F|35=A|554=|98=0|"},
		{"last SOH missing", "8=F|35=A|554=hunter2", "8=F|35=A|554=*******"},
		{"a value with =", "8=F|35=A|554=a=b|", "8=F|35=A|554=***|"},
		{"leading zero in the tag", "8=F|35=A|0554=abc|", "8=F|35=A|0554=***|"},
		{"tags that only look alike", "8=F|35=A|1554=abc|5540=abc|", "8=F|35=A|1554=abc|5540=abc|"},
		{"length of RawData too long", "8=F|35=A|95=9|96=se|98=0|10=123|", "8=F|35=A|95=9|96=**|98=0|10=123|"},
		{"length of RawData too short", "8=F|35=A|95=2|96=se|ret|x|98=0|10=123|", "8=F|35=A|95=2|96=**|***|*|98=0|10=123|"},
		{"RawData without a length", "8=F|35=A|96=se|ret|98=0|", "8=F|35=A|96=**|***|98=0|"},
		{"RawData cut off", "8=F|35=A|95=99|96=se|98=0|re", "8=F|35=A|95=99|96=**********"},
		{"no type, only a part", "x|95=6|96=se|ret|554=y|", "x|95=6|96=******|554=*|"},
		{"from the middle of a field", "554=abc|35=A|", "554=***|35=A|"},
		{"in a line of text", "Received 8=F|9=1|35=A|554=abc|10=1| while", "Received 8=F|9=1|35=A|554=***|10=1| while"},
		{"two messages", "8=F|35=B|96=ab|10=1|8=F|35=A|96=ab|10=1|", "8=F|35=B|96=ab|10=1|8=F|35=A|96=**|10=1|"},
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
	if masked := string(Mask(nil, raw)); strings.Contains(masked, "hunter2") || len(masked) != len(raw) {
		t.Errorf("%q", masked)
	}
	if string(raw) != before {
		t.Errorf("raw is now %q", raw)
	}
}
