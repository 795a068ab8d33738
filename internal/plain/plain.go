// Package plain makes text that can only be read of bytes that a peer chose: nothing that a terminal obeys, nothing that
// turns a line round, no line of its own.
//
//	8=FIX.4.4<SOH>58=a<ESC>[2J<SOH>   becomes   8=FIX.4.4|58=a\x1b[2J|
//
// The functions append to dst and may be called by any goroutine. plain knows nothing of messages but SOH, and
// masks nothing.
package plain

import (
	"bytes"
	"encoding/json"
	"fmt"
	"unicode"
	"unicode/utf8"
)

const soh = 0x01

// AppendFields adds a message with its SOHs as |, and everything else as AppendText does.
func AppendFields(dst, raw []byte) []byte {
	for from, i := 0, 0; i <= len(raw); i++ {
		if i == len(raw) || raw[i] == soh {
			dst = AppendText(dst, raw[from:i])
			if i < len(raw) {
				dst = append(dst, '|')
			}
			from = i + 1
		}
	}
	return dst
}

// AppendText adds text so that it can only be read. What a terminal might obey, or what would turn the line round,
// becomes \xNN for a byte or \uNNNN for a character; a backslash is doubled, so that nothing is ambiguous.
func AppendText(dst, text []byte) []byte {
	for i := 0; i < len(text); {
		c := text[i]
		if c >= ' ' && c < 0x7f {
			if c == '\\' {
				dst = append(dst, '\\')
			}
			dst = append(dst, c)
			i++
			continue
		}
		r, n := utf8.DecodeRune(text[i:])
		switch {
		case r == utf8.RuneError && n <= 1, r < utf8.RuneSelf:
			dst = fmt.Appendf(dst, `\x%02x`, c)
		case Shows(r):
			dst = append(dst, text[i:i+n]...)
		case r > 0xffff:
			dst = fmt.Appendf(dst, `\U%08x`, r)
		default:
			dst = fmt.Appendf(dst, `\u%04x`, r)
		}
		i += n
	}
	return dst
}

// Shows reports whether a character is seen and does nothing else. Marks go over what is before them, and there may
// be any number of them.
func Shows(r rune) bool { return unicode.IsPrint(r) && !unicode.IsMark(r) }

// AppendJSON adds v and a newline. Characters that a terminal might obey are escaped too: all of them stand in
// strings, where JSON lets any character be written so.
func AppendJSON(dst []byte, v any) []byte {
	var text bytes.Buffer
	enc := json.NewEncoder(&text)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		panic(fmt.Sprintf("plain: %T cannot be JSON: %v", v, err)) // structs of ours, all of plain fields
	}
	for _, r := range text.String() {
		switch {
		case r < 0x7f || Shows(r):
			dst = utf8.AppendRune(dst, r)
		case r > 0xffff:
			r -= 0x10000
			dst = fmt.Appendf(dst, `\u%04x\u%04x`, 0xd800+r>>10, 0xdc00+r&0x3ff)
		default:
			dst = fmt.Appendf(dst, `\u%04x`, r)
		}
	}
	return dst
}
