package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/fixarchive/fixarchive/spec/fix"
)

// TestTheFactsAreWhatTheGeneratorMakes fails after a change of the generator, or of the module's version, that was not
// followed by go generate ./spec/fix.
func TestTheFactsAreWhatTheGeneratorMakes(t *testing.T) {
	if _, err := dictionaries(); err != nil {
		t.Skip(err) // the module may be vendored, without its dictionaries
	}
	dir := t.TempDir()
	if err := generate(dir); err != nil {
		t.Fatal(err)
	}
	made, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil {
		t.Fatal(err)
	}
	if len(made) != len(fix.Versions) {
		t.Errorf("%d files are made, %d versions embedded", len(made), len(fix.Versions))
	}
	for _, name := range made {
		want, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		got, err := os.ReadFile(filepath.Join("..", filepath.Base(name)))
		if err != nil {
			t.Fatal(err)
		}
		if string(got) != string(want) {
			t.Errorf("%s is not what the generator makes: go generate ./spec/fix", filepath.Base(name))
		}
	}
}
