package check

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode"

	"entente/record"
	"entente/register"
)

// sourced lists the kinds whose records are facts that somebody must have
// written down: what is promised, done or measured, not the register's own words
// for things.
var sourced = []record.Kind{record.KindAgreement, record.KindNeed, record.KindPledge, record.KindProduction, record.KindProgramme, record.KindFund,
	record.KindUnit, record.KindAssignment, record.KindExercise, record.KindIncident, record.KindMeeting, record.KindTarget, record.KindRate}

// noSource finds facts without a source, and estimates that do not say how they
// were made, one finding for each kind.
func noSource(v *register.View) []Finding {
	var found []Finding
	for _, kind := range sourced {
		var bare, bold []record.Key
		all := v.OfKind(kind)
		for _, r := range all {
			b := r.Base()
			switch estimated := b.Confidence == record.Estimated; {
			case !estimated && len(sourcesOf(r)) == 0:
				bare = append(bare, r.Key())
			case estimated && b.Note == "" && len(sourcesOf(r)) == 0:
				bold = append(bold, r.Key())
			}
		}
		what := strings.ToLower(string(kind)) + " records"
		if len(bare) > 0 {
			found = append(found, Finding{Level: Note, Records: bare,
				Says: fmt.Sprintf("%s of %s %s no source: %s", grouped(fmt.Sprint(len(bare))), count(len(all), what[:len(what)-1], what), verb(len(bare), "names", "name"), names(v, bare)),
				Fix:  "add sources with a document and a quote, or confidence: estimated with a note that says how"})
		}
		if len(bold) > 0 {
			found = append(found, Finding{Level: Note, Records: bold,
				Says: fmt.Sprintf("%s estimated without a note that says how: %s", count(len(bold), what[:len(what)-1]+" is", what+" are"), names(v, bold)),
				Fix:  "add a note with the reckoning, or a source"})
		}
	}
	return found
}

// sourcesOf lists the sources of a record and of what was measured for it.
func sourcesOf(r record.Record) []record.Source {
	ss := r.Base().Sources
	if t, ok := r.(*record.Target); ok {
		for _, a := range t.Actual {
			ss = append(ss[:len(ss):len(ss)], a.Sources...)
		}
	}
	return ss
}

// quoteNotFound finds quotes that are not in the text of their document, with
// white space and quote marks folded.
func quoteNotFound(v *register.View) []Finding {
	texts := map[record.DocumentID]string{}
	var found []Finding
	for _, r := range v.Records() {
		for _, s := range sourcesOf(r) {
			if s.Quote == "" {
				continue
			}
			doc, ok := v.Document(s.Document)
			if !ok {
				continue
			}
			text, ok := v.Text(s.Document)
			if !ok || text.Fault != "" {
				continue
			}
			body, folded := texts[s.Document]
			if !folded {
				body = fold(text.Body)
				texts[s.Document] = body
			}
			if quote := fold(s.Quote); !strings.Contains(body, quote) {
				found = append(found, Finding{Level: Error, Records: keys[record.Record](r, doc),
					Says: fmt.Sprintf("the quote %s of %s is not in the text of %s%s", short(s.Quote), r.Base().Name(), doc.Name(), begins(body, quote)),
					Fix:  "quote the exact words of the document, or correct which document it is"})
			}
		}
	}
	return found
}

// fold makes every run of white space one space, and every quote mark straight.
func fold(text string) string {
	var b strings.Builder
	b.Grow(len(text))
	space := true // none at the beginning
	for _, r := range text {
		if unicode.IsSpace(r) || r == '\u200b' || r == '\ufeff' {
			if !space {
				b.WriteByte(' ')
			}
			space = true
			continue
		}
		space = false
		switch r {
		case '“', '”', '„', '‟', '«', '»', '″':
			r = '"'
		case '‘', '’', '‚', '‛', '‹', '›', '′', '`', '´':
			r = '\''
		}
		b.WriteRune(r)
	}
	return strings.TrimSuffix(b.String(), " ")
}

// begins tells how far the text goes along with a quote that is not in it, to
// the word.
func begins(body, quote string) string {
	words := strings.Split(quote, " ")
	n := 0
	for lo, hi := 0, len(words)-1; lo < hi; { // the longest prefix that is found
		mid := (lo + hi + 1) / 2
		if strings.Contains(body, strings.Join(words[:mid], " ")) {
			lo, n = mid, mid
		} else {
			hi = mid - 1
		}
	}
	if n < 2 {
		return ""
	}
	return fmt.Sprintf("; the text has its first %d words and not the next, %s", n, short(words[n]))
}

