package query

import (
	"math"
	"strconv"
	"strings"
	"time"
)

// Span is a stretch of time: at or after From, before Till. A time that is written stands for all that begins with
// it: 2026-11-23 for a day, 09:30 for a minute. One that is written to nine digits of a second, or as 2h (ago), is a
// nanosecond.
type Span struct{ From, Till time.Time }

// spanForms are the spellings of a time, all in UTC unless they say otherwise, and how long each lasts; 0 where
// the digits of the second say it.
var spanForms = []struct {
	form  string
	clock bool // of the day that it is
	lasts time.Duration
}{
	{time.DateOnly, false, 24 * time.Hour},
	{"2006-01-02T15:04Z07:00", false, time.Minute}, {"2006-01-02T15:04", false, time.Minute}, {"2006-01-02 15:04", false, time.Minute},
	{time.RFC3339, false, 0}, {"2006-01-02T15:04:05", false, 0}, {"2006-01-02 15:04:05", false, 0},
	{"20060102-15:04:05", false, 0}, {"20060102-15:04", false, time.Minute}, // as FIX writes them
	{"15:04", true, time.Minute}, {"15:04:05", true, 0},
}

// TimeForms says in an error what a time may look like.
const TimeForms = "2026-11-23T09:30:00Z, 2026-11-23, 09:30 (today, UTC) or 2h (ago)"

// ParseSpan reads a time.
func ParseSpan(text string, now time.Time) (s Span, ok bool) {
	now = now.UTC()
	for _, f := range spanForms {
		t, err := time.Parse(f.form, text)
		if err != nil {
			continue
		}
		if f.clock {
			t = now.Truncate(24 * time.Hour).Add(t.Sub(t.Truncate(24 * time.Hour)))
		}
		lasts := f.lasts
		if lasts == 0 {
			lasts = precision(text)
		}
		return Span{t.UTC(), t.UTC().Add(lasts)}, true
	}
	if t, ok := ago(text, now); ok {
		return Span{t, t.Add(1)}, true
	}
	return Span{}, false
}

// precision is how long a second is that is written with some digits behind its point.
func precision(text string) time.Duration {
	at := strings.IndexAny(text, ".,")
	if at < 0 {
		return time.Second
	}
	lasts := time.Second
	for n := digits([]byte(text[at+1:])); n > 0 && lasts > 1; n-- {
		lasts /= 10
	}
	return lasts
}

// ago reads 2h, 1h30m or 3d.
func ago(text string, now time.Time) (time.Time, bool) {
	if d, err := time.ParseDuration(text); err == nil && !strings.HasPrefix(text, "+") && strings.TrimLeft(text, "-0") != "" {
		return now.Add(-d.Abs()), true
	}
	days, ok := strings.CutSuffix(text, "d")
	n, err := strconv.ParseUint(days, 10, 32)
	if !ok || err != nil || n == 0 || n >= 100_000 || days[0] == '+' {
		return time.Time{}, false
	}
	return now.AddDate(0, 0, -int(n)), true
}

// nanos is the span in nanoseconds since the Unix epoch, as near as they can say it.
func (s Span) nanos() nanoSpan { return nanoSpan{nanosOf(s.From), nanosOf(s.Till)} }

// nanoSpan is a Span as records have times.
type nanoSpan struct{ from, till int64 }

var earliest, latest = time.Unix(0, math.MinInt64), time.Unix(0, math.MaxInt64)

func nanosOf(t time.Time) int64 {
	switch {
	case t.Before(earliest):
		return math.MinInt64
	case t.After(latest):
		return math.MaxInt64
	}
	return t.UnixNano()
}

// fulfils reports whether t stands to the span as o says.
func (s nanoSpan) fulfils(o op, t int64) bool {
	switch o {
	case equal, sameValue:
		return t >= s.from && t < s.till
	case notEqual:
		return t < s.from || t >= s.till
	case less:
		return t < s.from
	case lessEqual:
		return t < s.till
	case greater:
		return t >= s.till
	case greaterEqual:
		return t >= s.from
	}
	return false
}

// parseFIXTime reads a time as FIX writes them, 20261123-09:30:00.123, and a date, which stands for its beginning. What
// is finer than a nanosecond is cut off. It allocates nothing.
func parseFIXTime(b []byte) (nanos int64, ok bool) {
	year, ok1 := twoDigits(b, 0)
	century, ok2 := year, ok1
	if year, ok1 = twoDigits(b, 2); !ok1 || !ok2 {
		return 0, false
	}
	month, ok1 := twoDigits(b, 4)
	day, ok2 := twoDigits(b, 6)
	if !ok1 || !ok2 || month < 1 || month > 12 || day < 1 || day > 31 {
		return 0, false
	}
	date := time.Date(century*100+year, time.Month(month), day, 0, 0, 0, 0, time.UTC)
	if date.Day() != day || date.Before(earliest) || date.After(latest) {
		return 0, false
	}
	nanos = date.UnixNano()
	if len(b) == 8 {
		return nanos, true
	}
	if b[8] != '-' {
		return 0, false
	}
	clock, ok := parseFIXClock(b[9:])
	return nanos + clock, ok
}

// parseFIXClock reads 09:30, 09:30:00 or 09:30:00.123456. A second may be 60: FIX allows for leap seconds.
func parseFIXClock(b []byte) (nanos int64, ok bool) {
	hour, ok1 := twoDigits(b, 0)
	minute, ok2 := twoDigits(b, 3)
	if !ok1 || !ok2 || hour > 23 || minute > 59 || b[2] != ':' {
		return 0, false
	}
	nanos = int64(hour)*int64(time.Hour) + int64(minute)*int64(time.Minute)
	if len(b) == 5 {
		return nanos, true
	}
	second, ok := twoDigits(b, 6)
	if !ok || second > 60 || b[5] != ':' {
		return 0, false
	}
	nanos += int64(second) * int64(time.Second)
	if len(b) == 8 {
		return nanos, true
	}
	if b[8] != '.' || len(b) == 9 || digits(b[9:]) != len(b)-9 {
		return 0, false
	}
	for i, unit := 9, int64(time.Second)/10; i < len(b) && unit > 0; i, unit = i+1, unit/10 {
		nanos += int64(b[i]-'0') * unit
	}
	return nanos, true
}

func twoDigits(b []byte, at int) (n int, ok bool) {
	if len(b) < at+2 {
		return 0, false
	}
	tens, ones := b[at]-'0', b[at+1]-'0'
	return int(tens)*10 + int(ones), tens <= 9 && ones <= 9
}
