package powercut

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"syscall"

	"github.com/hanwen/go-fuse/v2/fs"
	"github.com/hanwen/go-fuse/v2/fuse"
	"golang.org/x/sys/unix"
)

// node is a file or directory as the kernel sees it. What only looks goes
// straight to the files; what changes something goes by way of the Disk.
type node struct {
	*fs.LoopbackNode
	disk *Disk
}

func (d *Disk) wrap(plain fs.InodeEmbedder) fs.InodeEmbedder {
	return &node{plain.(*fs.LoopbackNode), d}
}

// WrapChild implements fs.NodeWrapChilder.
func (n *node) WrapChild(_ context.Context, plain fs.InodeEmbedder) fs.InodeEmbedder {
	return n.disk.wrap(plain)
}

func (n *node) path() string { return filepath.Join(n.disk.live, n.Path(n.Root())) }

// errno finds the number in a joined or wrapped error.
func errno(err error) syscall.Errno {
	var number syscall.Errno
	if errors.As(err, &number) {
		return number
	}
	return fs.ToErrno(err)
}

// owned gives a new name to who made it, with the mode that was asked for.
func owned(ctx context.Context, path string, mode uint32) error {
	var err error
	if caller, ok := fuse.FromContext(ctx); ok && os.Getuid() == 0 {
		err = os.Lchown(path, int(caller.Uid), int(caller.Gid))
	}
	if mode != 0 {
		err = errors.Join(err, syscall.Chmod(path, mode&0o7777))
	}
	return err
}

// make makes a name while there is power, and looks it up.
func (n *node) make(ctx context.Context, name string, mode uint32, out *fuse.EntryOut, create func(path string) error) (*fs.Inode, syscall.Errno) {
	if e := n.disk.enter(); e != 0 {
		return nil, e
	}
	defer n.disk.mu.Unlock()
	path := filepath.Join(n.path(), name)
	if err := create(path); err != nil {
		return nil, errno(err)
	}
	if err := owned(ctx, path, mode); err != nil {
		return nil, errno(err)
	}
	n.disk.made(path)
	return n.Lookup(ctx, name, out)
}

// Mkdir implements fs.NodeMkdirer.
func (n *node) Mkdir(ctx context.Context, name string, mode uint32, out *fuse.EntryOut) (*fs.Inode, syscall.Errno) {
	return n.make(ctx, name, mode, out, func(path string) error { return syscall.Mkdir(path, mode) })
}

// Mknod implements fs.NodeMknoder.
func (n *node) Mknod(ctx context.Context, name string, mode, device uint32, out *fuse.EntryOut) (*fs.Inode, syscall.Errno) {
	return n.make(ctx, name, mode, out, func(path string) error { return syscall.Mknod(path, mode, int(device)) })
}

// Symlink implements fs.NodeSymlinker.
func (n *node) Symlink(ctx context.Context, target, name string, out *fuse.EntryOut) (*fs.Inode, syscall.Errno) {
	return n.make(ctx, name, 0, out, func(path string) error { return syscall.Symlink(target, path) })
}

// Link implements fs.NodeLinker.
func (n *node) Link(ctx context.Context, target fs.InodeEmbedder, name string, out *fuse.EntryOut) (*fs.Inode, syscall.Errno) {
	other, ours := target.(*node)
	if _, parent := target.EmbeddedInode().Parent(); !ours || parent == nil {
		return nil, syscall.EXDEV
	}
	if e := n.disk.enter(); e != 0 {
		return nil, e
	}
	defer n.disk.mu.Unlock()
	path := filepath.Join(n.path(), name)
	if err := syscall.Link(other.path(), path); err != nil {
		return nil, errno(err)
	}
	n.disk.made(path)
	return n.Lookup(ctx, name, out)
}

// Create implements fs.NodeCreater.
func (n *node) Create(ctx context.Context, name string, flags, mode uint32, out *fuse.EntryOut) (*fs.Inode, fs.FileHandle, uint32, syscall.Errno) {
	if e := n.disk.enter(); e != 0 {
		return nil, nil, 0, e
	}
	defer n.disk.mu.Unlock()
	path := filepath.Join(n.path(), name)
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return nil, nil, 0, errno(err)
	}
	h, err := newHandle(n.disk, f, flags)
	if err != nil {
		return nil, nil, 0, errno(errors.Join(err, f.Close()))
	}
	if err := owned(ctx, path, mode); err != nil {
		return nil, nil, 0, errno(errors.Join(err, f.Close()))
	}
	n.disk.forgetInode(h.inode) // its number may have been another file's
	n.disk.made(path)
	inode, e := n.Lookup(ctx, name, out)
	return inode, h, 0, e
}

