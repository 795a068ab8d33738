package export

import (
	"bytes"
	"encoding/json"
	"time"

	"github.com/fixarchive/fixarchive"
	"github.com/fixarchive/fixarchive/internal/plain"
)

// Manifest says what an export is: what was asked for, of which archive, what came of it, and how to tell that the files
// are still what was written.
type Manifest struct {
	Format   Format    `json:"format"`
	Columns  string    `json:"columns,omitempty"` // of a CSV
	Software string    `json:"software"`
	Started  time.Time `json:"started"`
	Finished time.Time `json:"finished"`
	Archive  Archive   `json:"archive"`
	Query    any       `json:"query"` // as whoever asked would say it

	// Masking is "masked": secrets were replaced, in as many records as masked_records says; "refused": a secret would have
	// ended the export, so there is none; "none": everything was shown.
	Masking  string `json:"masking"`
	MaskTags string `json:"mask_tags,omitempty"`

	Complete bool     `json:"complete"`        // nothing that was asked for is known to be missing
	Notes    []string `json:"notes,omitempty"` // why not
	Tally             // of all files together
	LeftOut  Kinds    `json:"left_out"` // records that were found and have no place in the format
	Files    []File   `json:"files"`
}

// Archive is where the records are from.
type Archive struct {
	ID         string    `json:"id"`
	Path       string    `json:"path"`
	Created    time.Time `json:"created"`
	Generation uint32    `json:"generation"`
	Live       bool      `json:"live"` // a process was writing to it
}

// File is one file of an export.
type File struct {
	Name   string `json:"name"` // in the directory of the manifest; "-" is standard output
	Part   string `json:"part,omitempty"`
	Bytes  int64  `json:"bytes"`
	SHA256 string `json:"sha256"`
	Tally
}

// Kinds counts records by their kind.
type Kinds map[string]uint64

func (k *Kinds) add(kind fixarchive.Kind) {
	if *k == nil {
		*k = Kinds{}
	}
	(*k)[kind.String()]++
}

// text is the manifest, indented, with nothing in it that a terminal obeys: names are as peers chose them.
func (m *Manifest) text() []byte {
	var text bytes.Buffer
	if err := json.Indent(&text, plain.AppendJSON(nil, m), "", "  "); err != nil {
		panic(err) // JSON of ours
	}
	return text.Bytes()
}
