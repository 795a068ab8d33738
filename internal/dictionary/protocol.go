package dictionary

import (
	"maps"
	"slices"
	"sync"
)

// Protocol is a version of FIX as it is spoken: for 5.0 with the transport's header and session messages, and always with
// what venues put on top.
type Protocol struct {
	Name string // "FIX.4.4", "FIX.5.0SP2"

	stack  []*Dictionary // a lookup goes from the first to the last
	fields []*Field
	table  tagTable
	data   tagTable // of a length, the tag of the data behind it; of venues' dictionaries only

	mu       sync.Mutex
	messages map[string]*Message // those asked for, nil among them
	layouts  map[string]*Layout

	groupsOnce sync.Once
	groups     map[int]*Layout
}

func newProtocol(name string, stack []*Dictionary) *Protocol {
	p := &Protocol{
		Name: name, stack: stack,
		messages: map[string]*Message{}, layouts: map[string]*Layout{},
	}
	for i := len(stack) - 1; i >= 0; i-- {
		for j := range stack[i].fields {
			p.addField(&stack[i].fields[j])
		}
	}
	return p
}

// addField puts a field over the one of the same tag.
func (p *Protocol) addField(f *Field) {
	at := p.table.find(f.Tag)
	if at < 0 {
		p.table.add(f.Tag, len(p.fields))
		p.fields = append(p.fields, f)
		return
	}
	over := *f // a dictionary may lie in several protocols
	over.under = p.fields[at]
	p.fields[at] = &over
}

// Field returns nil for a tag that nobody defines.
func (p *Protocol) Field(tag int) *Field {
	if at := p.table.find(tag); at >= 0 {
		return p.fields[at]
	}
	return nil
}

// known is the field that a layout names.
func (p *Protocol) known(tag int) *Field {
	f := p.Field(tag)
	if f == nil {
		panic("dictionary: a member of a message of " + p.Name + " is no field of it") // xmlfacts has looked
	}
	return f
}

// FieldByName returns nil for a name that nobody defines. Upper and lower case are the same.
func (p *Protocol) FieldByName(name string) *Field {
	for _, d := range p.stack {
		if f := d.FieldByName(name); f != nil {
			return p.Field(f.Tag)
		}
	}
	return nil
}

// Message returns nil for a type that nobody defines.
func (p *Protocol) Message(msgType []byte) *Message {
	p.mu.Lock()
	defer p.mu.Unlock()
	m, asked := p.messages[string(msgType)]
	if asked {
		return m
	}
	for _, d := range p.stack {
		if m = d.MessageByType(string(msgType)); m != nil {
			break
		}
	}
	if m != nil {
		p.messages[m.Type] = m // what nobody defines is not remembered: peers may send any number of types
	}
	return m
}

// MessageByName returns nil for a name that nobody defines. Upper and lower case are the same.
func (p *Protocol) MessageByName(name string) *Message {
	for _, d := range p.stack {
		if m := d.MessageByName(name); m != nil {
			return m
		}
	}
	return nil
}

// Layout returns what may stand in a message of the type, header and trailer included. Of a type that nobody defines,
// it has these alone.
func (p *Protocol) Layout(m *Message) *Layout {
	key := ""
	if m != nil {
		key = m.Type
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.layouts[key] == nil {
		p.layouts[key] = p.newLayout(key)
	}
	return p.layouts[key]
}

func (p *Protocol) newLayout(msgType string) *Layout {
	l := &Layout{protocol: p}
	for _, d := range p.stack {
		l.sources = append(l.sources, source{d, d.header})
	}
	for _, d := range p.stack {
		if m := d.MessageByType(msgType); m != nil {
			l.sources = append(l.sources, source{d, m.members})
		}
	}
	for _, d := range p.stack {
		l.sources = append(l.sources, source{d, d.trailer})
	}
	return l
}

// Group returns what an entry of a group holds that stands where no layout has it: as the first message or component that
// knows the group has it. It is nil when none does.
func (p *Protocol) Group(count int) *Layout {
	p.groupsOnce.Do(p.findGroups)
	return p.groups[count]
}

func (p *Protocol) findGroups() {
	p.groups = map[int]*Layout{}
	for _, d := range p.stack {
		found := map[int]bool{}
		for _, m := range d.messages {
			p.takeGroups(d, m.members, found)
		}
		for _, name := range slices.Sorted(maps.Keys(d.components)) {
			p.takeGroups(d, d.components[name], found)
		}
	}
}

func (p *Protocol) takeGroups(d *Dictionary, members string, found map[int]bool) {
	for members != "" {
		var m written
		m, members = nextMember(members)
		if m.entry == "" {
			continue
		}
		if !found[m.tag] {
			found[m.tag] = true
			if p.groups[m.tag] == nil {
				p.groups[m.tag] = &Layout{protocol: p}
			}
			p.groups[m.tag].sources = append(p.groups[m.tag].sources, source{d, m.entry})
		}
		p.takeGroups(d, m.entry, found)
	}
}

// Data returns the tag of the data whose length a field gives, when a venue's dictionary says so, or 0.
func (p *Protocol) Data(length int) int { return max(0, p.data.find(length)) }

// addData finds the data fields of a venue's dictionary. The length is the field of that name with Len or Length behind it.
func (p *Protocol) addData(d *Dictionary) {
	for i := range d.fields {
		f := &d.fields[i]
		if !f.isData() {
			continue
		}
		for _, suffix := range []string{"Len", "Length"} {
			length := d.FieldByName(f.Name + suffix)
			if length != nil && p.data.find(length.Tag) < 0 {
				p.data.add(length.Tag, f.Tag)
			}
		}
	}
}
