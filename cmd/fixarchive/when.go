package main

import (
	"strings"
	"time"
)

// whenForms are the spellings of a time, all in UTC unless they say otherwise.
var whenForms = []string{
	time.RFC3339Nano, "2006-01-02T15:04:05.999999999", "2006-01-02 15:04:05.999999999", "2006-01-02T15:04", "2006-01-02 15:04", time.DateOnly,
}

var clockForms = []string{"15:04:05.999999999", "15:04"}

// parseWhen reads what --since and --until take. A date stands for its beginning.
func parseWhen(flag, text string, now time.Time) (time.Time, error) {
	now = now.UTC()
	for _, form := range whenForms {
		if t, err := time.Parse(form, text); err == nil {
			return t.UTC(), nil
		}
	}
	for _, form := range clockForms {
		if t, err := time.Parse(form, text); err == nil {
			midnight := now.Truncate(24 * time.Hour)
			return midnight.Add(t.Sub(t.Truncate(24 * time.Hour))), nil
		}
	}
	if d, err := time.ParseDuration(text); err == nil && !strings.HasPrefix(text, "+") {
		if strings.HasPrefix(text, "-") {
			return time.Time{}, usagef("--%s %q has a sign: %s is that long ago; a time to come is given as such", flag, text, text[1:])
		}
		return now.Add(-d), nil
	}
	if days, ok := strings.CutSuffix(text, "d"); ok {
		if n, ok := parseNumber(days); ok && n < 100_000 {
			return now.AddDate(0, 0, -int(n)), nil
		}
	}
	return time.Time{}, usagef("--%s %q is no time: give 2026-11-23T09:30:00Z, 2026-11-23, 09:30 (today, UTC) or 2h (ago)", flag, text)
}
