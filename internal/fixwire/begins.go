package fixwire

// Begins reports whether one of the fields that a Cursor would go through begins at an offset: not behind any SOH one
// does, for data may hold SOHs. It is much faster than a Cursor, since of most fields it reads the tag alone.
func Begins(raw []byte, at int) bool {
	i := 0
	for i < at {
		tag, end := leadingTag(raw, i)
		if tag < lengthTagMin || dataTag(tag) == 0 {
			i = indexSOH(raw, end) + 1
			continue
		}
		c := Cursor{raw: raw, End: i}
		for c.Next() && c.data != 0 && c.End < at {
			continue // to the data, whatever it holds, or another length
		}
		i = c.End
	}
	return i == at && at < len(raw)
}

// leadingTag reads the tag of the field at i, and returns where its digits end; tag 0 where there is none to read.
func leadingTag(raw []byte, i int) (tag, end int) {
	for ; i < len(raw) && isDigit(raw[i]); i++ {
		if tag = tag*10 + int(raw[i]-'0'); tag > tagMax {
			return 0, i
		}
	}
	if i == len(raw) || raw[i] != '=' {
		return 0, i
	}
	return tag, i
}

// IsData reports whether a field's value may hold SOHs, when the field before says how long it is.
func IsData(tag int) bool {
	for i := range dataFields {
		if int(dataFields[i].data) == tag {
			return true
		}
	}
	return false
}
