package report

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"entente/plan"
	"entente/record"
	"entente/register"
)

// Plan is a plan, ready to be drawn.
type Plan struct {
	Title     string // whose register, which months
	Headline  string // the finding
	More      []string
	Facts     []Fact
	Start     record.Month
	Coverage  Strip // share of the weighted need of each month
	Equipment Strip // what equipment and supply alone would suggest
	Needs     []Need
	Doings    Table // who does what, and when
	Prices    Table
	Leftovers Table
	Funds     Table
	Omissions Table
}

// Need is what becomes of one need, ready to be drawn.
type Need struct {
	ID       string
	Title    string
	Where    string // place, and for whom
	Unit     string
	Priority int
	Says     string // covered of needed, in words
	Share    float64
	Met      string // first month in which all that is needed is there, or "never"
	Steady   bool   // met, and from then on in every month
	Asks     bool   // something is needed in the months of the plan
	Leg      string // what holds it back in most of its short months
	HeldBy   string // the leg, and the resource
	Tone     Tone
	Lost     float64 // coverage points that its shortfall costs
	Months   Months
	Strip    Strip
	Why      []string
	Feeds    Table
}

// NeedMonth is one need in one month: what is asked, what is there, and what
// each leg alone would allow. A leg that allows more than is needed is cut off
// at the need.
type NeedMonth struct {
	Month                             record.Month
	Needed, Covered                   float64
	EquipmentLeg, PeopleLeg, MoneyLeg float64
	HeldBy                            string
}

// OfPlan draws p, which was made from v.
func OfPlan(v *register.View, p *plan.Plan) Plan {
	d := drawer{v, p}
	r := Plan{
		Title:     d.title(),
		Start:     p.Start,
		Coverage:  d.byMonth(func(m plan.NeedMonth) float64 { return m.Covered }),
		Equipment: d.byMonth(func(m plan.NeedMonth) float64 { return allows(m, m.Legs.Equipment) }),
		Facts:     d.facts(),
		Doings:    d.doings(),
		Prices:    d.prices(),
		Leftovers: d.leftovers(),
		Funds:     d.funds(),
		Omissions: d.omissions(),
	}
	for _, n := range p.Needs {
		r.Needs = append(r.Needs, d.need(n))
	}
	r.Headline = d.headline(r.Needs)
	r.More = d.more(r)
	return r
}

type drawer struct {
	v *register.View
	p *plan.Plan
}

func (d drawer) last() record.Month { return d.p.Start + record.Month(max(d.p.Months, 1)-1) }

func (d drawer) title() string {
	span := fmt.Sprintf("%s to %s", d.p.Start.Text(), d.last().Text())
	if d.p.Register.Title == "" {
		return "Plan for " + span
	}
	return d.p.Register.Title + ": plan for " + span
}

// headline says how much is covered, how many needs are met, and what holds
// back the others.
func (d drawer) headline(needs []Need) string {
	asked, met, lost := 0, 0, 0
	held := map[string]int{}
	for _, n := range needs {
		switch {
		case !n.Asks:
			continue
		case n.Steady:
			met++
		default:
			if n.Met != "" {
				lost++
			}
			held[n.Leg]++
		}
		asked++
	}
	if asked == 0 {
		return "Nothing is needed in these months."
	}
	says := fmt.Sprintf("Coverage %s of 100 points. %s by %s", Score(d.p.Points), metSentence(met, asked), d.last().Text())
	if lost > 0 {
		says += fmt.Sprintf(", %d more for a time", lost)
	}
	if why := heldSentence(held); why != "" {
		says += "; " + why
	}
	return says + "."
}

func metSentence(met, asked int) string {
	switch {
	case met == asked && asked == 1:
		return "The one need is met"
	case met == asked:
		return "All " + Number(float64(asked)) + " needs are met"
	case met == 0 && asked == 1:
		return "The one need is not met"
	case met == 0:
		return "None of " + Number(float64(asked)) + " needs is met"
	case met == 1:
		return "1 of " + Number(float64(asked)) + " needs is met"
	}
	return fmt.Sprintf("%d of %d needs are met", met, asked)
}

