package report

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"entente/access"
	"entente/check"
	"entente/plan"
	"entente/record"
	"entente/register"
	"entente/whatif"
)

func TestNumbersForPeople(t *testing.T) {
	for _, c := range []struct {
		got, want string
	}{
		{Number(0), "0"}, {Number(12), "12"}, {Number(1234567), "1 234 567"}, {Number(-1500), "−1 500"},
		{Number(0.6), "0.6"}, {Number(24.83), "24.8"}, {Number(2.0471), "2.05"}, {Number(123.4), "123"}, {Number(1999.9999999), "2 000"},
		{Number(0.02137), "0.0214"}, {Number(1e-9), "0"}, {Number(math.NaN()), "–"}, {Number(math.Inf(1)), "–"}, {Number(-0.5), "−0.5"}, {Number(99.97), "100"},
		{Euro(0), "EUR 0"}, {Euro(18000), "EUR 18 000"}, {Euro(999_600), "EUR 1 M"}, {Euro(9_440_000), "EUR 9.44 M"}, {Euro(3_412_000_000), "EUR 3.41 bn"}, {Euro(46_400_000_000), "EUR 46.4 bn"}, {Euro(-2e6), "EUR −2 M"},
		{Points(12.34), "12.3"}, {Points(0.034), "0.034"}, {Points(0.34), "0.34"}, {Points(0), "0"}, {Points(0.0001), "0"}, {Points(-13.62), "−13.6"},
		{Score(61.4), "61"}, {Score(99.8), "99.8"}, {Score(99.99), "99.9"}, {Score(100), "100"}, {Score(0.2), "0.20"}, {Score(0), "0"},
		{Change(0.34), "+0.34"}, {Change(-2), "−2.0"}, {Change(0), "±0"},
		{Percent(0.5), "50 %"}, {Percent(0.9999), "99 %"}, {Percent(1), "100 %"}, {Percent(0.001), "1 %"}, {Percent(-1), "–"},
		{Count(1, "need", "needs"), "1 need"}, {Count(0, "need", "needs"), "0 needs"}, {Count(1200, "need", "needs"), "1 200 needs"},
		{List(nil), ""}, {List([]string{"A"}), "A"}, {List([]string{"A", "B", "C"}), "A, B and C"}, {Few([]string{"A", "B", "C", "D"}, 2), "A, B and 2 others"},
		{MonthText("2025-03"), "Mar 2025"}, {MonthText(""), "–"},
	} {
		if want := strings.ReplaceAll(c.want, " ", thin); strings.ReplaceAll(c.got, " ", thin) != want {
			t.Errorf("got %q, want %q", c.got, c.want)
		}
	}
}

func TestThousandsDoNotBreak(t *testing.T) {
	if got := Number(1234567); strings.Contains(got, " ") {
		t.Errorf("%q has a space that lines break at", got)
	}
}

func TestStrips(t *testing.T) {
	start := record.MustDay("2025-03").First().Month()
	s := Strip{-1, 0, 0.1, 0.5, 0.99, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1}
	if got, want := s.String(), " ·▁▄▇███████████"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got, want := s.Axis(start), "2025      2026"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if n := len([]rune(make(Strip, 600).String())); n > stripMax {
		t.Errorf("fifty years take %d characters", n)
	}
	if got := (Strip{}).String() + (Strip{}).Axis(start); got != "" {
		t.Errorf("no month is drawn as %q", got)
	}
}

func TestTablesAreLimited(t *testing.T) {
	table := Table{Rows: [][]Cell{{Text("a")}, {Text("b")}, {Text("c")}}, Note: "As it is."}
	if got := table.Limit(1, "below"); len(got.Rows) != 1 || got.Note != "As it is. 2 more rows below." {
		t.Errorf("got %d rows and %q", len(got.Rows), got.Note)
	}
	if got := table.Limit(3, "below"); len(got.Rows) != 3 || got.Note != "As it is." {
		t.Errorf("got %d rows and %q", len(got.Rows), got.Note)
	}
}

