package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"entente/plan"
	"entente/record"
	"entente/register"
	"entente/whatif"
)

// Shares draws what each party's part is worth when it is shared out fairly.
func Shares(x *whatif.Values) Table {
	t := Table{
		Title: "What each party's part is worth",
		Note:  "Worth: the mean of what the party adds, over all orders in which the parties could come; all of them add up to what they give together. First: if it alone gave. Last: what is lost if it alone leaves, which is little where others stand in.",
		Heads: []Head{{Name: "Party"}, {Name: "Worth", Numeric: true}, {Name: ""}, {Name: "First", Numeric: true}, {Name: "Last", Numeric: true}},
		Empty: "No party gives anything that the plan could use.",
	}
	most, idle := 0.0, []string{}
	for _, p := range x.Parties {
		most = max(most, p.Points)
	}
	for _, p := range x.Parties {
		if p.Points < pointsMin {
			idle = append(idle, p.Name)
			continue
		}
		worth := Points(p.Points)
		if p.Error > 0 {
			worth += " ± " + Points(p.Error)
		}
		t.Rows = append(t.Rows, []Cell{Text(p.Name), Text(worth), {Bar: p.Points / most}, Text(Points(p.First)), Text(Points(p.Last))})
	}
	if len(t.Rows) > 0 {
		top := x.Parties[0]
		t.Title = fmt.Sprintf("What each party's part is worth: %s first, with %s of the %s points that all give", top.Name, Points(top.Points), Points(x.Points))
	} else {
		t.Note = ""
	}
	if len(idle) > 0 {
		t.Note = sentences(t.Note, "these give nothing that the plan could use: "+List(idle))
	}
	if !x.Exact {
		t.Note = sentences(t.Note, fmt.Sprintf("± is the standard error over %d drawn orders, seed %d", x.Orders, x.Seed))
	}
	return t
}

// Losses draws what is lost when one party leaves, and when two do.
func Losses(v *register.View, x *whatif.LossTable) []Table {
	name := func(id record.PartyID) string { return v.Name(record.Key{Kind: record.KindParty, ID: string(id)}) }
	singles := Table{
		Title: "If one party leaves",
		Note:  "Points of coverage lost if it gives nothing more and all others replan; what was handed over stays. Critical: a tenth or more of what is covered is lost.",
		Heads: []Head{{Name: "Party"}, {Name: "Points", Numeric: true}, {Name: "Share", Numeric: true}, {Name: ""}, {Name: "Needs that lose most", Brief: true}},
		Empty: "No party's leaving would cost anything.",
	}
	for _, l := range x.Singles {
		if l.Points < pointsMin {
			continue
		}
		mark := Text("")
		if l.Critical {
			mark = Toned("critical", Bad)
		}
		var needs []string
		for _, id := range l.Needs {
			needs = append(needs, v.Name(record.Key{Kind: record.KindNeed, ID: string(id)}))
		}
		singles.Rows = append(singles.Rows, []Cell{Text(l.Name), Text(Points(l.Points)), Text(Percent(l.Share)), mark, Text(orDash(Few(needs, 2)))})
	}
	pairs := func(title, note, empty string, ps []whatif.Pair) Table {
		t := Table{Title: title, Note: note, Empty: empty, Heads: []Head{{Name: "Both of"}, {Name: "And"}, {Name: "Points", Numeric: true}, {Name: "More than each alone", Numeric: true}}}
		for _, p := range ps {
			if p.Points >= pointsMin {
				t.Rows = append(t.Rows, []Cell{Text(name(p.A)), Text(name(p.B)), Text(Points(p.Points)), Text(Change(p.Interaction))})
			}
		}
		return t
	}
	return []Table{
		singles,
		pairs("If two parties leave", "More than each alone: above 0, each now stands in for the other when that one leaves; below 0, both are needed for the same thing.", "No two parties' leaving would cost anything.", x.Pairs),
		pairs("Who stands in for whom", "These hurt more together than each alone: each is the other's reserve.", "No party is another's reserve: what two leaving costs is never more than what each costs alone.", x.Together),
	}
}

