package export

import (
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"github.com/fixarchive/fixarchive"
)

// Place says where an export goes.
type Place struct {
	Path     string    // of the file; with parts, a part's name comes before its ending
	Stream   io.Writer // instead of Path
	Manifest string    // path; empty: none
	Force    bool      // what is there is replaced
}

// ErrNothing says that there was no record, and so there is no file.
var ErrNothing = errors.New("nothing to write")

// Set is the files of one export.
type Set struct {
	Tally   Tally // of all of them
	LeftOut Kinds

	place  Place
	format Format
	guard  Guard
	o      Options
	part   *part // at hand
	done   []*part
}

// part is one file being written.
type part struct {
	name string
	to   *file
	w    Writer
	Tally
}

// NewSet begins an export. Where a secret may not be in it, the guard is set to refuse.
func NewSet(f Format, p Place, g Guard, o Options) (*Set, error) {
	g.Refuse = f.Exact()
	s := &Set{format: f, place: p, guard: g, o: o, Tally: newTally()}
	for _, path := range []string{p.Path, p.Manifest} {
		if path != "" {
			if err := free(path, p.Force); err != nil {
				return nil, err
			}
		}
	}
	return s, nil
}

// Next ends the part at hand and begins another. One without records leaves no file.
func (s *Set) Next(name string) error {
	if err := s.endPart(); err != nil {
		return err
	}
	s.part = &part{name: name, Tally: newTally()}
	return nil
}

// Put adds a record to the part at hand. After an error the Set can only be aborted.
func (s *Set) Put(m *fixarchive.Message) error {
	if s.format.MessagesOnly() && !isMessage(m.Kind) || s.format.Exact() && len(m.Raw) == 0 {
		s.LeftOut.add(m.Kind)
		return nil
	}
	r, err := s.guard.Pass(m)
	if err != nil {
		return err
	}
	if err := s.begin(); err != nil {
		return err
	}
	s.part.add(&r)
	s.Tally.add(&r)
	return s.part.w.Write(&r)
}

// begin makes the file of the part at hand, when it has none.
func (s *Set) begin() (err error) {
	if s.part == nil {
		s.part = &part{Tally: newTally()}
	}
	p := s.part
	if p.w != nil {
		return nil
	}
	if s.place.Stream != nil {
		p.to = stream(s.place.Stream)
	} else {
		path := partPath(s.place.Path, p.name)
		if err := free(path, s.place.Force); err != nil {
			return err
		}
		if p.to, err = createFile(path); err != nil {
			return err
		}
	}
	p.w, err = NewWriter(s.format, p.to, s.o)
	return err
}

// partPath puts a part's name before the ending of a file: all.csv, 2026-11-23 is all.2026-11-23.csv.
func partPath(path, part string) string {
	if part == "" {
		return path
	}
	ending := filepath.Ext(path)
	return strings.TrimSuffix(path, ending) + "." + part + ending
}

func (s *Set) endPart() error {
	p := s.part
	if p == nil || p.w == nil {
		return nil
	}
	if err := p.w.Close(); err != nil {
		return err
	}
	if err := p.to.settle(); err != nil {
		return err
	}
	s.done, s.part = append(s.done, p), nil
	return nil
}

// Commit ends the export: every file is whole and safe before the first gets its name, and the manifest gets its own
// last. m is filled in. Without any record the error is ErrNothing and there is nothing.
func (s *Set) Commit(m *Manifest) error {
	if err := s.endPart(); err != nil {
		return err
	}
	if len(s.done) == 0 {
		return ErrNothing
	}
	m.Format, m.Software, m.Tally, m.LeftOut = s.format, s.o.Software, s.Tally, s.LeftOut
	m.Masking, m.MaskTags = s.masking()
	if m.LeftOut == nil {
		m.LeftOut = Kinds{}
	}
	for _, p := range s.done {
		m.Files = append(m.Files, File{
			Name: filepath.Base(p.to.path), Part: p.name, Bytes: p.to.size, SHA256: p.to.digest(), Tally: p.Tally,
		})
	}
	return s.appear(m)
}

func (s *Set) masking() (how, tags string) {
	switch {
	case s.guard.Open:
		return "none", ""
	case s.guard.Refuse:
		return "refused", s.guard.Secrets.String()
	}
	return "masked", s.guard.Secrets.String()
}

// appear names the files. When one cannot be named, those before it stay: they are whole, and what they replaced is gone.
func (s *Set) appear(m *Manifest) error {
	manifest, err := s.writeManifest(m)
	if err != nil {
		return err
	}
	files := make([]*file, 0, len(s.done)+1)
	for _, p := range s.done {
		files = append(files, p.to)
	}
	if manifest != nil {
		defer manifest.abort() // once it has its name there is nothing under the other
		files = append(files, manifest)
	}
	for _, f := range files {
		if err := f.appear(s.place.Force); err != nil {
			return err
		}
	}
	if s.place.Stream == nil {
		err = syncDir(s.place.Path)
	}
	if manifest != nil {
		err = errors.Join(err, syncDir(s.place.Manifest))
	}
	s.done = nil
	return err
}

func (s *Set) writeManifest(m *Manifest) (*file, error) {
	if s.place.Manifest == "" {
		return nil, nil
	}
	f, err := createFile(s.place.Manifest)
	if err != nil {
		return nil, err
	}
	if _, err = f.Write(m.text()); err == nil {
		err = f.settle()
	}
	if err != nil {
		f.abort()
		return nil, fmt.Errorf("the manifest: %w", err)
	}
	return f, nil
}

// Abort removes what has no name yet. After Commit it does nothing.
func (s *Set) Abort() {
	if s.part != nil && s.part.to != nil {
		s.part.to.abort()
	}
	for _, p := range s.done {
		p.to.abort()
	}
	s.part, s.done = nil, nil
}