// world is a view of what a small plan names.
func world(t *testing.T) *register.View {
	t.Helper()
	rs, errs := record.Parse("world.yaml", []byte(`
kind: Party
id: NOR
name: Norway
type: nation
---
kind: Place
id: kyiv
name: Kyiv
---
kind: Resource
id: crew
name: Crew member
leg: people
unit: person
---
kind: Programme
id: course
title: The course
by: NOR
at: kyiv
trains: crew
seats: 10
months: 1
from: 2025-01
`))
	if len(errs) > 0 {
		t.Fatal(errs)
	}
	return register.NewTree(record.Settings{Title: "Small"}, rs...).View(register.At{On: record.MustDay("2024-12-31").First(), Reader: access.Keeper})
}

// small is a plan of two needs in two months: one short of people, one met.
func small() *plan.Plan {
	start := record.MustDay("2025-01").First().Month()
	p := &plan.Plan{
		Start: start, Months: 2, Rung: "committed", Discount: 1, Status: "optimal", Objective: 6, Bound: 6, Points: 75, PointValue: 0.08, CostEUR: 1.5e6,
		Register: plan.Register{Title: "Small", Head: "0123456789abcdef", Records: 4, AsOf: "2024-12-31", Reader: "keeper", Release: record.Label{Public: true}},
	}
	add := func(id, held string, covered ...float64) {
		n := plan.Need{ID: record.NeedID(id), At: "kyiv", Unit: "unit", Priority: 1, Weight: 1, Why: []string{"a chain"}}
		for i, c := range covered {
			m := plan.NeedMonth{Month: start + record.Month(i), Needed: 2, Covered: c, Legs: plan.Legs{Equipment: 2, People: c, Money: 5}}
			if c < 2 {
				m.HeldBy = held
			} else if n.FirstMet == "" {
				n.FirstMet = m.Month.String()
			}
			n.Needed, n.Covered, n.Months = n.Needed+2, n.Covered+c, append(n.Months, m)
		}
		n.HeldBy, _, _ = strings.Cut(held, ":")
		p.Needs = append(p.Needs, n)
	}
	add("short", "people: crew", 1, 1)
	add("met", "", 2, 2)
	p.Moves = []plan.Move{
		{Verb: plan.Train, Month: start, Arrives: start + 1, Record: "Programme/course", Party: "NOR", Resource: "crew", Quantity: 4, Unit: "person", At: "kyiv"},
		{Verb: plan.Train, Month: start + 1, Arrives: start + 2, Record: "Programme/course", Party: "NOR", Resource: "crew", Quantity: 6, Unit: "person", At: "kyiv"},
	}
	p.Prices = []plan.Price{
		{Record: "Programme/course", Party: "NOR", What: "seats", Resource: "crew", Leg: record.People, Unit: "seat a month", Step: 1, Worth: 0.5, Loss: 0.75, Holds: 32, Proved: true},
		{Record: "Programme/course", Party: "NOR", What: "seats", Resource: "crew", Leg: record.People, Month: "2025-02", Step: 1, Worth: 0.25},
		{Record: "Programme/course", What: "seats", Worth: 0},
	}
	return p
}

