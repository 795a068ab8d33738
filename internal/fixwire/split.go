package fixwire

import "iter"

// Span is one piece of an input.
type Span struct {
	Offset  int
	Bytes   []byte
	Verdict Verdict
}

// Split cuts b, a whole input, into spans that together are b. The last one is Pending when b ends
// inside a message.
func Split(b []byte) iter.Seq[Span] {
	return func(yield func(Span) bool) {
		for at := 0; at < len(b); {
			n, v := Frame(b[at:], true)
			if !yield(Span{Offset: at, Bytes: b[at : at+n : at+n], Verdict: v}) {
				return
			}
			at += n
		}
	}
}
