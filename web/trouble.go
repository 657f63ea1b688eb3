package web

import (
	"bytes"
	"fmt"

	"entente/screen"
)

// Trouble is the page for what cannot be answered: what is wrong, and what to do.
func Trouble(v screen.Voice, title, says, fix string) ([]byte, error) {
	var out bytes.Buffer
	err := pages.ExecuteTemplate(&out, "trouble.html", struct {
		screen.Voice
		Title, Says, Fix string
	}{v, title, says, fix})
	if err != nil {
		return nil, fmt.Errorf("web: draw trouble: %w", err)
	}
	return out.Bytes(), nil
}
