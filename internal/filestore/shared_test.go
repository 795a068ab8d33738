package filestore

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// sharedData is where stores of real engines lie beside a checkout of the project.
const sharedData = "../../../shared/data"

// TestStoresOfRealEngines reads every store there is, and writes it again with the same bytes.
func TestStoresOfRealEngines(t *testing.T) {
	if _, err := os.Stat(sharedData); err != nil {
		t.Skipf("no test data beside the repository: %v", err)
	}
	formats, stores := map[Format]int{}, 0
	for _, dir := range dirsUnder(t, sharedData) {
		places, err := Find(onDisk, dir)
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range places {
			f := read(t, onDisk, p, Unknown)
			formats[f.format]++
			stores++
			if len(f.doubts) > 0 || f.idErr != nil || f.format.Prefix(f.id) != p.Prefix || f.created.IsZero() {
				t.Errorf("%v: %v %+v, %v, %v", p, f.format, f.id, f.idErr, f.doubts)
			}
			for _, m := range f.messages {
				if m.seq >= f.sender {
					t.Errorf("%v: MsgSeqNum %d, and %d is the next", p, m.seq, f.sender)
				}
			}
			if f.idErr == nil {
				sameFiles(t, export(t, f, &f.contents), ofPrefix(files(t, dir), p.Prefix))
				f.small = nil // as if the bytes of before were not known: the engine's own way
				sameFiles(t, export(t, f, &f.contents), ofPrefix(files(t, dir), p.Prefix))
			}
		}
	}
	t.Logf("%d stores: %v", stores, formats)
	if formats[QuickFIX] == 0 || formats[QuickFIX115] == 0 || formats[QuickFIXJ] == 0 {
		t.Errorf("found stores of %v", formats)
	}
}

func dirsUnder(t *testing.T, root string) (dirs []string) {
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.IsDir() {
			dirs = append(dirs, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return dirs
}

func ofPrefix(all map[string]string, prefix string) map[string]string {
	of := map[string]string{}
	for name, text := range all {
		if ending, ok := strings.CutPrefix(name, prefix+"."); ok && !strings.Contains(ending, ".") {
			of[name] = text
		}
	}
	return of
}