// heldSentence counts what holds needs back, the most frequent first.
func heldSentence(held map[string]int) string {
	legs := make([]string, 0, len(held))
	for leg := range held {
		legs = append(legs, leg)
	}
	slices.SortFunc(legs, func(a, b string) int { return cmp.Or(held[b]-held[a], strings.Compare(a, b)) })
	var parts []string
	for i, leg := range legs {
		switch hold := holds(leg); {
		case leg == "":
			parts = append(parts, fmt.Sprintf("for %d no single leg is to blame", held[leg]))
		case i == 0:
			parts = append(parts, fmt.Sprintf("%s back %d", hold, held[leg]))
		default:
			parts = append(parts, fmt.Sprintf("%s %d", leg, held[leg]))
		}
	}
	return strings.Join(parts, ", ")
}

func holds(leg string) string {
	if leg == string(record.People) {
		return "people hold"
	}
	return leg + " holds"
}

// more is what a reader should know right after the headline.
func (d drawer) more(r Plan) []string {
	var says []string
	if e, ok := d.equipmentPoints(); ok && e > d.p.Points+0.5 {
		says = append(says, fmt.Sprintf("Equipment alone would suggest %s points; what is missing beside it is trained people and money.", Score(e)))
	}
	if d.p.CostEUR >= 0.5 {
		says = append(says, "The plan spends "+Euro(d.p.CostEUR)+".")
	}
	if drop := d.drop(r.Coverage); drop != "" {
		says = append(says, drop)
	}
	if slices.ContainsFunc(r.Needs, func(n Need) bool { return n.Asks }) {
		says = append(says, d.proof())
	}
	estimated := 0
	for _, n := range d.p.Needs {
		if n.Estimated {
			estimated++
		}
	}
	if estimated == len(d.p.Needs) && estimated > 1 {
		says = append(says, "All needs rest on estimates, not on what a party has stated.")
	} else if estimated > 0 {
		says = append(says, Count(estimated, "need rests", "needs rest")+" on estimates, not on what a party has stated.")
	}
	return says
}

// dropMin is a fall of coverage from one month to the next that a reader should
// know of.
const dropMin = 0.05

// drop tells the largest fall of coverage, and the need behind most of it.
func (d drawer) drop(coverage Strip) string {
	at, worst := 0, dropMin
	for i := 1; i < len(coverage); i++ {
		if coverage[i] >= 0 && coverage[i-1]-coverage[i] > worst {
			at, worst = i, coverage[i-1]-coverage[i]
		}
	}
	if at == 0 {
		return ""
	}
	says := fmt.Sprintf("Coverage falls from %s to %s in %s", Percent(coverage[at-1]), Percent(coverage[at]), (d.p.Start + record.Month(at)).Text())
	var loser *plan.Need
	most := 0.0
	for i, n := range d.p.Needs {
		if at >= len(n.Months) {
			continue
		}
		before, after := n.Months[at-1], n.Months[at]
		if lost := n.Weight * ((after.Needed - after.Covered) - (before.Needed - before.Covered)); lost > most {
			most, loser = lost, &d.p.Needs[i]
		}
	}
	if loser == nil {
		return says + "."
	}
	says += ", most of it in " + cmp.Or(loser.Title, string(loser.ID))
	if held := loser.Months[at].HeldBy; held != "" {
		says += " (" + d.holder(held) + ")"
	}
	return says + "."
}

// proof says how good the plan is known to be.
func (d drawer) proof() string {
	switch gap := d.p.Gap; {
	case d.p.Status == "optimal" && gap <= 1e-9:
		return "No plan from these records can cover more: it is proved optimal."
	case d.p.Status == "optimal":
		return fmt.Sprintf("No plan from these records can cover more than %s %% beyond it.", Number(rounded(gap*100)))
	case math.IsInf(d.p.Bound, 0) || math.IsNaN(d.p.Bound) || d.p.PointValue <= 0:
		return fmt.Sprintf("The solver stopped early (%s): a better plan may exist.", d.p.Status)
	}
	return fmt.Sprintf("The solver stopped early (%s): a better plan may exist, but none above %s points.", d.p.Status, Points(d.p.Bound/d.p.PointValue))
}

