package filestore

import (
	"bytes"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/fixarchive/fixarchive/internal/fixwire"
)

// FuzzHeader reads any bytes as a header: what can be read is written again as it was, and entries stand where they say.
func FuzzHeader(f *testing.F) {
	for _, format := range written {
		_, whole := someStore(f, format, 3)
		f.Add([]byte(whole["FIX.4.4-A-B.header"]), uint8(format))
	}
	f.Add([]byte("1,0,91\r\n2,91,80\n\n3,171"), uint8(QuickFIXN))
	f.Fuzz(func(t *testing.T, b []byte, n uint8) {
		format := Format(n % uint8(formatsEnd))
		h := newHeaderReader(bytes.NewReader(b), format)
		for at, index := int64(-1), 1; ; index++ {
			e, err := h.next()
			if err == io.EOF {
				break
			}
			if e.index != index || e.at <= at || e.at >= int64(len(b)) {
				t.Fatalf("entry %d at %d of %d bytes, behind %d", e.index, e.at, len(b), at)
			}
			at = e.at
			if again, werr := format.appendEntry(nil, e); err == nil && werr == nil && format.isJava() && !bytes.HasPrefix(b[at:], again) {
				t.Fatalf("%+v stands for %x", e, b[at:])
			}
			if index > len(b) {
				t.Fatal("more entries than bytes")
			}
		}
	})
}

// FuzzSmall reads any bytes as a small file; what is read is written so that it is read the same.
func FuzzSmall(f *testing.F) {
	for _, format := range written {
		_, whole := someStore(f, format, 1)
		for name, text := range whole {
			f.Add([]byte(text), uint8(format), strings.TrimPrefix(name, "FIX.4.4-A-B."))
		}
	}
	f.Fuzz(func(t *testing.T, b []byte, n uint8, ending string) {
		format := Format(n % uint8(formatsEnd))
		_ = format.cutOff(ending, b)
		_ = looksLike(ending, b)
		if v, err := format.parseNumber(b); err == nil && format.fits(v) == nil {
			again, err := format.appendNumber(v)
			if w, rerr := format.parseNumber(again); err != nil || rerr != nil || w != v {
				t.Errorf("%v: %q is %d, written %q, %v, %v", format, b, v, again, err, rerr)
			}
		}
		if v, err := format.parseNumbers(b); err == nil && format.fits(v.sender, v.target) == nil && format.hasOneNumbersFile() {
			again, err := format.appendSmall(numbersFile, v, time.Time{})
			if w, rerr := format.parseNumbers(again); err != nil || rerr != nil || w != v {
				t.Errorf("%v: %q is %v, written %q, %v, %v", format, b, v, again, err, rerr)
			}
		}
		if v, err := format.parseCreated(b); err == nil {
			again, err := format.appendCreated(v)
			if w, rerr := format.parseCreated(again); err != nil || rerr != nil || w.Sub(v).Abs() >= time.Second {
				t.Errorf("%v: %q is %v, written %q, %v, %v", format, b, v, again, err, rerr)
			}
		}
	})
}

// FuzzName: whatever a file is called, the session that it is said to be of has a store of that name.
func FuzzName(f *testing.F) {
	f.Add("FIX.4.4-A_S_L-B_T-Q", "A", "S", "L", "B", "T", uint8(QuickFIXGo))
	f.Add("0-0-0-", "", "", "", "", "", uint8(QuickFIX))
	f.Add("FIX.4.4-A_-B", "A#", "", "", "B", "", uint8(QuickFIXJ))
	f.Fuzz(func(t *testing.T, prefix, sender, sub, location, target, targetSub string, n uint8) {
		format := Format(n % uint8(formatsEnd))
		for _, id := range format.candidates(prefix) {
			if name := format.Prefix(id); name != prefix && !format.isJava() {
				t.Errorf("%v: %q may be %+v, which has %q", format, prefix, id, name)
			}
		}
		m := &fixwire.Message{
			BeginString: []byte("FIX.4.4"), SenderCompID: []byte(sender), SenderSubID: []byte(sub), SenderLocationID: []byte(location),
			TargetCompID: []byte(target), TargetSubID: []byte(targetSub),
		}
		if id, err := format.identify(prefix, m); err == nil {
			if name := format.Prefix(id); name != prefix && !(format.isJava() && strings.Contains(prefix, id.Qualifier)) {
				t.Errorf("%v: %q is %+v, which has %q", format, prefix, id, name)
			}
			if id.SenderCompID != sender || id.TargetCompID != target {
				t.Errorf("%v: %q is %+v, and its message of %q to %q", format, prefix, id, sender, target)
			}
		}
	})
}

// FuzzStore reads any bytes as a store. What it yields are whole messages with the numbers that they carry.
func FuzzStore(f *testing.F) {
	for _, format := range written {
		_, whole := someStore(f, format, 3)
		f.Add([]byte(whole["FIX.4.4-A-B.header"]), []byte(whole["FIX.4.4-A-B.body"]), []byte(whole["FIX.4.4-A-B.session"]), uint8(format))
	}
	f.Fuzz(func(t *testing.T, header, body, session []byte, n uint8) {
		format := Format(n % uint8(formatsEnd))
		fsys, dir := inMemory(t, map[string]string{"P.header": string(header), "P.body": string(body), "P.session": string(session)})
		if format == Unknown {
			if _, err := (Place{dir, "P"}).Recognise(fsys); err != nil {
				return
			}
		}
		r := read(t, fsys, Place{dir, "P"}, format)
		for _, m := range r.messages {
			if p := fixwire.Parse(m.msg); p.MsgSeqNum != uint64(m.seq) || !whole(&p, m.msg) || !bytes.Contains(body, m.msg) {
				t.Errorf("yielded %d %q", m.seq, m.msg)
			}
		}
	})
}
