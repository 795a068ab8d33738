package main

import "github.com/fixarchive/fixarchive/internal/plain"

func appendFields(dst, raw []byte) []byte { return plain.AppendFields(dst, raw) }
func appendSafe(dst, text []byte) []byte  { return plain.AppendText(dst, text) }
func appendJSON(dst []byte, v any) []byte { return plain.AppendJSON(dst, v) }

func safe(text string) string { return string(plain.AppendText(nil, []byte(text))) }
