//go:build !race && !invariant

package pool

// lent keeps no account in an ordinary build.
type lent struct{}

func (*lent) out([]byte)  {}
func (*lent) back([]byte) {}

const checked = false
