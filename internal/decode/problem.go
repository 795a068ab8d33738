package decode

import "fmt"

// Kind is what is wrong.
type Kind uint8

const (
	_             Kind = iota
	NoVersion          // BeginString is missing, or no version that is known
	NoApplVersion      // ApplVerID or the session's default is none that is known
	NoType             // MsgType is missing, or none that the version has
	NoTag              // a field without a readable tag
	ZeroTag            // a tag with a zero before it
	NoValue            // a field without a value
	WrongData          // a data field's length is wrong or unreadable
	Twice              // a field is there a second time, outside of groups
	NoCount            // a group's count is unreadable
	WrongCount         // a group has more or fewer entries than announced
	NoFirst            // an entry does not begin as those before it
	NotFirst           // the message does not begin with BeginString, BodyLength, MsgType
	WrongLength        // BodyLength is not how long the body is
	WrongSum           // CheckSum is not the sum of the bytes
	NoEnd              // CheckSum is missing: the message is cut off
	NoSOH              // the last field has no SOH
	Behind             // bytes behind CheckSum
)

// Problem is something that is wrong with a message.
type Problem struct {
	Kind      Kind
	Offset    int    // of the field, in the message
	Tag       int    // of the field, or 0
	Name      string // of the field, where known; of the version that is used instead of an unknown one
	Text      string // what was unknown, as the peer wrote it
	Want, Got int
}

// problemsMax bounds how many are kept of one message: one that is all garbage has a problem a byte.
const problemsMax = 100

func (d *Decoder) problem(p Problem) {
	if len(d.Problems) == problemsMax {
		d.More++
		return
	}
	d.Problems = append(d.Problems, p)
}

// fieldProblem is one of the field at hand.
func (d *Decoder) fieldProblem(kind Kind, want, got int) {
	p := Problem{Kind: kind, Offset: d.Field.Start, Tag: d.Field.Tag, Want: want, Got: got}
	def := d.Protocol.Field(p.Tag)
	if def == nil {
		def = d.newest.Field(p.Tag)
	}
	if def != nil {
		p.Name = def.Name
	}
	d.problem(p)
}

// String is the problem in words. It may hold what a peer wrote, quoted.
func (p Problem) String() string {
	switch p.Kind {
	case NoVersion:
		if p.Text == "" {
			return "BeginString (8) is missing; read as " + p.Name
		}
		return fmt.Sprintf("BeginString (8) is %q, which is no version that is known; read as %s", p.Text, p.Name)
	case NoApplVersion:
		return fmt.Sprintf("ApplVerID is %q, which is no version that is known; read as %s", p.Text, p.Name)
	case NoType:
		if p.Text == "" {
			return "MsgType (35) is missing"
		}
		return fmt.Sprintf("MsgType (35) is %q, which %s does not have: --dictionary FILE adds a venue's own", p.Text, p.Name)
	case NoTag:
		return "a field has no readable tag"
	case ZeroTag:
		return p.field() + " has a zero before its tag"
	case NoValue:
		return p.field() + " has no value"
	case WrongData:
		return p.field() + ": the data's length is wrong or unreadable, what follows may be cut in the wrong places"
	case Twice:
		return p.field() + " is there a second time"
	case NoCount:
		return p.field() + " is no number of entries"
	case WrongCount:
		return fmt.Sprintf("%s says %d, and the group has %d", p.field(), p.Want, p.Got)
	case NoFirst:
		return fmt.Sprintf("%s is there a second time in its entry, and %d, which begins one, is not between", p.field(), p.Want)
	case NotFirst:
		return fmt.Sprintf("field %d is not tag %d: a message begins 8, 9, 35", p.Got, p.Want)
	case WrongLength:
		if p.Want < 0 {
			return fmt.Sprintf("BodyLength (9) is no number, and the body has %d bytes", p.Got)
		}
		return fmt.Sprintf("BodyLength (9) says %d, and the body has %d bytes", p.Want, p.Got)
	case WrongSum:
		return fmt.Sprintf("CheckSum (10) is not %03d, the sum of the bytes before it", p.Want)
	case NoEnd:
		return "CheckSum (10) is missing at the end: the message is cut off"
	case NoSOH:
		return p.field() + " lacks the SOH at its end"
	case Behind:
		return fmt.Sprintf("%d bytes follow behind CheckSum (10)", p.Got)
	}
	return fmt.Sprintf("problem %d", p.Kind)
}

func (p Problem) field() string {
	switch {
	case p.Tag == 0:
		return "a field"
	case p.Name == "":
		return fmt.Sprintf("tag %d", p.Tag)
	}
	return fmt.Sprintf("%s (%d)", p.Name, p.Tag)
}
