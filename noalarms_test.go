package fixarchive_test

import (
	"errors"
	"testing"

	"github.com/fixarchive/fixarchive"
)

// noAlarms fails the test for every alarm but the one of a disk that is slow, which is the machine's.
func noAlarms(tb testing.TB) func(error) {
	return func(err error) {
		if !errors.Is(err, fixarchive.ErrTrailing) {
			tb.Errorf("alarm: %v", err)
		}
	}
}
