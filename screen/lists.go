package screen

import (
	"cmp"
	"fmt"
	"net/url"
	"strconv"
	"strings"

	"entente/plan"
	"entente/record"
	"entente/register"
	"entente/report"
)

// List is many records of one sort, to be filtered and put in order.
type List struct {
	Lede    string   `json:"finding"`
	Table   Table    `json:"table"`
	Of      int      `json:"of"` // before filtering
	Filters []Filter `json:"-"`
	Search  string   `json:"search,omitempty"`
	Order   string   `json:"order,omitempty"` // a column, - before it for falling
	Page    int      `json:"-"`               // from 1
	Fit     int      `json:"-"`               // rows, on all pages
	Totals  []Table  `json:"totals,omitempty"`
	Stats   []Stat   `json:"stats,omitempty"`
	Beside  []Choice `json:"-"` // scenarios of which two can be set side by side
}

// Filter is one way to choose among the rows.
type Filter struct {
	Name, Label string
	Options     []Choice
}

// Finding implements Screen.
func (l List) Finding() string { return l.Lede }

// Tables implements Screen.
func (l List) Tables() []Table { return append([]Table{l.Table}, l.Totals...) }

// Heads says where each column leads to be put in order by it.
func (l List) Heads() []Choice {
	var all []Choice
	for i, h := range l.Table.Heads {
		order := strconv.Itoa(i)
		if l.Order == order {
			order = "-" + order
		}
		all = append(all, Choice{"?page=&order=" + order, h.Name, strings.TrimPrefix(l.Order, "-") == strconv.Itoa(i)})
	}
	return all
}

// rowsShown is how many rows of a list are on one page.
const rowsShown = 200

// Shown are the rows of this page.
func (l List) Shown() [][]Cell {
	if len(l.Table.Rows) < l.Fit {
		return l.Table.Rows // only they were made
	}
	return ofPage(l.Table.Rows, l.Page)
}

func ofPage[T any](rows []T, page int) []T {
	from := min((page-1)*rowsShown, len(rows))
	return rows[from:min(from+rowsShown, len(rows))]
}

// Pages is how many pages there are.
func (l List) Pages() int { return max(1, (l.Fit+rowsShown-1)/rowsShown) }

// Next and Previous are the pages beside this one; 0 is none.
func (l List) Next() int {
	if l.Page >= l.Pages() {
		return 0
	}
	return l.Page + 1
}
func (l List) Previous() int { return l.Page - 1 }

// Falling reports whether the list is in falling order.
func (l List) Falling() bool { return strings.HasPrefix(l.Order, "-") }

// list chooses among rows and puts them in order, as the query says. A filter is
// a name and its label, with | between.
func (w World) list(id string, heads []report.Head, rs *rows, q url.Values, filters ...string) List {
	l := List{Of: rs.n, Search: q.Get("find"), Order: q.Get("order"), Table: Table{ID: id, Heads: heads, Empty: w.Say("Nothing fits. Take a filter away.")}}
	chosen := rs.ordered(heads, l.Order)
	for i, f := range filters {
		name, label, _ := strings.Cut(f, "|")
		one := Filter{Name: name, Label: w.Say(label), Options: []Choice{{"", w.Say("all"), q.Get(name) == ""}}}
		if rs.n > 0 {
			for _, v := range rs.facets[i].among(chosen) {
				one.Options = append(one.Options, Choice{v, v, q.Get(name) == v})
			}
		}
		l.Filters = append(l.Filters, one)
		if value := q.Get(name); value != "" && rs.n > 0 {
			chosen = rs.facets[i].fitting(chosen, value)
		}
	}
	if l.Search != "" {
		chosen = rs.saying(chosen, l.Search)
	}
	l.Fit = len(chosen)
	n, _ := strconv.Atoi(q.Get("page"))
	l.Page = min(max(n, 1), l.Pages())
	if w.OnePage {
		chosen = ofPage(chosen, l.Page)
	}
	for _, n := range chosen {
		l.Table.Rows = append(l.Table.Rows, rs.cells(int(n)))
	}
	return l
}

