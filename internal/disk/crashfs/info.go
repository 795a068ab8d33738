package crashfs

import (
	"io/fs"
	"time"
)

// Inode is the number of a file, whatever its name. FileInfo.Sys gives it. Crashes keep it.
type Inode uint64

// SameFile is os.SameFile for the files of one FS and its images.
func SameFile(a, b fs.FileInfo) bool {
	x, isX := a.Sys().(Inode)
	y, isY := b.Sys().(Inode)
	return isX && isY && x == y
}

type info struct {
	name    string
	size    int64
	mode    fs.FileMode
	changed time.Time
	inode   Inode
}

func (n *inode) info(name string) fs.FileInfo {
	return info{name, n.now.size, n.mode, n.changed, Inode(n.number)}
}

func (i info) Name() string       { return i.name }
func (i info) Size() int64        { return i.size }
func (i info) Mode() fs.FileMode  { return i.mode }
func (i info) ModTime() time.Time { return i.changed }
func (i info) IsDir() bool        { return i.mode.IsDir() }
func (i info) Sys() any           { return i.inode }
