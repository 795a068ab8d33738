package decode

import (
	"github.com/fixarchive/fixarchive/internal/dictionary"
	"github.com/fixarchive/fixarchive/internal/fixwire"
)

// Field is one field of a message: raw[Start:End], its SOH included.
type Field struct {
	Tag        int    // 0 when it has no readable tag
	Value      []byte // without the SOH; the whole field when it has no readable tag
	Start, End int

	Def   *dictionary.Field // nil when nobody knows the tag
	Place Place

	Depth  int  // how many groups it stands in
	Entry  int  // in which entry of the innermost, from 1; 0 outside of groups
	Begins bool // it begins the entry
	Counts bool // entries follow, which it counts, one deeper
}

// Place says whether a field belongs where it stands.
type Place uint8

const (
	Member  Place = iota // the message, or the group around it, has it
	Stray                // the version has it, and this type of message does not, or not here
	Foreign              // another version has it
	Unknown              // nobody does, or it has no readable tag
)

// Decoder goes through messages:
//
//	d := decode.New(library)
//	for d.Start(raw); d.Next(); {
//		use(d.Field)
//	}
//	use(d.Problems)
type Decoder struct {
	Field Field // the one that Next moved to; until the next call

	// Of the message, from Start on.
	Protocol *dictionary.Protocol
	MsgType  []byte
	Message  *dictionary.Message // nil when nobody knows the type

	// Complete when Next has returned false. Of a message that has nothing but problems, the first are kept.
	Problems []Problem
	More     int // problems beyond those

	library *dictionary.Library
	applVer []byte // of the session, where a message does not say its own
	headers *dictionary.Layout
	newest  *dictionary.Protocol

	raw      []byte
	c        fixwire.Cursor
	levels   []level // the message, and the groups that are open
	lookedTo int     // up to here, what no level has stays in the innermost
	frame    frame
}

// New returns a Decoder that knows what library does.
func New(library *dictionary.Library) *Decoder {
	fixt, _ := library.Protocol([]byte("FIXT.1.1"), nil)
	return &Decoder{library: library, newest: fixt, headers: fixt.Layout(nil)}
}

// SetApplVerID says which version the messages over FIXT are of that do not say it themselves: the DefaultApplVerID (1137)
// of their session's Logon. Nil, for not known, means the newest.
func (d *Decoder) SetApplVerID(id []byte) { d.applVer = append(d.applVer[:0], id...) }

// Start begins with a message, or any bytes.
func (d *Decoder) Start(raw []byte) {
	d.Problems, d.More = d.Problems[:0], 0
	d.raw, d.c = raw, fixwire.NewCursor(raw)
	d.lookedTo, d.frame = 0, frame{}
	d.levels = d.levels[:0]
	d.identify()
	d.push(d.Protocol.Layout(d.Message), nil, 0)
}

// Next moves to the next field, or returns false behind the last.
func (d *Decoder) Next() bool {
	if !d.advance(&d.c) {
		if len(d.levels) > 0 {
			d.closeTo(0)
			d.endFrame()
			d.levels = d.levels[:0]
		}
		return false
	}
	d.Field = Field{Tag: d.c.Tag, Value: d.c.Value, Start: d.c.Start, End: d.c.End}
	d.checkField()
	if n, at := d.home(d.c.Tag); n >= 0 {
		d.enter(n, at)
	} else {
		d.stray()
	}
	d.checkFrame()
	return true
}

// advance moves a cursor on, by the lengths of venues' data fields too.
func (d *Decoder) advance(c *fixwire.Cursor) bool {
	if !c.Next() {
		return false
	}
	c.ExpectData(d.Protocol.Data(c.Tag))
	return true
}
