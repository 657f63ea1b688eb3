package sqlite

import "testing"

// Pragma asks the connection that writes.
func Pragma(t *testing.T, file, name string) (v string) {
	t.Helper()
	s, err := Open(t.Context(), file)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if err := s.writer.QueryRow("PRAGMA " + name).Scan(&v); err != nil {
		t.Fatal(err)
	}
	return v
}
