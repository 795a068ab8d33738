// Command generate writes the facts of spec/fix from the dictionaries that come with the quickfix module.
// It is run by go generate in spec/fix.
package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/fixarchive/fixarchive/internal/dictionary/xmlfacts"
)

const module = "github.com/quickfixgo/quickfix"

func main() {
	if err := generate("."); err != nil {
		fmt.Fprintln(os.Stderr, "generate:", err)
		os.Exit(1)
	}
}

// generate writes a file of facts into dir for each dictionary of the module.
func generate(dir string) error {
	files, err := dictionaries()
	if err != nil {
		return err
	}
	for _, file := range files {
		text, err := facts(file)
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(dir, factsName(file)), text, 0o644); err != nil {
			return err
		}
	}
	return nil
}

// dictionaries lists the XML files of the module's version that go.mod names.
func dictionaries() ([]string, error) {
	out, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", module).Output()
	if err != nil {
		return nil, fmt.Errorf("go list -m %s: %w", module, err)
	}
	files, err := filepath.Glob(filepath.Join(strings.TrimSpace(string(out)), "spec", "*.xml"))
	if err == nil && len(files) == 0 {
		err = fmt.Errorf("no spec/*.xml in %s %s: go mod download fetches it", module, out)
	}
	return files, err
}

func facts(file string) ([]byte, error) {
	in, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer in.Close()
	return xmlfacts.Facts(file, in)
}

func factsName(file string) string {
	return strings.TrimSuffix(filepath.Base(file), ".xml") + ".txt"
}
