package report

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"entente/plan"
	"entente/record"
	"entente/register"
)

// Why is all about one need: what becomes of it, why not earlier, what would
// change that. Every record behind it is named with the place where it stands.
type Why struct {
	Need
	Key    string
	Facts  []Fact
	Binds  []Bind
	Behind Table // the records behind what binds
	Prices Table // of what it takes
	At     string
	// What the tables were drawn from.
	Raw       plan.Need
	RawPrices []plan.Price
}

// Bind is one thing that keeps a need short, over the months in which it does.
type Bind struct {
	Title string // IRIS-T SLM crew member (people)
	Says  string
	Tone  Tone
}

// OfNeed draws what p makes of a need. It reports whether p has the need.
func OfNeed(v *register.View, p *plan.Plan, id record.NeedID) (Why, bool) {
	i := slices.IndexFunc(p.Needs, func(n plan.Need) bool { return n.ID == id })
	if i < 0 {
		return Why{}, false
	}
	d, n := drawer{v, p}, p.Needs[i]
	holds := gatherHolds(n)
	w := Why{Need: d.need(n), Key: string(record.KindNeed) + "/" + string(id), Facts: d.needFacts(n), Behind: d.behind(holds), Raw: n, RawPrices: d.pricesOf(n, holds)}
	w.At = d.at(w.Key)
	for _, h := range holds {
		w.Binds = append(w.Binds, d.bind(n, h))
	}
	w.Prices = d.priced(w.RawPrices)
	w.Prices.Title = "What one more of what it takes would be worth, over all needs"
	w.Prices.Empty = "One more or one less of anything that it takes would change nothing."
	if len(holds) > 0 && !slices.ContainsFunc(holds, func(g *gathered) bool { return g.resource != "" || g.leg != record.People }) {
		w.Behind.Title, w.Behind.Note, w.Behind.Empty = "What keeps the units elsewhere", "", "No assignment keeps a unit from it: no more units give it."
		w.Help.Empty, w.Prices.Empty = onlyForces, onlyForces
	}
	return w, true
}

const onlyForces = "Only units can give it. A unit is sent whole or not at all: it has no price, and no part of one was tried."

func (d drawer) needFacts(n plan.Need) []Fact {
	facts := []Fact{{"Written at", d.at("Need/" + string(n.ID))}, {"Where", d.name(record.KindPlace, string(n.At))}}
	if n.For != "" {
		facts = append(facts, Fact{"For", d.party(n.For)})
	}
	if c := d.name(record.KindCapability, string(n.Capability)); c != "" {
		facts = append(facts, Fact{"Capability", c})
	}
	facts = append(facts, Fact{"Priority", Number(float64(n.Priority))}, Fact{"Weight", Number(n.Weight) + " a unit-month"})
	if n.Estimated {
		facts = append(facts, Fact{"Confidence", "estimated"})
	}
	return facts
}

// at is the file and line of a Kind/id, or a dash.
func (d drawer) at(key string) string {
	kind, id, _ := strings.Cut(key, "/")
	if r, ok := d.v.Get(record.Key{Kind: record.Kind(kind), ID: id}); ok {
		return orDash(Where(r.Base().Pos))
	}
	return "–"
}

// gathered is one leg and resource that holds a need in some of its months.
type gathered struct {
	leg      record.Leg
	resource record.ResourceID
	months   []int // of plan.Need.Months
	first    []int // those in which it is the tightest
	worst    plan.Hold
	at       int // month of the worst
	lack     float64
	records  []string
}

// gatherHolds puts what holds a need together by leg and resource, what is the
// tightest for most of the shortfall first.
func gatherHolds(n plan.Need) []*gathered {
	type key struct {
		leg      record.Leg
		resource record.ResourceID
	}
	found := map[key]*gathered{}
	var all []*gathered
	for t, m := range n.Months {
		for i, h := range m.Holds {
			g := found[key{h.Leg, h.Resource}]
			if g == nil {
				g = &gathered{leg: h.Leg, resource: h.Resource, at: -1}
				found[key{h.Leg, h.Resource}] = g
				all = append(all, g)
			}
			g.months = append(g.months, t)
			if i == 0 {
				g.first = append(g.first, t)
				g.lack += m.Needed - m.Covered
			}
			if g.at < 0 || m.Needed-h.Allows > n.Months[g.at].Needed-g.worst.Allows {
				g.worst, g.at = h, t
			}
			for _, r := range h.Records {
				if !slices.Contains(g.records, r) {
					g.records = append(g.records, r)
				}
			}
		}
	}
	slices.SortStableFunc(all, func(a, b *gathered) int {
		return cmp.Or(cmp.Compare(b.lack, a.lack), cmp.Compare(len(b.months), len(a.months)))
	})
	return all
}

func (d drawer) bind(n plan.Need, g *gathered) Bind {
	says := fmt.Sprintf("%s, %s", Count(len(g.months), "month", "months"), monthsText(n, g.months))
	switch alone := len(g.first); {
	case alone == len(g.months):
	case alone == 0:
		says += ", never as the tightest"
	default:
		says += fmt.Sprintf(", the tightest in %d of them", alone)
	}
	says += fmt.Sprintf(". At worst in %s: %s.", n.Months[g.at].Month.Text(), strings.TrimSuffix(spaced(g.worst.Says), "."))
	return Bind{d.bindName(g), says, ToneOf(g.leg)}
}

