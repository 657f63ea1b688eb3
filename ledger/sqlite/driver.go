package sqlite

import (
	"errors"

	sqlite "modernc.org/sqlite" // the only file that knows which driver it is
)

// driverName is what database/sql knows the driver by.
const driverName = "sqlite"

// isBusy reports whether another process held the file for too long.
func isBusy(err error) bool { return code(err) == 5 } // SQLITE_BUSY

// isFull reports whether the disk had no space left.
func isFull(err error) bool { return code(err) == 13 } // SQLITE_FULL

// code is SQLite's result code, the low byte of its extended codes, or 0.
func code(err error) int {
	e := (*sqlite.Error)(nil)
	if !errors.As(err, &e) {
		return 0
	}
	return e.Code() & 0xFF
}
