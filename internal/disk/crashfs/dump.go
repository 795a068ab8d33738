package crashfs

// Files gives the bytes of every file by its path, and nil for every directory but the root, whose paths end in a
// slash. It is no operation, and works on a dead file system too.
func (f *FS) Files() map[string][]byte {
	f.mu.Lock()
	defer f.mu.Unlock()
	files := map[string][]byte{}
	f.root.dump("/", files)
	return files
}

func (n *inode) dump(path string, files map[string][]byte) {
	for _, e := range n.entries {
		if e.node.isDir() {
			files[path+e.name+"/"] = nil
			e.node.dump(path+e.name+"/", files)
			continue
		}
		b := make([]byte, e.node.now.size)
		e.node.now.read(b, 0)
		files[path+e.name] = b
	}
}
