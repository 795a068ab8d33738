package main

import (
	"errors"
	"testing"
	"time"
)

func TestNumbers(t *testing.T) {
	for text, want := range map[string]numbers{
		"48": {48, 48}, "40-50": {40, 50}, "40-": {40, 0}, "7-7": {7, 7}, "1-18446744073709551615": {1, 1<<64 - 1},
	} {
		if got, err := parseNumbers(text); err != nil || got != want {
			t.Errorf("%s: got %v, %v", text, got, err)
		}
	}
	for _, text := range []string{"", "0", "-", "-5", "0-5", "5-0", "50-40", "x", "4x", "4-x", "4-5-6", "+4", "4-+5", " 4", "1e3", "18446744073709551616"} {
		if got, err := parseNumbers(text); !isUsage(err) {
			t.Errorf("%q: got %v, %v", text, got, err)
		}
	}
}

func TestWhen(t *testing.T) {
	now := time.Date(2026, 11, 24, 10, 20, 30, 0, time.FixedZone("", 2*3600)) // 08:20:30 UTC
	for text, want := range map[string]string{
		"2026-11-23T09:30:00Z":           "2026-11-23T09:30:00Z",
		"2026-11-23T09:30:00.123456789Z": "2026-11-23T09:30:00.123456789Z",
		"2026-11-23T09:30:00+02:00":      "2026-11-23T07:30:00Z",
		"2026-11-23T09:30:00":            "2026-11-23T09:30:00Z",
		"2026-11-23 09:30":               "2026-11-23T09:30:00Z",
		"2026-11-23":                     "2026-11-23T00:00:00Z",
		"09:30":                          "2026-11-24T09:30:00Z",
		"09:30:15.5":                     "2026-11-24T09:30:15.5Z",
		"2h":                             "2026-11-24T06:20:30Z",
		"1h30m":                          "2026-11-24T06:50:30Z",
		"3d":                             "2026-11-21T08:20:30Z",
	} {
		got, err := parseWhen("since", text, now)
		if err != nil || got.Format(time.RFC3339Nano) != want || got.Location() != time.UTC {
			t.Errorf("%s: got %v, %v, want %s", text, got, err, want)
		}
	}
	for _, text := range []string{"", "yesterday", "2026-13-01", "25:00", "2", "2026", "-", "0d", "+2h", "-2h", "-0h"} {
		if got, err := parseWhen("since", text, now); !isUsage(err) {
			t.Errorf("%q: got %v, %v", text, got, err)
		}
	}
}

func isUsage(err error) bool { return errors.As(err, new(usageError)) && status(err) == statusUsage }

func TestBytesText(t *testing.T) {
	for n, want := range map[uint64]string{0: "0 B", 1023: "1023 B", 1024: "1.0 KiB", 1536: "1.5 KiB", 5 << 30: "5.0 GiB", 1<<64 - 1: "16384.0 PiB"} {
		if got := bytesText(n); got != want {
			t.Errorf("%d: got %s, want %s", n, got, want)
		}
	}
}
