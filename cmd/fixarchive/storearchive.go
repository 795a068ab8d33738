package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/quickfixgo/quickfix"

	"github.com/fixarchive/fixarchive"
	"github.com/fixarchive/fixarchive/internal/filestore"
)

// archiveTarget imports into the archive, by the way that an engine's messages take. It is opened when something is to be
// written, or looked at in one that a gateway has not closed.
type archiveTarget struct {
	ctx context.Context
	app *app
	dry bool // nothing is written

	archive *fixarchive.Archive
	id      quickfix.SessionID
	store   quickfix.MessageStore
}

// importTimeout is how long one message may wait for room in the ring.
const importTimeout = time.Minute

func (t *archiveTarget) open() (err error) {
	if t.dry || t.archive != nil {
		return nil
	}
	t.archive, err = fixarchive.Open(fixarchive.Options{
		Path:         t.app.cfg.Archive,
		StoreSync:    fixarchive.SyncNone, // Commit waits for all of it
		SaveTimeout:  importTimeout,
		ReserveBytes: -1, // it is soon closed
		FreePercent:  -1,
		Alarm:        func(err error) { t.app.log.Warn().Msg(oneLine(err)) },
	})
	return err
}

func (t *archiveTarget) close() error {
	if t.archive == nil {
		return nil
	}
	return t.archive.Close()
}

// Held reads the archive, as far as it goes.
func (t *archiveTarget) Held(id quickfix.SessionID) (filestore.Origin, error) {
	if err := t.open(); err != nil {
		return nil, err
	}
	if t.archive != nil {
		if err := t.archive.Flush(t.ctx); err != nil {
			return nil, err
		}
	}
	r, err := fixarchive.OpenReader(t.app.cfg.Archive)
	if errors.Is(err, fixarchive.ErrNotArchive) {
		return nil, nil // a dry run; there would be one
	}
	if err != nil {
		return nil, err
	}
	defer r.Close()
	return heldStore(r, id)
}

func heldStore(r *fixarchive.Reader, id quickfix.SessionID) (filestore.Origin, error) {
	names, err := r.Names()
	if err != nil || !slices.Contains(names, id.String()) { // a part of a name is another session's
		return nil, err
	}
	s, err := r.Store(id.String())
	if errors.Is(err, fixarchive.ErrNoStore) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	if s.ID != id {
		return nil, fmt.Errorf("the archive has another session that is spelled %q", id.String())
	}
	fresh, err := isFresh(s)
	if fresh || err != nil {
		return nil, err
	}
	return s, nil
}

// isFresh reports whether nothing has happened to a store yet.
func isFresh(o filestore.Origin) (bool, error) {
	sender, target := o.Next()
	err := o.Messages(func(int, []byte) error { return errEnough })
	switch {
	case err == errEnough:
		return false, nil
	case err != nil:
		return false, err
	}
	return sender == 1 && target == 1, nil
}

func (t *archiveTarget) Begin(id quickfix.SessionID, created time.Time) error {
	if err := t.Resume(id); err != nil {
		return err
	}
	s, ok := t.store.(interface{ ResetAt(time.Time) error })
	if !ok {
		return fmt.Errorf("a %T cannot be reset with a time", t.store) // a mistake of ours
	}
	return s.ResetAt(created)
}

func (t *archiveTarget) Resume(id quickfix.SessionID) (err error) {
	if err := t.open(); err != nil {
		return err
	}
	t.id = id
	t.store, err = t.archive.StoreFactory().Create(id)
	return err
}

func (t *archiveTarget) Note(text string) error {
	log, err := t.archive.LogFactory(nil).CreateSessionLog(t.id)
	if err != nil {
		return err
	}
	log.OnEvent(text)
	return nil
}

func (t *archiveTarget) SetNext(sender, target int) error {
	return errors.Join(t.store.SetNextSenderMsgSeqNum(sender), t.store.SetNextTargetMsgSeqNum(target))
}

func (t *archiveTarget) Save(seq int, msg []byte) error { return t.store.SaveMessage(seq, msg) }

// Commit waits for the disk whatever the user has asked for meanwhile: what is in the archive is to be whole.
func (t *archiveTarget) Commit() error { return t.archive.Flush(context.WithoutCancel(t.ctx)) }
