package decode

import "github.com/fixarchive/fixarchive/internal/fixwire"

// headerMax is how many fields are read in search of what a message is. The standard header has 30.
const headerMax = 64

// identify finds out which version and type the message is of, before its first field is decoded.
func (d *Decoder) identify() {
	var begin, applVer []byte
	d.MsgType = nil
	c := fixwire.NewCursor(d.raw)
	for n := 0; n < headerMax && c.Next(); n++ {
		switch c.Tag {
		case 8:
			if n == 0 {
				begin = c.Value
			}
		case 35:
			if d.MsgType == nil {
				d.MsgType = c.Value
			}
		case 1128:
			applVer = c.Value
		case 1137:
			if applVer == nil && isLogon(d.MsgType) {
				applVer = c.Value
			}
		}
		if d.MsgType != nil && (string(begin) != "FIXT.1.1" || d.headers.Find(c.Tag) < 0 && !isLogon(d.MsgType)) {
			break
		}
	}
	if applVer == nil {
		applVer = d.applVer
	}
	known := false
	if d.Protocol, known = d.library.Protocol(begin, applVer); !known {
		d.unknownVersion(begin, applVer)
	}
	if d.Message = d.Protocol.Message(d.MsgType); d.Message == nil && !d.isNamed() {
		d.unknownType()
	}
}

// isNamed reports whether MsgType has a value that the version knows, as XMLnonFIX, of which it does not say more.
func (d *Decoder) isNamed() bool {
	f := d.Protocol.Field(35)
	return f != nil && f.Meaning(d.MsgType) != ""
}

func (d *Decoder) unknownVersion(begin, applVer []byte) {
	switch {
	case string(begin) != "FIXT.1.1":
		d.problem(Problem{Kind: NoVersion, Text: string(begin), Name: d.Protocol.Name})
	case len(applVer) > 0:
		d.problem(Problem{Kind: NoApplVersion, Text: string(applVer), Name: d.Protocol.Name})
	}
}

func (d *Decoder) unknownType() {
	d.problem(Problem{Kind: NoType, Text: string(d.MsgType), Name: d.Protocol.Name})
}

func isLogon(msgType []byte) bool { return len(msgType) == 1 && msgType[0] == 'A' }

// DefaultApplVerID returns what a Logon over FIXT says of the messages that follow, or nil. The slice points into raw.
func DefaultApplVerID(raw []byte) []byte {
	var msgType []byte
	for tag, value := range fixwire.Fields(raw) {
		switch {
		case tag == 35 && msgType == nil:
			if msgType = value; !isLogon(msgType) {
				return nil
			}
		case tag == 1137 && msgType != nil:
			return value
		}
	}
	return nil
}