func (d drawer) bindName(g *gathered) string {
	switch {
	case g.leg == record.Funding && g.resource == "":
		return "Money"
	case g.leg == record.Funding:
		return "Money for " + d.resource(string(g.resource))
	case g.resource == "":
		return "Forces"
	}
	return fmt.Sprintf("%s (%s)", d.resource(string(g.resource)), g.leg)
}

// monthsText tells months as spans: Jan to Mar 2025, Jun 2025.
func monthsText(n plan.Need, months []int) string {
	var spans []string
	for i := 0; i < len(months); {
		k := i
		for k+1 < len(months) && months[k+1] == months[k]+1 {
			k++
		}
		first, last := n.Months[months[i]].Month, n.Months[months[k]].Month
		spans = append(spans, spanText(first, last))
		i = k + 1
	}
	return Few(spans, 3)
}

// spanText is the time from one month to another: Jan to Mar 2025.
func spanText(first, last record.Month) string {
	from, to := first.Text(), last.Text()
	switch name, year, _ := strings.Cut(from, " "); {
	case first == last:
		return from
	case strings.HasSuffix(to, year):
		return name + " to " + to
	}
	return from + " to " + to
}

// behind lists the records from which more would come, or should have.
func (d drawer) behind(holds []*gathered) Table {
	t := Table{
		Title: "Where more of it could come from",
		Heads: []Head{{Name: "Record"}, {Name: "What it is", Brief: true}, {Name: "By", Brief: true}, {Name: "Bears on"}, {Name: "Written at"}},
		Note:  "What these offer is used up, or comes too late; where money binds, they would give more if it were paid for.",
		Empty: "No record in the register gives what binds.",
	}
	of := map[string][]string{}
	var order []string
	for _, g := range holds {
		for _, r := range g.records {
			if of[r] == nil {
				order = append(order, r)
			}
			of[r] = append(of[r], inSentence(d.bindName(g)))
		}
	}
	if len(order) == 0 {
		t.Note = ""
	}
	folder := d.folder()
	for _, r := range order {
		t.Rows = append(t.Rows, []Cell{Text(r), Text(d.of(r)), Text(d.giver(r)), Text(List(of[r])), Text(strings.TrimPrefix(d.at(r), folder))})
	}
	return t
}

// inSentence takes the capital off Money and Forces.
func inSentence(s string) string {
	if strings.HasPrefix(s, "Money") || strings.HasPrefix(s, "Forces") {
		return strings.ToLower(s[:1]) + s[1:]
	}
	return s
}

// folder is the path that the files of all records have in common, up to a
// slash: it need not be said of each.
func (d drawer) folder() string {
	common := ""
	for i, r := range d.v.Records() {
		file := r.Base().Pos.File
		dir := file[:strings.LastIndex(file, "/")+1]
		if i == 0 {
			common = dir
		}
		if common == "" {
			break
		}
		for !strings.HasPrefix(dir, common) {
			common = common[:strings.LastIndex(strings.TrimSuffix(common, "/"), "/")+1]
		}
	}
	return common
}

// giver is the party whose a record is.
func (d drawer) giver(key string) string {
	kind, id, _ := strings.Cut(key, "/")
	r, ok := d.v.Get(record.Key{Kind: record.Kind(kind), ID: id})
	if !ok {
		return "–"
	}
	if f, ok := r.(*record.Fund); ok && f.Manager != "" {
		return d.party(f.Manager)
	}
	return d.party(d.v.By(r))
}

// pricesOf lists the prices of what a need takes: its resources, and the funds
// that pay for it or could.
func (d drawer) pricesOf(n plan.Need, holds []*gathered) []plan.Price {
	takes := map[string]bool{}
	if c, ok := d.v.Capability(n.Capability); ok {
		for r := range maps.Keys(c.Stock) {
			takes[string(r)] = true
		}
		for r := range maps.Keys(c.Monthly) {
			takes[string(r)] = true
		}
	}
	funds := map[string]bool{}
	for _, f := range n.FedBy {
		funds[f.Record] = true
	}
	for _, g := range holds {
		for _, r := range g.records {
			funds[r] = true
		}
	}
	for _, r := range n.Relaxations {
		funds[r.Record] = true
	}
	for _, m := range d.p.Moves {
		if m.Verb == plan.Pay && m.At == n.At && slices.ContainsFunc(n.FedBy, func(f plan.Feed) bool { return f.Record == m.For }) {
			funds[m.Record] = true
		}
	}
	ps := []plan.Price{}
	for _, p := range d.p.Prices {
		if (p.Worth >= pointsMin || p.Loss >= pointsMin) && (takes[p.Resource] || p.Resource == "EUR" && funds[p.Record]) {
			ps = append(ps, p)
		}
	}
	return ps
}
