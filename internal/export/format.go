package export

import (
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"

	"github.com/fixarchive/fixarchive"
)

// Format is a form in which records are handed over.
type Format string

const (
	Raw       Format = "raw"
	JSONLines Format = "jsonl"
	CSV       Format = "csv"
	Log       Format = "log"
	Parquet   Format = "parquet"
	Pcap      Format = "pcap"
	PcapNG    Format = "pcapng"
)

// Formats are all of them.
var Formats = []Format{Raw, JSONLines, CSV, Log, Parquet, Pcap, PcapNG}

var endings = map[string]Format{
	".fix": Raw, ".raw": Raw, ".jsonl": JSONLines, ".ndjson": JSONLines, ".csv": CSV, ".log": Log,
	".parquet": Parquet, ".pcap": Pcap, ".pcapng": PcapNG,
}

// FormatOf returns the format that the ending of a file's name stands for.
func FormatOf(path string) (Format, bool) {
	f, ok := endings[strings.ToLower(filepath.Ext(path))]
	return f, ok
}

// ParseFormat returns the format of a name.
func ParseFormat(name string) (Format, error) {
	if f := Format(name); slices.Contains(Formats, f) {
		return f, nil
	}
	return "", fmt.Errorf("%q is no format; there are %s", name, FormatNames())
}

// FormatNames lists the formats as people do.
func FormatNames() string {
	names := make([]string, len(Formats))
	for i, f := range Formats {
		names[i] = string(f)
	}
	return strings.Join(names[:len(names)-1], ", ") + " and " + names[len(names)-1]
}

// Exact reports whether the format is the bytes of the messages and nothing else: none of them can be replaced in it.
func (f Format) Exact() bool { return f == Raw || f == Pcap || f == PcapNG }

// MessagesOnly reports whether the format has no place for other records.
func (f Format) MessagesOnly() bool { return f.Exact() || f == Log }

// Writer writes one file of a format.
type Writer interface {
	// Write adds r, of which it keeps nothing.
	Write(r *Record) error
	// Close writes what is left to write. It closes no file.
	Close() error
}

// Options are what a Writer may be told besides. The zero value is good.
type Options struct {
	Columns  []Column          // of a CSV; nil: DefaultColumns
	About    map[string]string // of the whole file, where the format has a place for it
	Software string            // that wrote it
}

// NewWriter returns a Writer to w.
func NewWriter(f Format, w io.Writer, o Options) (Writer, error) {
	switch f {
	case Raw:
		return &rawWriter{w}, nil
	case JSONLines:
		return &jsonWriter{w: w}, nil
	case CSV:
		return newCSVWriter(w, o.Columns), nil
	case Log:
		return &logWriter{w: w}, nil
	case Parquet:
		return newParquetWriter(w, o), nil
	case Pcap:
		return newPcapWriter(&pcapFile{w: w}, o)
	case PcapNG:
		return newPcapWriter(&pcapngFile{w: w}, o)
	}
	return nil, fmt.Errorf("%q is no format", f)
}

// Record is a message, event or other record as it is handed over.
type Record struct {
	fixarchive.Message
	Masked bool // secrets were replaced
}

// hasText reports whether Raw is what was captured, and not a body in the archive's own encoding.
func (r *Record) hasText() bool { return isMessage(r.Kind) || r.Kind == fixarchive.Event }

func isMessage(k fixarchive.Kind) bool { return k == fixarchive.Inbound || k == fixarchive.Outbound }

// TimeForm has nine digits whatever they are: lines of one width can be compared and sorted as text.
const TimeForm = "2006-01-02T15:04:05.000000000Z"
