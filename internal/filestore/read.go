package filestore

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"time"

	"github.com/fixarchive/fixarchive/internal/disk"
	"github.com/fixarchive/fixarchive/internal/fixwire"
)

// MessageBytesMax is the largest message that is believed.
const MessageBytesMax = 16<<20 - 64

// Store is a store as its files were when it was opened. It belongs to one goroutine.
type Store struct {
	Place
	Format Format

	fs                   disk.FS
	header, body         disk.File // nil: it is missing
	headerSize, bodySize int64
	small                map[string][]byte // by ending

	created  time.Time // zero: not known
	next     numbers
	surveyed bool
	sum      Survey
	id       ID
	idErr    error
}

// Survey is what a store holds.
type Survey struct {
	Messages int   // good ones
	Bytes    int64 // of them
	Highest  int64 // MsgSeqNum of them
	Doubts   int
	LeftOut  int // entries
}

// Open opens a store. Where the format is Unknown it is recognised.
func Open(fsys disk.FS, p Place, f Format) (*Store, error) {
	s := &Store{Place: p, Format: f, fs: fsys, small: map[string][]byte{}}
	if err := s.open(); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

func (s *Store) open() (err error) {
	if s.Format == Unknown {
		if s.Format, err = s.Recognise(s.fs); err != nil {
			return err
		}
	}
	if s.header, s.headerSize, err = s.openBig(headerFile); err != nil {
		return err
	}
	if s.body, s.bodySize, err = s.openBig(bodyFile); err != nil {
		return err
	}
	if s.header == nil && s.body == nil {
		return fmt.Errorf("%s: there is neither .header nor .body", s.Place)
	}
	for _, ending := range s.Format.smallFiles() {
		b, err := s.Place.small(s.fs, ending)
		if err != nil {
			return err
		}
		if b != nil {
			s.small[ending] = b
		}
	}
	return nil
}

func (s *Store) openBig(ending string) (disk.File, int64, error) {
	err := disk.Plain(s.fs, s.path(ending))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, 0, nil
	}
	if err != nil {
		return nil, 0, err
	}
	f, err := s.fs.Open(s.path(ending))
	if err != nil {
		return nil, 0, err
	}
	size, err := f.Size()
	return f, size, err
}

// Close lets go of the files.
func (s *Store) Close() error {
	var err error
	for _, f := range []disk.File{s.header, s.body} {
		if f != nil {
			err = errors.Join(err, f.Close())
		}
	}
	s.header, s.body = nil, nil
	return err
}

// Changed says what an engine has written to since the store was opened. What was read is then not of one moment.
func (s *Store) Changed() error {
	for ending, size := range map[string]int64{headerFile: s.headerSize, bodyFile: s.bodySize} {
		info, err := s.fs.Stat(s.path(ending))
		if errors.Is(err, fs.ErrNotExist) && size == 0 {
			continue
		}
		if err != nil {
			return err
		}
		if info.Size() != size {
			return fmt.Errorf("%s had %d bytes and now has %d: stop the engine that writes to it first", s.path(ending), size, info.Size())
		}
	}
	for _, ending := range s.Format.smallFiles() {
		b, err := s.Place.small(s.fs, ending)
		if err != nil {
			return err
		}
		if string(b) != string(s.small[ending]) {
			return fmt.Errorf("%s has changed: stop the engine that writes to it first", s.path(ending))
		}
	}
	return nil
}

// Survey reads the whole store and calls doubt with everything that is doubtful. What Created, Next and ID answer
// depends on it, so it comes first.
func (s *Store) Survey(doubt func(Doubt)) (Survey, error) {
	s.sum = Survey{}
	tell := func(d Doubt) {
		s.sum.Doubts++
		if d.LeftOut {
			s.sum.LeftOut++
		}
		if doubt != nil {
			doubt(d)
		}
	}
	w := walk{s: s, doubt: tell}
	var first *fixwire.Message
	err := w.run(func(seq int, msg []byte) error {
		if first == nil {
			first = clonedHeader(msg)
		}
		s.sum.Messages++
		s.sum.Bytes += int64(len(msg))
		s.sum.Highest = max(s.sum.Highest, int64(seq))
		return nil
	})
	if err != nil {
		return s.sum, err
	}
	s.readCreated(tell)
	s.readNumbers(tell)
	s.id, s.idErr = s.Format.identify(s.Prefix, first)
	if w.last.number >= s.next.sender {
		tell(Doubt{
			File: s.path(headerFile), Offset: w.last.at, Entry: w.last.index, MsgSeqNum: w.last.number, Reason: Behind,
			Detail: fmt.Sprintf("the next number to send is %d: the message may not have been sent, or the number was set back", s.next.sender),
		})
	}
	s.surveyed = true
	return s.sum, nil
}

