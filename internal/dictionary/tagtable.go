package dictionary

// tagTable finds a tag's place in a slice beside it. Decoding asks it for every field of every message, and Go's map
// takes three times as long.
type tagTable struct {
	slots []tagSlot // a power of two, at most half of them taken
	taken int
}

type tagSlot struct{ tag, at int32 } // tag 0: free

// add says that tag is at a place. A tag is added once.
func (t *tagTable) add(tag, at int) {
	if 2*(t.taken+1) > len(t.slots) {
		t.grow()
	}
	t.put(tagSlot{int32(tag), int32(at)})
	t.taken++
}

func (t *tagTable) grow() {
	old := t.slots
	t.slots = make([]tagSlot, max(8, 2*len(old)))
	for _, s := range old {
		if s.tag != 0 {
			t.put(s)
		}
	}
}

func (t *tagTable) put(s tagSlot) {
	i := t.home(int(s.tag))
	for t.slots[i].tag != 0 {
		i = (i + 1) & (len(t.slots) - 1)
	}
	t.slots[i] = s
}

// find returns -1 for a tag that was not added.
func (t *tagTable) find(tag int) int {
	if len(t.slots) == 0 || tag <= 0 {
		return -1
	}
	for i := t.home(tag); ; i = (i + 1) & (len(t.slots) - 1) {
		switch s := t.slots[i]; s.tag {
		case int32(tag):
			return int(s.at)
		case 0:
			return -1
		}
	}
}

// home spreads tags, of which the related ones are neighbours or a power of two apart.
func (t *tagTable) home(tag int) int {
	return int(uint32(tag)*0x9e3779b1>>7) & (len(t.slots) - 1)
}
