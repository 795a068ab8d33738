package main

import (
	"strings"
	"unicode/utf8"
)

// table is rows of cells, the first of them its head. A column whose head begins with > is aligned to the right.
type table [][]string

func (t table) append(dst []byte) []byte {
	widths := make([]int, len(t[0]))
	right := make([]bool, len(t[0]))
	for i, head := range t[0] {
		t[0][i], right[i] = strings.CutPrefix(head, ">")
	}
	for _, row := range t {
		for i, cell := range row {
			widths[i] = max(widths[i], utf8.RuneCountInString(cell))
		}
	}
	for _, row := range t {
		var line strings.Builder
		for i, cell := range row {
			pad := strings.Repeat(" ", widths[i]-utf8.RuneCountInString(cell))
			if right[i] {
				cell = pad + cell
			} else {
				cell += pad
			}
			line.WriteString(cell + "  ")
		}
		dst = append(dst, strings.TrimRight(line.String(), " ")...)
		dst = append(dst, '\n')
	}
	return dst
}