// forgetInode drops what is known of a file that is no more.
func (d *Disk) forgetInode(inode uint64) {
	if c := d.files[inode]; c != nil {
		c.close()
		delete(d.files, inode)
	}
}

// Open implements fs.NodeOpener.
func (n *node) Open(_ context.Context, flags uint32) (fs.FileHandle, uint32, syscall.Errno) {
	if e := n.disk.enter(); e != 0 {
		return nil, 0, e
	}
	defer n.disk.mu.Unlock()
	f, err := os.OpenFile(n.path(), os.O_RDWR|unix.O_NOFOLLOW, 0)
	if err != nil {
		return nil, 0, errno(err)
	}
	h, err := newHandle(n.disk, f, flags)
	if err == nil && flags&syscall.O_TRUNC != 0 {
		err = h.truncate(0)
	}
	if err != nil {
		return nil, 0, errno(errors.Join(err, f.Close()))
	}
	return h, fuse.FOPEN_KEEP_CACHE, 0
}

// Unlink implements fs.NodeUnlinker.
func (n *node) Unlink(_ context.Context, name string) syscall.Errno {
	if e := n.disk.enter(); e != 0 {
		return e
	}
	defer n.disk.mu.Unlock()
	return errno(n.disk.remove(filepath.Join(n.path(), name)))
}

// Rmdir implements fs.NodeRmdirer.
func (n *node) Rmdir(_ context.Context, name string) syscall.Errno {
	if e := n.disk.enter(); e != 0 {
		return e
	}
	defer n.disk.mu.Unlock()
	return errno(n.disk.removeDirectory(filepath.Join(n.path(), name)))
}

// Rename implements fs.NodeRenamer.
func (n *node) Rename(_ context.Context, name string, parent fs.InodeEmbedder, newName string, flags uint32) syscall.Errno {
	to, ours := parent.(*node)
	if !ours {
		return syscall.EXDEV
	}
	if flags&^unix.RENAME_NOREPLACE != 0 {
		return syscall.EINVAL
	}
	if e := n.disk.enter(); e != 0 {
		return e
	}
	defer n.disk.mu.Unlock()
	return errno(n.disk.rename(filepath.Join(n.path(), name), filepath.Join(to.path(), newName), flags))
}

// Setattr implements fs.NodeSetattrer: a change of length is content, the rest
// is passed on.
func (n *node) Setattr(ctx context.Context, f fs.FileHandle, in *fuse.SetAttrIn, out *fuse.AttrOut) syscall.Errno {
	size, sized := in.GetSize()
	if !sized {
		return n.LoopbackNode.Setattr(ctx, f, in, out)
	}
	if e := n.setSize(f, int64(size)); e != 0 {
		return e
	}
	rest := *in
	rest.Valid &^= fuse.FATTR_SIZE
	return n.LoopbackNode.Setattr(ctx, f, &rest, out)
}

func (n *node) setSize(f fs.FileHandle, size int64) syscall.Errno {
	if e := n.disk.enter(); e != 0 {
		return e
	}
	defer n.disk.mu.Unlock()
	if h, open := f.(*handle); open {
		return errno(h.truncate(size))
	}
	file, err := os.OpenFile(n.path(), os.O_RDWR, 0)
	if err != nil {
		return errno(err)
	}
	h, err := newHandle(n.disk, file, 0)
	if err == nil {
		err = h.truncate(size)
	}
	return errno(errors.Join(err, file.Close()))
}

// CopyFileRange implements fs.NodeCopyFileRanger: programs copy by themselves
// where it is refused.
func (n *node) CopyFileRange(context.Context, fs.FileHandle, uint64, *fs.Inode, fs.FileHandle, uint64, uint64, uint64) (uint32, syscall.Errno) {
	return 0, syscall.ENOTSUP
}