// Needs lists what is needed, and what becomes of it.
func (w World) Needs(q url.Values) List {
	var rows []row
	of := map[record.NeedID]plan.Need{}
	if w.Plan != nil {
		for _, n := range w.Plan.Needs {
			of[n.ID] = n
		}
	}
	for _, n := range w.View.Needs() {
		capability, party := w.name(record.KindCapability, string(n.Capability)), w.party(n.For)
		cells := []Cell{{Text: n.Name(), Href: needHref(record.NeedID(n.ID))}, text(w.place(n.At)), text(party), number(fmt.Sprint(n.Priority), float64(n.Priority))}
		p, planned := of[record.NeedID(n.ID)]
		held := ""
		if planned {
			m := p.Months[w.now()]
			l := leg(m)
			switch held = w.legName(l); {
			case m.Needed <= 1e-9:
				held = w.Say("not asked")
			case l == "":
				held = w.Say("Met")
			}
			_, _, when := w.turns(p)
			cells = append(cells, number(report.Number(m.Needed), m.Needed), number(units(m.Covered), m.Covered), number(report.Percent(share(p.Covered, p.Needed)), share(p.Covered, p.Needed)), toned(held, toneOf(l)), text(when))
		} else {
			cells = append(cells, text("–"), text("–"), text("–"), text("–"), text("–"))
		}
		rows = append(rows, row{cells: cells, facets: []string{capability, party, held}})
	}
	l := w.list("needs", w.heads("Need", "?Where", "?For", "#Priority", "#Needed now", "#Covered now", "#Of the whole plan", "Held by", "When"), rowsOf(rows), q, "capability|Capability", "for|For", "held|Held by")
	met, asked := 0, 0
	if w.Plan != nil {
		_, count, all := w.heldAt(w.now())
		asked, met = all, all
		for _, n := range count {
			met -= n
		}
	}
	l.Lede = w.Say("**%d of %d** needs of this month are met. Every need rests on a record; most are estimates until a party validates them.", met, asked)
	if l.Of == 0 {
		l.Lede = w.Say("The register states no need.")
	}
	return l
}

func share(part, whole float64) float64 {
	if whole <= 1e-9 {
		return -1
	}
	return min(max(part/whole, 0), 1)
}

// Pledges lists what is promised, and what it comes to at a rung, by whichever
// valuation is asked for.
func (w World) Pledges(q url.Values) List {
	at := record.Committed
	if r, ok := record.ParseRung(q.Get("rung")); ok {
		at = r
	}
	basis := cmp.Or(q.Get("basis"), basisPrice)
	var all pledgeRows
	if at == record.Committed && basis == basisPrice {
		all = w.pledgesAtFirst()
	} else {
		all = w.pledgeRows(at, basis)
	}
	l := w.list("pledges", w.heads("Pledge", "By", "?To", "#How much", "What", "From", "#Rung", "?Since", "#Worth"), all.rows, q, "by|By", "at|Rung", "what|What")
	l.Filters = append(l.Filters, w.rungFilter(at), w.basisFilter(basis))
	l.Totals = w.totals(at)
	l.Lede = w.Say("**%d of %d** pledges stand at %s or higher.", all.reached, l.Of, w.Rung(at.String()))
	l.Lede += " " + w.Say("By this valuation they are worth **%s**, reckoned from %d of them; the others have no value of this kind in the register.", report.Euro(all.worth), all.priced)
	return l
}

// pledgesAtFirst is what everybody sees first of the pledges. It is kept; not
// every way to see them is.
func (w World) pledgesAtFirst() pledgeRows {
	return remembered(w.Memo, "pledges "+w.Lang(), func() pledgeRows { return w.pledgeRows(record.Committed, basisPrice) })
}

// pledgeRows are all pledges, and what those at a rung come to by a valuation.
type pledgeRows struct {
	*rows
	reached, priced int
	worth           float64
}

func (w World) pledgeRows(at record.Rung, basis string) (all pledgeRows) {
	pledges, rungs := w.pledged().all, w.pledged().rung
	for i, p := range pledges {
		if rungs[i] < at {
			continue
		}
		all.reached++
		if value, known := w.worth(p, basis); known {
			all.worth += value
			all.priced++
		}
	}
	names := map[record.Rung]string{} // a sentence is looked up once
	for _, rung := range rungs {
		if names[rung] == "" {
			names[rung] = w.rungName(rung)
		}
	}
	all.rows = &rows{n: len(pledges), cells: func(n int) []Cell { return w.pledgeRow(pledges[n], rungs[n], basis) }, facets: []facet{
		facetOf(len(pledges), func(n int) string { return w.party(pledges[n].By) }),
		facetOf(len(pledges), func(n int) string { return names[rungs[n]] }),
		facetOf(len(pledges), func(n int) string { return w.given(pledges[n]) }),
	}}
	return all
}

