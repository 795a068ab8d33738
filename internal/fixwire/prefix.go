package fixwire

const (
	beginStringMax = 32 // "FIX.4.4", "FIXT.1.1"; room for what else people write there
	digitsMax      = 20 // of a BodyLength, leading zeros counted
	checkSumDigits = 4  // 10= has three; one to four are recognised, Parse flags what is not three
)

type prefixState uint8

const (
	prefixNone    prefixState = iota // no message begins here
	prefixShort                      // the bytes end inside it
	prefixGarbled                    // 8=…| without a readable 9=…| behind it
	prefixWhole
)

// prefix is the two fields that every message begins with: 8=FIX.4.4|9=55|
type prefix struct {
	state      prefixState
	isFIX      bool // BeginString begins with FIX, in any case of letters
	beginEnd   int  // BeginString is b[2:beginEnd]
	body       int  // where BodyLength counts from
	bodyLength int
}

func parsePrefix(b []byte) (p prefix) {
	if short, ok := hasTag(b, '8'); !ok {
		return p
	} else if short {
		p.state = prefixShort
		return p
	}
	p.beginEnd, p.state = parseBeginString(b)
	p.isFIX = isFIX(b[2:p.beginEnd])
	if p.state != prefixWhole {
		return p
	}
	p.body, p.bodyLength, p.state = parseBodyLength(b, p.beginEnd+1)
	return p
}

// hasTag says whether b begins with the one-digit tag, and whether it ends before that is certain.
func hasTag(b []byte, tag byte) (short, ok bool) {
	switch {
	case len(b) == 0:
		return true, true
	case b[0] != tag:
		return false, false
	case len(b) == 1:
		return true, true
	}
	return false, b[1] == '='
}

// parseBeginString finds the end of the value of 8=. A '=' ends the hope: "8=8=FIX.4.4|" is a message
// behind two bytes of noise.
func parseBeginString(b []byte) (end int, _ prefixState) {
	for i := 2; i < len(b); i++ {
		c := b[i]
		switch {
		case c == SOH && i > 2:
			return i, prefixWhole
		case c <= ' ' || c > '~' || c == '=' || i == 2+beginStringMax:
			return i, prefixNone
		}
	}
	return len(b), prefixShort
}

// parseBodyLength reads 9=digits| at b[at:].
func parseBodyLength(b []byte, at int) (body, n int, _ prefixState) {
	if short, ok := hasTag(b[at:], '9'); !ok {
		return 0, 0, prefixGarbled
	} else if short {
		return 0, 0, prefixShort
	}
	first := at + 2
	for i := first; i < len(b); i++ {
		c := b[i]
		if c == SOH && i > first {
			return i + 1, n, prefixWhole
		}
		if !isDigit(c) || i-first == digitsMax {
			return 0, 0, prefixGarbled
		}
		if n = n*10 + int(c-'0'); n > BodyLengthMax {
			return 0, 0, prefixGarbled
		}
	}
	return 0, 0, prefixShort
}

func isFIX(s []byte) bool {
	return len(s) >= 3 && s[0]|0x20 == 'f' && s[1]|0x20 == 'i' && s[2]|0x20 == 'x'
}