// equipmentPoints is the coverage if only equipment and supply were asked for.
func (d drawer) equipmentPoints() (points float64, ok bool) {
	asked, there := 0.0, 0.0
	for _, n := range d.p.Needs {
		worth := n.Weight
		for _, m := range n.Months {
			asked += worth * m.Needed
			there += worth * allows(m, m.Legs.Equipment)
			worth *= d.p.Discount
		}
	}
	if asked == 0 {
		return 0, false
	}
	return 100 * there / asked, true
}

func (d drawer) byMonth(of func(plan.NeedMonth) float64) Strip {
	asked, there := make([]float64, d.p.Months), make([]float64, d.p.Months)
	for _, n := range d.p.Needs {
		for i, m := range n.Months {
			if i < d.p.Months {
				asked[i] += n.Weight * m.Needed
				there[i] += n.Weight * of(m)
			}
		}
	}
	s := make(Strip, d.p.Months)
	for i := range s {
		s[i] = share(there[i], asked[i])
	}
	return s
}

func (d drawer) facts() []Fact {
	head := d.p.Register.Head
	if len(head) > 12 {
		head = head[:12]
	}
	return []Fact{
		{"As of", d.p.Register.AsOf},
		{"Seen by", d.p.Register.Reader},
		{"Counts from rung", d.p.Rung},
		{"Register", fmt.Sprintf("%s, %s", head, Count(d.p.Register.Records, "record", "records"))},
		{"Objective", fmt.Sprintf("%s, bound %s, gap %s %%", Number(d.p.Objective), Number(d.p.Bound), Number(rounded(d.p.Gap*100)))},
	}
}

func (d drawer) need(n plan.Need) Need {
	r := Need{
		ID:       string(n.ID),
		Title:    cmp.Or(n.Title, string(n.ID)),
		Where:    d.name(record.KindPlace, string(n.At)),
		Unit:     n.Unit,
		Priority: n.Priority,
		Share:    share(n.Covered, n.Needed),
		Asks:     n.Needed > 1e-9,
		Met:      n.FirstMet,
		Leg:      n.HeldBy,
		HeldBy:   d.heldBy(n),
		Tone:     ToneOf(record.Leg(n.HeldBy)),
		Why:      n.Why,
		Feeds:    d.feeds(n),
	}
	if n.For != "" && !strings.Contains(r.Where, d.name(record.KindParty, string(n.For))) {
		r.Where += ", for " + d.name(record.KindParty, string(n.For))
	}
	r.Says = fmt.Sprintf("%s of %s unit-months", Number(n.Covered), Number(n.Needed))
	r.Steady = n.FirstMet != ""
	first, err := record.ParseMonth(n.FirstMet)
	worth := n.Weight
	for _, m := range n.Months {
		r.Strip = append(r.Strip, share(m.Covered, m.Needed))
		r.Months = append(r.Months, NeedMonth{m.Month, m.Needed, m.Covered,
			allows(m, m.Legs.Equipment), allows(m, m.Legs.People), allows(m, m.Legs.Money), d.holder(m.HeldBy)})
		if err == nil && m.Month >= first && r.Months[len(r.Months)-1].short() {
			r.Steady = false
		}
		r.Lost += worth * max(m.Needed-m.Covered, 0)
		worth *= d.p.Discount
	}
	if d.p.PointValue > 0 {
		r.Lost /= d.p.PointValue
	}
	return r
}

// allows is what a leg alone would allow of a need in a month. What is covered
// shows that it allows at least that much, even where the best use of the leg
// alone would have been elsewhere.
func allows(m plan.NeedMonth, leg float64) float64 { return max(min(leg, m.Needed), m.Covered) }

// heldBy names the leg that holds n back, and the resource of that leg which
// is behind most of the shortfall.
func (d drawer) heldBy(n plan.Need) string {
	if n.HeldBy == "" {
		return ""
	}
	short := map[string]float64{}
	for _, m := range n.Months {
		if strings.HasPrefix(m.HeldBy, n.HeldBy) {
			short[m.HeldBy] += m.Needed - m.Covered
		}
	}
	worst := n.HeldBy
	for _, h := range slices.Sorted(maps.Keys(short)) {
		if short[h] > short[worst] {
			worst = h
		}
	}
	return d.holder(worst)
}

