package alarm

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/fixarchive/fixarchive/internal/disk"
)

const (
	bytesMax = 256 << 10 // of the file; what is newest of it is kept, in half of that
	knownMax = 256       // so many different texts are told apart at a time

	againFirst = 10 * time.Second // the same text gets another line after this
	againLast  = time.Hour        // … and after twice as long each time, up to this
	retryAfter = 10 * time.Second // a file that could not be written is left alone for this long
)

// The texts of alarms that stand for others.
const (
	manyText    = "more alarms were raised at once than are told apart here; Options.Alarm was told of them"
	droppedText = "older alarms made room here for newer ones"
)

// Ledger is the file open for adding to. Make it with New.
type Ledger struct {
	fs  disk.FS
	dir string

	mu    sync.Mutex
	known map[string]*noted

	// Owned by who holds writing.
	writing   sync.Mutex
	looked    bool    // at the file, for what follows
	end       int64   // of the file
	torn      bool    // it does not end with a line
	next      uint64  // number
	unwritten []Alarm // that have their numbers
	retry     time.Time
}

// noted is a text that was raised lately.
type noted struct {
	generation  uint32
	times       uint64 // that no line tells of
	first, last time.Time
	written     time.Time // the last line; zero: none yet
	again       time.Duration
}

// New returns the ledger of the archive in a directory. It does no I/O.
func New(fsys disk.FS, dir string) *Ledger {
	return &Ledger{fs: fsys, dir: dir, known: map[string]*noted{}}
}

// Note counts an alarm, to be written by the next Write.
func (l *Ledger) Note(text string, generation uint32, now time.Time) {
	text = cut(text)
	l.mu.Lock()
	defer l.mu.Unlock()
	n := l.known[text]
	if n == nil {
		n = l.learn(text)
	}
	if n.times == 0 {
		n.first = now
	}
	n.times++
	n.last, n.generation = now, generation
}

// learn makes room for another text by forgetting what has its lines. Called with mu held.
func (l *Ledger) learn(text string) *noted {
	if len(l.known) >= knownMax {
		for t, n := range l.known {
			if n.times == 0 {
				delete(l.known, t)
			}
		}
	}
	if len(l.known) >= knownMax {
		text = manyText
	}
	n := l.known[text]
	if n == nil {
		n = &noted{}
		l.known[text] = n
	}
	return n
}

// due reports whether a text is worth a line now.
func (n *noted) due(now time.Time) bool {
	return n.times > 0 && (n.written.IsZero() || now.Sub(n.written) >= n.again)
}

// Due reports whether Write would write.
func (l *Ledger) Due(now time.Time) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, n := range l.known {
		if n.due(now) {
			return true
		}
	}
	return false
}

// Write brings to the file what is due, and what an earlier call could not write, durably.
func (l *Ledger) Write(now time.Time) error { return l.write(now, false) }

// Close brings everything to the file that was noted, due or not. Nothing is kept open between calls.
func (l *Ledger) Close(now time.Time) error { return l.write(now, true) }

func (l *Ledger) write(now time.Time, all bool) error {
	l.writing.Lock()
	defer l.writing.Unlock()
	if !all && now.Before(l.retry) {
		return nil
	}
	l.retry = time.Time{}
	if err := l.put(now, all); err != nil {
		l.retry = now.Add(retryAfter)
		return fmt.Errorf("alarms are not written down: %w", err)
	}
	return nil
}

func (l *Ledger) put(now time.Time, all bool) error {
	if len(l.unwritten) == 0 && !all && !l.Due(now) {
		return nil
	}
	if err := l.look(); err != nil {
		return err
	}
	l.gather(now, all)
	if len(l.unwritten) == 0 {
		return nil
	}
	if err := l.add(); err != nil {
		return err
	}
	l.unwritten = nil
	return nil
}

// look learns from the file which number is next. An acknowledgement counts too: it may know of alarms whose ledger
// was removed.
func (l *Ledger) look() error {
	if l.looked {
		return nil
	}
	all, torn, size, err := readLedger(l.fs, l.dir)
	if err != nil {
		return err
	}
	ack, err := readAcknowledgement(l.fs, l.dir)
	if err != nil {
		return err
	}
	l.next = ack.UpTo + 1
	if len(all) > 0 {
		l.next = max(l.next, all[len(all)-1].Number+1)
	}
	if len(torn) > 0 {
		l.next++ // it is given a line
	}
	l.end, l.torn, l.looked = size, len(torn) > 0, true
	return nil
}

