package main

import (
	"encoding/json"
	"strings"
	"unicode/utf8"

	"github.com/fixarchive/fixarchive/internal/filestore"
)

// noteBegins is what the event of an import begins with.
const noteBegins = "message store imported: "

// storeNote is what the archive keeps of an import beside messages, numbers and time, as an event of the session: where they
// are from, and the bytes of the files that can say the same in more than one way, for an export to give back.
type storeNote struct {
	From   string `json:"from"`
	Format string `json:"format"`

	Files map[string]string `json:"files,omitempty"`
}

// noteOf is the event of an import.
func noteOf(s *filestore.Store) string {
	n := storeNote{From: s.Place.String(), Format: s.Format.String(), Files: map[string]string{}}
	for ending, b := range s.Small() {
		if utf8.Valid(b) {
			n.Files[ending] = string(b)
		}
	}
	text, err := json.Marshal(n)
	if err != nil {
		panic(err) // strings
	}
	return noteBegins + string(text)
}

// parseNote reads an event of a session, if it is of an import.
func parseNote(text []byte) (n storeNote, ok bool) {
	rest, ok := strings.CutPrefix(string(text), noteBegins)
	if !ok || json.Unmarshal([]byte(rest), &n) != nil {
		return storeNote{}, false
	}
	return n, true
}

// before is the bytes of the small files as a Writer takes them.
func (n *storeNote) before() map[string][]byte {
	files := map[string][]byte{}
	for ending, text := range n.Files {
		files[ending] = []byte(text)
	}
	return files
}
