package store

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"modernc.org/sqlite/vfs"
)

const (
	copyName  = "ring"
	copyTries = 200
	copyPause = 20 * time.Millisecond

	// The format of a log: https://www.sqlite.org/fileformat2.html#walformat
	logHeader   = 32
	frameHeader = 24
	logMagic    = 0x377f0682 // its last bit says whether the checksums are big-endian
)

// connectCopy opens a copy of the database in memory. SQLite cannot open the file itself
// without writing: a log needs its index file, and an immutable file must not change.
func (s *Store) connectCopy(ctx context.Context) error {
	db, log, err := s.readSnapshot(ctx)
	if err != nil {
		return err
	}
	name, files, err := vfs.New(memoryFile(withLog(db, log)))
	if err != nil {
		return fmt.Errorf("open a copy of %s: %w", s.path, err)
	}
	copied, err := sql.Open("sqlite", "file:"+copyName+"?mode=ro&immutable=1&vfs="+name)
	if err == nil {
		err = s.connect(ctx, copied)
	}
	if err != nil {
		return errors.Join(err, files.Close())
	}
	s.copied = files
	return nil
}

// readSnapshot reads the database and its log until two consecutive readings are equal, because
// another process may write to them.
func (s *Store) readSnapshot(ctx context.Context) (db, log []byte, err error) {
	for range copyTries {
		log2, err := readPart(s.path + "-wal")
		if err != nil {
			return nil, nil, explainFile(s.dir, err)
		}
		db2, err := readPart(s.path)
		if err != nil {
			return nil, nil, explainFile(s.dir, err)
		}
		if db != nil && bytes.Equal(db, db2) && bytes.Equal(log, log2) {
			return db, log, nil
		}
		db, log = db2, log2
		select {
		case <-ctx.Done():
			return nil, nil, ctx.Err()
		case <-time.After(copyPause):
		}
	}
	return nil, nil, fmt.Errorf("%s: %w; try again", s.path, ErrBusy)
}

// readPart reads a file of the database. A missing file is empty.
func readPart(path string) ([]byte, error) {
	b, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return []byte{}, nil
	}
	return b, err
}

// withLog applies the committed frames of the log to db, which it changes, and returns the
// database in the mode without a log. Like SQLite it stops at the first invalid frame.
func withLog(db, log []byte) []byte {
	frames := newFrames(log)
	pages := map[uint32][]byte{} // since the last commit
	for f := frames.next(); f != nil; f = frames.next() {
		number, count := binary.BigEndian.Uint32(f), binary.BigEndian.Uint32(f[4:])
		pages[number] = f[frameHeader:]
		if count == 0 {
			continue
		}
		size := int(count) * frames.pageSize
		if size > len(db)+len(log) {
			break // a log cannot add more pages than it has
		}
		db = append(db, make([]byte, max(0, size-len(db)))...)[:size]
		for number, page := range pages {
			if 0 < number && number <= count {
				copy(db[int(number-1)*frames.pageSize:], page)
			}
		}
		clear(pages)
	}
	if len(db) > 19 {
		db[18], db[19] = 1, 1 // the versions of a file without a log, for writing and reading
	}
	return db
}

// frames iterates over the valid frames of a log.
type frames struct {
	rest     []byte
	salts    []byte
	pageSize int
	order    binary.ByteOrder
	sum      [2]uint32
}

func newFrames(log []byte) *frames {
	if len(log) < logHeader {
		return &frames{}
	}
	f := &frames{rest: log[logHeader:], salts: log[16:24], pageSize: int(binary.BigEndian.Uint32(log[8:])), order: binary.LittleEndian}
	magic := binary.BigEndian.Uint32(log)
	if magic&1 != 0 {
		f.order = binary.BigEndian
	}
	f.add(log[:24])
	if magic&^1 != logMagic || f.pageSize < 512 || f.pageSize > 65536 || !f.sums(log[24:]) {
		return &frames{}
	}
	return f
}

// next returns the next frame with its header, or nil.
func (f *frames) next() []byte {
	n := frameHeader + f.pageSize
	if f.pageSize == 0 || len(f.rest) < n {
		return nil
	}
	frame := f.rest[:n]
	f.add(frame[:8])
	f.add(frame[frameHeader:])
	if !bytes.Equal(frame[8:16], f.salts) || !f.sums(frame[16:]) {
		return nil
	}
	f.rest = f.rest[n:]
	return frame
}

func (f *frames) add(b []byte) {
	for ; len(b) >= 8; b = b[8:] {
		f.sum[0] += f.order.Uint32(b) + f.sum[1]
		f.sum[1] += f.order.Uint32(b[4:]) + f.sum[0]
	}
}

// sums reports whether b begins with the checksum so far.
func (f *frames) sums(b []byte) bool {
	return binary.BigEndian.Uint32(b) == f.sum[0] && binary.BigEndian.Uint32(b[4:]) == f.sum[1]
}

// memoryFile is a file system of one file, copyName.
type memoryFile []byte

// Open implements fs.FS.
func (m memoryFile) Open(name string) (fs.File, error) {
	if name != copyName {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	}
	return &openedFile{bytes.NewReader(m)}, nil
}

type openedFile struct{ *bytes.Reader }

func (f *openedFile) Close() error               { return nil }
func (f *openedFile) Stat() (fs.FileInfo, error) { return f, nil }
func (f *openedFile) Name() string               { return copyName }
func (f *openedFile) Mode() fs.FileMode          { return 0o400 }
func (f *openedFile) ModTime() time.Time         { return time.Time{} }
func (f *openedFile) IsDir() bool                { return false }
func (f *openedFile) Sys() any                   { return nil }
