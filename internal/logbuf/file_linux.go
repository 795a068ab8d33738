package logbuf

import (
	"errors"
	"fmt"
	"os"
	"sync/atomic"
	"unsafe"

	"golang.org/x/sys/unix"
)

// CreateFile makes a ring's memory in a new file at path, locked for as long as it is open. The file is allocated
// to its last byte and its pages are mapped before it returns: a hole met later, on a full file system, would be a
// signal that kills the process, and a page fault would be a producer's wait. An error is a FileError, and the
// file is gone again; the caller goes on with NewHeap and says so aloud.
func CreateFile(path string, g Geometry, o Owner) (*Memory, error) {
	if err := g.Validate(); err != nil {
		return nil, &FileError{Path: path, Step: "geometry", Err: err}
	}
	fd, err := openRetry(path, unix.O_RDWR|unix.O_CREAT|unix.O_EXCL|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0o600)
	if err != nil {
		return nil, &FileError{Path: path, Step: "create", Err: err}
	}
	m := &Memory{geometry: g, owner: o, path: path, fd: fd}
	if err := m.make(); err != nil {
		_ = unix.Unlink(path)
		_ = unix.Close(fd)
		return nil, err
	}
	return m, nil
}

// make locks, allocates and maps the empty file, and writes its identity last: until then it reads as unfinished.
func (m *Memory) make() error {
	if err := m.lock(); err != nil {
		return err
	}
	if err := m.mapIn(); err != nil {
		return err
	}
	copy(m.all, appendIdentity(nil, m.geometry, m.owner))
	return nil
}

// OpenFile opens the ring that another process left at path, with the geometry in its header, for Recover. It
// locks it; ErrLocked means that its process lives. Whatever else stands there, it maps nothing that it has not
// checked: the file is read first, and its size compared with what the header promises.
func OpenFile(path string) (*Memory, error) {
	// O_NONBLOCK: a FIFO in this place must not hold us up.
	fd, err := openRetry(path, unix.O_RDWR|unix.O_NOFOLLOW|unix.O_CLOEXEC|unix.O_NONBLOCK, 0)
	if err != nil {
		return nil, &FileError{Path: path, Step: "open", Err: err}
	}
	m := &Memory{path: path, fd: fd, leftover: true}
	if err := m.adopt(); err != nil {
		_ = unix.Close(fd)
		return nil, err
	}
	return m, nil
}

func (m *Memory) adopt() error {
	if _, err := m.stat(); err != nil {
		return err
	}
	if err := m.lock(); err != nil {
		return err
	}
	// Again, now that nobody else can have it: whoever held the lock may have removed the file meanwhile.
	size, err := m.stat()
	if err != nil {
		return err
	}
	if err := m.readIdentity(size); err != nil {
		return m.fail("header", err)
	}
	return m.mapIn()
}

// stat checks what kind of file this is and returns its size.
func (m *Memory) stat() (int64, error) {
	var st unix.Stat_t
	if err := unix.Fstat(m.fd, &st); err != nil {
		return 0, m.fail("stat", err)
	}
	switch {
	case st.Mode&unix.S_IFMT != unix.S_IFREG:
		return 0, m.fail("stat", fmt.Errorf("%w: mode %o is no regular file", ErrNotRing, st.Mode))
	case int(st.Uid) != os.Geteuid():
		return 0, m.fail("stat", fmt.Errorf("%w: owned by uid %d, this is %d", ErrNotRing, st.Uid, os.Geteuid()))
	case st.Nlink == 0:
		return 0, m.fail("stat", os.ErrNotExist)
	}
	return st.Size, nil
}

func (m *Memory) readIdentity(size int64) error {
	if size == 0 {
		return ErrUnfinished
	}
	head := make([]byte, identityBytes)
	n, err := unix.Pread(m.fd, head, 0)
	if err != nil {
		return err
	}
	if m.geometry, m.owner, err = parseIdentity(head[:n]); err != nil {
		return err
	}
	if want := int64(m.geometry.totalBytes()); size != want {
		return fmt.Errorf("%w: file of %d bytes, its header promises %d", ErrDamaged, size, want)
	}
	return nil
}

func (m *Memory) lock() error {
	err := unix.Flock(m.fd, unix.LOCK_EX|unix.LOCK_NB)
	if errors.Is(err, unix.EWOULDBLOCK) {
		err = ErrLocked
	}
	return m.fail("lock", err)
}