func TestPlanSaysWhatItsFiguresSay(t *testing.T) {
	r := OfPlan(world(t), small())
	for _, c := range []struct{ got, want string }{
		{r.Title, "Small: plan for Jan 2025 to Feb 2025"},
		{r.Headline, "Coverage 75 of 100 points. 1 of 2 needs is met by Feb 2025; people hold back 1."},
		{r.More[0], "Equipment alone would suggest 100 points; what is missing beside it is trained people and money."},
		{r.More[1], "The plan spends EUR 1.5 M."},
		{r.More[2], "No plan from these records can cover more: it is proved optimal."},
		{r.Needs[0].HeldBy, "people: Crew member"},
		{r.Needs[0].Finding(), "2 of 4 unit-months, 50 %. All that is needed is never there. What holds it back most is people: Crew member. What is missing costs 25.0 points of coverage."},
		{r.Needs[1].Finding(), "4 of 4 unit-months, 100 %. All that is needed is there from Jan 2025."},
		{r.Needs[0].Strip.String(), "▄▄"},
		{r.Prices.Title, "What one more would be worth: 1 seat a month, Crew member comes first"},
		{r.Prices.Rows[0][3].Text + " " + r.Prices.Rows[0][4].Text + " " + r.Prices.Rows[0][5].Text, "+0.50 −0.75 32 seats a month"},
		{r.Prices.Rows[1][3].Text + " " + r.Prices.Rows[1][4].Text + " " + r.Prices.Rows[1][5].Text, "~+0.25 ~±0 a small amount"},
		{r.Doings.Title, "Who does what: 2 moves from 1 record"},
		{r.Doings.Rows[0][0].Text + ", " + r.Doings.Rows[0][2].Text, "Jan 2025 to Feb 2025, trains 10 × Crew member"},
	} {
		if got := strings.ReplaceAll(c.got, thin, " "); got != c.want {
			t.Errorf("got  %s\nwant %s", got, c.want)
		}
	}
	if len(r.Prices.Rows) != 2 {
		t.Errorf("a price of nothing is shown: %v", r.Prices.Rows)
	}
	if short := r.Shortest(); len(short) != 1 || short[0].ID != "short" {
		t.Errorf("the short needs are %v", short)
	}
}

func TestHeadlineOfEveryCase(t *testing.T) {
	base := small()
	for _, c := range []struct {
		change func(*plan.Plan)
		want   string
	}{
		{func(p *plan.Plan) { p.Needs = nil }, "Nothing is needed in these months."},
		{func(p *plan.Plan) { p.Needs, p.Points = p.Needs[:1], 50 }, "Coverage 50 of 100 points. The one need is not met by Feb 2025; people hold back 1."},
		{func(p *plan.Plan) { p.Needs, p.Points = p.Needs[1:], 100 }, "Coverage 100 of 100 points. The one need is met by Feb 2025."},
		{func(p *plan.Plan) { p.Needs[0].HeldBy = "" }, "Coverage 75 of 100 points. 1 of 2 needs is met by Feb 2025; for 1 no single leg is to blame."},
		{func(p *plan.Plan) { p.Needs[0].FirstMet, p.Needs[0].HeldBy = "2025-01", "equipment" }, "Coverage 75 of 100 points. 1 of 2 needs is met by Feb 2025, 1 more for a time; equipment holds back 1."},
	} {
		p := *base
		p.Needs = append([]plan.Need(nil), base.Needs...)
		c.change(&p)
		if got := OfPlan(world(t), &p).Headline; got != c.want {
			t.Errorf("got  %s\nwant %s", got, c.want)
		}
	}
}

func TestProofIsNeverClaimedTooFar(t *testing.T) {
	for _, c := range []struct {
		change func(*plan.Plan)
		want   string
	}{
		{func(p *plan.Plan) { p.Gap = 1e-9 }, "No plan from these records can cover more: it is proved optimal."},
		{func(p *plan.Plan) { p.Gap = 0.00091 }, "No plan from these records can cover much more: this one is within 0.091 % of the best possible."},
		{func(p *plan.Plan) { p.Gap = 0.000911 }, "No plan from these records can cover much more: this one is within 0.092 % of the best possible."},
		{func(p *plan.Plan) { p.Gap = 2e-7 }, "No plan from these records can cover much more: this one is within 0.001 % of the best possible."},
		{func(p *plan.Plan) { p.Strict = true }, "Priorities were served one after the other: nothing more can be covered of one without taking from a more urgent one. What one more would be worth is told for the plan that weighs all priorities together."},
		{func(p *plan.Plan) { p.Status, p.Bound, p.Gap = "timed out", 6.4, 0.0625 }, "The time limit ended the search: this plan is within 6.3 % of the best possible, which covers no more than 80.0 points; with more time a better one may be found."},
		{func(p *plan.Plan) { p.Status, p.Bound = "timed out", math.Inf(1) }, "The time limit ended the search: with more time a better plan may be found."},
		{func(p *plan.Plan) { p.Status, p.Bound = "unsolved", math.Inf(1) }, "The search ended without a proof: with more time a better plan may be found."},
	} {
		p := small()
		c.change(p)
		if got := (drawer{world(t), p}).proof(); strings.ReplaceAll(got, thin, " ") != c.want {
			t.Errorf("got  %s\nwant %s", got, c.want)
		}
	}
}

