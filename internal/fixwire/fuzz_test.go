package fixwire

import (
	"bytes"
	"slices"
	"testing"
)

// seeds are written with pipes, and so are the fuzzer's inputs in part: a fuzzer seldom writes SOH by itself.
var seeds = []string{
	"",
	string(heartbeat(1)),
	string(execution()),
	string(heartbeat(1)[:60]) + string(heartbeat(2)),
	"8=FIX.4.4|9=5|35=0||10=162|",
	"8=FIX.4.4|9=400|35=A|95=6|96=se|ret|554=x|1401=3|1402=a|b|10=121|8=FIX.4.4|9=5|35=0|10=163|",
	"x58=FIX|1128=9|9=5|8=8=f|9=|10=1\n8",
	"35=A|95=99|96=a|b",
	"8=FIX.4.4|9=0|10=1|058=a||=|0=|99999999999=",
}

func seed(f *testing.F) {
	for _, s := range seeds {
		f.Add([]byte(s))
		f.Add(wire(s))
	}
}

// FuzzSplit: the spans are the input, whole or in pieces.
func FuzzSplit(f *testing.F) {
	seed(f)
	f.Fuzz(func(t *testing.T, raw []byte) {
		splitChecked(t, raw)
		splitChecked(t, wire(string(raw)))
	})
}

// FuzzEmbedded: a message is found in whatever surrounds it. Only what itself begins like a message may
// announce so many bytes that the message belongs to it, and a body that ends in a message is taken for a torn one
// only if its own CheckSum is wrong.
func FuzzEmbedded(f *testing.F) {
	for _, s := range seeds {
		f.Add(wire(s), []byte("35=0|58=x|"), wire(s))
	}
	f.Fuzz(func(t *testing.T, before, body, behind []byte) {
		before = bytes.ReplaceAll(before, []byte("8="), []byte("8:"))
		m := message("FIX.4.4", string(body)+"|")
		found := false
		for _, s := range splitChecked(t, concat(before, m, behind)) {
			found = found || s.Offset == len(before) && s.Verdict == Complete && bytes.Equal(s.Bytes, m)
		}
		if !found {
			t.Errorf("%q not found behind %q", m, before)
		}
	})
}

// FuzzParse: Parse and Frame agree about what is framed, and Parse reads what the fields say.
func FuzzParse(f *testing.F) {
	seed(f)
	f.Fuzz(func(t *testing.T, raw []byte) {
		m := Parse(raw)
		n, v := Frame(raw, true)
		framed := m.Flags&(NotFramed|BadBodyLength) == 0
		if framed && m.Flags&BadCheckSum != 0 {
			framed = swallowed(raw, 1) == 0 // Parse was told that it is one message, Frame looks for others in it
		}
		if whole := v == Complete && n == len(raw); framed != whole {
			t.Fatalf("flags %#x, but Frame says %d %v of %d bytes", m.Flags, n, v, len(raw))
		}
		if m.Flags&(NotFramed|BadCheckSum) == 0 {
			end := len(raw) - len("10=123|")
			if want := slowSum(raw[:end]); !checkSumIs(raw[end+3:], want) {
				t.Fatalf("the sum is %d: %q", want, raw)
			}
		}
		checkRead(t, raw, 35, m.MsgType)
		checkRead(t, raw, 49, m.SenderCompID)
		checkRead(t, raw, 56, m.TargetCompID)
	})
}

// checkRead checks that got is nothing, or the first field with that tag.
func checkRead(t *testing.T, raw []byte, tag int, got []byte) {
	t.Helper()
	if got == nil {
		return
	}
	for g, value := range Fields(raw) {
		if g == tag {
			if !slices.Equal(got, value) {
				t.Fatalf("tag %d: %q, the first is %q", tag, got, value)
			}
			return
		}
	}
	t.Fatalf("tag %d: %q, there is none", tag, got)
}

// FuzzFields: the fields are the message.
func FuzzFields(f *testing.F) {
	seed(f)
	f.Fuzz(func(t *testing.T, raw []byte) {
		checkCursor(t, raw)
		checkCursor(t, wire(string(raw)))
	})
}

// FuzzMask: no secret is left, raw without one stays as it is, and what was whole is whole.
func FuzzMask(f *testing.F) {
	seed(f)
	f.Fuzz(func(t *testing.T, raw []byte) {
		for _, raw := range [][]byte{wire(string(raw)), message("FIX.4.4", string(raw)+"|")} {
			checkMask(t, raw)
		}
	})
}

func checkMask(t *testing.T, raw []byte) {
	masked := Mask(nil, raw)
	if again := Mask(nil, masked); !bytes.Equal(again, masked) {
		t.Fatalf("%q masked again is %q", masked, again)
	}
	had := secretsOf(raw)
	if len(had) == 0 && !bytes.Equal(masked, raw) {
		t.Fatalf("%q has no secret and became %q", raw, masked)
	}
	for _, s := range secretsOf(masked) {
		if s != MaskText {
			t.Fatalf("%q in %q, of %q", s, masked, raw)
		}
	}
	if framed := Parse(raw).Flags&(NotFramed|BadBodyLength|BadCheckSum) == 0; framed && lastTag(raw) == 10 && Parse(masked).Flags&(NotFramed|BadBodyLength|BadCheckSum) != 0 {
		t.Fatalf("%q is whole, %q is not", raw, masked)
	}
}

// secretsOf goes by the rules of the default list, in the plainest way.
func secretsOf(raw []byte) (secrets []string) {
	msgType := ""
	for tag, value := range Fields(raw) {
		switch tag {
		case 8:
			msgType = ""
		case 35:
			msgType = string(value)
		case 554, 925, 1402, 1404:
			secrets = append(secrets, string(value))
		case 96:
			if msgType == "" || msgType == "A" || msgType == "BE" {
				secrets = append(secrets, string(value))
			}
		}
	}
	return secrets
}

// lastTag is not 10 where a data field claims the trailer.
func lastTag(raw []byte) (last int) {
	for tag := range Fields(raw) {
		last = tag
	}
	return last
}
