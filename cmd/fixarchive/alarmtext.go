package main

import (
	"fmt"
	"strings"

	"github.com/fixarchive/fixarchive"
)

func unacknowledged(all []fixarchive.Alarm) (open []fixarchive.Alarm) {
	for i := range all {
		if !all[i].Acknowledged {
			open = append(open, all[i])
		}
	}
	return open
}

func alarmLines(alarms []fixarchive.Alarm) (lines []byte) {
	for i := range alarms {
		lines = fmt.Appendf(lines, "%s\n", alarmText(&alarms[i]))
	}
	return lines
}

// alarmText is an alarm in one line. Its text may hold what a peer chose, and its line may be damaged.
func alarmText(a *fixarchive.Alarm) string {
	text := safe(strings.ReplaceAll(a.Text, "\n", "; "))
	if a.Damaged {
		return "a damaged line of the file alarms: " + text
	}
	often := ""
	if a.Times > 1 {
		often = fmt.Sprintf(", %d times since %s", a.Times, second(a.First))
	}
	if a.Acknowledged {
		often += ", acknowledged"
	}
	return fmt.Sprintf("%s%s: %s", second(a.Last), often, text)
}

type jsonAlarm struct {
	Number       uint64 `json:"number"`
	Generation   uint32 `json:"generation,omitempty"`
	First        string `json:"first,omitempty"`
	Last         string `json:"last,omitempty"`
	Times        uint64 `json:"times"`
	Text         string `json:"text"`
	Acknowledged bool   `json:"acknowledged"`
	Damaged      bool   `json:"damaged,omitempty"`
}

func alarmsJSON(alarms []fixarchive.Alarm) (lines []byte) {
	for i := range alarms {
		j := alarmJSON(&alarms[i])
		lines = appendJSON(lines, &j)
	}
	return lines
}

func alarmJSON(a *fixarchive.Alarm) jsonAlarm {
	return jsonAlarm{
		Number: a.Number, Generation: a.Generation, First: jsonTime(a.First), Last: jsonTime(a.Last), Times: a.Times,
		Text: a.Text, Acknowledged: a.Acknowledged, Damaged: a.Damaged,
	}
}

// alarmsShown is how many alarms stat shows: the last.
const alarmsShown = 3

func lastOf(open []fixarchive.Alarm) []fixarchive.Alarm { return open[max(0, len(open)-alarmsShown):] }

type jsonAlarms struct {
	Open int         `json:"unacknowledged"`
	Last []jsonAlarm `json:"last,omitempty"`
}

func openJSON(open []fixarchive.Alarm) jsonAlarms {
	j := jsonAlarms{Open: len(open)}
	for _, alarm := range lastOf(open) {
		j.Last = append(j.Last, alarmJSON(&alarm))
	}
	return j
}

func addAlarms(add func(what, format string, args ...any), open []fixarchive.Alarm) {
	if len(open) == 0 {
		return
	}
	add("alarms", "%d not acknowledged; fixarchive alarms lists them, the last %s", len(open), plural(min(len(open), alarmsShown), "is", "are"))
	for _, alarm := range lastOf(open) {
		add("", "%s", alarmText(&alarm))
	}
}
