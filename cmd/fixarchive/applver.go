package main

import (
	"bytes"
	"iter"

	"github.com/fixarchive/fixarchive"
	"github.com/fixarchive/fixarchive/internal/decode"
)

// applVersions knows which version of FIX the messages over FIXT are of that do not say it themselves: their session's Logon
// does. It is looked for once for each epoch, where it most likely is, at MsgSeqNum 1.
type applVersions struct {
	reader logons // nil: only those Logons count that are shown
	found  map[epochOf][]byte
}

// logons is who can be asked for them.
type logons interface {
	Messages(fixarchive.Query) iter.Seq2[fixarchive.Message, error]
}

type epochOf struct {
	session string
	epoch   uint32
}

// of returns the DefaultApplVerID of m's epoch, or nil.
func (v *applVersions) of(m *fixarchive.Message) []byte {
	if !bytes.HasPrefix(m.Raw, []byte("8=FIXT")) {
		return nil
	}
	key := epochOf{m.Session, m.Epoch}
	if id := decode.DefaultApplVerID(m.Raw); id != nil {
		v.found[key] = bytes.Clone(id)
	}
	id, asked := v.found[key]
	if !asked {
		id = v.logon(m)
		v.found[key] = id
	}
	return id
}

// logon asks the archive. Damage is told where it is met by what was asked for, not here.
func (v *applVersions) logon(m *fixarchive.Message) []byte {
	if v.reader == nil {
		return nil
	}
	q := fixarchive.Query{Session: m.Session, Epoch: fixarchive.OneEpoch(m.Epoch), From: 1, To: 1, Types: []string{"A"}}
	for logon, err := range v.reader.Messages(q) {
		if err == nil {
			if id := decode.DefaultApplVerID(logon.Raw); id != nil {
				return bytes.Clone(id)
			}
		}
	}
	return nil
}
