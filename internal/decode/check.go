package decode

import "github.com/fixarchive/fixarchive/internal/fixwire"

// frame is what has been seen of the fields that every message has: 8=…|9=…|35=… and 10=…|
type frame struct {
	fields int
	body   int // where BodyLength counts from; 0: not known
	length int // BodyLength; -1 when unreadable
	ended  bool
}

// checkField looks at the field by itself.
func (d *Decoder) checkField() {
	flags := d.c.Flags
	d.c.Flags = 0
	switch {
	case d.c.Tag == 0:
		d.fieldProblem(NoTag, 0, 0)
		return
	case flags&fixwire.BadField != 0:
		d.fieldProblem(ZeroTag, 0, 0)
	}
	if flags&fixwire.BadData != 0 {
		d.fieldProblem(WrongData, 0, 0)
	} else if len(d.c.Value) == 0 {
		d.fieldProblem(NoValue, 0, 0)
	}
}

// checkFrame looks at the field's part in the frame.
func (d *Decoder) checkFrame() {
	fr, f := &d.frame, &d.Field
	fr.fields++
	if want := [...]int{8, 9, 35}; fr.fields <= len(want) && f.Tag != want[fr.fields-1] {
		d.fieldProblem(NotFirst, want[fr.fields-1], fr.fields)
	}
	switch {
	case f.Tag == 9 && fr.fields == 2:
		fr.body, fr.length = f.End, -1
		if n, ok := parseCount(f.Value); ok {
			fr.length = n
		}
	case f.Tag == 10 && f.Depth == 0 && !fr.ended:
		d.checkTrailer()
	}
}

func (d *Decoder) checkTrailer() {
	fr, f := &d.frame, &d.Field
	fr.ended = true
	if n := f.Start - fr.body; fr.body > 0 && n != fr.length {
		d.problem(Problem{Kind: WrongLength, Offset: fr.body, Tag: 9, Want: fr.length, Got: n})
	}
	sum := int(fixwire.CheckSum(d.raw[:f.Start]))
	if got, ok := parseCount(f.Value); !ok || got != sum || len(f.Value) != 3 {
		d.fieldProblem(WrongSum, sum, got)
	}
	if n := len(d.raw) - f.End; n > 0 {
		d.problem(Problem{Kind: Behind, Offset: f.End, Got: n})
	}
}

// endFrame looks at the end of the message.
func (d *Decoder) endFrame() {
	if !d.frame.ended {
		d.problem(Problem{Kind: NoEnd, Offset: len(d.raw)})
	}
	if n := len(d.raw); n > 0 && d.raw[n-1] != fixwire.SOH {
		d.fieldProblem(NoSOH, 0, 0)
	}
}