// short shows foreign words in a sentence.
func short(s string) string {
	const shown = 80
	if rs := []rune(s); len(rs) > shown {
		s = string(rs[:shown]) + "…"
	}
	return fmt.Sprintf("%q", s)
}

// textNotHeld finds documents whose text is named and not there, so that their
// quotes cannot be checked, all in one finding.
func textNotHeld(v *register.View) []Finding {
	var docs []record.Key
	var why []string
	for _, d := range v.Documents() {
		if d.Text == "" {
			continue
		}
		if text, ok := v.Text(record.DocumentID(d.ID)); !ok || text.Fault != "" {
			docs = append(docs, d.Key())
			why = append(why, d.Name()+" ("+d.Text+": "+cmp.Or(text.Fault, "not there")+")")
		}
	}
	if len(docs) == 0 {
		return nil
	}
	quotes := 0
	for _, k := range docs {
		for _, r := range v.Referring(k) {
			for _, s := range sourcesOf(r) {
				if s.Quote != "" && string(s.Document) == k.ID {
					quotes++
				}
			}
		}
	}
	return []Finding{{Level: Note, Records: docs,
		Says: fmt.Sprintf("the text of %s is not held, so that %s cannot be checked: %s", count(len(docs), "document", "documents"), count(quotes, "quote", "quotes"), list(why)),
		Fix:  "put the text beside the record, or remove text"}}
}

// textChanged finds texts that are not the ones whose hash was written down.
func textChanged(v *register.View) []Finding {
	var found []Finding
	for _, d := range v.Documents() {
		text, ok := v.Text(record.DocumentID(d.ID))
		if !ok || text.Fault != "" || d.SHA256 == "" || d.SHA256 == text.SHA256 {
			continue
		}
		found = append(found, Finding{Level: Error, Records: keys(d),
			Says: fmt.Sprintf("the text of %s has changed since its hash was written down: it is %s… and was %s…", d.Name(), text.SHA256[:12], d.SHA256[:12]),
			Fix:  "restore the text, or compare its quotes with the new one and write the new sha256"})
	}
	return found
}

// facts lists the slugs of fact: tags. Records with one of them in common state
// the same fact.
func facts(r record.Record) []string {
	var slugs []string
	for _, t := range r.Base().Tags {
		if slug, ok := strings.CutPrefix(t, "fact:"); ok {
			slugs = append(slugs, slug)
		}
	}
	return slugs
}

// sourcesDisagree finds records that state the same fact, as their tags say,
// and differ in a figure. Both stay in the register; the finding shows both,
// each with its documents. Where all but one are marked as disputed, somebody
// has decided, and it is only noted.
func sourcesDisagree(v *register.View) []Finding {
	type fact struct {
		kind record.Kind
		slug string
	}
	stated := map[fact][]record.Record{}
	for _, r := range v.Records() {
		for _, slug := range facts(r) {
			f := fact{r.Key().Kind, slug}
			stated[f] = append(stated[f], r)
		}
	}
	var found []Finding
	for f, rs := range stated {
		if len(rs) < 2 {
			continue
		}
		words := disagreements(v, rs)
		if len(words) == 0 {
			continue
		}
		d := Finding{Level: Warning, Records: keys(rs...),
			Says: fmt.Sprintf("sources disagree about %s: %s", f.slug, strings.Join(words, "; ")),
			Fix:  "keep both; say in a note which one is used and why, and mark the other confidence: disputed"}
		if open := slices.DeleteFunc(slices.Clone(rs), disputed); len(open) == 1 {
			d.Level = Note
			d.Says += "; " + open[0].Base().Name() + " is used"
			d.Fix = "nothing, until a better source says otherwise"
		}
		found = append(found, d)
	}
	return found
}

// disagreements lists the figures in which records differ, with who says what.
func disagreements(v *register.View, rs []record.Record) []string {
	by := map[string][]keyFigure{}
	for _, r := range rs {
		for _, f := range keyFigures(r) {
			f.of = r
			by[f.what] = append(by[f.what], f)
		}
	}
	var words []string
	for _, what := range slices.Sorted(maps.Keys(by)) {
		figures := by[what]
		if !slices.ContainsFunc(figures[1:], func(f keyFigure) bool { return !f.agrees(v, figures[0]) }) {
			continue
		}
		var said []string
		for _, f := range figures {
			said = append(said, f.text+" ("+documentsOf(v, f.of)+")")
		}
		words = append(words, what+" is "+list(said))
	}
	return words
}

// documentsOf names where a record was read.
func documentsOf(v *register.View, r record.Record) string {
	var words []string
	for _, s := range sourcesOf(r) {
		if d, ok := v.Document(s.Document); ok {
			if w := d.Publisher + ", " + d.Published.String(); !slices.Contains(words, w) {
				words = append(words, w)
			}
		}
	}
	if len(words) == 0 {
		return r.Base().Name() + ", no source"
	}
	return list(words)
}

