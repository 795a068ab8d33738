package query

import (
	"bytes"

	"github.com/fixarchive/fixarchive/internal/fixwire"
)

// needle is a text that is looked for by its byte that is rarest in FIX messages.
type needle struct {
	text []byte
	at   int // where that byte is in it
}

func newNeedle(text []byte) needle {
	n := needle{text: text}
	for i, c := range text {
		if rarity(c) > rarity(text[n.at]) {
			n.at = i
		}
	}
	return n
}

// commonRarity is of bytes of which every field has one.
const commonRarity = 1

// rarity is how seldom a byte is in FIX messages. Tags, numbers and times make up most of them; letters are in IDs and
// codes.
func rarity(c byte) int {
	switch {
	case c == fixwire.SOH, c == '=', c >= '0' && c <= '3':
		return 0
	case c >= '4' && c <= '9':
		return 1
	case c == '.', c == '-', c == ':':
		return 2
	case bytes.IndexByte([]byte("EANRIOTSCD"), c) >= 0:
		return 3
	case c >= 'A' && c <= 'Z':
		return 4
	}
	return 5
}

// seldom says how well needles tell: how rare the commonest of them is likely to be.
func seldom(needles []needle) int {
	least := 1 << 30
	for i := range needles {
		score := 0
		for _, c := range needles[i].text {
			score += 1 + rarity(c)
		}
		least = min(least, score)
	}
	return least
}

// triesMax is how often the rare byte may be found in vain before it is not believed to be rare.
const triesMax = 4

func (n *needle) in(b []byte) bool { return n.find(b, 0) >= 0 }

// find returns where n is in b, at or behind an offset; -1 if it is not.
func (n *needle) find(b []byte, from int) int {
	if rarity(n.text[n.at]) <= commonRarity {
		return n.findPlainly(b, from)
	}
	tries := 0
	for at := from + n.at; at < len(b); {
		i := bytes.IndexByte(b[at:], n.text[n.at])
		if i < 0 {
			return -1
		}
		start := at + i - n.at
		if start+len(n.text) > len(b) {
			return -1
		}
		if string(b[start:start+len(n.text)]) == string(n.text) {
			return start
		}
		if at += i + 1; tries > triesMax+(at-from)/64 {
			return n.findPlainly(b, start+1)
		}
		tries++
	}
	return -1
}

func (n *needle) findPlainly(b []byte, from int) int {
	if i := bytes.Index(b[from:], n.text); i >= 0 {
		return from + i
	}
	return -1
}
