package filestore

import "fmt"

// Reason is why something of a store is doubtful.
type Reason string

const (
	HeaderCut     Reason = "header cut off"     // the header ends in the middle of an entry
	HeaderGarbled Reason = "garbled entry"      // it cannot be read
	BadNumber     Reason = "no MsgSeqNum"       // it is below 1
	BeyondBody    Reason = "beyond the body"    // the body ends before the message does
	TooLarge      Reason = "too large"          // larger than an archive takes
	NotFramed     Reason = "not a message"      // the bytes are not one message with the right BodyLength and CheckSum
	WrongNumber   Reason = "another MsgSeqNum"  // 34= is not what the header says
	Overlap       Reason = "overlap"            // bytes that an earlier entry has named too
	Repeated      Reason = "repeated MsgSeqNum" // of an earlier entry, which this one supersedes
	Characters    Reason = "size in characters" // as QuickFIX/J counts; the message was found by its BodyLength
	Unnamed       Reason = "unnamed bytes"      // no entry names these bytes of the body
	FileMissing   Reason = "file missing"
	FileGarbled   Reason = "file garbled"
	FileCut       Reason = "file cut off"  // it can be read, and most likely says too little
	Behind        Reason = "number behind" // the next number to send is not behind the last message
)

// Doubt is something of a store that is not as its engine would have written it, or that an engine writes only when
// something unusual has happened.
type Doubt struct {
	File      string
	Offset    int64 // in File
	Entry     int   // of the header, from 1; 0: it is not about one
	MsgSeqNum int64 // as the header has it; 0: not known
	Reason    Reason
	Detail    string
	LeftOut   bool // the message is not yielded
}

func (d Doubt) String() string {
	text := fmt.Sprintf("%s: offset %d", d.File, d.Offset)
	if d.Entry != 0 {
		text += fmt.Sprintf(": entry %d", d.Entry)
		if d.MsgSeqNum != 0 {
			text += fmt.Sprintf(", MsgSeqNum %d", d.MsgSeqNum)
		}
	}
	text += ": " + string(d.Reason)
	if d.Detail != "" {
		text += ": " + d.Detail
	}
	if d.LeftOut {
		text += "; left out"
	}
	return text
}
