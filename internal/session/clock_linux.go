package session

import (
	"time"

	"github.com/fixarchive/fixarchive/internal/record"
)

// Now is the capture time. Any goroutine may ask.
func (c *Clock) Now() record.Nanos { return c.since() }

// Check compares the clock with the wall clock, at most every 10 ms however often it is called, and says by how
// much that was stepped. One goroutine may call it.
func (c *Clock) Check() (step time.Duration, stepped bool) { return c.check() }
