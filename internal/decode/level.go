package decode

import (
	"github.com/fixarchive/fixarchive/internal/dictionary"
)

// level is a place where fields belong: the message, or a group that is open.
type level struct {
	layout *dictionary.Layout
	seen   []int // for each member, the entry that had it last

	entry int // which one is open; 1 of the message
	first int // the tag that begins entries

	counter *dictionary.Field // nil of the message
	count   int               // entries that it announced; -1 when unreadable
	offset  int               // where it stands
}

const (
	// levelsMax bounds how deep groups are opened that their surroundings do not have. The dictionaries end at 6.
	levelsMax = 32

	// lookMax is how many fields are looked ahead to see whether a group goes on behind a tag that it does not have.
	lookMax = 64
)

// push opens a level. The slices of levels that were closed are used again.
func (d *Decoder) push(layout *dictionary.Layout, counter *dictionary.Field, count int) {
	n := len(d.levels)
	if n < cap(d.levels) {
		d.levels = d.levels[:n+1]
	} else {
		d.levels = append(d.levels, level{})
	}
	l := &d.levels[n]
	members := layout.Len()
	if cap(l.seen) < members {
		l.seen = make([]int, members)
	}
	l.seen = l.seen[:members]
	clear(l.seen)
	l.layout, l.counter, l.count, l.offset = layout, counter, count, d.c.Start
	l.entry, l.first = 0, 0
	if counter == nil {
		l.entry = 1
	}
	d.lookedTo = 0
}

// closeTo closes the groups inside of level n.
func (d *Decoder) closeTo(n int) {
	for len(d.levels)-1 > n {
		l := &d.levels[len(d.levels)-1]
		if l.count >= 0 && l.count != l.entry {
			d.problem(Problem{Kind: WrongCount, Offset: l.offset, Tag: l.counter.Tag, Name: l.counter.Name, Want: l.count, Got: l.entry})
		}
		d.levels = d.levels[:len(d.levels)-1]
	}
}

// home finds the level that a field belongs to, and its place among the members there: the innermost that lacks it yet. If
// all have it already it is the innermost again, and n is -1 if none knows it. The place is -1 where an entry
// begins with what is no member.
//
// A group that has as many entries as announced begins another one only if nobody around it takes the field.
func (d *Decoder) home(tag int) (n, at int) {
	again, againAt := -1, -1
	for n := len(d.levels) - 1; n >= 0; n-- {
		l := &d.levels[n]
		at := l.layout.Find(tag)
		full := l.count >= 0 && l.entry >= l.count
		begins := n > 0 && (l.entry == 0 || tag == l.first && tag != 0)
		switch {
		case begins && !full && (at >= 0 || l.entry > 0), !begins && at >= 0 && l.seen[at] != l.entry:
			return n, at
		case at >= 0 && again < 0:
			again, againAt = n, at
		}
	}
	return again, againAt
}

// enter puts the field into level n, where it is the member at a place.
func (d *Decoder) enter(n, at int) {
	d.closeTo(n)
	l := &d.levels[n]
	f := &d.Field
	f.Begins = n > 0 && (l.entry == 0 || f.Tag == l.first)
	switch {
	case f.Begins || l.seen[at] != l.entry:
	case n > 0:
		f.Begins = true
		d.fieldProblem(NoFirst, l.first, 0)
	case !d.frame.ended: // what lies behind the end is told as a whole
		d.fieldProblem(Twice, 0, 0)
	}
	d.put(n)
	var group *dictionary.Layout
	if at < 0 {
		group = d.define()
	} else {
		l.seen[at] = l.entry
		member := l.layout.Member(at)
		f.Def, group = member.Field, member.Group
	}
	if group != nil {
		d.open(group)
	}
}

// put says that the field stands in level n.
func (d *Decoder) put(n int) {
	l, f := &d.levels[n], &d.Field
	if f.Begins {
		if l.entry == 0 {
			l.first = f.Tag
		}
		l.entry++
	}
	if f.Depth = n; n > 0 {
		f.Entry = l.entry
	}
}

// open opens the group that the field counts.
func (d *Decoder) open(group *dictionary.Layout) {
	d.Field.Counts = true
	count, ok := parseCount(d.Field.Value)
	if !ok {
		count = -1
		d.fieldProblem(NoCount, 0, 0)
	}
	d.push(group, d.Field.Def, count)
}

// stray puts the field where it stands: no level has it. Entries may begin with a tag that a venue put before those of the
// dictionary.
func (d *Decoder) stray() {
	if d.Field.Start >= d.lookedTo {
		d.look()
	}
	n := len(d.levels) - 1
	d.Field.Begins = n > 0 && d.levels[n].entry == 0
	d.put(n)
	if group := d.define(); group != nil {
		d.open(group)
	}
}

// define says what the field is that no level has, and returns the group that it counts elsewhere.
func (d *Decoder) define() *dictionary.Layout {
	f, p := &d.Field, d.Protocol
	f.Place = Stray
	if f.Def = p.Field(f.Tag); f.Def == nil {
		f.Place, p = Foreign, d.newest
		f.Def = p.Field(f.Tag)
	}
	switch {
	case f.Def == nil:
		f.Place = Unknown
		return nil
	case len(d.levels) >= levelsMax:
		return nil
	}
	return p.Group(f.Tag)
}

// look closes the groups that do not go on behind the field. The next field that any level has decides: those inside of
// its level do not.
func (d *Decoder) look() {
	c := d.c
	for range lookMax {
		if !d.advance(&c) {
			d.closeTo(0)
			break
		}
		if n, _ := d.home(c.Tag); n >= 0 {
			d.closeTo(n)
			break
		}
	}
	d.lookedTo = c.Start
}

func parseCount(value []byte) (n int, ok bool) {
	for _, c := range value {
		if c < '0' || c > '9' || n > 1<<30 {
			return 0, false
		}
		n = n*10 + int(c-'0')
	}
	return n, len(value) > 0
}