func (w World) pledgeRow(p *record.Pledge, rung record.Rung, basis string) []Cell {
	quantity := register.Quantity(p)
	much, what, size := report.Range(quantity), w.given(p), quantity.Max
	if p.Amount != nil {
		much, size = report.Amount(*p.Amount), p.Amount.Max.Amount().Float()
	}
	from := p.From.String()
	if from == "" && len(p.Schedule) > 0 {
		from = p.Schedule[0].On.String()
	}
	since := "–"
	if day, ok := w.View.Since(p, rung); ok && rung != record.NoRung {
		since = day.String()
	}
	worth := toned("–", report.Quiet)
	if value, known := w.worth(p, basis); known {
		worth = number(report.Euro(value), value)
	}
	name := w.rungName(rung)
	return []Cell{link(p.Name(), recordHref(p.Key())), text(w.party(p.By)), text(w.party(p.To)), number(much, size), text(what), text(from), number(name, float64(rung)), text(since), worth}
}

// given is what a pledge gives: a resource, or money.
func (w World) given(p *record.Pledge) string {
	if p.Amount != nil {
		return w.Say("money")
	}
	return w.name(record.KindResource, string(p.Resource))
}

func (w World) rungName(r record.Rung) string {
	if r == record.NoRung {
		return w.Say("below the ladder")
	}
	return w.Rung(r.String())
}

const basisPrice = "price"

// worth is what a pledge is worth in euros by a valuation: money is worth
// itself, a thing its price in the register or what a source says that it is.
func (w World) worth(p *record.Pledge, basis string) (float64, bool) {
	on := register.Day(p)
	if p.Amount != nil {
		eur, _, ok := w.View.EuroAmount(*p.Amount, on)
		return eur.Min.Amount().Float(), ok
	}
	if basis == basisPrice {
		r, ok := w.View.Resource(p.Resource)
		if !ok || r.Price == nil {
			return 0, false
		}
		eur, _, ok := w.View.Euro(*r.Price, on)
		return eur.Amount().Float() * register.Quantity(p).Min, ok
	}
	for _, v := range p.Values {
		if string(v.Basis) == basis {
			eur, _, ok := w.View.EuroAmount(v.Amount, on)
			return eur.Min.Amount().Float(), ok
		}
	}
	return 0, false
}

func (w World) rungFilter(at record.Rung) Filter {
	f := Filter{Name: "rung", Label: w.Say("Totals from")}
	for _, name := range record.Rungs() {
		f.Options = append(f.Options, Choice{name, w.Rung(name), name == at.String()})
	}
	return f
}

func (w World) basisFilter(basis string) Filter {
	f := Filter{Name: "basis", Label: w.Say("Valued by")}
	for _, b := range []struct{ value, name string }{{basisPrice, w.Say("price in the register")}, {"official", w.Say("official figure")}, {"list", w.Say("list price")}, {"book", w.Say("book value")}, {"replacement", w.Say("replacement")}, {"market", w.Say("market")}} {
		f.Options = append(f.Options, Choice{b.value, b.name, b.value == basis})
	}
	return f
}

// Training lists the programmes, and what the plan makes of their seats.
func (w World) Training(q url.Values) List {
	trained := map[string]float64{}
	price := map[string]float64{}
	if w.Plan != nil {
		for _, m := range w.Plan.Moves {
			if m.Verb == plan.Train {
				trained[m.Record] += m.Quantity
			}
		}
		for _, p := range w.Plan.Prices {
			price[p.Record] = p.Worth
		}
	}
	var rows []row
	all := 0.0
	for _, r := range w.View.OfKind(record.KindProgramme) {
		p := r.(*record.Programme)
		k := p.Key().String()
		all += trained[k]
		what := w.name(record.KindResource, string(p.Trains))
		rows = append(rows, row{cells: []Cell{link(p.Name(), recordHref(p.Key())), text(w.party(p.By)), text(w.place(p.At)), text(what), number(report.Range(p.Seats), p.Seats.Max), number(fmt.Sprint(p.Months), float64(p.Months)),
			text(report.Span(p.From, p.To)), number(report.Number(trained[k]), trained[k]), number(report.Change(price[k]), price[k])}, facets: []string{w.party(p.By), what}})
	}
	l := w.list("training", w.heads("Programme", "By", "?Where", "Trains", "#Seats a month", "#Months", "?When", "#Trained in the plan", "#One more seat"), rowsOf(rows), q, "by|By", "trains|Trains")
	l.Lede = w.Say("**%d** programmes; the plan trains **%s** people with them. One more seat: points of coverage for one seat more in every month.", l.Of, report.Number(all))
	return l
}

