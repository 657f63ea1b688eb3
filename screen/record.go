package screen

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"entente/record"
	"entente/report"
)

// Record is one record: what it states, who says so, and what concerns it.
type Record struct {
	Key      string      `json:"key"`
	Kind     string      `json:"kind"`
	ID       string      `json:"id"`
	Title    string      `json:"title"`
	Where    string      `json:"where,omitempty"` // file:line
	Note     string      `json:"note,omitempty"`
	Lede     string      `json:"finding"`
	Facts    []Field     `json:"facts"`
	Label    string      `json:"label"`
	Evidence []Evidence  `json:"evidence"`
	Days     []Mark      `json:"days"` // on which something of it changed
	Uses     *Uses       `json:"uses,omitempty"`
	Refers   Table       `json:"refers"`
	Referred Table       `json:"referred"`
	Findings []Item      `json:"findings"`
	Text     string      `json:"text"`
	History  []Revision  `json:"history,omitempty"`
	Proof    *Proof      `json:"proof,omitempty"` // where the register is a ledger
	AsOf     record.Date `json:"-"`
}

// Field is one thing that a record states.
type Field struct {
	Name  string `json:"name"`
	Value string `json:"value"`
	Href  string `json:"href,omitempty"`
	Later bool   `json:"later,omitempty"` // it is dated after the view's day
}

// Evidence is a source: the document, the exact words, and the words around them
// where the text is held.
type Evidence struct {
	Title     string `json:"title"`
	Publisher string `json:"publisher"`
	Published string `json:"published"`
	URL       string `json:"url,omitempty"`
	Href      string `json:"href"`
	At        string `json:"at,omitempty"`
	Before    string `json:"before,omitempty"`
	Quote     string `json:"quote,omitempty"`
	After     string `json:"after,omitempty"`
	Held      string `json:"held"` // whether the text is held, in a sentence
	Found     bool   `json:"found"`
}

// Mark is a day on which the register dates something of a record.
type Mark struct {
	On   record.Date `json:"on"`
	Text string      `json:"text"`
	Says string      `json:"says"`
	Href string      `json:"-"`
	Past bool        `json:"-"`
}

// Uses is what the plan makes of a record that gives something.
type Uses struct {
	Headline string   `json:"headline"`
	Reasons  []string `json:"reasons,omitempty"`
	Feeds    Table    `json:"feeds"`
	Moves    Table    `json:"moves"`
	Price    string   `json:"price,omitempty"`
}

// Proof is where a file is that proves to a stranger what the register says of a
// record, and what that file has to say if the page is right.
type Proof struct {
	Href      string `json:"href"`
	PublicKey string `json:"public_key"`
	SHA256    string `json:"sha256"` // of the record in its canonical form
}

// Revision is one accepted version of a record, where a register keeps them.
type Revision struct {
	Seq     int64  `json:"seq"`
	When    string `json:"when"`
	By      string `json:"by,omitempty"`
	Says    string `json:"says"`
	Href    string `json:"href,omitempty"`
	Current bool   `json:"current,omitempty"`
}

// Record is the screen of one record; ok is false when the view has none of the
// key, be it absent or hidden.
func (w World) Record(k record.Key) (s Record, ok bool) {
	r, ok := w.View.Get(k)
	if !ok {
		return s, false
	}
	sheet := report.OfRecord(w.View, r, nil)
	s = Record{Key: k.String(), Kind: string(k.Kind), ID: k.ID, Title: sheet.Title, Where: sheet.Where, Note: r.Base().Note, Text: sheet.Text, AsOf: w.View.At().On}
	for _, f := range sheet.Facts {
		if f.Name == "Seen by" {
			s.Label = f.Value
		}
	}
	s.Facts, s.Evidence, s.Days = w.facts(r), w.evidence(r), w.days(r)
	s.Refers, s.Referred = w.tableOf("refers", sheet.Refers), w.referred(k)
	for _, n := range w.on(k) {
		i := w.item(w.Found[n])
		i.Href = findingHref(w.Found[n])
		s.Findings = append(s.Findings, i)
	}
	s.Uses = w.uses(k)
	s.Lede = w.recordLede(r, s)
	return s, true
}

// Finding implements Screen.
func (s Record) Finding() string { return s.Lede }

// Tables implements Screen.
func (s Record) Tables() []Table {
	facts := Table{ID: "facts", Title: s.Title, Heads: Voice{}.heads("Fact", "Value")}
	for _, f := range s.Facts {
		facts.Rows = append(facts.Rows, []Cell{text(f.Name), text(f.Value)})
	}
	all := []Table{facts, s.Refers, s.Referred}
	if s.Uses != nil {
		all = append(all, s.Uses.Feeds, s.Uses.Moves)
	}
	return all
}

