package store

import (
	"errors"
	"sync"

	"github.com/fixarchive/fixarchive/internal/disk"
)

// files keeps the files that were used last open, a limited number of them.
//
// use belongs to the sink, so a file that it returned is closed by no one before the next use. drop and closeAll
// may come from elsewhere, for slots that the sink does not use then.
type files struct {
	mu   sync.Mutex
	max  int
	open int
	ring slot // ring.next was used last, ring.prev is the first to go
}

// slot is the place of a file that may be open. Its zero value is one that is not.
type slot struct {
	file       disk.File // nil: not open
	prev, next *slot
}

func (f *files) init(max int) {
	f.max = max
	f.ring.prev, f.ring.next = &f.ring, &f.ring
}

// use returns the slot's file, which open opens if it has to, and lets go of another one if there are too many.
func (f *files) use(s *slot, open func() (disk.File, error)) (disk.File, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if s.file != nil {
		if f.ring.next != s {
			s.unlink()
			s.linkAfter(&f.ring)
		}
		return s.file, nil
	}
	if f.open >= f.max {
		// Its writes are in the page cache; what a close has to say of them, the sync of that file says again.
		_ = f.close(f.ring.prev)
	}
	file, err := open()
	if err != nil {
		return nil, err
	}
	s.file = file
	s.linkAfter(&f.ring)
	f.open++
	return file, nil
}

// drop closes the slot's file if it is open.
func (f *files) drop(s *slot) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if s.file == nil {
		return nil
	}
	return f.close(s)
}

func (f *files) closeAll() (err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for f.ring.prev != &f.ring {
		err = errors.Join(err, f.close(f.ring.prev))
	}
	return err
}

func (f *files) close(s *slot) error {
	s.unlink()
	file := s.file
	s.file = nil
	f.open--
	return file.Close()
}

func (s *slot) unlink() {
	s.prev.next, s.next.prev = s.next, s.prev
	s.prev, s.next = nil, nil
}

func (s *slot) linkAfter(p *slot) {
	s.prev, s.next = p, p.next
	p.next.prev, p.next = s, s
}
