package journal

import (
	"encoding/hex"
	"errors"
	"fmt"
	"hash/crc32"
	"strconv"
	"strings"
	"time"

	"github.com/fixarchive/fixarchive/internal/disk"
	"github.com/fixarchive/fixarchive/internal/record"
)

// Meta is an archive's identity, and whether a process has it open. It says so durably before the first message is
// accepted, so that the next Open knows what to look for; a clean Close says that there is nothing.
//
//	fixarchive 1
//	archive 3f0c…
//	created 2026-11-23T08:00:00Z
//	generation 7
//	open true
//	ring "/dev/shm/fixarchive-3f0c….ring"
//	boot 7c1e…
//	crc 1f2e3d4c
//
// It is text because it is read by people at their worst hour, and never on a path that counts nanoseconds. There is
// one spelling of each value: a file that anyone has touched is refused, even where it means the same.
type Meta struct {
	Version    uint32 // of the archive's layout; set by reading, WriteMeta writes this program's
	Archive    [16]byte
	Created    record.Nanos
	Generation record.Generation // the last that was opened
	Open       bool              // … and whether it has not been closed
	Ring       string            // path of its ring; empty when that is on the heap
	Boot       [16]byte          // the machine's boot in which it was opened
}

const metaVersion = 1

// WriteMeta writes m whole and durably.
func WriteMeta(fsys disk.FS, path string, m *Meta) error {
	return disk.WriteFile(fsys, path, appendMeta(nil, m))
}

// ReadMeta reads what WriteMeta wrote. The answers are those of ReadCheckpoint.
func ReadMeta(fsys disk.FS, path string) (*Meta, error) {
	b, err := disk.ReadFile(fsys, path)
	if err != nil {
		return nil, err
	}
	m, err := parseMeta(b)
	switch {
	case errors.Is(err, ErrTooNew):
		return nil, fmt.Errorf("%s: %w", path, err)
	case err != nil:
		return nil, &CorruptError{Path: path, Reason: err.Error()}
	}
	return m, nil
}

func appendMeta(dst []byte, m *Meta) []byte {
	at := len(dst)
	dst = fmt.Appendf(dst, "fixarchive %d\n", metaVersion)
	dst = fmt.Appendf(dst, "archive %x\n", m.Archive)
	dst = fmt.Appendf(dst, "created %s\n", time.Unix(0, int64(m.Created)).UTC().Format(time.RFC3339Nano))
	dst = fmt.Appendf(dst, "generation %d\n", m.Generation)
	dst = fmt.Appendf(dst, "open %t\n", m.Open)
	dst = fmt.Appendf(dst, "ring %q\n", m.Ring)
	dst = fmt.Appendf(dst, "boot %x\n", m.Boot)
	return fmt.Appendf(dst, "crc %08x\n", crc32.Checksum(dst[at:], castagnoli))
}

var metaKeys = [...]string{"fixarchive", "archive", "created", "generation", "open", "ring", "boot", "crc"}

// parseMeta reads a meta file. What it read must spell the same bytes again.
func parseMeta(b []byte) (*Meta, error) {
	text := string(b)
	if !strings.HasPrefix(text, "fixarchive ") {
		return nil, fmt.Errorf("not a meta file: it begins %.11q", text)
	}
	var values [len(metaKeys)]string
	for i, key := range metaKeys {
		line, rest, _ := strings.Cut(text, "\n")
		name, value, _ := strings.Cut(line, " ")
		if name != key {
			return nil, fmt.Errorf("line %d says %.40q, want %s", i+1, line, key)
		}
		if i == 0 {
			if v, err := strconv.ParseUint(value, 10, 32); err == nil && v > metaVersion {
				return nil, versionError(uint32(v), metaVersion)
			}
		}
		values[i], text = value, rest
	}
	m := &Meta{Version: metaVersion}
	if err := m.fill(values[1:]); err != nil {
		return nil, err
	}
	if again := appendMeta(nil, m); string(again) != string(b) {
		return nil, fmt.Errorf("%d bytes with crc %.40q, want %d bytes with crc %s", len(b), values[7], len(again), again[len(again)-9:len(again)-1])
	}
	return m, nil
}

func (m *Meta) fill(values []string) error {
	created, err := time.Parse(time.RFC3339Nano, values[1])
	generation, err2 := strconv.ParseUint(values[2], 10, 32)
	ring, err3 := strconv.Unquote(values[4])
	if err := errors.Join(err, err2, err3, parseID(&m.Archive, values[0]), parseID(&m.Boot, values[5])); err != nil {
		return err
	}
	m.Created = record.Nanos(created.UnixNano())
	m.Generation, m.Open, m.Ring = record.Generation(generation), values[3] == "true", ring
	return nil
}

func parseID(dst *[16]byte, text string) error {
	b, err := hex.DecodeString(text)
	if err != nil || len(b) != len(dst) {
		return fmt.Errorf("%.40q is not 32 hexadecimal digits", text)
	}
	copy(dst[:], b)
	return nil
}
