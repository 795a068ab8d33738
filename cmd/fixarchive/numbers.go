package main

import (
	"strconv"
	"strings"
)

// numbers is a range of MsgSeqNums, both included; till 0 is an open end.
type numbers struct{ from, till uint64 }

// parseNumbers reads SEQ, FROM-TO or FROM-.
func parseNumbers(text string) (numbers, error) {
	from, till, isRange := strings.Cut(text, "-")
	var n numbers
	var ok bool
	if n.from, ok = parseNumber(from); !ok {
		return numbers{}, usagef("%q is no MsgSeqNum and no range of them: give SEQ, FROM-TO or FROM-, such as 48, 40-50 or 40-", text)
	}
	switch {
	case !isRange:
		n.till = n.from
	case till == "":
	default:
		if n.till, ok = parseNumber(till); !ok {
			return numbers{}, usagef("%q does not end with a MsgSeqNum: give FROM-TO or FROM-, such as 40-50 or 40-", text)
		}
		if n.till < n.from {
			return numbers{}, usagef("%q ends before it begins: give %d-%d", text, n.till, n.from)
		}
	}
	return n, nil
}

func parseNumber(text string) (uint64, bool) {
	n, err := strconv.ParseUint(text, 10, 64)
	return n, err == nil && n > 0 && text[0] != '+'
}
