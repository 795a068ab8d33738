package session

import (
	"github.com/quickfixgo/quickfix"

	"github.com/fixarchive/fixarchive/internal/record"
)

// FromQuickFIX is the identity of a session of the engine: all of its parts.
func FromQuickFIX(id quickfix.SessionID) record.Identity {
	return record.Identity{
		BeginString:  id.BeginString,
		SenderCompID: id.SenderCompID, SenderSubID: id.SenderSubID, SenderLocationID: id.SenderLocationID,
		TargetCompID: id.TargetCompID, TargetSubID: id.TargetSubID, TargetLocationID: id.TargetLocationID,
		Qualifier: id.Qualifier,
	}
}

// ToQuickFIX is the way back.
func ToQuickFIX(id record.Identity) quickfix.SessionID {
	return quickfix.SessionID{
		BeginString:  id.BeginString,
		SenderCompID: id.SenderCompID, SenderSubID: id.SenderSubID, SenderLocationID: id.SenderLocationID,
		TargetCompID: id.TargetCompID, TargetSubID: id.TargetSubID, TargetLocationID: id.TargetLocationID,
		Qualifier: id.Qualifier,
	}
}
