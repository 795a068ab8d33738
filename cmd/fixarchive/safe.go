package main

import (
	"fmt"
	"unicode"
	"unicode/utf8"
)

const soh = 0x01

// appendFields adds a message with its SOHs as |, and everything else as appendSafe does.
func appendFields(dst, raw []byte) []byte {
	for from, i := 0, 0; i <= len(raw); i++ {
		if i == len(raw) || raw[i] == soh {
			dst = appendSafe(dst, raw[from:i])
			if i < len(raw) {
				dst = append(dst, '|')
			}
			from = i + 1
		}
	}
	return dst
}

// appendSafe adds text so that it can only be read. What a terminal might obey, or what would turn the line round,
// becomes \xNN for a byte or \uNNNN for a character; a backslash is doubled, so that nothing is ambiguous.
func appendSafe(dst, text []byte) []byte {
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
		case shows(r):
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

// shows reports whether a character is seen and does nothing else. Marks go over what is before them, and there may
// be any number of them.
func shows(r rune) bool { return unicode.IsPrint(r) && !unicode.IsMark(r) }

func safe(text string) string { return string(appendSafe(nil, []byte(text))) }