// clonedHeader parses a copy of msg.
func clonedHeader(msg []byte) *fixwire.Message {
	m := fixwire.Parse(append([]byte{}, msg...))
	return &m
}

// ID is the session whose store it is. Where that cannot be told the error is an *AmbiguousNameError.
func (s *Store) ID() (ID, error) { return s.id, s.idErr }

// Created is when the store was begun or last reset; the zero time when that is not known.
func (s *Store) Created() time.Time { return s.created }

// Next are the numbers of the next message that is sent and of the next that is expected.
func (s *Store) Next() (sender, target int) { return int(s.next.sender), int(s.next.target) }

// Messages calls yield with every good message, in the order in which they were saved. msg is valid until yield returns.
// Of several with one number the last one counts.
func (s *Store) Messages(yield func(seq int, msg []byte) error) error {
	w := walk{s: s, doubt: func(Doubt) {}}
	return w.run(yield)
}

// Small returns the bytes of the files that hold time and numbers, by ending, for a Writer.
func (s *Store) Small() map[string][]byte { return s.small }

func (s *Store) readCreated(tell func(Doubt)) {
	b, ok := s.smallFile(sessionFile, "when the store was made is not known", tell)
	if !ok {
		return
	}
	t, err := s.Format.parseCreated(b)
	if err != nil {
		tell(s.garbled(sessionFile, err, "when the store was made is not known"))
		return
	}
	s.created = t
}

// readNumbers takes what is not known so that no number is used twice: the engine would begin at 1.
func (s *Store) readNumbers(tell func(Doubt)) {
	s.next = numbers{s.sum.Highest + 1, 1}
	sender := fmt.Sprintf("taken for the next to send: %d, one more than the highest saved", s.next.sender)
	const target = "taken for the next expected: 1"
	if s.Format.hasOneNumbersFile() {
		if b, ok := s.smallFile(numbersFile, sender+"; "+target, tell); ok {
			n, err := s.Format.parseNumbers(b)
			if err != nil {
				tell(s.garbled(numbersFile, err, sender+"; "+target))
				return
			}
			s.next = n
			s.suspect(numbersFile, b, tell)
		}
		return
	}
	s.readNumber(senderFile, sender, &s.next.sender, tell)
	s.readNumber(targetFile, target, &s.next.target, tell)
}

func (s *Store) readNumber(ending, otherwise string, to *int64, tell func(Doubt)) {
	b, ok := s.smallFile(ending, otherwise, tell)
	if !ok {
		return
	}
	n, err := s.Format.parseNumber(b)
	if err != nil {
		tell(s.garbled(ending, err, otherwise))
		return
	}
	*to = n
	s.suspect(ending, b, tell)
}

func (s *Store) suspect(ending string, b []byte, tell func(Doubt)) {
	if why := s.Format.cutOff(ending, b); why != "" {
		tell(Doubt{File: s.path(ending), Reason: FileCut, Detail: why + "; taken as it is"})
	}
}

// smallFile is one of them, if it is there.
func (s *Store) smallFile(ending, otherwise string, tell func(Doubt)) ([]byte, bool) {
	b, ok := s.small[ending]
	if !ok {
		tell(Doubt{File: s.path(ending), Reason: FileMissing, Detail: otherwise})
	}
	return b, ok
}

func (s *Store) garbled(ending string, err error, otherwise string) Doubt {
	return Doubt{File: s.path(ending), Reason: FileGarbled, Detail: err.Error() + "; " + otherwise}
}

// section is a file up to where it ended when it was opened.
func section(f disk.File, size int64) io.Reader { return io.NewSectionReader(f, 0, size) }
