package screen

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"

	"entente/check"
	"entente/record"
)

// FindingPage is one finding, and what is decided about it.
type FindingPage struct {
	Key      string    `json:"key"`
	Title    string    `json:"title"`
	Lede     string    `json:"finding"`
	Fix      string    `json:"remedy"`
	Level    string    `json:"level"`
	Records  []Item    `json:"records"`
	Decision *Decision `json:"decision,omitempty"`
	Decides  bool      `json:"-"` // whoever looks may decide
	Ways     []Choice  `json:"-"` // assignments that could be given up
}

// Decision is somebody's word on a finding.
type Decision struct {
	State string `json:"state"` // accepted or assigned
	To    string `json:"to,omitempty"`
	Why   string `json:"why,omitempty"`
	By    string `json:"by"`
	When  string `json:"when"`
}

// The states of a decision.
const (
	RiskAccepted = "accepted"
	Assigned     = "assigned"
)

// FindingKey names a finding by what it says of which records: said otherwise,
// it is another one, on which nothing is decided.
func FindingKey(f check.Finding) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%q %q %q", f.Rule, f.Records, f.Says))
	return hex.EncodeToString(sum[:10])
}

func findingHref(f check.Finding) string { return "/findings/" + FindingKey(f) }

// FindingPage shows the finding of a key; ok is false where this view has none.
func (w World) FindingPage(key string) (s FindingPage, f check.Finding, ok bool) {
	if n := slices.Index(w.keys(), key); n >= 0 {
		f = w.Found[n]
		item := w.item(f)
		s = FindingPage{Key: key, Title: item.Title, Lede: item.Says, Fix: f.Fix, Level: item.Level}
		for _, k := range f.Records {
			s.Records = append(s.Records, Item{Title: w.View.Name(k), Says: k.String(), Href: recordHref(k), Tone: item.Tone})
			if k.Kind == record.KindAssignment && f.Rule == "double-hatting" {
				s.Ways = append(s.Ways, Choice{Value: k.ID, Name: w.View.Name(k)})
			}
		}
		if d, decided := w.Decided[key]; decided {
			s.Decision = &d
		}
		return s, f, true
	}
	return s, f, false
}

// Finding implements Screen.
func (s FindingPage) Finding() string { return s.Lede }

// Tables implements Screen.
func (s FindingPage) Tables() []Table {
	t := Table{ID: "records", Title: s.Title, Heads: Voice{}.heads("Record", "Name")}
	for _, r := range s.Records {
		t.Rows = append(t.Rows, []Cell{text(r.Says), text(r.Title)})
	}
	return []Table{t}
}

// keys are the names of all that was found.
func (w World) keys() []string {
	return remembered(w.Memo, "finding keys", func() []string {
		keys := make([]string, len(w.Found))
		for n, f := range w.Found {
			keys[n] = FindingKey(f)
		}
		return keys
	})
}

// accepted tells which findings are accepted as risks, and so not open any more.
func (w World) accepted() func(n int) bool {
	if len(w.Decided) == 0 {
		return func(int) bool { return false }
	}
	keys := w.keys()
	return func(n int) bool { return w.Decided[keys[n]].State == RiskAccepted }
}

// decided shows an item with the word on it.
func (w World) decided(i Item, f check.Finding) Item {
	key := FindingKey(f)
	i.Page = findingHref(f)
	switch d := w.Decided[key]; d.State {
	case Assigned:
		i.Word = w.Say("Assigned to %s by %s on %s", d.To, d.By, d.When)
	case RiskAccepted:
		i.Word = w.Say("Accepted as a risk by %s on %s: %s", d.By, d.When, d.Why)
	}
	return i
}