// Filling is a need that loses by a change, and who could fill the hole.
type Filling struct {
	Title   string
	Says    string
	Lacks   []string
	Instead []string // done already in the plan after
	Idle    []string
	Ways    Table
	Bundle  string
}

// OfHoles draws what a change tears open and who could fill it.
func OfHoles(v *register.View, x *whatif.Holes) []Filling {
	d := drawer{v, &plan.Plan{}}
	var all []Filling
	for _, h := range x.Holes {
		f := Filling{Title: fmt.Sprintf("%s loses %s, %s", h.Title, Points(h.Points)+" points", spanText(h.First, h.Last)), Says: spaced(h.Says), Ways: d.fillers(h)}
		for _, s := range h.Short {
			f.Lacks = append(f.Lacks, spaced(s.Says))
		}
		for _, s := range h.Instead {
			f.Instead = append(f.Instead, spaced(s.Says))
		}
		for _, s := range h.Idle {
			f.Idle = append(f.Idle, spaced(s.Says))
		}
		if h.Bundle != nil {
			f.Bundle = spaced(h.Bundle.Says)
		}
		all = append(all, f)
	}
	return all
}

func (d drawer) fillers(h whatif.Hole) Table {
	t := Table{
		Title: "Who could fill it",
		Heads: []Head{{Name: "Who"}, {Name: "Does"}, {Name: "With"}, {Name: "There"}, {Name: "Points", Numeric: true}, {Name: "Others lose", Numeric: true, Brief: true}, {Name: "Cost", Numeric: true}},
		Note:  "Each way was tried by itself, by planning again with it. – no price in the register.",
		Empty: "Nothing in the register could fill it.",
	}
	does := map[whatif.FillerKind]string{whatif.FillCommit: "commits", whatif.FillGive: "gives", whatif.FillMake: "makes", whatif.FillTrain: "trains", whatif.FillPay: "pays", whatif.FillWiden: "lets it pay for this", whatif.FillRelease: "lets it serve this"}
	for _, f := range h.Fillers {
		what := does[f.Kind]
		if f.Quantity > 0 && f.Kind != whatif.FillWiden && f.Kind != whatif.FillRelease {
			what += " " + d.more1(f)
		}
		cost := "–"
		if f.Priced {
			cost = Euro(f.EUR)
		}
		t.Rows = append(t.Rows, []Cell{Text(orDash(f.Name)), Text(what), Text(f.Record), Text(f.Arrives.Text()), Text(Change(f.Points)), Text(Points(f.Toll)), Text(cost)})
	}
	if len(t.Rows) == 0 {
		t.Note = ""
	}
	return t
}

func (d drawer) more1(f whatif.Filler) string {
	if f.Unit == "EUR" {
		return Euro(f.Quantity)
	}
	return Number(f.Quantity) + " " + plan.Plural(f.Unit, f.Quantity)
}

