package fixwire

// Mask appends raw to dst with every byte of a secret replaced by '*', so that lengths and the places of all
// other fields stay. Secrets are Password (554), NewPassword (925), their encrypted forms (1402, 1404),
// and the RawData (96) of a Logon, of a UserRequest, and of bytes that do not say their type. With dst[:0] of
// enough room nothing is allocated.
//
// Raw may be any bytes, a message inside a line of text or a part of one: a field is a secret wherever a
// SOH (or the beginning) goes before its tag.
func Mask(dst, raw []byte) []byte {
	base := len(dst)
	dst = append(dst, raw...)
	out := dst[base:]

	m := masker{raw: raw}
	for c := NewCursor(raw); c.Next(); {
		from, to := m.secret(&c)
		for i := from; i < to; i++ {
			out[i] = '*'
		}
	}
	return dst
}

type masker struct {
	raw     []byte
	plain   bool // a MsgType was read whose RawData is no secret
	spilled bool // the secret before may go on behind its SOH
}

// secret returns which bytes of the field at the cursor are one.
func (m *masker) secret(c *Cursor) (from, to int) {
	if c.Tag == 0 && m.spilled {
		return c.Start, c.Start + len(c.Value)
	}
	m.spilled = false
	switch c.Tag {
	case 8:
		m.plain = false
	case 35:
		m.plain = !hasSecretRawData(c.Value)
	case 554, 925:
		return c.valueAt, c.valueAt + len(c.Value)
	case 96:
		if !m.plain {
			return m.secretData(c)
		}
	case 1402, 1404:
		return m.secretData(c)
	}
	return 0, 0
}

// secretData is the secret of a data field. Nobody knows that its length is right: bytes without a tag behind
// it are taken to belong to it, and if raw itself is cut off before the length is reached, everything is.
func (m *masker) secretData(c *Cursor) (from, to int) {
	m.spilled = true
	from, to = c.valueAt, c.valueAt+len(c.Value)
	if c.dataShort {
		if _, whole := lastTrailer(m.raw); !whole {
			to = len(m.raw)
		}
	}
	return from, to
}

// hasSecretRawData names the types whose RawData authenticates somebody: Logon and UserRequest.
func hasSecretRawData(msgType []byte) bool {
	return len(msgType) == 0 || string(msgType) == "A" || string(msgType) == "BE"
}
