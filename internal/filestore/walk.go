package filestore

import (
	"errors"
	"fmt"
	"io"

	"github.com/fixarchive/fixarchive/internal/fixwire"
)

// walk is one reading of a store's entries and messages.
type walk struct {
	s     *Store
	doubt func(Doubt)

	named  spans // bytes of the body that an entry has named
	seen   spans // numbers
	last   entry // that was good
	buffer []byte
}

// run reads everything there is, and calls yield with what is good.
func (w *walk) run(yield func(seq int, msg []byte) error) error {
	if w.s.body == nil {
		w.doubt(Doubt{File: w.s.path(bodyFile), Reason: FileMissing, Detail: "no message can be read"})
	}
	if w.s.header == nil {
		w.doubt(Doubt{File: w.s.path(headerFile), Reason: FileMissing, Detail: "where the messages lie is not known"})
	} else if err := w.entries(yield); err != nil {
		return err
	}
	w.unnamed()
	return nil
}

func (w *walk) entries(yield func(seq int, msg []byte) error) error {
	h := newHeaderReader(section(w.s.header, w.s.headerSize), w.s.Format)
	for {
		e, err := h.next()
		switch {
		case err == io.EOF:
			return nil
		case errors.Is(err, errCut):
			return w.cut(e, yield)
		case errors.As(err, new(garbledError)):
			w.tell(e, HeaderGarbled, err.Error(), true)
			continue
		case err != nil:
			return fmt.Errorf("%s: %w", w.s.path(headerFile), err)
		}
		if err := w.take(e, yield); err != nil {
			return err
		}
	}
}

// cut is the last entry of a header that ends in the middle of it. In text its last number may lack digits: then the
// message that it leads to is not whole.
func (w *walk) cut(e entry, yield func(int, []byte) error) error {
	if e.size == 0 {
		w.tell(entry{index: e.index, at: e.at}, HeaderCut, "", true)
		return nil
	}
	before := w.last
	if err := w.take(e, yield); err != nil {
		return err
	}
	if w.last != before {
		w.tell(e, HeaderCut, "nothing stands behind it; the message is whole", false)
	} else {
		w.tell(e, HeaderCut, "", false) // that it is left out has been told
	}
	return nil
}

// take yields the message of an entry if it is good.
func (w *walk) take(e entry, yield func(int, []byte) error) error {
	msg, size, err := w.message(e)
	if err != nil {
		return err
	}
	if msg == nil {
		return nil
	}
	if w.named.has(e.offset, e.offset+size) {
		w.tell(e, Overlap, fmt.Sprintf("an earlier entry names bytes of %d to %d of the body too", e.offset, e.offset+size), false)
	}
	if w.seen.has(e.number, e.number+1) {
		w.tell(e, Repeated, "this one counts; both are kept", false)
	}
	w.named.add(e.offset, e.offset+size)
	w.seen.add(e.number, e.number+1)
	w.last = e
	return yield(int(e.number), msg)
}

// message is what an entry leads to, or nil when that is not good.
func (w *walk) message(e entry) (msg []byte, size int64, err error) {
	switch {
	case e.number < 1:
		w.tell(e, BadNumber, fmt.Sprintf("%d", e.number), true)
		return nil, 0, nil
	case e.offset < 0 || e.size < 0 || e.offset > w.s.bodySize || e.size > w.s.bodySize-e.offset:
		w.name(e)
		w.tell(e, BeyondBody, fmt.Sprintf("%d bytes from %d on, the body has %d", e.size, e.offset, w.s.bodySize), true)
		return nil, 0, nil
	case e.size > MessageBytesMax:
		w.name(e)
		w.tell(e, TooLarge, fmt.Sprintf("%d bytes, at most %d are taken", e.size, MessageBytesMax), true)
		return nil, 0, nil
	}
	if msg, err = w.read(e.offset, e.size); err != nil {
		return nil, 0, err
	}
	m := fixwire.Parse(msg)
	if !whole(&m, msg) && w.s.Format.isJava() {
		if longer, err := w.inCharacters(e); err != nil {
			return nil, 0, err
		} else if longer != nil {
			msg, m = longer, fixwire.Parse(longer)
			w.tell(e, Characters, fmt.Sprintf("it has %d bytes, the entry says %d", len(msg), e.size), false)
		}
	}
	switch {
	case !whole(&m, msg):
		w.name(e)
		w.tell(e, NotFramed, "", true)
		return nil, 0, nil
	case m.MsgSeqNum != uint64(e.number):
		w.name(e)
		w.tell(e, WrongNumber, fmt.Sprintf("34=%d", m.MsgSeqNum), true)
		return nil, 0, nil
	}
	return msg, int64(len(msg)), nil
}

// name notes what an entry says of the body, though nothing good is there.
func (w *walk) name(e entry) {
	if e.offset >= 0 && e.size > 0 && e.offset < w.s.bodySize {
		w.named.add(e.offset, e.offset+min(e.size, w.s.bodySize-e.offset))
	}
}

func whole(m *fixwire.Message, msg []byte) bool {
	return len(msg) > 0 && m.Flags&(fixwire.NotFramed|fixwire.BadBodyLength|fixwire.BadCheckSum) == 0
}

// charactersMost is how many bytes a character of Java takes in any charset that engines use.
const charactersMost = 4

// inCharacters reads a message whose entry counts characters where it has bytes, as QuickFIX/J does when its charset
// takes more than one for some; nil if there is none.
func (w *walk) inCharacters(e entry) ([]byte, error) {
	most := min(e.size*charactersMost, MessageBytesMax, w.s.bodySize-e.offset)
	if most <= e.size {
		return nil, nil
	}
	b, err := w.read(e.offset, most)
	if err != nil {
		return nil, err
	}
	n, verdict := fixwire.Frame(b, true)
	if verdict != fixwire.Complete || int64(n) <= e.size {
		return nil, nil
	}
	return b[:n], nil
}

func (w *walk) read(offset, size int64) ([]byte, error) {
	if int64(cap(w.buffer)) < size {
		w.buffer = make([]byte, max(size, min(2*int64(cap(w.buffer)), MessageBytesMax)))
	}
	b := w.buffer[:size]
	if n, err := w.s.body.ReadAt(b, offset); err != nil && int64(n) < size {
		if err == io.EOF {
			err = fmt.Errorf("it had %d bytes, and now has less: %w", w.s.bodySize, io.ErrUnexpectedEOF)
		}
		return nil, fmt.Errorf("%s: %w", w.s.path(bodyFile), err)
	}
	return b, nil
}

// unnamed tells of the bytes that no entry leads to: where a header was cut off, there lie the messages.
func (w *walk) unnamed() {
	if w.named.full {
		w.doubt(Doubt{File: w.s.path(bodyFile), Reason: Unnamed, Detail: fmt.Sprintf("entries name more than %d separate pieces of it: what lies between is not known", spansMost)})
		return
	}
	w.named.missing(w.s.bodySize, func(from, to int64) {
		w.doubt(Doubt{File: w.s.path(bodyFile), Offset: from, Reason: Unnamed, Detail: fmt.Sprintf("no entry of the header leads to %d bytes", to-from)})
	})
}

func (w *walk) tell(e entry, why Reason, detail string, leftOut bool) {
	w.doubt(Doubt{
		File: w.s.path(headerFile), Offset: e.at, Entry: e.index, MsgSeqNum: e.number,
		Reason: why, Detail: detail, LeftOut: leftOut,
	})
}
