package fixarchive

import (
	"slices"
	"strings"
)

// findName returns which of names is meant: the one that is spelled so, else the only one with that in it, else
// the only one with that in it whatever the case.
func findName(names []string, name, archive string) (int, error) {
	if at := slices.Index(names, name); at >= 0 {
		return at, nil
	}
	fold := strings.ToLower(name)
	for _, has := range []func(string) bool{
		func(s string) bool { return strings.Contains(s, name) },
		func(s string) bool { return strings.Contains(strings.ToLower(s), fold) },
	} {
		switch found := indexesOf(names, has); len(found) {
		case 0:
		case 1:
			return found[0], nil
		default:
			return 0, ambiguous(names, name, found)
		}
	}
	return 0, &NoSessionError{Name: name, Archive: archive, Near: nearest(names, name)}
}

func indexesOf(names []string, has func(string) bool) (at []int) {
	for i, name := range names {
		if has(name) {
			at = append(at, i)
		}
	}
	return at
}

func ambiguous(names []string, name string, found []int) error {
	e := &AmbiguousError{Name: name}
	for _, at := range found {
		e.Candidates = append(e.Candidates, names[at])
	}
	slices.Sort(e.Candidates)
	return e
}

// nearest lists the few names most like name, the best first.
func nearest(names []string, name string) []string {
	type scored struct {
		name string
		far  int
	}
	const shown, wordBytesMax = 3, 256
	if len(name) > wordBytesMax {
		name = name[:wordBytesMax]
	}
	all := make([]scored, len(names))
	for i, n := range names {
		all[i] = scored{n, distance(strings.ToLower(n[:min(len(n), wordBytesMax)]), strings.ToLower(name))}
	}
	slices.SortFunc(all, func(a, b scored) int {
		if a.far != b.far {
			return a.far - b.far
		}
		return strings.Compare(a.name, b.name)
	})
	var near []string
	for _, s := range all[:min(shown, len(all))] {
		near = append(near, s.name)
	}
	return near
}

// distance is how many bytes have to be changed, added or left out to turn part into something that whole holds:
// a session is asked for by a part of its name.
func distance(whole, part string) int {
	row := make([]int, len(whole)+1) // 0: the part may begin anywhere
	for i := range len(part) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(whole) {
			cost := diagonal
			if part[i] != whole[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j]+1, diagonal+1)
		}
	}
	return slices.Min(row) // and end anywhere
}
