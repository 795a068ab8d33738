package query

import "bytes"

// decimal is a number as FIX writes them, -1.250, in its parts without needless zeros: any number of digits counts.
// The parts point into what it was parsed from.
type decimal struct {
	negative    bool
	whole, part []byte // before and behind the point
}

// parseDecimal reads a sign, digits, and digits behind a point, of which there must be one at least. Zero has no sign.
func parseDecimal(b []byte) (d decimal, ok bool) {
	if len(b) > 0 && (b[0] == '-' || b[0] == '+') {
		d.negative, b = b[0] == '-', b[1:]
	}
	n := digits(b)
	d.whole, b = b[:n], b[n:]
	if len(b) > 0 && b[0] == '.' {
		d.part, b = b[1:], nil
		if digits(d.part) != len(d.part) {
			return decimal{}, false
		}
	}
	if len(b) > 0 || len(d.whole)+len(d.part) == 0 {
		return decimal{}, false
	}
	for len(d.whole) > 0 && d.whole[0] == '0' {
		d.whole = d.whole[1:]
	}
	for n := len(d.part); n > 0 && d.part[n-1] == '0'; n-- {
		d.part = d.part[:n-1]
	}
	if len(d.whole)+len(d.part) == 0 {
		d.negative = false
	}
	return d, true
}

// digits is how many digits b begins with.
func digits(b []byte) int {
	n := 0
	for n < len(b) && b[n] >= '0' && b[n] <= '9' {
		n++
	}
	return n
}

// compare is negative when d is the smaller, positive when e is, else 0.
func (d *decimal) compare(e *decimal) int {
	switch {
	case d.negative != e.negative && d.negative:
		return -1
	case d.negative != e.negative:
		return 1
	case d.negative:
		return -d.compareSize(e)
	}
	return d.compareSize(e)
}

func (d *decimal) compareSize(e *decimal) int {
	if n := len(d.whole) - len(e.whole); n != 0 {
		return n
	}
	if c := bytes.Compare(d.whole, e.whole); c != 0 {
		return c
	}
	return bytes.Compare(d.part, e.part)
}