// holder puts the resource's name in the place of its id.
func (d drawer) holder(held string) string {
	leg, resource, ok := strings.Cut(held, ": ")
	if !ok {
		return held
	}
	return leg + ": " + d.name(record.KindResource, resource)
}

func (d drawer) name(k record.Kind, id string) string {
	if id == "" {
		return ""
	}
	return d.v.Name(record.Key{Kind: k, ID: id})
}

// of names the record behind a Kind/id.
func (d drawer) of(key string) string {
	kind, id, ok := strings.Cut(key, "/")
	if !ok {
		return key
	}
	return d.name(record.Kind(kind), id)
}

func (d drawer) party(id record.PartyID) string { return orDash(d.name(record.KindParty, string(id))) }

func (d drawer) resource(id string) string {
	if id == "EUR" {
		return "money"
	}
	return d.name(record.KindResource, id)
}

func (d drawer) feeds(n plan.Need) Table {
	t := Table{
		Title: "What feeds it",
		Heads: []Head{{Name: "From"}, {Name: "By"}, {Name: "What"}, {Name: "Quantity", Numeric: true}, {Name: "First"}},
		Empty: "Nothing feeds it.",
	}
	for _, f := range n.FedBy {
		what, quantity := d.resource(string(f.Resource)), Number(f.Quantity)
		if f.Resource == "" || f.Unit == "EUR" {
			what, quantity = "money", Euro(f.Quantity)
		}
		t.Rows = append(t.Rows, []Cell{Text(d.of(f.Record)), Text(d.party(f.Party)), Text(what), Text(quantity), Text(f.First.Text())})
	}
	return t
}

// doings gathers the moves by who makes them with what: a plan of a thousand
// moves is a hundred things that somebody does for a while.
func (d drawer) doings() Table {
	type doing struct {
		plan.Move
		last  record.Month
		total float64
		to    []string
	}
	type key struct{ verb, record string }
	var order []*doing
	found := map[key]*doing{}
	for _, m := range d.p.Moves {
		k := key{m.Verb, m.Record}
		g := found[k]
		if g == nil {
			g = &doing{Move: m, last: m.Month}
			found[k] = g
			order = append(order, g)
		}
		g.total += m.Quantity
		g.Month, g.last = min(g.Month, m.Month), max(g.last, m.Month)
		if to := d.destination(m); to != "" && !slices.Contains(g.to, to) {
			g.to = append(g.to, to)
		}
	}
	slices.SortStableFunc(order, func(a, b *doing) int { return int(a.Month - b.Month) })
	t := Table{
		Title: "Who does what: " + Count(len(d.p.Moves), "move", "moves") + " from " + Count(len(order), "record", "records"),
		Heads: []Head{{Name: "When"}, {Name: "Who"}, {Name: "Does"}, {Name: "With"}, {Name: "To", Brief: true}},
		Empty: "The plan asks nobody to do anything.",
	}
	for _, g := range order {
		when := g.Month.Text()
		if g.last != g.Month {
			when += " to " + g.last.Text()
		}
		t.Rows = append(t.Rows, []Cell{Text(when), Text(d.party(g.Party)), Text(d.does(g.Move, g.total)), Text(d.of(g.Record)), Text(orDash(Few(g.to, 2)))})
	}
	return t
}

func (d drawer) does(m plan.Move, total float64) string {
	switch m.Verb {
	case plan.Pay:
		return "pays " + Euro(total)
	case plan.Deploy:
		return "deploys for " + Count(int(math.Round(total)), "tour", "tours")
	}
	verb := map[string]string{plan.Ship: "ships", plan.Buy: "buys", plan.Train: "trains"}[m.Verb]
	return cmp.Or(verb, m.Verb) + " " + Number(total) + " × " + cmp.Or(d.resource(string(m.Resource)), m.Unit)
}

