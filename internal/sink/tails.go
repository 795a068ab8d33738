package sink

import (
	"fmt"

	"github.com/fixarchive/fixarchive/internal/record"
	"github.com/fixarchive/fixarchive/internal/session"
	"github.com/fixarchive/fixarchive/internal/store"
)

// tails opens every log whose files hold more than the checkpoint says, whether or not the journal knows of it: a power
// cut may have left a store's blocks and taken the journal's entry of them. Opening cuts off what is not whole, which
// nobody was told is durable.
func (r *recovery) tails(checkpointed []record.Snapshot) error {
	known := make(map[string]bool, len(checkpointed))
	var asked []record.Snapshot
	for _, s := range checkpointed {
		known[session.DirName(s.Log)] = true
		if !r.redone[s.Log] {
			asked = append(asked, s)
		}
	}
	names, err := r.o.Set.Names()
	if err != nil {
		return err
	}
	for _, name := range names {
		if known[name] {
			continue
		}
		id, err := session.ParseDirName(name)
		if err != nil {
			r.report.Notes = append(r.report.Notes, fmt.Errorf("%s is no log's directory, and is left alone: %w", name, err))
			continue
		}
		if !r.redone[id] {
			asked = append(asked, record.Snapshot{Log: id})
		}
	}
	for i, found := range r.o.Set.GrownOf(asked) {
		r.tail(asked[i].Log, found)
	}
	return nil
}

// tail opens a log if it has grown. One that cannot be opened keeps nothing from the others.
func (r *recovery) tail(id record.LogID, found store.Growth) {
	if found.Err != nil {
		r.refuse(id, found.Err)
	}
	if found.Err == nil && !found.Grown {
		return
	}
	r.open(id)
	r.redone[id] = true
}
