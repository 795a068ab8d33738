package filestore

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// smallMost is more than any small file of an engine holds.
const smallMost = 256

// numbers are the next MsgSeqNums; 0: not told.
type numbers struct{ sender, target int64 }

var errEmpty = errors.New("it is empty")

// parseNumber reads P.senderseqnums or P.targetseqnums.
func (f Format) parseNumber(b []byte) (int64, error) {
	text := strings.Trim(string(b), "\r\n")
	if f.isJava() {
		if len(b) == 0 {
			return 1, nil // it writes the first number when that changes
		}
		var err error
		if text, err = parseUTF(b); err != nil {
			return 0, err
		}
	} else if len(b) == 0 {
		return 0, errEmpty
	}
	return number(text)
}

// parseNumbers reads P.seqnums.
func (f Format) parseNumbers(b []byte) (n numbers, err error) {
	text := string(b)
	if f.isJava() {
		if len(b) == 0 {
			return numbers{1, 1}, nil
		}
		if text, err = parseUTF(b); err != nil {
			return n, err
		}
	} else if len(b) == 0 {
		return n, errEmpty
	}
	sender, target, ok := strings.Cut(text, ":")
	if !ok {
		return n, fmt.Errorf("%q is not two numbers", text)
	}
	if n.sender, err = number(strings.TrimSpace(sender)); err == nil {
		n.target, err = number(strings.TrimSpace(target))
	}
	if err != nil {
		return numbers{}, err
	}
	return n, nil
}

// digits are how many quickfixgo writes.
const digits = 19

// cutOff says why numbers that can be read are likely a part of what was written: engines fill them up to one width.
func (f Format) cutOff(ending string, b []byte) string {
	switch {
	case f == QuickFIXGo && ending != sessionFile && len(bytes.Trim(b, "\r\n")) != digits:
		return fmt.Sprintf("%q has not the %d digits that the engine writes", b, digits)
	case !f.isJava() && ending == numbersFile:
		sender, target, _ := bytes.Cut(bytes.TrimSpace(b), []byte(" : "))
		if len(sender) >= 10 && len(sender) != len(target) { // old versions did not fill up
			return fmt.Sprintf("%q are numbers of %d and %d digits, and the engine writes as many of both", b, len(sender), len(target))
		}
	}
	return ""
}

func number(text string) (int64, error) {
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < 1 || n > math.MaxInt {
		return 0, fmt.Errorf("%q is no MsgSeqNum", text)
	}
	return n, nil
}

// appendSmall returns what the engine writes into one of its small files.
func (f Format) appendSmall(ending string, n numbers, created time.Time) ([]byte, error) {
	switch ending {
	case sessionFile:
		return f.appendCreated(created)
	case senderFile:
		return f.appendNumber(n.sender)
	case targetFile:
		return f.appendNumber(n.target)
	}
	if err := f.fits(n.sender, n.target); err != nil {
		return nil, err
	}
	switch f {
	case QuickFIXJCached:
		return appendUTF(fmt.Sprintf("%d:%d", n.sender, n.target)), nil
	case QuickFIX115:
		return fmt.Appendf(nil, "%010d : %010d", n.sender, n.target), nil
	}
	return fmt.Appendf(nil, "%020d : %020d", n.sender, n.target), nil
}

func (f Format) appendNumber(n int64) ([]byte, error) {
	if f.isJava() {
		return appendUTF(strconv.FormatInt(n, 10)), f.fits(n)
	}
	return fmt.Appendf(nil, "%019d", n), nil
}

func (f Format) fits(all ...int64) error {
	for _, n := range all {
		if f != QuickFIXGo && n > math.MaxInt32 {
			return fmt.Errorf("MsgSeqNum %d: %s counts up to %d", n, f, math.MaxInt32)
		}
	}
	return nil
}

// Times of C++, /J and /n, all in UTC.
const (
	createdForm     = "20060102-15:04:05"
	createdFormJava = "20060102-15:04:05.000"
)

func (f Format) appendCreated(t time.Time) ([]byte, error) {
	switch {
	case f == QuickFIXGo:
		return t.MarshalText()
	case f.isJava():
		return appendUTF(t.UTC().Format(createdFormJava)), nil
	}
	return []byte(t.UTC().Format(createdForm)), nil
}

// parseCreated reads P.session. A time that an archive cannot hold is none.
func (f Format) parseCreated(b []byte) (t time.Time, err error) {
	text := string(b)
	switch {
	case len(b) == 0:
		return t, errEmpty
	case f == QuickFIXGo:
		err = t.UnmarshalText(b)
	case f.isJava():
		if text, err = parseUTF(b); err != nil {
			return t, err
		}
		fallthrough
	default:
		t, err = time.Parse(createdForm, strings.TrimSpace(text)) // takes a fraction too
	}
	if err != nil {
		return time.Time{}, fmt.Errorf("%q is no time", text)
	}
	if y := t.Year(); y < 1900 || y > 2200 {
		return time.Time{}, fmt.Errorf("%q is no time that a store was made", text)
	}
	return t, nil
}

// parseUTF reads what Java's writeUTF wrote. A shorter text is written over the beginning of a longer one, so more may follow.
func parseUTF(b []byte) (string, error) {
	if len(b) < 2 {
		return "", errors.New("it is cut off")
	}
	n := int(binary.BigEndian.Uint16(b))
	if n == 0 || n > len(b)-2 {
		return "", fmt.Errorf("a text of %d bytes, and %d follow", n, len(b)-2)
	}
	return string(b[2 : 2+n]), nil
}

// appendUTF is for text in ASCII.
func appendUTF(text string) []byte {
	return append(binary.BigEndian.AppendUint16(nil, uint16(len(text))), text...)
}