func TestTheLargestFallIsTold(t *testing.T) {
	p := small()
	n := &p.Needs[1]
	n.Months[1].Covered, n.Months[1].HeldBy = 0.5, "people: crew"
	d := drawer{world(t), p}
	if got, want := strings.ReplaceAll(d.drop(OfPlan(d.v, p).Coverage), thin, " "), "Coverage falls from 75 % to 38 % in Feb 2025, most of it in met (people: Crew member)."; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if got := d.drop(Strip{0.5, 0.48, -1, 0.1}); got != "" {
		t.Errorf("a small fall is told: %s", got)
	}
}

func TestFindingsAreGroupedAndCounted(t *testing.T) {
	key := record.Key{Kind: record.KindPlace, ID: "kyiv"}
	found := []check.Finding{
		{Rule: "one", Level: check.Error, Records: []record.Key{key}, Pos: record.Pos{File: "a.yaml", Line: 3}, Says: "It is so", Fix: "mend it"},
		{Rule: "two", Level: check.Warning, Records: []record.Key{key}, Says: "It may be so."},
		{Rule: "two", Level: check.Warning, Records: []record.Key{key}, Says: "Again."},
		{Rule: "two", Level: check.Note, Records: []record.Key{key}, Says: "By the way."},
	}
	r := OfFindings(found, check.Warning, 1200)
	if want := "1 error, 2 warnings and 1 note in 1" + thin + "200 records."; r.Headline != want {
		t.Errorf("got %q, want %q", r.Headline, want)
	}
	if len(r.Groups) != 2 || len(r.Groups[1].Items) != 2 || r.Groups[0].Items[0] != (Item{"a.yaml:3", "It is so.", "mend it"}) {
		t.Errorf("got %+v", r.Groups)
	}
	if r.Hidden != "1 note not shown" {
		t.Errorf("got %q", r.Hidden)
	}
	if r := OfFindings(nil, check.Note, 3); r.Headline != "Nothing to report in 3 records." || r.Hidden != "" {
		t.Errorf("got %+v", r)
	}
}

func TestComparisonSaysWhatIsLost(t *testing.T) {
	after := small()
	after.Points = 50
	s := &record.Scenario{Common: record.Common{Kind: record.KindScenario, ID: "less", Title: "Less"}}
	for _, c := range []struct {
		lost, need float64
		needed     float64 // by the scenario, of what the base needs
		want       string
	}{
		{25, 25, 1, "Coverage falls from 75.0 to 50.0 of 100 points: 25.0 lost. 1 need fares worse."},
		{-5, -5, 1, "Coverage rises from 75.0 to 80.0 of 100 points: 5.0 gained. No need fares worse."},
		{0, 0, 1, "Coverage stays at 75.0 of 100 points: the plan can do without."},
		{0, 2, 1, "Coverage stays at 75.0 of 100 points, but 1 need fares worse."},
		{25, 2, 0.5, "What is needed becomes " + Percent(0.5) + " of what it was; 50.0 of 100 points of it are covered, 75.0 before."},
	} {
		r := OfComparison(world(t), s, &whatif.Comparison{Scenario: "less", Base: small(), After: after, Lost: c.lost,
			Needs: []whatif.NeedDelta{{ID: "short", Points: c.need}}, Coverage: whatif.Coverage{Base: 75, Own: 50, OfBase: 50, Needed: c.needed}})
		if r.Headline != c.want || r.Title != "Less" {
			t.Errorf("got  %s\nwant %s", r.Headline, c.want)
		}
	}
}

