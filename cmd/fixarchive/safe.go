package main

import (
	"strings"

	"github.com/fixarchive/fixarchive/internal/plain"
)

func appendFields(dst, raw []byte) []byte { return plain.AppendFields(dst, raw) }
func appendSafe(dst, text []byte) []byte  { return plain.AppendText(dst, text) }
func appendJSON(dst []byte, v any) []byte { return plain.AppendJSON(dst, v) }

func safe(text string) string { return string(plain.AppendText(nil, []byte(text))) }

// safeQuoted is safe for text in which what peers chose is quoted: its backslashes need not be doubled again.
func safeQuoted(text string) string { return strings.ReplaceAll(safe(text), `\\`, `\`) }
