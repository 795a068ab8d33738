package fixarchive

import (
	"bytes"
	"errors"
	"fmt"
	"path/filepath"
	"slices"

	"github.com/fixarchive/fixarchive/internal/journal"
	"github.com/fixarchive/fixarchive/internal/record"
	"github.com/fixarchive/fixarchive/internal/store"
)

// checkpoint says what is wrong with the checkpoint, or makes a new one where that was asked for.
func (p *repair) checkpoint() error {
	if p.point != nil {
		return nil
	}
	c := p.checkpointDamage(false)
	remedy := remedyCheckpoint
	if c != nil && p.o.Checkpoint {
		unsure, err := p.unsure()
		if err != nil {
			return err
		}
		if len(unsure) == 0 {
			return p.makeCheckpoint(c)
		}
		remedy = fmt.Sprintf("none can be made of the sessions as they are, since these are not whole: %s; restore them and the checkpoint from a backup", quoted(unsure))
	}
	if c != nil {
		p.left("", c, remedy)
	}
	return nil
}

// unsure are the logs of which nobody can say where they end.
func (p *repair) unsure() (names []string, err error) {
	logs, err := p.logs()
	if err != nil {
		return nil, err
	}
	for i := range logs {
		if _, sure := p.ends[logs[i].id]; sure {
			continue
		}
		if _, err := p.open(&logs[i]); !errors.Is(err, store.ErrEmpty) {
			names = append(names, logs[i].name)
		}
	}
	return names, nil
}

// makeCheckpoint makes a checkpoint of an archive that was closed and whose logs are whole blocks to their ends. Redo
// begins behind all that the journal holds: the logs have it, or nobody ever had.
func (p *repair) makeCheckpoint(c *CorruptError) error {
	read, err := journal.Read(p.fs, p.at("journal"), p.meta.Archive, journal.Mark{}, func(journal.Entry) error { return nil })
	if err != nil {
		return ours(err)
	}
	point := journal.Checkpoint{Archive: p.meta.Archive, Generation: p.meta.Generation, Journal: read.End}
	for _, s := range p.ends {
		point.Logs = append(point.Logs, s)
		point.At = max(point.At, s.State.LastTime)
	}
	slices.SortFunc(point.Logs, func(a, b record.Snapshot) int {
		return bytes.Compare(record.AppendLogID(nil, a.Log), record.AppendLogID(nil, b.Log))
	})
	if _, err := p.fs.Stat(c.Path); err == nil {
		to := store.AsideName(p.fs, p.at("quarantine"), "", filepath.Base(c.Path), p.taken)
		p.report.Deeds = append(p.report.Deeds, Deed{Act: Moved, Path: c.Path, To: to, Why: c.Reason})
		if !p.o.DryRun {
			if err := store.MoveAside(p.fs, c.Path, to); err != nil {
				return err
			}
		}
	}
	p.report.Deeds = append(p.report.Deeds, Deed{
		Act: Rebuilt, Path: c.Path,
		Why: "made of the sessions as they are: from now on nobody can tell whether acknowledged records at their ends are missing",
	})
	if p.o.DryRun {
		return nil
	}
	return journal.WriteCheckpoint(p.fs, c.Path, &point)
}
