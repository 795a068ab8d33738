package fixwire

import (
	"bytes"
	"fmt"
	"strings"
)

// wire turns the pipes of a readable message into SOH.
func wire(s string) []byte { return []byte(strings.ReplaceAll(s, "|", "\x01")) }

// message frames a body, written with pipes: right BodyLength, right CheckSum.
func message(beginString, body string) []byte {
	b := wire(body)
	m := append(fmt.Appendf(nil, "8=%s\x019=%d\x01", beginString, len(b)), b...)
	return fmt.Appendf(m, "10=%03d\x01", slowSum(m))
}

func slowSum(b []byte) (sum byte) {
	for _, c := range b {
		sum += c
	}
	return sum
}

func heartbeat(seq int) []byte {
	return message("FIX.4.4", fmt.Sprintf("35=0|34=%d|49=CLIENT|52=20260105-09:30:00.000|56=VENUE|", seq))
}

// execution is an ExecutionReport of 273 bytes.
func execution() []byte {
	return message("FIX.4.4", "35=8|34=1234567|49=VENUE|52=20260105-09:30:00.123456|56=CLIENT|57=DESK7|"+
		"37=ORD-20260105-000123|11=C-20260105-000123|17=EXEC-000000123|150=F|39=1|55=IBM|54=1|38=1000|"+
		"44=182.2500|32=100|31=182.2500|151=900|14=100|6=182.2500|60=20260105-09:30:00.123456|")
}

func concat(parts ...[]byte) []byte { return bytes.Join(parts, nil) }
