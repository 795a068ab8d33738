package alarm

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"

	"github.com/fixarchive/fixarchive/internal/disk"
)

func ledgerPath(dir string) string       { return filepath.Join(dir, "alarms") }
func acknowledgedPath(dir string) string { return filepath.Join(dir, "alarms.acknowledged") }

// Read returns the alarms of the archive in a directory, each text once for those that are acknowledged and once for
// those that are not, in the order in which they were raised last; and the acknowledgement, zero where there is none.
func Read(fsys disk.FS, dir string) ([]Alarm, Acknowledgement, error) {
	all, _, _, err := readLedger(fsys, dir)
	if err != nil {
		return nil, Acknowledgement{}, err
	}
	ack, err := readAcknowledgement(fsys, dir)
	if err != nil {
		return nil, ack, err
	}
	for i := range all {
		all[i].Acknowledged = all[i].Number <= ack.UpTo
	}
	return merged(all), ack, nil
}

// readLedger reads the lines of a ledger, of one that is far too long the last, and what is torn behind them.
func readLedger(fsys disk.FS, dir string) (all []Alarm, torn []byte, size int64, err error) {
	path := ledgerPath(dir)
	f, err := fsys.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil, 0, nil
	}
	if err != nil {
		return nil, nil, 0, err
	}
	defer f.Close()
	if size, err = f.Size(); err != nil {
		return nil, nil, 0, err
	}
	const most = 4 * bytesMax
	b, from := make([]byte, min(size, most)), max(0, size-most)
	if n, err := f.ReadAt(b, from); n < len(b) { // a reader may meet one that has just become shorter
		if b = b[:n]; n == 0 && err != nil && size > 0 {
			return nil, nil, 0, err
		}
	}
	if from > 0 {
		b = b[bytes.IndexByte(b, '\n')+1:]
	}
	if all, torn, err = parse(b); err != nil {
		err = fmt.Errorf("%s: %w", path, err)
	}
	return all, torn, size, err
}

// readAcknowledgement takes one that is damaged for none: alarms are rather shown twice than not at all.
func readAcknowledgement(fsys disk.FS, dir string) (Acknowledgement, error) {
	path := acknowledgedPath(dir)
	f, err := fsys.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return Acknowledgement{}, nil
	}
	if err != nil {
		return Acknowledgement{}, err
	}
	defer f.Close()
	b := make([]byte, 8*textBytesMax)
	n, _ := f.ReadAt(b, 0) // what cannot be read is damage
	ack, err := parseAcknowledgement(b[:n])
	if errors.Is(err, ErrTooNew) {
		return ack, fmt.Errorf("%s: %w", path, err)
	}
	return ack, nil
}

// merged is each text once, where it stands last, with all the times that it was raised. Those that are acknowledged
// stay apart from those that are not.
func merged(all []Alarm) []Alarm {
	type key struct {
		text         string
		acknowledged bool
	}
	last := map[key]int{}
	for i := range all {
		if !all[i].Damaged {
			last[key{all[i].Text, all[i].Acknowledged}] = i
		}
	}
	var kept []Alarm
	sums := map[key]Alarm{}
	for i := range all {
		a, k := all[i], key{all[i].Text, all[i].Acknowledged}
		if a.Damaged {
			kept = append(kept, a)
			continue
		}
		if sum, again := sums[k]; again {
			a = added(sum, a)
		}
		sums[k] = a
		if last[k] == i {
			kept = append(kept, a)
		}
	}
	return kept
}

// added is two alarms as one, b the later.
func added(a, b Alarm) Alarm {
	b.Times += min(a.Times, ^uint64(0)-b.Times)
	if b.First.IsZero() || !a.First.IsZero() && a.First.Before(b.First) {
		b.First = a.First
	}
	if a.Last.After(b.Last) {
		b.Last = a.Last
	}
	return b
}

// Acknowledge says that the alarms up to a number were seen. A number that no alarm has yet acknowledges those that
// there are. The directory need not be that of a writer.
func Acknowledge(fsys disk.FS, dir string, a Acknowledgement) error {
	all, _, _, err := readLedger(fsys, dir)
	if err != nil {
		return err
	}
	before, err := readAcknowledgement(fsys, dir)
	if err != nil {
		return err
	}
	last := uint64(0)
	if len(all) > 0 {
		last = all[len(all)-1].Number
	}
	if a.UpTo = min(a.UpTo, last); a.UpTo <= before.UpTo {
		return nil
	}
	a.By = cut(a.By)
	return disk.WriteFile(fsys, acknowledgedPath(dir), appendAcknowledgement(nil, &a))
}
