package export

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/fixarchive/fixarchive/internal/fixwire"
	"github.com/fixarchive/fixarchive/internal/plain"
)

// DefaultColumns are the columns of a CSV that nobody chose.
const DefaultColumns = "time,session,kind,msg_seq_num,msg_type,11,41,37,17,55,54,38,44,150,39,32,31,58,detail,raw"

// Column is a column of a CSV: a tag, or something else of the record.
type Column struct {
	name string
	tag  int // 0: cell says what
	cell func(dst []byte, r *Record) []byte

	exact bool // base64, which is never changed: a formula of its characters calls nothing
}

// columns are those that are no tags. Numbers and times need no care; what a peer may have chosen is made plain.
var columns = []Column{
	{name: "time", cell: func(dst []byte, r *Record) []byte { return r.Time.AppendFormat(dst, TimeForm) }},
	{name: "session", cell: func(dst []byte, r *Record) []byte { return plain.AppendText(dst, []byte(r.Session)) }},
	{name: "source", cell: func(dst []byte, r *Record) []byte { return plain.AppendText(dst, []byte(r.Source)) }},
	{name: "kind", cell: func(dst []byte, r *Record) []byte { return append(dst, r.Kind.String()...) }},
	{name: "msg_seq_num", cell: func(dst []byte, r *Record) []byte { return appendPositive(dst, r.MsgSeqNum) }},
	{name: "msg_type", cell: func(dst []byte, r *Record) []byte { return plain.AppendText(dst, []byte(r.MsgType)) }},
	{name: "flags", cell: func(dst []byte, r *Record) []byte { return append(dst, strings.Join(r.Flags.Names(), " ")...) }},
	{name: "sequence", cell: func(dst []byte, r *Record) []byte { return appendPositive(dst, r.Sequence) }},
	{name: "epoch", cell: func(dst []byte, r *Record) []byte { return appendPositive(dst, uint64(r.Epoch)) }},
	{name: "generation", cell: func(dst []byte, r *Record) []byte { return appendPositive(dst, uint64(r.Generation)) }},
	{name: "position", cell: func(dst []byte, r *Record) []byte { return strconv.AppendUint(dst, r.Position, 10) }},
	{name: "masked", cell: func(dst []byte, r *Record) []byte { return strconv.AppendBool(dst, r.Masked) }},
	{name: "detail", cell: func(dst []byte, r *Record) []byte { return plain.AppendText(dst, []byte(Describe(&r.Message))) }},
	{name: "raw", cell: func(dst []byte, r *Record) []byte {
		if !r.hasText() {
			return dst
		}
		return plain.AppendFields(dst, r.Raw)
	}},
	{name: "raw_base64", exact: true, cell: func(dst []byte, r *Record) []byte {
		if !r.hasText() {
			return dst
		}
		return base64.StdEncoding.AppendEncode(dst, r.Raw)
	}},
}

func appendPositive(dst []byte, n uint64) []byte {
	if n == 0 {
		return dst
	}
	return strconv.AppendUint(dst, n, 10)
}

// ParseColumns reads a list of columns such as time,session,11,55.
func ParseColumns(text string) ([]Column, error) {
	var chosen []Column
	for word := range strings.SplitSeq(text, ",") {
		word = strings.TrimSpace(word)
		if slices.ContainsFunc(chosen, func(c Column) bool { return c.name == word }) {
			return nil, fmt.Errorf("column %s is asked for twice", word)
		}
		at := slices.IndexFunc(columns, func(c Column) bool { return c.name == word })
		if at >= 0 {
			chosen = append(chosen, columns[at])
			continue
		}
		tag, err := strconv.ParseUint(word, 10, 31)
		if err != nil || tag == 0 || word[0] == '0' {
			return nil, fmt.Errorf("%q is no column: give tags, such as 11, and %s", word, ColumnNames())
		}
		chosen = append(chosen, Column{name: word, tag: int(tag)})
	}
	return chosen, nil
}

func ColumnNames() string {
	var names []string
	for i := range columns {
		names = append(names, columns[i].name)
	}
	return strings.Join(names, ", ")
}

