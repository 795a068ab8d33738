package logbuf

// headerBytes precede each record: one header word, in the machine's own byte order.
const headerBytes = 8

// skipBit marks a word with nothing to read behind it. It lies far above any length, so that a length, a
// negated length and a skip cannot be taken for one another, and a skip of no payload is still not zero.
const skipBit = 1 << 62

// Payloads start on a multiple of 8 as long as headers do: the words are accessed atomically.
var _ = [1]struct{}{}[headerBytes%8]

// recordBytes is what a payload of n bytes takes in the ring: header, payload, zeros up to a multiple of 8.
func recordBytes(n int) uint64 { return uint64(headerBytes + (n+7)&^7) }

func skipWord(n int) int64    { return skipBit | int64(n) }
func claimedWord(n int) int64 { return -int64(n) }

type wordKind uint8

const (
	wordFree      wordKind = iota // never claimed, or claimed by a producer that has not said so yet
	wordClaimed                   // being written
	wordCommitted                 // a record
	wordSkip                      // nothing to read
	wordBad                       // not a header at all
)

// parseWord says what a header word means and how many payload bytes follow it. The length it returns is
// between 0 and max whatever the word is.
func parseWord(w int64, max int) (wordKind, int) {
	switch {
	case w == 0:
		return wordFree, 0
	case w < 0 && w >= -int64(max):
		return wordClaimed, int(-w)
	case w > 0 && w <= int64(max):
		return wordCommitted, int(w)
	case w >= skipBit && w <= skipBit+int64(max):
		return wordSkip, int(w - skipBit)
	}
	return wordBad, 0
}
