package crashfs

import (
	"path/filepath"
	"slices"
	"strings"
	"syscall"
)

// entry is a name in a directory. Directories hold them sorted.
type entry struct {
	name string
	node *inode
}

func lookup(entries []entry, name string) *inode {
	if i, found := slices.BinarySearchFunc(entries, name, byName); found {
		return entries[i].node
	}
	return nil
}

// set gives a name to an inode, or to none.
func set(entries []entry, name string, node *inode) []entry {
	i, found := slices.BinarySearchFunc(entries, name, byName)
	switch {
	case found && node == nil:
		return slices.Delete(entries, i, i+1)
	case found:
		entries[i].node = node
	case node != nil:
		return slices.Insert(entries, i, entry{name, node})
	}
	return entries
}

func byName(e entry, name string) int { return strings.Compare(e.name, name) }

// place is one name in one directory, whether anything has it or not.
type place struct {
	dir  *inode
	name string
}

// found is what a path leads to.
type found struct {
	place
	node *inode  // nil: nothing there
	way  []place // the names of the directories above it
}

// find walks a path. A missing directory on the way is an error, a missing last name is not.
func (f *FS) find(path string) (found, error) {
	at := found{node: f.root}
	for _, name := range split(path) {
		if at.node == nil {
			return found{}, syscall.ENOENT
		}
		if !at.node.isDir() {
			return found{}, syscall.ENOTDIR
		}
		if at.dir != nil {
			at.way = append(at.way, at.place)
		}
		at.place = place{at.node, name}
		at.node = lookup(at.node.entries, name)
	}
	return at, nil
}

// split takes relative paths from the root.
func split(path string) []string {
	path = filepath.ToSlash(filepath.Clean(path))
	return slices.DeleteFunc(strings.Split(path, "/"), func(s string) bool { return s == "" || s == "." || s == ".." })
}

// existing is find for what must be there.
func (f *FS) existing(path string) (found, error) {
	at, err := f.find(path)
	if err == nil && at.node == nil {
		err = syscall.ENOENT
	}
	return at, err
}

// renaming is a change of names that happens whole or not at all: a create, a remove, or a rename, which takes a
// name away in the same stroke.
type renaming struct {
	place
	node *inode // nil: the name goes
	from place  // of a rename; else zero
	// ties are names whose earlier changes must have happened if this one has.
	ties []place
}

// touches lists the places whose changes keep their order.
func (r *renaming) touches(visit func(place)) {
	visit(r.place)
	if r.from.dir != nil {
		visit(r.from)
	}
	for _, p := range r.ties {
		visit(p)
	}
}

// perform changes what is read, and keeps the change for the day on which the directory is synced.
func (f *FS) perform(r renaming) {
	if old := lookup(r.dir.entries, r.name); old != nil {
		old.names--
		f.reap(old)
	}
	if r.from.dir != nil {
		r.from.dir.entries = set(r.from.dir.entries, r.from.name, nil)
	} else if r.node != nil {
		r.node.names++
	}
	r.dir.entries = set(r.dir.entries, r.name, r.node)
	f.pending = append(f.pending, r)
}

// chains gives each pending change the number of its chain. Changes of one chain reach the disk in order, as a
// journal keeps them: a name that was changed twice, or was renamed, must not show what never was. Chains are
// independent of each other.
func chains(pending []renaming) []int {
	above := make([]int, len(pending))
	last := make(map[place]int, len(pending))
	root := func(i int) int {
		for above[i] != i {
			above[i] = above[above[i]]
			i = above[i]
		}
		return i
	}
	for i := range pending {
		above[i] = i
		pending[i].touches(func(p place) {
			if before, touched := last[p]; touched {
				a, b := root(before), root(i)
				above[max(a, b)] = min(a, b)
			}
			last[p] = i
		})
	}
	for i := range above {
		above[i] = root(i)
	}
	return above
}

// syncNames makes the names in a directory safe, and what their chains hold before them.
func (f *FS) syncNames(dir *inode) {
	if !slices.ContainsFunc(f.pending, func(r renaming) bool { return r.dir == dir }) {
		return
	}
	chain := chains(f.pending)
	upTo := map[int]int{}
	for i, r := range f.pending {
		if r.dir == dir {
			upTo[chain[i]] = i
		}
	}
	left := f.pending[:0:0]
	for i, r := range f.pending {
		if last, is := upTo[chain[i]]; !is || i > last {
			left = append(left, r)
			continue
		}
		if r.from.dir != nil {
			r.from.dir.safe = set(r.from.dir.safe, r.from.name, nil)
		}
		r.dir.safe = set(r.dir.safe, r.name, r.node)
	}
	f.pending = left
}