func (d drawer) destination(m plan.Move) string {
	if m.At != "" {
		return d.name(record.KindPlace, string(m.At))
	}
	if m.Need != "" {
		return d.name(record.KindNeed, string(m.Need))
	}
	return ""
}

func (d drawer) prices() Table {
	t := Table{
		Title: "What one more would be worth",
		Heads: []Head{{Name: "One more"}, {Name: "Of"}, {Name: "By"}, {Name: "Month"}, {Name: "Points", Numeric: true}},
		Empty: "One more of anything that is offered would add nothing: what is missing is offered by nobody.",
	}
	unproved := false
	for _, p := range d.p.Prices {
		if p.Worth < 5e-4 {
			continue
		}
		worth := Change(p.Worth)
		if !p.Proved {
			worth, unproved = "~"+worth, true
		}
		t.Rows = append(t.Rows, []Cell{Toned(d.oneMore(p), ToneOf(p.Leg)), Text(d.of(p.Record)), Text(d.party(p.Party)), Text(monthOrAny(p.Month)), {Text: worth, Bar: -1}})
	}
	if len(t.Rows) > 0 {
		t.Title += ": " + t.Rows[0][0].Text + " comes first"
	}
	if unproved {
		t.Note = "~ is the solver's price, which holds for small amounts; the others were found by planning again with one more."
	}
	return t
}

func (d drawer) oneMore(p plan.Price) string {
	if p.Resource == "EUR" {
		return Euro(cmp.Or(p.Step, 1))
	}
	n := Number(cmp.Or(p.Step, 1)) + " "
	switch what := d.resource(p.Resource); p.What {
	case "seats":
		return n + "seat, " + what
	default:
		return n + cmp.Or(what, p.Unit, p.What)
	}
}

func monthOrAny(iso string) string {
	if iso == "" {
		return "any"
	}
	return MonthText(iso)
}

func (d drawer) leftovers() Table {
	t := Table{
		Title: "Offered and not used: " + Count(len(d.p.Leftovers), "offer", "offers"),
		Heads: []Head{{Name: "Record"}, {Name: "By"}, {Name: "Left", Numeric: true}, {Name: "Of", Numeric: true}, {Name: "What"}, {Name: "Why"}},
		Empty: "Everything that is offered is used.",
	}
	for _, l := range d.p.Leftovers {
		left, of := Number(l.Left), Number(l.Offered)
		if l.Resource == "EUR" {
			left, of = Euro(l.Left), Euro(l.Offered)
		}
		t.Rows = append(t.Rows, []Cell{Text(d.of(l.Record)), Text(d.party(l.Party)), Text(left), Text(of), Text(d.resource(l.Resource)), Text(l.Why)})
	}
	return t
}

func (d drawer) funds() Table {
	in, out, lapsed := 0.0, 0.0, 0.0
	t := Table{
		Heads: []Head{{Name: "Fund"}, {Name: "In", Numeric: true}, {Name: "Out", Numeric: true}, {Name: "Left", Numeric: true}, {Name: "Lapsed", Numeric: true}},
		Empty: "There is no fund.",
	}
	for _, f := range d.p.Funds {
		in, out, lapsed = in+f.In, out+f.Out, lapsed+f.Lapsed
		late := Text(Euro(f.Lapsed))
		if f.Lapsed >= 0.5 {
			late.Tone = Bad
		}
		t.Rows = append(t.Rows, []Cell{Text(d.name(record.KindFund, string(f.Fund))), Text(Euro(f.In)), Text(Euro(f.Out)), Text(Euro(f.Left)), late})
	}
	t.Title = fmt.Sprintf("Money: %s of %s is spent", Euro(out), Euro(in))
	if lapsed >= 0.5 {
		t.Title += ", and " + Euro(lapsed) + " lapses"
	}
	return t
}

func (d drawer) omissions() Table {
	t := Table{
		Title: "Not counted: " + Count(len(d.p.Omissions), "record", "records"),
		Heads: []Head{{Name: "Record"}, {Name: "Why"}},
		Empty: "Every record that could count does.",
	}
	for _, o := range d.p.Omissions {
		t.Rows = append(t.Rows, []Cell{Text(o.Record), Text(o.Says)})
	}
	return t
}