func TestInsteadCountsWhatIsMoreInAll(t *testing.T) {
	move := func(record string, quantity float64) plan.Move {
		return plan.Move{Verb: plan.Train, Record: record, Party: "NOR", Resource: "crew", Quantity: quantity}
	}
	got := drawer{world(t), small()}.instead(whatif.Moves{
		Gone: []plan.Move{move("Programme/course", 10), move("Programme/moved", 5), move("Programme/gone", 7)},
		New:  []plan.Move{move("Programme/course", 6), move("Programme/course", 6), move("Programme/moved", 5), move("Programme/new", 3)},
	})
	want := [][]string{{"Norway", "trains 3 × Crew member", "new"}, {"Norway", "trains 2 × Crew member", "The course"}}
	if got.Title != "2 records give more instead" || len(got.Rows) != len(want) {
		t.Fatalf("got %+v", got)
	}
	for i, row := range got.Rows {
		for k, c := range row {
			if c.Text != want[i][k] {
				t.Errorf("row %d: got %q, want %q", i, c.Text, want[i][k])
			}
		}
	}
}

func TestNobodyAsksWhoHasLeftForMore(t *testing.T) {
	s := &record.Scenario{Changes: []record.Change{{Withdraw: "NOR"}}}
	if got := (drawer{world(t), small()}).staying(s).prices(); len(got.Rows) != 0 {
		t.Errorf("got %v", got.Rows)
	}
}

func TestRanking(t *testing.T) {
	ms := []whatif.Marginal{{Party: "A", Name: "Alpha", Points: 0}, {Party: "B", Name: "Beta", Points: 10, Least: 10, Most: 10, Needs: []record.NeedID{"n"}}, {Party: "C", Name: "Gamma", Points: 5, Least: 5, Most: 5}}
	r := Ranking(world(t), small(), ms)
	if r.Title != "Who the plan cannot do without: Beta first, with 10.0 of 75.0 points" || len(r.Rows) != 2 || r.Rows[1][2].Bar != 0.5 {
		t.Errorf("got %+v", r)
	}
	if !strings.HasSuffix(r.Note, "Any one of these could leave and nothing would be lost: Alpha.") {
		t.Errorf("got %q", r.Note)
	}
	ms[2].Most = 5.04
	if r := Ranking(world(t), small(), ms); !strings.HasSuffix(r.Note, "each figure is proved to within 0.040 points.") {
		t.Errorf("got %q", r.Note)
	}
	if Dearest(ms) != "B" {
		t.Errorf("the dearest is %s", Dearest(ms))
	}
	if r := Ranking(world(t), small(), nil); len(r.Rows) != 0 || r.Title != "No party gives anything" {
		t.Errorf("got %+v", r)
	}
}

func TestBounds(t *testing.T) {
	ms := []whatif.Marginal{{Party: "B", Name: "Beta", Points: 10, Least: 8, Most: 12}, {Party: "C", Name: "Gamma", Points: 5, Least: 4, Most: 6}, {Party: "A", Name: "Alpha"}}
	r := Bounds(ms)
	if len(r.Rows) != 2 || r.Rows[0][1].Text != "8.0" || r.Rows[0][2].Text != "12.0" || r.Rows[1][3].Bar != 0.5 || !strings.HasSuffix(r.Note, "Nothing would be lost without Alpha.") {
		t.Errorf("got %+v", r)
	}
	if got := FirstSight(ms); got != "at first sight Beta first, with 8.0 to 12.0 points" {
		t.Errorf("got %q", got)
	}
	if got := FirstSight(ms[2:]); got != "" {
		t.Errorf("got %q", got)
	}
}

// TestEveryKindHasAListing fails when a new kind has no line in listings.
func TestEveryKindHasAListing(t *testing.T) {
	for _, k := range record.Kinds() {
		table := OfKind(world(t), k)
		for _, row := range table.Rows {
			if len(row) != len(table.Heads) {
				t.Errorf("%s: %d cells under %d heads", k, len(row), len(table.Heads))
			}
		}
	}
}

func TestAnswersSayWhoMayBeShownThem(t *testing.T) {
	for want, l := range map[string]record.Label{
		"[]": {Public: true},
		"[{May be shown to NATO and UKR, and their members}]":                            {Parties: []record.PartyID{"NATO", "UKR"}},
		"[{May be shown to nobody else: no one party may see all that it is made from}]": {},
	} {
		if got := fmt.Sprint(releaseFacts(l)); got != want {
			t.Errorf("%v: %s, want %s", l, got, want)
		}
	}
}
