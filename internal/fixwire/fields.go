package fixwire

import "iter"

// Fields goes through the fields of a message in order, with tag and value. A field without a readable
// tag has tag 0 and all of its bytes as value.
func Fields(raw []byte) iter.Seq2[int, []byte] {
	return func(yield func(int, []byte) bool) {
		for c := NewCursor(raw); c.Next(); {
			if !yield(c.Tag, c.Value) {
				return
			}
		}
	}
}

// Cursor goes through the fields of a message:
//
//	for c := fixwire.NewCursor(raw); c.Next(); {
//		use(c.Tag, c.Value)
//	}
//
// A field reaches from Start to End, its SOH included, and the next one begins at its End: together they
// are the message.
type Cursor struct {
	Tag        int    // 0 when the field has no readable tag
	Value      []byte // without the SOH; the whole field when it has no readable tag
	Start, End int    // where the field lies in the message
	Flags      Flags  // BadField and BadData, of all fields so far

	raw     []byte
	valueAt int // where Value lies
	data    int // the field just read says that this one comes next, with dataLen bytes; else 0
	dataLen int

	dataShort bool // the field just read is one whose length reaches behind the end of raw
}

// NewCursor returns a cursor before the first field of raw.
func NewCursor(raw []byte) Cursor { return Cursor{raw: raw} }

// tagMax is the greatest tag believed; the dictionaries end at five digits.
const tagMax = 1<<31 - 1

// Next moves to the next field, or returns false at the end.
func (c *Cursor) Next() bool {
	c.Start = c.End
	if c.Start >= len(c.raw) {
		return false
	}
	c.dataShort = false
	value, ok := c.readTag()
	if !ok {
		c.Flags |= BadField
		c.Tag, c.data = 0, 0
		c.readToSOH(c.Start)
		return true
	}
	if c.data != 0 && c.data == c.Tag {
		c.readData(value)
		c.data = 0
		return true
	}
	c.readToSOH(value)
	c.data = 0
	if c.Tag >= lengthTagMin { // nearly all of the header lies below
		c.expectData()
	}
	return true
}

// readTag reads digits and '=' and returns where the value begins. A leading zero is an error of the
// sender; every engine reads the tag nevertheless.
func (c *Cursor) readTag() (value int, ok bool) {
	i, tag := c.Start, 0
	for ; i < len(c.raw) && isDigit(c.raw[i]); i++ {
		if tag = tag*10 + int(c.raw[i]-'0'); tag > tagMax {
			return 0, false
		}
	}
	if tag == 0 || i == len(c.raw) || c.raw[i] != '=' {
		return 0, false
	}
	if c.raw[c.Start] == '0' {
		c.Flags |= BadField
	}
	c.Tag = tag
	return i + 1, true
}

func (c *Cursor) readToSOH(value int) {
	end := indexSOH(c.raw, value)
	c.setValue(value, end, min(end+1, len(c.raw)))
}

// readData takes as many bytes as the field before announced, if a SOH (or the end) follows them. If not,
// the length is wrong and the next SOH is the best guess.
func (c *Cursor) readData(value int) {
	end := value + c.dataLen
	switch {
	case end < len(c.raw) && c.raw[end] == SOH:
		c.setValue(value, end, end+1)
	case end == len(c.raw):
		c.setValue(value, end, end)
	default:
		c.Flags |= BadData
		c.dataShort = end > len(c.raw)
		c.readToSOH(value)
	}
}

func (c *Cursor) setValue(from, to, end int) {
	c.Value, c.valueAt, c.End = c.raw[from:to:to], from, end
}

// ExpectData says that the field just read gives the length of a data field, when the next one has that tag. The fields
// of the standard are known; this is for what venues invent. A tag of 0 says nothing.
func (c *Cursor) ExpectData(tag int) {
	if c.data == 0 && tag != 0 {
		c.expect(tag)
	}
}

func (c *Cursor) expectData() {
	if tag := dataTag(c.Tag); tag != 0 {
		c.expect(tag)
	}
}

// expect remembers the length that the field just read gives to the next one.
func (c *Cursor) expect(tag int) {
	c.data = tag
	n, ok := parseUint(c.Value)
	if !ok || n > BodyLengthMax {
		c.Flags |= BadData
		c.data = 0
		return
	}
	c.dataLen = int(n)
}

// parseUint reads a number of digits only, leading zeros allowed.
func parseUint(s []byte) (n uint64, ok bool) {
	if len(s) == 0 {
		return 0, false
	}
	for _, c := range s {
		d := uint64(c - '0')
		if d > 9 || n > (1<<64-1)/10 || n == (1<<64-1)/10 && d > 5 {
			return 0, false
		}
		n = n*10 + d
	}
	return n, true
}
