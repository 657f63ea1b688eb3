package web

import (
	"net/url"
	"reflect"
	"strings"
	"testing"

	"entente/record"
	"entente/screen"
)

// TestFramesAreNamedByWhatTheyShow: a page that differs in anything else has the
// same frame.
func TestFramesAreNamedByWhatTheyShow(t *testing.T) {
	page := func() *Page {
		return &Page{Voice: screen.VoiceFor("en", ""), Template: "list.html", Current: "needs", Title: "T", Heading: "H", Register: "Of us", Marking: "Secret", Reader: "EST",
			Readers: []string{"EST", "public"}, AsOf: 1, Plan: "P", Path: "/needs", Query: url.Values{"q": {"1"}}, Carried: url.Values{"see-as": {"EST"}}, Once: "1"}
	}
	others := map[string]any{
		"Voice": screen.VoiceFor("fr", ""), "Screen": screen.Screen(list{}), "Template": "map.html", "Current": "map", "Title": "x", "Heading": "x", "Register": "x", "Marking": "x", "Reader": "public",
		"Readers": []string{"EST"}, "AsOf": record.Date(2), "Plan": "x", "Path": "/map", "Query": url.Values{"q": {"2"}}, "Carried": url.Values{"see-as": {"public"}}, "Live": true, "Gate": Out, "People": true, "Import": true, "Once": "2", "Decides": true,
	}
	fields := reflect.TypeFor[Page]()
	for i := range fields.NumField() {
		f := fields.Field(i)
		if !f.IsExported() {
			continue
		}
		other, ok := others[f.Name]
		if !ok {
			t.Errorf("the test does not change %s", f.Name)
			continue
		}
		changed := page()
		reflect.ValueOf(changed).Elem().Field(i).Set(reflect.ValueOf(other))
		for _, name := range []string{"rail", "eyes", "dialogs"} {
			was, err := page().Part(name, nil)
			is, err2 := changed.Part(name, nil)
			if err != nil || err2 != nil {
				t.Fatal(err, err2)
			}
			if was != is && page().frameKey(name) == changed.frameKey(name) {
				t.Errorf("%s differs by %s, and is not named by it", name, f.Name)
			}
			if kept, err := changed.Frame(name); err != nil || kept != is {
				t.Errorf("%s of another %s is not its own", name, f.Name)
			}
		}
	}
}

// TestFramesAreBounded: whoever writes many addresses, or a long one.
func TestFramesAreBounded(t *testing.T) {
	for i := range 2 * framesKept {
		p := &Page{Current: strings.Repeat("x", 4*i)}
		if _, err := p.Frame("dialogs"); err != nil {
			t.Fatal(err)
		}
	}
	frames.Lock()
	defer frames.Unlock()
	for key := range frames.of {
		if len(key) > frameKeyBytesMax {
			t.Errorf("a piece of %d bytes of name is kept", len(key))
		}
	}
	if len(frames.of) > framesKept {
		t.Errorf("%d pieces are kept", len(frames.of))
	}
}
