// Package fix holds facts about the FIX versions, as text that README.md beside it describes.
//
// It is text and not an archive of it, so that a change shows as what it is, and so that whoever parses it can keep
// slices of it instead of copies. Nobody pays for a version that is not asked for but in the size of the binary.
package fix

import _ "embed"

//go:generate go run ./generate

//go:embed FIX40.txt
var fix40 string

//go:embed FIX41.txt
var fix41 string

//go:embed FIX42.txt
var fix42 string

//go:embed FIX43.txt
var fix43 string

//go:embed FIX44.txt
var fix44 string

//go:embed FIX50.txt
var fix50 string

//go:embed FIX50SP1.txt
var fix50SP1 string

//go:embed FIX50SP2.txt
var fix50SP2 string

//go:embed FIXT11.txt
var fixt11 string

// Version is one version of FIX and its facts.
type Version struct{ Name, Facts string }

// Versions lists all, the oldest first; the transport FIXT.1.1 stands last.
var Versions = []Version{
	{"FIX.4.0", fix40}, {"FIX.4.1", fix41}, {"FIX.4.2", fix42}, {"FIX.4.3", fix43}, {"FIX.4.4", fix44},
	{"FIX.5.0", fix50}, {"FIX.5.0SP1", fix50SP1}, {"FIX.5.0SP2", fix50SP2}, {"FIXT.1.1", fixt11},
}
