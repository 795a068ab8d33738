package complete

import (
	"hash/maphash"

	"github.com/fixarchive/fixarchive/internal/fixwire"
)

// seed is the process's own: a peer cannot know which messages would share a hash.
var seed = maphash.MakeSeed()

// hashBody is a hash of what a resend repeats unchanged. It differs rightfully in what says that it is one (43, 97), when it
// was sent (52, 122), what its sender had processed by then (369), and length and sum (9, 10).
func hashBody(raw []byte) uint64 {
	var h maphash.Hash
	h.SetSeed(seed)
	from := 0 // of the bytes that are not hashed yet: runs of fields cost less than fields
	c := fixwire.NewCursor(raw)
	for c.Next() {
		switch c.Tag {
		case 9, 10, 43, 52, 97, 122, 369:
			h.Write(raw[from:c.Start])
			from = c.End
		}
	}
	h.Write(raw[from:])
	return h.Sum64()
}

func hashBytes(raw []byte) uint64 { return maphash.Bytes(seed, raw) }