// recordLede says what the record is worth knowing for, in a sentence.
func (w World) recordLede(r record.Record, s Record) string {
	var says []string
	if by := w.View.By(r); by != "" {
		says = append(says, w.Say("Stated by **%s**.", w.party(by)))
	}
	switch r := r.(type) {
	case *record.Pledge:
		if rung := w.View.Rung(r); rung != record.NoRung {
			says = append(says, w.Say("It stands at **%s**.", w.Rung(rung.String())))
		} else {
			says = append(says, w.Say("It has reached no rung by this day."))
		}
	case *record.Agreement:
		if stage, since := w.View.Stage(r); stage != "" {
			says = append(says, w.Say("It is **%s** since %s.", w.Say(string(stage)), cmp.Or(since.String(), "–")))
		} else {
			says = append(says, w.Say("It is not yet known on this day."))
		}
	}
	if s.Uses != nil {
		says = append(says, s.Uses.Headline)
	}
	if n := len(s.Findings); n > 0 {
		says = append(says, w.Count(n, "%d finding names it.", "%d findings name it."))
	}
	return strings.Join(says, " ")
}

// shownElsewhere are the fields that a screen has a place of their own for.
var shownElsewhere = []string{"kind", "id", "title", "note", "sources", "release", "by", "tags"}

// facts lists the fields of a record in the order in which it is written. A
// field that refers to a record leads there; one that is dated later than the
// view's day says so.
func (w World) facts(r record.Record) []Field {
	var doc yaml.Node
	if err := yaml.Unmarshal(record.Format(r), &doc); err != nil || len(doc.Content) == 0 {
		panic("screen: what Format writes is no YAML: " + fmt.Sprint(err))
	}
	refs := map[string]record.Key{}
	for _, ref := range record.References(r) {
		refs[ref.Path] = ref.Key
	}
	f := fielder{w, refs, nil}
	root := doc.Content[0]
	for i := 0; i+1 < len(root.Content); i += 2 {
		if name := root.Content[i].Value; !slices.Contains(shownElsewhere, name) {
			f.field(w.Say(fieldName(name)), name, root.Content[i+1])
		}
	}
	return f.fields
}

type fielder struct {
	World
	refs   map[string]record.Key
	fields []Field
}

func fieldName(name string) string {
	name = strings.ReplaceAll(name, "_", " ")
	return strings.ToUpper(name[:1]) + name[1:]
}

// field adds what a node says, as one fact; a list of structures is a fact each.
func (f *fielder) field(name, path string, n *yaml.Node) {
	if n.Kind == yaml.SequenceNode && len(n.Content) > 0 && n.Content[0].Kind == yaml.MappingNode {
		for i, item := range n.Content {
			f.field(name, fmt.Sprintf("%s/%d", path, i), item)
			name = ""
		}
		return
	}
	one := Field{Name: name, Value: f.value(path, n)}
	if k, ok := f.refs[path]; ok {
		one.Href = f.refer(k.String())
	}
	one.Later = f.later(n)
	f.fields = append(f.fields, one)
}

// value is what a node says, on one line.
func (f *fielder) value(path string, n *yaml.Node) string {
	var parts []string
	switch n.Kind {
	case yaml.SequenceNode:
		for i, item := range n.Content {
			parts = append(parts, f.value(fmt.Sprintf("%s/%d", path, i), item))
		}
		return strings.Join(parts, ", ")
	case yaml.MappingNode:
		for i := 0; i+1 < len(n.Content); i += 2 {
			key := n.Content[i].Value
			parts = append(parts, f.word(path+"/"+key, key)+" "+f.value(path+"/"+key, n.Content[i+1]))
		}
		return strings.Join(parts, ", ")
	}
	if k, ok := f.refs[path]; ok {
		return f.View.Name(k)
	}
	return strings.Join(strings.Fields(n.Value), " ")
}

// word is the name of a key, which may itself name a record.
func (f *fielder) word(path, key string) string {
	if k, ok := f.refs[path]; ok && k.ID == key {
		return f.View.Name(k)
	}
	return strings.ReplaceAll(key, "_", " ")
}

// later reports whether a structure is dated after the view's day.
func (f *fielder) later(n *yaml.Node) bool {
	if n.Kind != yaml.MappingNode {
		return false
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == "on" {
			d, err := record.ParseDay(n.Content[i+1].Value)
			return err == nil && d.First() > f.View.At().On
		}
	}
	return false
}

// around is how many letters of a text are shown on either side of a quotation.
const around = 420

