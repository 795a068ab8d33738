package fixwire

import "bytes"

type trailerState uint8

const (
	trailerBad trailerState = iota
	trailerShort
	trailerWhole
)

// trailerAt looks for 10=123| at b[at:], with the SOH of the last body field before it.
func trailerAt(b []byte, at int) (end int, _ trailerState) {
	if at > len(b) {
		return 0, trailerShort
	}
	if b[at-1] != SOH {
		return 0, trailerBad
	}
	const tag = "10="
	for i := range tag {
		if at+i == len(b) {
			return 0, trailerShort
		}
		if b[at+i] != tag[i] {
			return 0, trailerBad
		}
	}
	return digitsThenSOH(b, at+len(tag))
}

// digitsThenSOH reads the value of a CheckSum field.
func digitsThenSOH(b []byte, first int) (end int, _ trailerState) {
	for i := first; i < len(b); i++ {
		if b[i] == SOH && i > first {
			return i + 1, trailerWhole
		}
		if !isDigit(b[i]) || i-first == checkSumDigits {
			return 0, trailerBad
		}
	}
	return 0, trailerShort
}

// findTrailer returns the end of the first field in b that looks like a trailer, or 0. A line end stands
// for the SOH that some logs strip; it is not part of the message.
func findTrailer(b []byte) int {
	for from := 0; ; {
		i := bytes.Index(b[from:], []byte("\x0110="))
		if i < 0 {
			return 0
		}
		first := from + i + 4
		if end, state := digitsThenSOH(b, first); state == trailerWhole {
			return end
		}
		if end := digitsThenLineEnd(b, first); end > 0 {
			return end
		}
		from = first
	}
}

func digitsThenLineEnd(b []byte, first int) int {
	i := first
	for i < len(b) && i-first < checkSumDigits && isDigit(b[i]) {
		i++
	}
	if i > first && i < len(b) && (b[i] == '\n' || b[i] == '\r') {
		return i
	}
	return 0
}

// lastTrailer returns where the 10=digits| begins that ends b.
func lastTrailer(b []byte) (at int, ok bool) {
	const shortest, longest = len("10=1|"), len("10=1234|")
	for n := shortest; n <= longest && n < len(b); n++ {
		at := len(b) - n
		if b[at] != '1' || b[at-1] != SOH {
			continue
		}
		end, state := trailerAt(b, at)
		return at, state == trailerWhole && end == len(b)
	}
	return 0, false
}
