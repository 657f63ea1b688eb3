package web

import (
	"bytes"
	"fmt"

	"entente/report"
	"entente/screen"
)

// SignIn is the page on which people sign in, or with Join leave their first
// passkey. Providers are their organisations', by the id in addresses.
type SignIn struct {
	screen.Voice
	Register  string
	Join      bool
	Providers []report.Fact
}

// Draw draws the page.
func (s SignIn) Draw() ([]byte, error) {
	var out bytes.Buffer
	if err := pages.ExecuteTemplate(&out, "sign-in.html", s); err != nil {
		return nil, fmt.Errorf("web: draw the sign-in: %w", err)
	}
	return out.Bytes(), nil
}