// OfRisk draws what becomes of a plan when what is promised slips.
func OfRisk(v *register.View, x *whatif.Outlook) (needs, drivers, delays Table) {
	needs = Table{
		Title: "Who may lose by it",
		Note:  "In percent of what each needs. Bad: no more than that in one draw of ten; good: that or more in one of ten. Lost: points of all coverage, in the middle.",
		Heads: []Head{{Name: "Need"}, {Name: "In time", Numeric: true}, {Name: "Bad", Numeric: true}, {Name: "Middle", Numeric: true}, {Name: "Good", Numeric: true}, {Name: "Lost", Numeric: true}},
		Empty: "No need would lose anything.",
	}
	for _, n := range x.Needs {
		if n.Lost >= pointsMin || n.Base-n.P10 >= 0.5 {
			needs.Rows = append(needs.Rows, []Cell{Text(cmp.Or(n.Title, string(n.ID))), Text(Percent(n.Base / 100)), Text(Percent(n.P10 / 100)), Text(Percent(n.P50 / 100)), Text(Percent(n.P90 / 100)), Text(Points(n.Lost))})
		}
	}
	drivers = Table{
		Title: "Whose delays matter most",
		Note:  "Slip: months in the mean. Tells: how well that party's delays tell how much is covered, from 0, not at all, to 1.",
		Heads: []Head{{Name: "Party"}, {Name: "Pledges that may slip", Numeric: true}, {Name: "Slip", Numeric: true}, {Name: "Tells", Numeric: true}},
		Empty: "Nobody's delays change the coverage.",
	}
	for _, r := range x.Drivers {
		if r.Rank < 0 {
			drivers.Rows = append(drivers.Rows, []Cell{Text(r.Name), Text(Number(float64(r.Open))), Text(Number(rounded(r.Slip))), Text(Number(rounded(-r.Rank)))})
		}
	}
	delays = Table{
		Title: "How late promises came until now",
		Heads: []Head{{Name: "Party"}, {Name: "Came", Numeric: true}, {Name: "Overdue", Numeric: true}, {Name: "Half came within"}, {Name: "Judged by"}},
		Empty: "No promise has come yet.",
	}
	for _, y := range slices.Concat(x.Delays, []whatif.Delays{x.Pooled}) {
		half, by := "–", "its own past"
		if y.Median != nil {
			half = Count(*y.Median, "month", "months")
		}
		if y.Borrowed {
			by = "that of all"
		}
		delays.Rows = append(delays.Rows, []Cell{Text(cmp.Or(y.Name, "all together")), Text(Number(float64(y.Came))), Text(Number(float64(y.Waiting))), Text(half), Text(by)})
	}
	return needs, drivers, delays
}

// OfCore draws what is right to do in every future that was planned for.
func OfCore(v *register.View, x *whatif.RobustCore) (futures, promises Table) {
	d := drawer{v, &plan.Plan{}}
	futures = Table{Title: Count(len(x.Futures), "future", "futures") + " planned for", Heads: []Head{{Name: "Future"}, {Name: "Covered", Numeric: true}, {Name: "Of what is needed now", Numeric: true}},
		Note: "Covered: points of what that future needs. Of what is needed now: how far its plan covers the needs as they stand."}
	for _, f := range x.Futures {
		futures.Rows = append(futures.Rows, []Cell{Text(cmp.Or(f.Title, "as things are")), Text(Points(f.Coverage.Own)), Text(Points(f.Coverage.OfBase))})
	}
	promises = Table{
		Title: "Safe to act on now",
		Note:  "Safe: as much as every one of the plans makes use of. From: the month from which all do. Planned: what the plan for things as they are makes use of.",
		Heads: []Head{{Name: "Record"}, {Name: "What it is", Brief: true}, {Name: "By"}, {Name: "Safe", Numeric: true}, {Name: "Planned", Numeric: true}, {Name: "Share", Numeric: true}, {Name: "From"}},
		Empty: "The plans have nothing in common.",
	}
	safe := 0
	for _, p := range x.Promises {
		from := "–"
		if p.From != 0 {
			from = p.From.Text()
		}
		if p.Share > 1-1e-6 {
			safe++
		}
		number := Number
		if strings.HasPrefix(p.Record, string(record.KindFund)+"/") || p.Unit == "EUR" {
			number = Euro
		}
		promises.Rows = append(promises.Rows, []Cell{Text(p.Record), Text(p.Name), Text(d.party(p.Party)), Text(number(p.Common)), Text(number(p.Base)), Text(Percent(p.Share)), Text(from)})
	}
	if len(promises.Rows) > 0 {
		promises.Title = fmt.Sprintf("Safe to act on now: %d of %s in full", safe, Count(len(x.Promises), "record", "records"))
	} else {
		promises.Note = ""
	}
	return futures, promises
}