// mapIn allocates every byte, in a leftover too, since a copied file may have holes, and maps it populated.
// MADV_POPULATE_WRITE takes the faults of first writes, which MAP_POPULATE leaves on a disk file, and answers
// with an error what would otherwise be a signal. Kernels before 5.14 do not know it.
func (m *Memory) mapIn() error {
	total := m.geometry.totalBytes()
	if err := allocate(m.fd, int64(total)); err != nil {
		return m.fail("allocate", err)
	}
	all, err := unix.Mmap(m.fd, 0, total, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED|unix.MAP_POPULATE)
	if err != nil {
		return m.fail("map", err)
	}
	if err := unix.Madvise(all, unix.MADV_POPULATE_WRITE); err != nil && !errors.Is(err, unix.EINVAL) {
		_ = unix.Munmap(all)
		return m.fail("populate", err)
	}
	touch(all)
	m.all = all
	return nil
}

// touch stores to every page what it holds. To a virtual machine a page that its kernel has is not one that its host
// has: the first store there took 55 µs in a hook, once for every 32 KiB of the ring's first lap.
func touch(all []byte) {
	for i := 0; i < len(all); i += os.Getpagesize() {
		atomic.AddUint32((*uint32)(unsafe.Pointer(&all[i])), 0)
	}
}

// allocate goes in steps: tmpfs gives up, and takes everything back, when a signal arrives, and the Go runtime
// sends itself signals. A short step is done before the next one comes.
func allocate(fd int, total int64) error {
	const step = 4 << 20
	for at := int64(0); at < total; {
		n := min(step, total-at)
		switch err := unix.Fallocate(fd, 0, at, n); {
		case err == nil:
			at += n
		case !errors.Is(err, unix.EINTR):
			return err
		}
	}
	return nil
}

// Remove takes the file's name away; the memory stays usable until Close. A file that has since taken the name is
// left alone. On the heap it does nothing.
func (m *Memory) Remove() error {
	if m.path == "" {
		return nil
	}
	var mine, there unix.Stat_t
	if err := unix.Fstat(m.fd, &mine); err != nil {
		return m.fail("remove", err)
	}
	if err := unix.Lstat(m.path, &there); err != nil {
		return m.fail("remove", err)
	}
	if mine.Dev != there.Dev || mine.Ino != there.Ino {
		return m.fail("remove", fmt.Errorf("%w: another file has this name now", ErrNotRing))
	}
	return m.fail("remove", unix.Unlink(m.path))
}

// unmap puts zeros of this process alone in the place of the file's pages, at once for all who look there. The file is of no
// use to anybody then: a recovery would find it damaged, and without it knows as much.
func (m *Memory) unmap() error {
	if m.path == "" {
		clear(m.all)
		return nil
	}
	how := unix.MAP_PRIVATE | unix.MAP_ANONYMOUS | unix.MAP_FIXED | unix.MAP_POPULATE
	at := unsafe.Pointer(unsafe.SliceData(m.all))
	if _, err := unix.MmapPtr(-1, 0, at, uintptr(len(m.all)), unix.PROT_READ|unix.PROT_WRITE, how); err != nil {
		return m.fail("map", err)
	}
	if !m.adrift.Swap(true) {
		_ = m.Remove() // who cut it off may have taken its name, too
	}
	return nil
}

// Close unmaps the memory and gives up the lock. The file stays, unless Remove was called. It may be called twice.
func (m *Memory) Close() error {
	if m.all == nil {
		return nil
	}
	all := m.all
	m.all = nil
	if m.fd < 0 {
		return nil
	}
	err := m.fail("unmap", unix.Munmap(all))
	if cerr := unix.Close(m.fd); err == nil {
		err = m.fail("close", cerr)
	}
	m.fd = -1
	return err
}

// fail names the file and the step; it is nil when err is.
func (m *Memory) fail(step string, err error) error {
	if err == nil {
		return nil
	}
	return &FileError{Path: m.path, Step: step, Err: err}
}

func openRetry(path string, flags int, mode uint32) (int, error) {
	for {
		fd, err := unix.Open(path, flags, mode)
		if !errors.Is(err, unix.EINTR) {
			return fd, err
		}
	}
}
