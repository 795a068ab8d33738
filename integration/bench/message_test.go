package bench

import (
	"fmt"
	"strings"
	"testing"
)

// messageBytes is what the figures are about: a common ExecutionReport or order.
const messageBytes = 256

// message is an order of exactly messageBytes, with the right BodyLength and CheckSum.
func message(tb testing.TB, seq int) []byte {
	tb.Helper()
	body := func(pad int) string {
		return fmt.Sprintf("35=D\x0149=GATEWAY\x0156=VENUE\x0134=%d\x0152=20261123-00:37:51.300\x0111=ORD-%d\x011=ACCOUNT-1\x0121=1\x01"+
			"55=EURUSD\x0154=1\x0160=20261123-00:37:51.300\x0138=1000000\x0140=2\x0144=1.08345\x0159=0\x0158=%s\x01", seq, seq, strings.Repeat("x", pad))
	}
	framed := func(pad int) string {
		b := body(pad)
		m := fmt.Sprintf("8=FIX.4.4\x019=%d\x01%s", len(b), b)
		sum := 0
		for i := range len(m) {
			sum += int(m[i])
		}
		return fmt.Sprintf("%s10=%03d\x01", m, sum%256)
	}
	m := framed(messageBytes - len(framed(0)))
	if len(m) != messageBytes {
		tb.Fatalf("a message of %d bytes, want %d", len(m), messageBytes)
	}
	return []byte(m)
}