// csvWriter writes one line for a record, by RFC 4180 with a header, in UTF-8 and without a byte order mark. Cells are
// text that can only be read: what does not show is written as \xNN or \uNNNN, \ as \\ and, in the column raw, SOH as |.
// So no cell holds a line end, which readers and spreadsheets treat in too many ways. A tag that occurs more than once has its
// values in their order, with | between them.
//
// A cell that a spreadsheet would take for a formula begins with its first character as \xNN, by the same rule: peers choose
// what stands in a message, and whoever opens the file would run it. Numbers, negative ones too, stay as they are.
type csvWriter struct {
	w       io.Writer
	columns []Column
	cells   []cell
	head    bool // is written
	line    []byte
}

type cell struct {
	text   []byte
	filled bool // by a tag
}

func newCSVWriter(w io.Writer, chosen []Column) *csvWriter {
	if chosen == nil {
		var err error
		if chosen, err = ParseColumns(DefaultColumns); err != nil {
			panic(err) // a constant of ours
		}
	}
	return &csvWriter{w: w, columns: chosen, cells: make([]cell, len(chosen))}
}

func (c *csvWriter) Write(r *Record) error {
	if err := c.writeHead(); err != nil {
		return err
	}
	for i := range c.cells {
		c.cells[i] = cell{text: c.cells[i].text[:0]}
		if fill := c.columns[i].cell; fill != nil {
			c.cells[i].text = fill(c.cells[i].text, r)
		}
	}
	if isMessage(r.Kind) {
		c.takeTags(r.Raw)
	}
	return c.writeCells()
}

// takeTags fills in the cells of tags, in one pass over the message.
func (c *csvWriter) takeTags(raw []byte) {
	for tag, value := range fixwire.Fields(raw) {
		if tag == 0 {
			continue
		}
		for i := range c.columns {
			if c.columns[i].tag != tag {
				continue
			}
			at := &c.cells[i]
			if at.filled {
				at.text = append(at.text, '|')
			}
			at.text, at.filled = plain.AppendText(at.text, value), true
		}
	}
}

func (c *csvWriter) writeHead() error {
	if c.head {
		return nil
	}
	c.head = true
	for i := range c.cells {
		c.cells[i].text = append(c.cells[i].text[:0], c.columns[i].name...)
	}
	return c.writeCells()
}

func (c *csvWriter) writeCells() error {
	c.line = c.line[:0]
	for i := range c.cells {
		if i > 0 {
			c.line = append(c.line, ',')
		}
		text := c.cells[i].text
		if !c.columns[i].exact {
			text = harmless(text)
		}
		c.line = appendCell(c.line, text, len(c.cells) == 1)
	}
	c.line = append(c.line, '\r', '\n')
	_, err := c.w.Write(c.line)
	return err
}

func (c *csvWriter) Close() error { return c.writeHead() }

// appendCell quotes where it has to, and an only cell that is empty: readers pass over a line with nothing in it.
func appendCell(dst, text []byte, only bool) []byte {
	quote := bytes.ContainsAny(text, "\",") || bytes.HasPrefix(text, []byte(" ")) || bytes.HasSuffix(text, []byte(" "))
	if !quote && !(only && len(text) == 0) {
		return append(dst, text...)
	}
	dst = append(dst, '"')
	for _, b := range text {
		if b == '"' {
			dst = append(dst, '"')
		}
		dst = append(dst, b)
	}
	return append(dst, '"')
}

// formulas begin formulas, the last four where full-width characters are typed.
const formulas = "=+-@＝＋－＠"

// harmless is text that no spreadsheet takes for a formula.
func harmless(text []byte) []byte {
	first, n := utf8.DecodeRune(text)
	switch {
	case !strings.ContainsRune(formulas, first) || isNumber(text):
		return text
	case n == 1:
		return fmt.Appendf(nil, `\x%02x%s`, first, text[n:])
	}
	return fmt.Appendf(nil, `\u%04x%s`, first, text[n:])
}

// isNumber reports whether text is digits with at most one point among them and at most one sign before them.
func isNumber(text []byte) bool {
	digits, points := 0, 0
	for i, b := range text {
		switch {
		case b >= '0' && b <= '9':
			digits++
		case b == '.':
			points++
		case i > 0 || b != '-' && b != '+':
			return false
		}
	}
	return digits > 0 && points <= 1
}
