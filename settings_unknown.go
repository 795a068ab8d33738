package fixarchive

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/quickfixgo/quickfix"
)

// checkKeys refuses a section with a setting that looks like ours and is none: a slip of the pen in FixArchiveSyncInterval
// would else leave the default in force, and nobody would know.
func checkKeys(s *quickfix.SessionSettings, known []string) error {
	for _, key := range keysOf(s) {
		if len(key) < len(keyPrefix) || !strings.EqualFold(key[:len(keyPrefix)], keyPrefix) || slices.Contains(known, key) {
			continue
		}
		return fmt.Errorf("there is no setting %s; nearest to it is %s", key, nearest(known, key)[0])
	}
	return nil
}

const keyPrefix = "FixArchive"

// knownKeys are all settings that there are.
func knownKeys() []string {
	known := slices.AppendSeq([]string{FixArchivePath, FixArchiveRequired}, maps.Keys(settingOf))
	return slices.AppendSeq(known, maps.Keys(sessionSettingOf))
}

// keysOf are the names of all settings in a section, sorted. quickfix answers for a name only, and lists none; so they are
// read where it keeps them, and where that is no longer there nothing is found.
func keysOf(s *quickfix.SessionSettings) (keys []string) {
	held := reflect.ValueOf(s).Elem().FieldByName("settings")
	if held.Kind() != reflect.Map {
		return nil
	}
	for _, key := range held.MapKeys() {
		if key.Kind() == reflect.String {
			keys = append(keys, key.String())
		}
	}
	slices.Sort(keys)
	return keys
}
