package fixarchive

import (
	"errors"

	"github.com/fixarchive/fixarchive/internal/disk"
)

// ErrClosed is the answer of an archive that has been closed.
var ErrClosed = errors.New("fixarchive: the archive is closed")

// HeldError says that another process writes to the archive, and which. Each gateway process has its own
// archive; reading commands take several.
type HeldError = disk.HeldError