// Funds lists the pots of money, and what the plan spends of them.
func (w World) Funds(q url.Values) List {
	line := map[record.FundID]plan.FundLine{}
	in, out, lapsed := 0.0, 0.0, 0.0
	if w.Plan != nil {
		for _, f := range w.Plan.Funds {
			line[f.Fund] = f
			in, out, lapsed = in+f.In, out+f.Out, lapsed+f.Lapsed
		}
	}
	var rows []row
	for _, f := range w.View.Funds() {
		var uses []string
		for _, u := range f.Uses {
			uses = append(uses, string(u))
		}
		x := line[record.FundID(f.ID)]
		late := number(report.Euro(x.Lapsed), x.Lapsed)
		if x.Lapsed >= 0.5 {
			late.Tone = report.Bad
		}
		rows = append(rows, row{cells: []Cell{link(f.Name(), recordHref(f.Key())), text(w.party(f.Manager)), text(report.List(uses)), number(report.Euro(x.In), x.In), number(report.Euro(x.Out), x.Out), number(report.Euro(x.Left), x.Left), late,
			text(cmp.Or(f.Expires.String(), "–"))}, facets: []string{w.party(f.Manager)}})
	}
	l := w.list("funds", w.heads("Fund", "Manager", "?Pays for", "#In", "#Out", "#Left", "#Lapsed", "?Expires"), rowsOf(rows), q, "by|Manager")
	l.Lede = w.Say("Of **%s** that comes in during the plan, **%s** is spent.", report.Euro(in), report.Euro(out))
	if lapsed >= 0.5 {
		l.Lede += " " + w.Say("**%s** lapses unspent.", report.Euro(lapsed))
	}
	return l
}

// Kinds lists the kinds of records, with how many there are.
func (w World) Kinds() List {
	var rows []row
	for _, k := range record.Kinds() {
		rs := w.View.OfKind(k)
		if len(rs) == 0 {
			continue
		}
		var some []string
		for _, r := range rs[:min(len(rs), 3)] {
			some = append(some, w.View.Name(r.Key()))
		}
		rows = append(rows, row{cells: []Cell{link(string(k), "/records/"+string(k)), number(fmt.Sprint(len(rs)), float64(len(rs))), toned(strings.Join(some, ", "), report.Quiet)}})
	}
	l := w.list("kinds", w.heads("Kind", "#Records", "?For example"), rowsOf(rows), url.Values{})
	l.Lede = w.Say("**%d** records of %d kinds, each a stated fact with its source.", w.View.Len(), len(rows))
	return l
}

// OfKind lists the records of one kind.
func (w World) OfKind(k record.Kind, q url.Values) List {
	of, rowOf := report.KindTable(w.View, k)
	all := w.View.OfKind(k)
	rs := remembered(w.Memo, "rows "+string(k), func() *rows {
		return &rows{n: len(all), cells: func(n int) []Cell { return kindRow(of.Heads, all[n], rowOf(all[n])) }}
	})
	l := w.list(strings.ToLower(string(k)), of.Heads, rs, q)
	l.Lede = of.Title + "."
	return l
}

func kindRow(heads []report.Head, r record.Record, of []report.Cell) []Cell {
	cells := make([]Cell, len(of))
	for i, c := range of {
		cells[i] = text(c.Text)
		if heads[i].Numeric {
			cells[i].Sort, _ = strconv.ParseFloat(strings.Map(digitsOnly, c.Text), 64)
		}
	}
	cells[0].Href = recordHref(r.Key())
	return cells
}

func digitsOnly(r rune) rune {
	if r >= '0' && r <= '9' || r == '.' || r == '-' {
		return r
	}
	return -1
}
