package export

import (
	"fmt"
	"time"

	"github.com/fixarchive/fixarchive"
)

// Describe says in words what a record is that is neither a message nor an event; of those it says nothing.
func Describe(m *fixarchive.Message) string {
	switch {
	case m.Lost != nil:
		return describeLost(m.Lost)
	case m.Change != nil:
		return describeChange(m.Change)
	case m.Kind == fixarchive.Mark, m.Kind == fixarchive.Void:
		return fmt.Sprintf("of record %d", m.Refers)
	}
	return ""
}

func describeLost(l *fixarchive.Lost) string {
	what := fmt.Sprintf("records %d to %d were lost", l.First, l.Last)
	switch {
	case l.Count == 0:
		what = fmt.Sprintf("from record %d on an unknown number was lost", l.First)
	case l.Count == 1:
		what = fmt.Sprintf("record %d was lost", l.First)
	}
	if l.Bytes > 0 {
		what += fmt.Sprintf(", %d bytes", l.Bytes)
	}
	if l.Count != 1 && !l.Since.IsZero() {
		what += fmt.Sprintf(", from %s to %s", l.Since.Format(TimeForm), l.Till.Format(TimeForm))
	}
	return what + ": " + l.Reason
}

func describeChange(c *fixarchive.Change) string {
	switch c.What {
	case "set sender", "set target":
		return fmt.Sprintf("%s to %d", c.What, c.Value)
	case "opened":
		return fmt.Sprintf("archive opened, generation %d", c.Value)
	case "clock moved":
		return fmt.Sprintf("%s by %v", c.What, time.Duration(c.Value))
	}
	return c.What
}
