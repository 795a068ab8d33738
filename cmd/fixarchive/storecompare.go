package main

import (
	"bytes"
	"errors"
	"fmt"
	"iter"

	"github.com/fixarchive/fixarchive/internal/filestore"
)

// common is what a store in files and the archive's store of the same session have in common.
type common struct {
	same    int  // messages, from the first on
	differs bool // the next ones are both there, and not the same
	further int  // messages that only the archive has
}

// compare reads both side by side. held may be nil.
func compare(held, s filestore.Origin) (c common, err error) {
	if held == nil {
		return c, nil
	}
	next, stop := iter.Pull2(each(held, &err))
	defer stop()
	ended := false
	readErr := s.Messages(func(seq int, msg []byte) error {
		if ended || c.differs {
			return errEnough
		}
		number, kept, more := next()
		switch {
		case !more:
			ended = true
		case number != seq || !bytes.Equal(kept, msg):
			c.differs = true
		default:
			c.same++
		}
		return nil
	})
	if readErr != nil && readErr != errEnough {
		return c, readErr
	}
	for !ended && !c.differs {
		if _, _, more := next(); !more {
			break
		}
		c.further++
	}
	return c, err
}

var errEnough = errors.New("enough")

// each makes an iterator of an Origin's messages, which ends at an error.
func each(o filestore.Origin, err *error) iter.Seq2[int, []byte] {
	return func(yield func(int, []byte) bool) {
		e := o.Messages(func(seq int, msg []byte) error {
			if !yield(seq, msg) {
				return errEnough
			}
			return nil
		})
		if e != nil && e != errEnough {
			*err = e
		}
	}
}

// refusal says why a store cannot be the rest of what the archive holds; it is empty when it can.
func (c common) refusal(held, s filestore.Origin) string {
	if held == nil {
		return ""
	}
	sender, target := held.Next()
	fileSender, fileTarget := s.Next()
	switch {
	case !s.Created().IsZero() && !s.Created().Equal(held.Created()):
		return fmt.Sprintf("the archive has another store of this session, made %s and not %s", held.Created().Format(timeForm), s.Created().UTC().Format(timeForm))
	case c.differs:
		return fmt.Sprintf("the archive has another store of this session: message %d is not the same", c.same+1)
	case c.further > 0:
		return fmt.Sprintf("the archive's store of this session is further: it has %s more", count(c.further, "message"))
	case sender > fileSender || target > fileTarget:
		return fmt.Sprintf("the archive's store of this session is further: it goes on with %d and %d, and the files with %d and %d", sender, target, fileSender, fileTarget)
	}
	return ""
}

// nothingNew reports whether the archive has all of it, messages that there are n of.
func (c common) nothingNew(held, s filestore.Origin, n int) bool {
	sender, target := held.Next()
	fileSender, fileTarget := s.Next()
	return sender == fileSender && target == fileTarget && c.same == n
}
