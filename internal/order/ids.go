package order

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
)

// class is a namespace of ids: equal ones of different classes have nothing to do with each other.
type class uint8

const (
	client   class = iota // ClOrdID, OrigClOrdID
	executor              // OrderID, SecondaryOrderID
	exec                  // ExecID
	execRef               // ExecRefID
	number                // MsgSeqNum, for a reject's RefSeqNum
)

// key is an id where it is unique.
type key struct {
	class class
	scope string // the parties, or the session with epoch and direction of a number; of an executor's id nothing
	value string
}

// parties is the same for a session and for its other end, when an archive has both: FIX.4.4:A->B and FIX.4.4:B->A.
func parties(session string) string {
	version, rest, _ := strings.Cut(session, ":")
	sender, target, ok := strings.Cut(rest, "->")
	if !ok {
		return session
	}
	target, qualifier, _ := strings.Cut(target, ":")
	return strings.Join([]string{version, min(sender, target), max(sender, target), qualifier}, "\x00")
}

// isNone reports whether an id stands for there being none. FIX asks for OrderID NONE where an order is not known, and
// for ExecID 0 in a report of a status; a client may well count its orders from 0.
func (i id) isNone() bool {
	isClients := i.tag == 11 || i.tag == 41
	return i.value == "" || i.value == "0" && !isClients || strings.EqualFold(i.value, "NONE")
}

// found is the key under which a message with this id is looked for.
func (i id) found(parties string) key {
	switch i.tag {
	case 37, 198:
		return key{executor, "", i.value}
	case 17:
		return key{exec, parties, i.value}
	case 19:
		return key{execRef, parties, i.value}
	}
	return key{client, parties, i.value}
}

// leads is the key under which others are looked for from here.
func (i id) leads(parties string) key {
	k := i.found(parties)
	switch k.class {
	case exec:
		k.class = execRef
	case execRef:
		k.class = exec
	}
	return k
}

// numbered is the key of a message's MsgSeqNum, which a reject of the other direction may name.
func numbered(r *Record, outbound bool, n string) key {
	way := "<"
	if outbound {
		way = ">"
	}
	return key{number, r.Session + "\x00" + strconv.FormatUint(uint64(r.Epoch), 10) + way, n}
}

// isReject reports whether a MsgType speaks of a message by RefSeqNum.
func isReject(msgType string) bool { return msgType == "3" || msgType == "j" }

// isAside reports whether a MsgType cannot be part of an order's life, whatever its fields are.
func isAside(msgType string) bool {
	switch msgType {
	case "0", "1", "2", "4", "5", "A", "W", "X":
		return true
	}
	return false
}

// spot is what can contradict that two messages with one id belong together.
type spot struct{ parties, symbol, side string }

func (a spot) agrees(b spot) bool {
	return a.parties == b.parties || same(a.symbol, b.symbol) && same(a.side, b.side)
}

func same(a, b string) bool { return a == "" || b == "" || a == b }

// known are keys and where they were met: a spot for each two parties.
type known map[key][]spot

// add reports whether that is news. What a message leaves out, a cancel reject the instrument for one, another between
// the same parties has told or will tell.
func (k known) add(at key, s spot) bool {
	for n := range k[at] {
		if old := &k[at][n]; old.parties == s.parties {
			old.symbol, old.side = cmp.Or(old.symbol, s.symbol), cmp.Or(old.side, s.side)
			return false
		}
	}
	k[at] = append(k[at], s)
	return true
}

// holds reports whether the key was met where nothing contradicts, and whether it was met at all.
func (k known) holds(at key, s spot) (joins, met bool) {
	spots := k[at]
	return slices.ContainsFunc(spots, s.agrees), len(spots) > 0
}

// spot is what the two parties of at's message say.
func (k known) spot(at key, s spot) spot {
	for _, old := range k[at] {
		if old.parties == s.parties {
			return old
		}
	}
	return s
}
