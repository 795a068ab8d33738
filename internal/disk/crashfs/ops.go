package crashfs

import (
	"errors"
	"fmt"
	"math/bits"
	"slices"
	"strings"
)

// ErrCrashed is the error of everything that is asked of a file system after its crash.
var ErrCrashed = errors.New("crashed")

// Kind is what an operation does, or several of these together.
type Kind uint32

const (
	OpenRead  Kind = 1 << iota // Open
	OpenWrite                  // OpenFile of what is there
	Create                     // OpenFile of what is not
	Read
	Write
	Truncate // File.Truncate, and O_TRUNC of what is not empty
	Sync
	Close
	Size
	Stat
	ReadDir
	Mkdir // one for each directory that is made
	Rename
	Remove
	SyncDir
	OpenVolume
	SyncVolume
	Allocate
	Space
)

const (
	// Mutating operations are the steps between which a crash can fall.
	Mutating = Create | Write | Truncate | Allocate | Sync | Mkdir | Rename | Remove | SyncDir | SyncVolume
	// Opening operations need a descriptor.
	Opening = OpenRead | OpenWrite | Create | ReadDir | SyncDir | OpenVolume
	// Changing operations are those that a read-only mount refuses.
	Changing      = OpenWrite | Create | Write | Truncate | Allocate | Mkdir | Rename | Remove
	Any      Kind = 1<<19 - 1
)

var kindNames = [...]string{
	"open", "openfile", "create", "read", "write", "truncate", "sync", "close", "size", "stat", "readdir", "mkdir",
	"rename", "remove", "syncdir", "volume", "syncfs", "allocate", "space",
}

var _ = [1]struct{}{}[1<<len(kindNames)-1-Any]

func (k Kind) String() string {
	var names []string
	for left := uint(k); left != 0; left &= left - 1 {
		if i := bits.TrailingZeros(left); i < len(kindNames) {
			names = append(names, kindNames[i])
		}
	}
	return strings.Join(names, "|")
}

// Op is an operation as it was asked for.
type Op struct {
	Kind   Kind
	Path   string
	To     string // of a rename
	Offset int64  // of a read or a write; the new size of a truncate
	Length int64  // of a read or a write; of what is allocated
	Err    error  // that it came back with
}

func (o Op) String() string {
	s := fmt.Sprintf("%v %s", o.Kind, o.Path)
	switch o.Kind {
	case Rename:
		s += " to " + o.To
	case Truncate:
		s += fmt.Sprintf(" to %d", o.Offset)
	case Allocate:
		s += fmt.Sprintf(" %d", o.Length)
	case Read, Write:
		s += fmt.Sprintf(" %d+%d", o.Offset, o.Length)
	}
	if o.Err != nil {
		s += ": " + o.Err.Error()
	}
	return s
}

// Ops lists what was asked of f until it died, also what failed.
func (f *FS) Ops() []Op {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.ops)
}

// Steps counts the mutating operations so far.
func (f *FS) Steps() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.steps
}

// Watch has every operation told to visit after it has come back, with nothing locked: an Image taken there is one
// of the moment. nil ends it.
func (f *FS) Watch(visit func(Op)) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.watch = visit
}

// do runs a call of the interface, which may be several operations, with f locked.
func (f *FS) do(call func() error) error {
	f.mu.Lock()
	first := len(f.ops)
	err := call()
	told, watch := f.ops[first:], f.watch
	f.mu.Unlock()
	if watch != nil {
		for _, op := range told {
			watch(op)
		}
	}
	return err
}

// step runs one operation, unless the file system is dead, dies of it, or has a fault for it.
func (f *FS) step(op Op, run func() error) error {
	if f.dead {
		return ErrCrashed
	}
	_, err := f.admit(op)
	if err == nil {
		err = run()
	}
	f.ops[len(f.ops)-1].Err = err
	return err
}

// admit writes an operation down and says whether it may happen. Of a write that may not, it also says how much of
// it happens nevertheless.
func (f *FS) admit(op Op) (partly int, err error) {
	f.ops = append(f.ops, op)
	switch {
	case op.Kind&Mutating == 0:
	case f.cut == f.steps:
		f.dead = true
		return 0, ErrCrashed
	default:
		f.steps++
	}
	for _, x := range f.faults {
		if x.strikes(op) {
			if x.Short {
				partly = int(op.Length / 2)
			}
			return partly, x.err()
		}
	}
	return 0, nil
}
