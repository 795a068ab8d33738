package fixarchive

// Format is one of the formats on disk, and the newest version of it that this program reads and writes.
type Format struct {
	Name    string
	Version int
}

// Formats lists the formats on disk.
func Formats() []Format {
	return []Format{
		{"meta", 1}, {"segment", 1}, {"index", 1}, {"journal", 1}, {"checkpoint", 1}, {"status", 1}, {"ring", 1},
	}
}
