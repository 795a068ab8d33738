//go:build !linux

package session

import (
	"time"

	"github.com/fixarchive/fixarchive/internal/record"
)

// Now is the capture time: elsewhere the monotonic clock is not known to be cheaper, or fine enough.
func (c *Clock) Now() record.Nanos { return record.Nanos(time.Now().UnixNano()) }

// Check has nothing to compare.
func (c *Clock) Check() (step time.Duration, stepped bool) { return 0, false }
