package fixarchive

import (
	"time"

	"github.com/fixarchive/fixarchive/internal/alarm"
	"github.com/fixarchive/fixarchive/internal/disk"
)

// Alarm is a failure in the background that an archive's owner was told of, and how often.
type Alarm = alarm.Alarm

// Acknowledgement says that a person has seen the alarms up to a number.
type Acknowledgement = alarm.Acknowledgement

// Alarms returns what the archive's writers were alarmed by, in all generations, in the order in which it happened
// last. Each text stands there once, or twice when it was raised again after it was acknowledged. A line of their file
// that is damaged is an alarm too. Texts may hold what a peer chose: they are to be escaped where they are shown.
func (r *Reader) Alarms() ([]Alarm, error) {
	all, _, err := alarm.Read(r.fs, r.path)
	return all, ours(err)
}

// Acknowledgement returns the last one; zero when there is none.
func (r *Reader) Acknowledgement() (Acknowledgement, error) {
	_, ack, err := alarm.Read(r.fs, r.path)
	return ack, ours(err)
}

// AcknowledgeAlarms says that somebody has seen the alarms with numbers up to upTo. It may be called while a process
// writes to the archive. An alarm that is raised again afterwards is a new one.
func AcknowledgeAlarms(path string, upTo uint64, by string) error {
	r, err := OpenReader(path)
	if err != nil {
		return err
	}
	defer r.Close()
	fsys := disk.OS(disk.Modes{})
	return ours(alarm.Acknowledge(fsys, path, Acknowledgement{UpTo: upTo, At: time.Now(), By: by}))
}
