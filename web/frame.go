package web

import (
	"fmt"
	"html/template"
	"sync"
)

// Limits of what is kept of frames. Who writes a long address gets long links,
// and gets them drawn anew.
const (
	framesKept       = 400
	frameKeyBytesMax = 2000
)

// frames are pieces that stand around many pages, as they were drawn.
var frames struct {
	sync.Mutex
	of map[string]template.HTML
}

// Frame draws a piece that stands around every page, once for all pages on which
// it is the same.
func (p *Page) Frame(name string) (template.HTML, error) {
	key := p.frameKey(name)
	frames.Lock()
	drawn, ok := frames.of[key]
	frames.Unlock()
	if ok {
		return drawn, nil
	}
	drawn, err := p.Part(name, nil)
	if err != nil || len(key) > frameKeyBytesMax {
		return drawn, err
	}
	frames.Lock()
	defer frames.Unlock()
	if frames.of == nil || len(frames.of) >= framesKept {
		frames.of = map[string]template.HTML{}
	}
	frames.of[key] = drawn
	return drawn, nil
}

// frameKey names all that pages/frame.html draws from: whoever lets it draw from
// more names that here.
func (p *Page) frameKey(name string) string {
	return fmt.Sprintf("%s %s %q %q %t %t %q %q %q %q", name, p.Lang(), p.Current, p.Carried.Encode(), p.Import, p.People, p.Gate, p.Register, p.Reader, p.Readers)
}
