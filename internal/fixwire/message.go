package fixwire

// Message is what the archive reads from a message: enough to say whose it is and which.
// The slices point into the message. Of a field that occurs twice, the first counts.
type Message struct {
	BeginString      []byte // 8
	MsgType          []byte // 35
	SenderCompID     []byte // 49
	SenderSubID      []byte // 50
	SenderLocationID []byte // 142
	TargetCompID     []byte // 56
	TargetSubID      []byte // 57
	TargetLocationID []byte // 143
	SendingTime      []byte // 52

	MsgSeqNum uint64 // 34; 0 when absent or unreadable
	NewSeqNo  uint64 // 36 of a SequenceReset; 0 when absent or unreadable

	PossDup         bool // 43=Y
	PossResend      bool // 97=Y
	ResetSeqNumFlag bool // 141=Y of a Logon
	GapFill         bool // 123=Y of a SequenceReset

	Flags Flags
}

// Flags are what is wrong with a message. Zero means: nothing that Parse looks at.
type Flags uint16

const (
	// NotFramed: it does not begin 8=…|9=digits| or not end |10=digits|. The other checks of the frame
	// were not made.
	NotFramed     Flags = 1 << iota
	BadBodyLength       // BodyLength is not the number of bytes between its SOH and the "10="
	BadCheckSum         // CheckSum is not the sum of the bytes before it, in three digits
	BadField            // a field without a readable tag, or with a leading zero in it
	BadData             // a data field's length is wrong: what follows may have been cut in the wrong places
	NoMsgType           // 35 is absent or empty
	NoMsgSeqNum         // 34 is absent, unreadable or 0
)

// Is reports whether the type is t.
func (m *Message) Is(t string) bool { return string(m.MsgType) == t }

// Parse reads raw, one message or any bytes. It never fails: what it cannot read stays empty and is flagged.
//
// The frame is checked whole. Fields are read to the end of the standard header, so BadField and BadData
// speak of that part; of a Logon and a SequenceReset, and where the header lacks a MsgSeqNum, to the end.
func Parse(raw []byte) (m Message) {
	p := parsePrefix(raw)
	m.Flags = checkFrame(raw, &p)
	c := NewCursor(raw)
	if p.state == prefixWhole {
		m.BeginString = raw[2:p.beginEnd:p.beginEnd]
		c.End = p.body
	}
	for c.Next() {
		if !m.take(&c) && !m.readsBody() {
			break
		}
	}
	m.Flags |= c.Flags
	if len(m.MsgType) == 0 {
		m.Flags |= NoMsgType
	}
	if m.MsgSeqNum == 0 {
		m.Flags |= NoMsgSeqNum
	}
	return m
}

// readsBody says whether a field of the body may still matter.
func (m *Message) readsBody() bool {
	return m.MsgSeqNum == 0 || len(m.MsgType) == 1 && (m.MsgType[0] == 'A' || m.MsgType[0] == '4')
}

// take keeps the field at the cursor, and says whether it belongs to the header.
func (m *Message) take(c *Cursor) (header bool) {
	switch c.Tag {
	case 8:
		first(&m.BeginString, c.Value)
	case 34:
		if m.MsgSeqNum == 0 {
			m.MsgSeqNum, _ = parseUint(c.Value)
		}
	case 35:
		first(&m.MsgType, c.Value)
	case 43:
		m.PossDup = m.PossDup || isYes(c.Value)
	case 49:
		first(&m.SenderCompID, c.Value)
	case 50:
		first(&m.SenderSubID, c.Value)
	case 52:
		first(&m.SendingTime, c.Value)
	case 56:
		first(&m.TargetCompID, c.Value)
	case 57:
		first(&m.TargetSubID, c.Value)
	case 97:
		m.PossResend = m.PossResend || isYes(c.Value)
	case 142:
		first(&m.SenderLocationID, c.Value)
	case 143:
		first(&m.TargetLocationID, c.Value)
	case 36, 123, 141:
		m.takeSession(c)
		return false
	default:
		return isHeader(c.Tag)
	}
	return true
}

// takeSession keeps what only one type of message says. Elsewhere the tag means nothing here.
func (m *Message) takeSession(c *Cursor) {
	switch {
	case m.Is("A") && c.Tag == 141:
		m.ResetSeqNumFlag = m.ResetSeqNumFlag || isYes(c.Value)
	case m.Is("4") && c.Tag == 123:
		m.GapFill = m.GapFill || isYes(c.Value)
	case m.Is("4") && c.Tag == 36 && m.NewSeqNo == 0:
		m.NewSeqNo, _ = parseUint(c.Value)
	}
}

// isHeader lists the fields of the standard header that Parse passes over. A field without a readable tag
// does not end the header: what follows it is likelier to be the rest than the body.
func isHeader(tag int) bool {
	switch tag {
	case 0, 9, 90, 91, 115, 116, 122, 128, 129, 144, 145, 212, 213, 347, 369, 370,
		627, 628, 629, 630, 1128, 1129, 1156:
		return true
	}
	return false
}

func first(field *[]byte, value []byte) {
	if *field == nil {
		*field = value
	}
}

func isYes(value []byte) bool { return len(value) == 1 && value[0] == 'Y' }

// checkFrame verifies both ends of raw.
func checkFrame(raw []byte, p *prefix) Flags {
	trailer, ok := lastTrailer(raw)
	if p.state != prefixWhole || !ok || trailer < p.body {
		return NotFramed
	}
	var f Flags
	if p.body+p.bodyLength != trailer {
		f |= BadBodyLength
	}
	if !checkSumIs(raw[trailer+3:], CheckSum(raw[:trailer])) {
		f |= BadCheckSum
	}
	return f
}

// checkSumIs compares a value of tag 10, its SOH included.
func checkSumIs(value []byte, sum byte) bool {
	return len(value) == 4 && value[0] == '0'+sum/100 && value[1] == '0'+sum/10%10 && value[2] == '0'+sum%10
}