// keyFigure is a figure of a record that another source may state otherwise.
type keyFigure struct {
	what   string
	text   string
	of     record.Record
	lo, hi float64
	money  *record.Amount
}

// agrees reports whether two figures can both be right: their ranges touch.
// Amounts of different currencies agree within the swing of rates.
func (f keyFigure) agrees(v *register.View, o keyFigure) bool {
	if f.money != nil && f.money.Min.Currency() != o.money.Min.Currency() {
		a, _, ok := v.EuroAmount(*f.money, v.At().On)
		b, _, ok2 := v.EuroAmount(*o.money, v.At().On)
		const swing = 1.05
		return !ok || !ok2 || a.Min.Amount().Float() <= b.Max.Amount().Float()*swing && b.Min.Amount().Float() <= a.Max.Amount().Float()*swing
	}
	return f.lo <= o.hi && o.lo <= f.hi
}

// keyFigures lists the figures of r by which records of one fact are compared.
func keyFigures(r record.Record) []keyFigure {
	var fs figures
	switch r := r.(type) {
	case *record.Agreement:
		for _, s := range r.Status {
			fs.day(string(s.Is), s.On)
		}
	case *record.Resource:
		fs.price("price", r.Price)
	case *record.Need:
		fs.term(r.From, r.To)
		if len(r.Quantity) == 1 {
			fs.number("quantity", r.Quantity[0].Quantity)
		}
	case *record.Pledge:
		fs.pledge(r)
	case *record.Production:
		fs.number("per_month", r.PerMonth)
		fs.price("price", &r.Price)
		fs.count("lead", r.Lead)
	case *record.Programme:
		fs.number("seats", r.Seats)
		fs.count("months", r.Months)
		fs.price("cost", r.Cost)
		fs.term(r.From, r.To)
	case *record.Fund:
		fs.day("expires", r.Expires)
		if r.Ceiling != nil {
			fs.amount("ceiling", r.Ceiling.Amount)
		}
	case *record.Unit:
		if r.Strength != nil {
			fs.number("strength", *r.Strength)
		}
	case *record.Assignment:
		fs.term(r.From, r.To)
		if r.Notice != nil {
			fs.count("notice", *r.Notice)
		}
	case *record.Exercise:
		fs.term(r.From, r.To)
	case *record.Incident:
		fs.day("on", r.On)
	case *record.Meeting:
		fs.day("on", r.On)
	case *record.Target:
		fs.target(r)
	case *record.Rate:
		fs.number("per_eur", record.Exactly(r.PerEUR.Float()))
	}
	return fs
}

// figures collects the key figures of a record.
type figures []keyFigure

func (fs *figures) number(what string, n record.Number) {
	*fs = append(*fs, keyFigure{what: what, text: number(n), lo: n.Min, hi: n.Max})
}

func (fs *figures) count(what string, n int) { fs.number(what, record.Exactly(float64(n))) }

func (fs *figures) amount(what string, a record.Amount) {
	*fs = append(*fs, keyFigure{what: what, text: amount(a), lo: a.Min.Amount().Float(), hi: a.Max.Amount().Float(), money: &a})
}

func (fs *figures) price(what string, m *record.Money) {
	if m != nil {
		fs.amount(what, record.Amount{Min: *m, Max: *m})
	}
}

func (fs *figures) day(what string, d record.Day) {
	if !d.IsZero() {
		*fs = append(*fs, keyFigure{what: what, text: d.String(), lo: float64(d.First()), hi: float64(d.Last())})
	}
}

func (fs *figures) term(from, to record.Day) {
	fs.day("from", from)
	fs.day("to", to)
}

func (fs *figures) pledge(p *record.Pledge) {
	if p.Resource != "" {
		fs.number("quantity", register.Quantity(p))
	}
	if p.Amount != nil {
		fs.amount("amount", *p.Amount)
	}
	fs.day("from", p.From)
	for _, val := range p.Values {
		fs.amount(string(val.Basis)+" value", val.Amount)
	}
}

func (fs *figures) target(t *record.Target) {
	measure := func(what string, m *record.Measure) {
		switch {
		case m == nil:
		case m.Money.IsZero():
			fs.number(what, record.Exactly(m.Number))
		default:
			fs.price(what+" in money", &m.Money)
		}
	}
	measure("at_least", t.AtLeast)
	measure("at_most", t.AtMost)
	fs.day("by", t.Due)
	for _, a := range t.Actual {
		measure("value of "+a.On.String(), &a.Value)
	}
}
