package fixarchive

import (
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/quickfixgo/quickfix"
)

// The settings of quickfix's own style. All but FixArchivePath may be left out; each stands in [DEFAULT] or
// [SESSION], and means what the field of Options of that name means.
const (
	FixArchivePath     = "FixArchivePath"
	FixArchiveRequired = "FixArchiveRequired" // Y: an archive that cannot be opened is an error; N, the default: trading starts, and opening is tried again
)

// settingOf says how each setting is read into Options.
var settingOf = map[string]func(o *Options, text string) error{
	"FixArchiveRingBytes":    func(o *Options, s string) error { return whole(&o.RingBytes, s) },
	"FixArchiveRingDir":      func(o *Options, s string) error { o.RingDir = s; return nil },
	"FixArchiveSyncInterval": func(o *Options, s string) error { return span(&o.SyncInterval, s) },
	"FixArchiveWhenFull":     func(o *Options, s string) error { o.WhenFull = WhenFull(s); return nil },
	"FixArchiveWaitBudget":   func(o *Options, s string) error { return span(&o.WaitBudget, s) },
	"FixArchiveSegmentBytes": func(o *Options, s string) error { return whole(&o.SegmentBytes, s) },
	"FixArchiveSegmentAge":   func(o *Options, s string) error { return span(&o.SegmentAge, s) },
	"FixArchiveJournalBytes": func(o *Options, s string) error { return whole(&o.JournalBytes, s) },
	"FixArchiveBufferBytes":  func(o *Options, s string) error { return whole(&o.BufferBytes, s) },
	"FixArchiveOpenFiles":    func(o *Options, s string) error { return whole(&o.OpenFiles, s) },
	"FixArchiveLogsMax":      func(o *Options, s string) error { return whole(&o.LogsMax, s) },
	"FixArchiveReserveBytes": func(o *Options, s string) error { return wholeOrNone(&o.ReserveBytes, s) },
	"FixArchiveFreePercent":  func(o *Options, s string) error { return wholeOrNone(&o.FreePercent, s) },
	"FixArchiveFileMode":     func(o *Options, s string) error { return mode(&o.FileMode, s) },
	"FixArchiveDirMode":      func(o *Options, s string) error { return mode(&o.DirMode, s) },
}

func whole[T int | int64](v *T, text string) error {
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return fmt.Errorf("%q is not a whole number", text)
	}
	*v = T(n)
	return nil
}

// wholeOrNone reads a number that may be nothing: 0 is written down by somebody, and is not the default.
func wholeOrNone[T int | int64](v *T, text string) error {
	err := whole(v, text)
	if *v == 0 {
		*v = -1
	}
	return err
}

func span(v *time.Duration, text string) (err error) {
	if *v, err = time.ParseDuration(text); err != nil {
		return fmt.Errorf("%q is not a duration such as 100ms or 24h", text)
	}
	return nil
}

func mode(v *fs.FileMode, text string) error {
	n, err := strconv.ParseUint(text, 8, 32)
	if err != nil {
		return fmt.Errorf("%q is not an octal mode such as 0640", text)
	}
	*v = fs.FileMode(n)
	return nil
}

// sessionSettingOf says how those settings are read that each session may have of its own.
var sessionSettingOf = map[string]func(o *Options, text string) error{
	"FixArchiveSync":        func(o *Options, s string) error { o.StoreSync = Sync(s); return nil },
	"FixArchiveSaveTimeout": func(o *Options, s string) error { return span(&o.SaveTimeout, s) },
	"FixArchiveSyncInbound": func(o *Options, s string) error { return yes(&o.SyncInbound, s) },
}

// wish is what one section of the settings asks of an archive.
type wish struct {
	options  Options // with StoreSync, SaveTimeout and SyncInbound of this session
	required bool
	given    map[string]string // archive-wide settings as they were spelled, to be compared with others'
}

// store is what is asked of a session's message store.
func (w *wish) store() (storeWish, error) {
	o, err := w.options.withDefaults()
	return storeWish{sync: o.StoreSync, timeout: o.SaveTimeout, inbound: o.SyncInbound}, err
}

// readWish reads one section. quickfix has merged [DEFAULT] into each [SESSION] already.
func readWish(s *quickfix.SessionSettings) (wish, error) {
	if err := checkKeys(s, knownKeys()); err != nil {
		return wish{}, err
	}
	path, err := s.Setting(FixArchivePath)
	if err != nil {
		return wish{}, err
	}
	o, err := Options{Path: path}.absolute()
	if err != nil {
		return wish{}, err
	}
	w := wish{options: o, given: map[string]string{}}
	if s.HasSetting(FixArchiveRequired) {
		if w.required, err = s.BoolSetting(FixArchiveRequired); err != nil {
			return wish{}, err
		}
	}
	if err := readKeys(s, settingOf, &w.options, w.given); err != nil {
		return wish{}, err
	}
	if err := readKeys(s, sessionSettingOf, &w.options, nil); err != nil {
		return wish{}, err
	}
	if w.options.StoreSync == SyncNone {
		w.options.Sync = SyncNone // unless another session of the archive wants more
	}
	_, err = w.options.withDefaults()
	return w, err
}

// readKeys reads the settings that are there into o, and notes how they are spelled in given, unless that is nil.
func readKeys(s *quickfix.SessionSettings, of map[string]func(*Options, string) error, o *Options, given map[string]string) error {
	for _, key := range slices.Sorted(maps.Keys(of)) {
		if !s.HasSetting(key) {
			continue
		}
		text, err := s.Setting(key)
		if err != nil {
			return err
		}
		if err := of[key](o, text); err != nil {
			return fmt.Errorf("%s: %w", key, err)
		}
		if given != nil {
			given[key] = text
		}
	}
	return nil
}

// yes reads what quickfix spells Y or N.
func yes(v *bool, text string) error {
	if *v = text == "Y"; !*v && text != "N" {
		return fmt.Errorf("%q is neither Y nor N", text)
	}
	return nil
}

// conflict says where two wishes for one archive cannot both be had.
func conflict(path string, a, b map[string]string) error {
	for _, key := range slices.Sorted(maps.Keys(settingOf)) {
		x, y := a[key], b[key]
		if x != y {
			return fmt.Errorf("%s is %q here and %q elsewhere, for the one archive %s", key, orDefault(x), orDefault(y), path)
		}
	}
	return nil
}

func orDefault(text string) string {
	if text == "" {
		return "the default"
	}
	return text
}
