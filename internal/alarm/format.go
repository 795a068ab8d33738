package alarm

import (
	"bytes"
	"errors"
	"fmt"
	"hash/crc32"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// Alarm is a text, and how often it was raised between two times.
type Alarm struct {
	Number      uint64 // from 1, in the order of the lines, no reuse
	Generation  uint32
	Times       uint64 // at least: a process that is killed takes the last repetitions along
	First, Last time.Time
	Text        string

	Damaged      bool // the line cannot be read: Text is what stands there, and the rest is not known
	Acknowledged bool
}

// Acknowledgement says that a person has seen the alarms up to a number.
type Acknowledgement struct {
	UpTo uint64
	At   time.Time
	By   string
}

// ErrTooNew says that a later version wrote the file.
var ErrTooNew = errors.New("written by a later version of fixarchive")

const (
	version   = 1
	header    = "fixarchive-alarms "
	ackHeader = "fixarchive-acknowledged "

	textBytesMax = 1000    // of an alarm; what is longer is cut
	numberMax    = 1 << 53 // a greater one is damage
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

func appendHeader(dst []byte) []byte { return fmt.Appendf(dst, "%s%d\n", header, version) }

// appendLine adds an alarm as its line. One that was damaged stays what it was.
func appendLine(dst []byte, a *Alarm) []byte {
	if a.Damaged {
		return append(append(dst, a.Text...), '\n')
	}
	at := len(dst)
	dst = fmt.Appendf(dst, "%d %d %d %s %s %q ", a.Number, a.Generation, a.Times, timeText(a.First), timeText(a.Last), a.Text)
	return fmt.Appendf(dst, "%08x\n", crc32.Checksum(dst[at:], castagnoli))
}

func timeText(t time.Time) string { return t.UTC().Format(time.RFC3339Nano) }

// parseLine reads a line without its end. What it read must spell the same bytes again.
func parseLine(line []byte) (a Alarm, ok bool) {
	text := string(line)
	var words [5]string
	for i := range words {
		words[i], text, _ = strings.Cut(text, " ")
	}
	number, err := strconv.ParseUint(words[0], 10, 64)
	generation, err2 := strconv.ParseUint(words[1], 10, 32)
	times, err3 := strconv.ParseUint(words[2], 10, 64)
	first, err4 := time.Parse(time.RFC3339Nano, words[3])
	last, err5 := time.Parse(time.RFC3339Nano, words[4])
	quoted, err6 := strconv.QuotedPrefix(text)
	if errors.Join(err, err2, err3, err4, err5, err6) != nil || number == 0 || number > numberMax {
		return Alarm{}, false
	}
	said, _ := strconv.Unquote(quoted)
	a = Alarm{Number: number, Generation: uint32(generation), Times: times, First: first.UTC(), Last: last.UTC(), Text: said}
	return a, bytes.Equal(appendLine(nil, &a), append(line[:len(line):len(line)], '\n'))
}

// parse reads a ledger, whole or from the beginning of some line on. What stands behind the last end of a line is
// being written, or torn. Every line gets a number that is greater than the one before it.
func parse(b []byte) (all []Alarm, torn []byte, err error) {
	last := uint64(0)
	for at := 0; at < len(b); {
		n := bytes.IndexByte(b[at:], '\n')
		if n < 0 {
			return all, b[at:], nil
		}
		line := b[at : at+n]
		if v, is := strings.CutPrefix(string(line), header); at == 0 && is {
			if err := checkVersion(v); err != nil {
				return nil, nil, err
			}
			if v == strconv.Itoa(version) {
				at += n + 1
				continue
			}
		}
		a, ok := parseLine(line)
		if !ok {
			a = damaged(line)
		}
		a.Number = max(a.Number, last+1)
		last = a.Number
		all = append(all, a)
		at += n + 1
	}
	return all, nil, nil
}

func checkVersion(text string) error {
	if v, err := strconv.ParseUint(text, 10, 32); err == nil && v > version {
		return fmt.Errorf("version %d, and this program reads up to %d: %w", v, version, ErrTooNew)
	}
	return nil
}

func damaged(line []byte) Alarm {
	return Alarm{Times: 1, Text: cut(string(line)), Damaged: true}
}

// cut shortens a text, between two characters where it has any.
func cut(text string) string {
	if len(text) <= textBytesMax {
		return text
	}
	at := textBytesMax
	for at > textBytesMax-utf8.UTFMax && !utf8.RuneStart(text[at]) {
		at--
	}
	return text[:at] + "…"
}

func appendAcknowledgement(dst []byte, a *Acknowledgement) []byte {
	at := len(dst)
	dst = fmt.Appendf(dst, "%s%d %d %s %q ", ackHeader, version, a.UpTo, timeText(a.At), a.By)
	return fmt.Appendf(dst, "%08x\n", crc32.Checksum(dst[at:], castagnoli))
}

var errNoAcknowledgement = errors.New("not an acknowledgement")

func parseAcknowledgement(b []byte) (a Acknowledgement, err error) {
	text, ok := strings.CutPrefix(string(b), ackHeader)
	v, text, _ := strings.Cut(text, " ")
	if !ok {
		return a, errNoAcknowledgement
	}
	if err := checkVersion(v); err != nil {
		return a, err
	}
	number, text, _ := strings.Cut(text, " ")
	at, text, _ := strings.Cut(text, " ")
	quoted, err := strconv.QuotedPrefix(text)
	if err != nil {
		return a, errNoAcknowledgement
	}
	a.By, _ = strconv.Unquote(quoted)
	a.UpTo, err = strconv.ParseUint(number, 10, 64)
	if when, err2 := time.Parse(time.RFC3339Nano, at); err == nil && err2 == nil && a.UpTo <= numberMax {
		a.At = when.UTC()
		if bytes.Equal(appendAcknowledgement(nil, &a), b) {
			return a, nil
		}
	}
	return Acknowledgement{}, errNoAcknowledgement
}