// gather gives numbers to what is due. While the file refuses them, no more than the known texts wait.
func (l *Ledger) gather(now time.Time, all bool) {
	if len(l.unwritten) > knownMax {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	from := len(l.unwritten)
	for text, n := range l.known {
		if n.due(now) || all && n.times > 0 {
			l.unwritten = append(l.unwritten, Alarm{Generation: n.generation, Times: n.times, First: n.first, Last: n.last, Text: text})
			n.told(now)
		}
	}
	slices.SortFunc(l.unwritten[from:], func(a, b Alarm) int {
		return cmp.Or(a.First.Compare(b.First), strings.Compare(a.Text, b.Text))
	})
	for i := range l.unwritten[from:] {
		l.unwritten[from+i].Number = l.next
		l.next++
	}
}

// told sets when the text gets its next line: later each time, unless it was not raised for long.
func (n *noted) told(now time.Time) {
	switch {
	case n.written.IsZero() || now.Sub(n.written) > 4*n.again:
		n.again = againFirst
	default:
		n.again = min(2*n.again, againLast)
	}
	n.times, n.written = 0, now
}

// add appends what is unwritten, or writes the file anew with it.
func (l *Ledger) add() error {
	var b []byte
	if l.end == 0 {
		b = appendHeader(b)
	}
	for i := range l.unwritten {
		b = appendLine(b, &l.unwritten[i])
	}
	if l.torn || l.end+int64(len(b)) > bytesMax {
		return l.replace()
	}
	f, err := l.fs.OpenFile(ledgerPath(l.dir), os.O_CREATE)
	if err != nil {
		return err
	}
	defer f.Close()
	if size, err := f.Size(); err != nil || size != l.end {
		// It was removed, or edited, or an earlier call has failed in the middle: then nothing is known of what it holds.
		return errors.Join(err, l.replace())
	}
	if _, err := f.WriteAt(b, l.end); err != nil {
		return err
	}
	if err := f.Sync(); err != nil {
		return err
	}
	if l.end == 0 {
		if err := l.fs.SyncDir(l.dir); err != nil {
			return err
		}
	}
	l.end += int64(len(b))
	return nil
}

// replace writes the file anew: what can be read of it, then what is unwritten, none of it twice.
func (l *Ledger) replace() error {
	all, torn, _, err := readLedger(l.fs, l.dir)
	if err != nil {
		return err
	}
	first := l.unwritten[0].Number
	all = slices.DeleteFunc(all, func(a Alarm) bool { return !a.Damaged && a.Number >= first })
	if len(torn) > 0 && !l.begins(torn) {
		all = append(all, damaged(torn))
	}
	b := appendHeader(nil)
	for _, a := range shortened(append(all, l.unwritten...)) {
		b = appendLine(b, &a)
	}
	if err := disk.WriteFile(l.fs, ledgerPath(l.dir), b); err != nil {
		return err
	}
	l.end, l.torn = int64(len(b)), false
	return nil
}

// begins reports whether text is the beginning of what is unwritten: this process has torn it.
func (l *Ledger) begins(text []byte) bool {
	for i := range l.unwritten {
		if line := appendLine(nil, &l.unwritten[i]); len(line) > len(text) && string(line[:len(text)]) == string(text) {
			return true
		}
	}
	return false
}

// shortened is what a file may hold: of too much, each text once, and then the newest half and how many gave way.
func shortened(all []Alarm) []Alarm {
	if lengthOf(all) <= bytesMax {
		return all
	}
	all = merged(all)
	length, gone := lengthOf(all), Alarm{}
	for i := range all {
		if length <= bytesMax/2 {
			return append([]Alarm{gone}, all[i:]...)
		}
		length -= len(appendLine(nil, &all[i]))
		gone = added(gone, all[i])
		gone.Text, gone.Damaged = droppedText, false
	}
	return []Alarm{gone}
}

func lengthOf(all []Alarm) (n int) {
	for i := range all {
		n += len(appendLine(nil, &all[i]))
	}
	return n
}
