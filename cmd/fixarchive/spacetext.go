package main

import (
	"fmt"
	"math"

	"github.com/fixarchive/fixarchive"
)

// spaceText is the disk as people say it.
func spaceText(s *fixarchive.Space) string {
	if s.TotalBytes == 0 {
		return "the system does not say"
	}
	text := fmt.Sprintf("%s free of %s", bytesText(uint64(s.FreeBytes)), bytesText(uint64(s.TotalBytes)))
	if s.BytesPerDay == 0 {
		return text
	}
	return fmt.Sprintf("%s; the archive grows by %s a day, enough for %s", text, bytesText(uint64(s.BytesPerDay)), daysText(s.DaysLeft))
}

func daysText(days float64) string {
	switch {
	case days >= 10*365:
		return "years"
	case days >= 10:
		return fmt.Sprintf("%.0f days", days)
	}
	return fmt.Sprintf("%.1f days", days)
}

func reserveText(s *fixarchive.Space) string {
	if s.ReserveBytes == 0 {
		return "none"
	}
	return bytesText(uint64(s.ReserveBytes)) + ", given back when the disk is full"
}

type jsonSpace struct {
	Free        int64    `json:"free_bytes"`
	Total       int64    `json:"total_bytes"`
	BytesPerDay int64    `json:"bytes_per_day"`
	DaysLeft    *float64 `json:"days_left,omitempty"`
	Reserve     int64    `json:"reserve_bytes"`
}

func spaceJSON(s *fixarchive.Space) *jsonSpace {
	j := &jsonSpace{Free: s.FreeBytes, Total: s.TotalBytes, BytesPerDay: s.BytesPerDay, Reserve: s.ReserveBytes}
	if !math.IsInf(s.DaysLeft, 0) {
		days := math.Round(s.DaysLeft*10) / 10
		j.DaysLeft = &days
	}
	return j
}
