package crashfs

import (
	"fmt"
	"slices"
	"syscall"
)

// Fault says which operations fail, and how. The zero Fault is one EIO of the next operation.
//
// A write that fails has written nothing, or half if it is short. A sync that fails leaves what was written
// readable but marked clean, as Linux does: a later sync succeeds and does not save it. A failed SyncDir has
// done nothing and may be tried again, since a journal keeps names until it has written them or is aborted for good.
type Fault struct {
	Kinds  Kind                   // 0 is any
	Path   func(path string) bool // nil is any; it must not use the file system
	Skip   int                    // how many that match go well first
	Sticky bool                   // all from then on, not just one
	Err    error                  // nil is EIO
	Short  bool                   // a write does half of its work first
}

func (x Fault) String() string {
	s := x.err().Error()
	if x.Short {
		s += " after half"
	}
	s += fmt.Sprintf(" at %v number %d", x.kinds(), x.Skip)
	if x.Sticky {
		s += " and after"
	}
	return s
}

func (x *Fault) kinds() Kind {
	if x.Kinds == 0 {
		return Any
	}
	return x.Kinds
}

func (x *Fault) err() error {
	if x.Err == nil {
		return syscall.EIO
	}
	return x.Err
}

// Injection is a fault at work.
type Injection struct {
	Fault
	fs   *FS
	seen int
	hits int
}

// Inject puts a fault to work, beside those that are. It ends with its one hit, Lift or Heal.
func (f *FS) Inject(x Fault) *Injection {
	f.mu.Lock()
	defer f.mu.Unlock()
	i := &Injection{Fault: x, fs: f}
	f.faults = append(f.faults, i)
	return i
}

// Heal lifts all faults.
func (f *FS) Heal() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.faults = nil
}

// Lift ends the fault.
func (i *Injection) Lift() {
	i.fs.mu.Lock()
	defer i.fs.mu.Unlock()
	i.fs.faults = slices.DeleteFunc(i.fs.faults, func(other *Injection) bool { return other == i })
}

// Hits counts the operations that it made fail.
func (i *Injection) Hits() int {
	i.fs.mu.Lock()
	defer i.fs.mu.Unlock()
	return i.hits
}

func (i *Injection) strikes(op Op) bool {
	if i.kinds()&op.Kind == 0 || i.Path != nil && !i.Path(op.Path) && (op.To == "" || !i.Path(op.To)) {
		return false
	}
	i.seen++
	if i.seen <= i.Skip || i.hits > 0 && !i.Sticky {
		return false
	}
	i.hits++
	return true
}

// ills are the ways in which a disk fails, with the operations in which it shows.
var ills = []Fault{
	{Kinds: Any &^ (Size | Close), Err: syscall.EIO},
	{Kinds: Create | Write | Truncate | Allocate | Sync | Mkdir | Rename | SyncDir | SyncVolume, Err: syscall.ENOSPC},
	{Kinds: Write, Err: syscall.ENOSPC, Short: true},
	{Kinds: Changing, Err: syscall.EROFS},
	{Kinds: Opening, Err: syscall.EMFILE},
	{Kinds: Write | Truncate | Allocate, Err: syscall.EFBIG, Short: true},
}

// Faults lists what could have gone wrong in a run that made these operations: each way of failing at each
// operation in which it can show, once and from there on. Injected before the same run, each strikes.
func Faults(ops []Op) (all []Fault) {
	for _, ill := range ills {
		n := 0
		for _, op := range ops {
			if op.Kind&ill.Kinds == 0 {
				continue
			}
			once, sticky := ill, ill
			once.Skip, sticky.Skip, sticky.Sticky = n, n, true
			all = append(all, once, sticky)
			n++
		}
	}
	return all
}