func (w World) evidence(r record.Record) []Evidence {
	var all []Evidence
	for _, s := range r.Base().Sources {
		e := Evidence{Title: string(s.Document), At: s.At, Quote: s.Quote, Held: w.Say("The document is not in this register, or not for this reader.")}
		if doc, ok := w.View.Document(s.Document); ok {
			e.Title, e.Publisher, e.Published, e.Href = doc.Name(), doc.Publisher, doc.Published.String(), recordHref(doc.Key())
			if strings.HasPrefix(doc.URL, "https://") || strings.HasPrefix(doc.URL, "http://") {
				e.URL = doc.URL
			}
			body, held := w.View.Text(s.Document)
			switch {
			case !held:
				e.Held = w.Say("The text of this document is not held.")
			case body.Fault != "":
				e.Held = w.Say("The text of this document cannot be read: %s.", body.Fault)
			default:
				e.Held = w.Say("The text is held, SHA-256 %s.", body.SHA256[:12])
				e.Before, e.Quote, e.After, e.Found = excerpt(body.Body, s.Quote)
				e.Before, e.After = flowing(e.Before), flowing(e.After)
			}
		}
		all = append(all, e)
	}
	if doc, ok := r.(*record.Document); ok {
		if body, held := w.View.Text(record.DocumentID(doc.ID)); held && body.Fault == "" {
			all = append(all, Evidence{Title: doc.Name(), Publisher: doc.Publisher, Published: doc.Published.String(), Before: flowing(clip(body.Body, 4000)), Held: w.Say("The text is held, SHA-256 %s.", body.SHA256[:12])})
		}
	}
	return all
}

// excerpt finds a quotation in a text, white space and quote marks folded, and
// cuts out what stands around it, to the word.
func excerpt(body, quote string) (before, found, after string, ok bool) {
	words := strings.Fields(quote)
	for i, word := range words {
		words[i] = anyQuoteMark.ReplaceAllString(regexp.QuoteMeta(word), `["“”„‟«»″'‘’‚‛‹›′`+"`"+`´]`)
	}
	var at []int
	if len(words) > 0 {
		at = regexp.MustCompile(strings.Join(words, `\s+`)).FindStringIndex(body)
	}
	if at == nil {
		return clip(body, 2*around), quote, "", false
	}
	from, to := max(at[0]-around, 0), min(at[1]+around, len(body))
	if from > 0 {
		from += max(strings.IndexByte(body[from:at[0]], ' ')+1, 0)
	}
	if to < len(body) {
		if cut := strings.LastIndexByte(body[at[1]:to], ' '); cut >= 0 {
			to = at[1] + cut
		}
	}
	return strings.ToValidUTF8(body[from:at[0]], ""), body[at[0]:at[1]], strings.ToValidUTF8(body[at[1]:to], ""), true
}

// flowing takes out the ends of lines inside paragraphs.
func flowing(s string) string { return lineEnd.ReplaceAllString(s, "$1 $2") }

var lineEnd = regexp.MustCompile(`([^\n])\r?\n([^\n\r])`)

var anyQuoteMark = regexp.MustCompile(`["“”„‟«»″'‘’‚‛‹›′` + "`" + `´]`)

func clip(s string, most int) string {
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "") + " …"
}

// days are those on which the register dates something of a record, in order.
func (w World) days(r record.Record) []Mark {
	var marks []Mark
	add := func(on record.Day, says string) {
		if !on.IsZero() && on.First() != record.Beginning {
			marks = append(marks, Mark{On: on.Last(), Text: on.String(), Says: says, Past: on.First() <= w.View.At().On})
		}
	}
	switch r := r.(type) {
	case *record.Pledge:
		for _, s := range r.Status {
			add(s.On, w.rungText(r, s))
		}
	case *record.Agreement:
		for _, s := range r.Status {
			add(s.On, w.Say(string(s.Is)))
		}
		for _, o := range r.Obligations {
			add(o.Met, w.Say("met: %s", o.What))
		}
	case *record.Meeting:
		add(r.On, w.Say("held"))
		for _, d := range r.Decisions {
			add(d.Done, w.Say("done: %s", d.What))
		}
	}
	slices.SortStableFunc(marks, func(a, b Mark) int { return int(a.On - b.On) })
	for i := range marks {
		if marks[i].On != record.Forever {
			marks[i].Href = "?as-of=" + marks[i].On.String()
		}
	}
	return marks
}

// referred lists what refers to a record.
func (w World) referred(k record.Key) Table {
	from := w.View.Referring(k)
	t := Table{ID: "referred", Title: w.Count(len(from), "%d record refers to it", "%d records refer to it"), Heads: w.heads("Name", "Kind"), Empty: w.Say("Nothing.")}
	t.More = len(from) - w.onPage(len(from))
	for _, r := range from[:w.onPage(len(from))] {
		t.Rows = append(t.Rows, []Cell{link(w.View.Name(r.Key()), recordHref(r.Key())), toned(string(r.Key().Kind), report.Quiet)})
	}
	return t
}

// uses is what the plan makes of a record that gives something.
func (w World) uses(k record.Key) *Uses {
	switch k.Kind {
	case record.KindPledge, record.KindProduction, record.KindProgramme, record.KindFund, record.KindUnit:
	default:
		return nil
	}
	if w.Plan == nil {
		return nil
	}
	u := report.OfUse(w.View, w.Plan, k)
	return &Uses{Headline: u.Headline, Reasons: u.Reasons, Feeds: w.tableOf("feeds", u.Feeds), Moves: w.tableOf("moves", u.Moves), Price: u.Price.Title}
}
