package screen

import (
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"entente/access"
	"entente/check"
	"entente/plan"
	"entente/record"
	"entente/register"
	"entente/report"
)

// sample is a world of the pilots' register with a plan that is written by hand:
// two months, the second of which lacks people.
func sample(t *testing.T) World {
	t.Helper()
	tree, errs, err := register.ReadTree("../examples/pilots")
	if err != nil || len(errs) > 0 {
		t.Fatal(err, errs)
	}
	v := tree.View(register.At{On: record.MustDay("2025-01-31").Last(), Reader: access.Keeper})
	start, err := record.ParseMonth("2025-01")
	if err != nil {
		t.Fatal(err)
	}
	month := func(i int, covered float64, held string) plan.NeedMonth {
		return plan.NeedMonth{Month: start + record.Month(i), Needed: 6, Covered: covered, Legs: plan.Legs{Equipment: 6, People: covered, Money: 6}, HeldBy: held}
	}
	p := &plan.Plan{
		Start: start, Months: 2, Rung: "committed", Discount: 1, Points: 75, PointValue: 1, Objective: 75, Status: "optimal",
		Needs: []plan.Need{{ID: "pairs", Title: "Six fighter pairs", Capability: "fighter-pair", Unit: "pair", At: "air-base", Priority: 1, Weight: 1, Needed: 12, Covered: 9, HeldBy: "people",
			Months:      []plan.NeedMonth{month(0, 6, ""), month(1, 3, "people: f16-pilot")},
			Relaxations: []plan.Relaxation{{Record: "Programme/pilot-course", Party: "DNK", Need: "pairs", Amount: 12, From: "2025-01", Points: 4, Says: "12 seats more"}}}},
	}
	return World{View: v, Found: check.Run(v), Plan: p, Tried: true, Wide: p}
}

// TestTitlesFollowTheFigures changes the figures, and the titles have to follow.
func TestTitlesFollowTheFigures(t *testing.T) {
	w := sample(t)
	o := w.Overview("", -1)
	if want := "All capabilities: coverage falls from 100\u202f% to 50\u202f% in Feb 2025"; o.Claim != want {
		t.Errorf("the chart is titled %q, not %q", o.Claim, want)
	}
	if !strings.Contains(o.Lede, "**100\u202f%** of what is needed in Jan 2025") || !strings.Contains(o.Lede, "In Feb 2025 it is **50\u202f%**") {
		t.Errorf("the finding is %q", o.Lede)
	}
	if o.Balance.Claim != "All capabilities are met" {
		t.Errorf("in January the legs are titled %q", o.Balance.Claim)
	}
	if got := w.Overview("", 1).Balance.Claim; got != "People: the short leg in 1 of 1 capabilities" {
		t.Errorf("in February the legs are titled %q", got)
	}
	w.Plan.Needs[0].Months[1].Covered = 6
	if got := w.Overview("", -1).Claim; got != "All capabilities: coverage stays at 100\u202f%" {
		t.Errorf("when all is covered the chart is titled %q", got)
	}
}

func TestGapsNameTheStepThatCanStillBeTaken(t *testing.T) {
	w := sample(t)
	w.Plan.Needs[0].Relaxations = append([]plan.Relaxation{{Record: "Pledge/dnk-aircraft", From: "2024-12", Points: 9, Says: "too late"}}, w.Plan.Needs[0].Relaxations...)
	gaps := w.gaps()
	if want := "Six fighter pairs: 100\u202f% of all that is missing"; gaps.Title != want {
		t.Errorf("the gaps are titled %q, not %q", gaps.Title, want)
	}
	if len(gaps.Rows) != 1 || gaps.Rows[0][4].Text != "12 seats more" || gaps.Rows[0][3].Text != "People" {
		t.Errorf("the gap is %v", gaps.Rows)
	}
}

func TestPlanShowsWhatHoldsANeed(t *testing.T) {
	w := sample(t)
	s := w.PlanScreen("", "", "Programme/pilot-course", &plan.Plan{Objective: 80, Needs: w.Plan.Needs})
	row := s.Groups[0].Needs[0]
	if row.Held != "People" || row.Full != -1 || row.Lost != 1 || row.When != "until Jan 2025" {
		t.Errorf("the row says %q, %d, %d, %q", row.Held, row.Full, row.Lost, row.When)
	}
	if s.Chosen == nil || s.Chosen.Tried == nil || s.Chosen.Tried.Points != 5 {
		t.Errorf("the step that was tried is %+v", s.Chosen.Tried)
	}
	if got := w.PlanScreen("money", "", "", nil).Groups; len(got) != 0 {
		t.Errorf("nothing is held by money in January, and shown are %v", got)
	}
}

func TestRaisedAddsBesideTheRecord(t *testing.T) {
	w := sample(t)
	v, ok := w.Raised("pairs", "Programme/pilot-course")
	if !ok {
		t.Fatal("there is no such step")
	}
	more, _ := v.Programme("pilot-course-more")
	was, _ := v.Programme("pilot-course")
	if more == nil || more.Seats != record.Exactly(12) || was.Seats != record.Exactly(1) || v.Len() != w.View.Len()+1 {
		t.Errorf("beside %+v there is %+v", was, more)
	}
	for _, no := range []string{"Programme/other", "", "Fund/none"} {
		if _, ok := w.Raised("pairs", no); ok {
			t.Errorf("%q was raised", no)
		}
	}
}

func TestChangeIsAnAddress(t *testing.T) {
	w := sample(t)
	for query, want := range map[string]string{
		"":                                      "",
		"off=NLD,DNK&from=2025-02&slip=3":       "from=2025-02&off=DNK%2CNLD&slip=3",
		"off=NLD&off=NLD&off=XXX&from=1999-01":  "from=2025-01&off=NLD",
		"slip=-4&scale=9999":                    "scale=300",
		"slip=x&scale=&scenario=not-here":       "",
		"scale=50&scenario=%3Cscript%3E&slip=1": "scale=50&slip=1",
	} {
		q, err := url.ParseQuery(query)
		if err != nil {
			t.Fatal(err)
		}
		c := w.ChangeOf(q)
		if got := c.Query(); got != want {
			t.Errorf("%q becomes %q, not %q", query, got, want)
		}
		back, _ := url.ParseQuery(c.Query())
		if diff := cmp.Diff(c, w.ChangeOf(back)); diff != "" {
			t.Errorf("%q read again: %s", query, diff)
		}
		if c.Nothing() != (want == "") {
			t.Errorf("%q changes nothing: %t", query, c.Nothing())
		}
	}
}

func TestSearchFindsWhatIsAlmostWritten(t *testing.T) {
	w := sample(t)
	screens := []Hit{{Title: "Overview", Kind: "Screen", Href: "/"}}
	for asks, want := range map[string]string{
		"fighter pairs": "/plan?need=pairs", "figter pair": "/plan?need=pairs", "PAIRS": "/plan?need=pairs", "netherlands": "/records/Party/NLD", "overview": "/", "overwiev": "/", "pilot course": "/records/Programme/pilot-course",
	} {
		s := w.Search(asks, screens)
		if len(s.Hits) == 0 || s.Hits[0].Href != want {
			t.Errorf("%q finds %v, and not first %s", asks, s.Hits[:min(len(s.Hits), 3)], want)
		}
	}
	w.Found = append(w.Found, check.Finding{Rule: "promise-overdue", Says: "the blimps are late by a month", Records: []record.Key{{Kind: record.KindPledge, ID: "nld-aircraft"}}})
	if s := w.Search("blimps month", screens); len(s.Hits) != 1 || s.Hits[0].Href != "/findings/"+FindingKey(w.Found[len(w.Found)-1]) {
		t.Errorf("what is found is not found: %v", s.Hits)
	}
	if s := w.Search("zeppelin", screens); len(s.Hits) != 0 || !strings.Contains(s.Lede, "zeppelin") {
		t.Errorf("what is not there is found: %v", s.Hits)
	}
	if s := w.Search("  ", screens); len(s.Hits) != 1 {
		t.Errorf("asked for nothing it shows %v, not the screens", s.Hits)
	}
}

func TestExcerptFoldsWhiteSpaceAndQuoteMarks(t *testing.T) {
	body := "Before. He said “eight\n  aircraft” in July. " + strings.Repeat("word ", 400)
	before, found, after, ok := excerpt(body, `"eight aircraft" in July`)
	if !ok || found != "“eight\n  aircraft” in July" || before != "Before. He said " || len(after) > around+10 || strings.HasSuffix(after, "wor") {
		t.Errorf("got %q, %q, %d letters after, %t", before, found, len(after), ok)
	}
	if _, _, _, ok := excerpt(body, "nine aircraft (.*)"); ok {
		t.Error("what is not there was found")
	}
}

func TestListsFilterAndPutInOrder(t *testing.T) {
	w := sample(t)
	names := func(l List) []string {
		var all []string
		for _, r := range l.Table.Rows {
			all = append(all, r[0].Text)
		}
		return all
	}
	all := w.Pledges(url.Values{})
	some := w.Pledges(url.Values{"by": {"Denmark"}})
	if len(some.Table.Rows) != 1 || some.Of != all.Of || some.Of < 3 {
		t.Errorf("of %d pledges Denmark's are %v", some.Of, names(some))
	}
	up, down := w.Pledges(url.Values{"order": {"3"}}), w.Pledges(url.Values{"order": {"-3"}})
	slices.Reverse(down.Table.Rows)
	if up.Table.Rows[0][3].Sort > up.Table.Rows[len(up.Table.Rows)-1][3].Sort || up.Table.Rows[0][3].Sort != down.Table.Rows[0][3].Sort || !down.Falling() {
		t.Errorf("in order they are %v", names(up))
	}
	if none := w.Pledges(url.Values{"find": {"zeppelin"}}); len(none.Table.Rows) != 0 || none.Table.Empty == "" {
		t.Errorf("what is not there is listed: %v", names(none))
	}
}

func TestListsHaveAnEndToEachPage(t *testing.T) {
	w := sample(t)
	rows := make([]row, 2*rowsShown+1)
	for i := range rows {
		rows[i] = row{cells: []Cell{{Text: "row"}}}
	}
	for page, want := range map[string]struct{ page, shown, next, previous int }{"": {1, rowsShown, 2, 0}, "2": {2, rowsShown, 3, 1}, "3": {3, 1, 0, 2}, "99": {3, 1, 0, 2}, "-1": {1, rowsShown, 2, 0}} {
		l := w.list("rows", w.heads("Name"), rowsOf(rows), url.Values{"page": {page}})
		if l.Page != want.page || len(l.Shown()) != want.shown || l.Next() != want.next || l.Previous() != want.previous || len(l.Table.Rows) != len(rows) {
			t.Errorf("page %q is %d with %d rows, before %d and after %d", page, l.Page, len(l.Shown()), l.Next(), l.Previous())
		}
	}
}

func TestPledgesAtARung(t *testing.T) {
	w := sample(t)
	low, high := w.Pledges(url.Values{"rung": {"announced"}}), w.Pledges(url.Values{"rung": {"in-service"}})
	if low.Lede == high.Lede || !strings.Contains(high.Totals[1].Title, "in-service") {
		t.Errorf("at any rung the finding is %q", low.Lede)
	}
}

func TestRecordShowsWhatWasKnown(t *testing.T) {
	w := sample(t)
	s, ok := w.Record(record.Key{Kind: record.KindPledge, ID: "dnk-aircraft"})
	if !ok || !strings.Contains(s.Lede, "handed-over") || !s.Days[1].Past {
		t.Errorf("in January 2025 it says %q, %v", s.Lede, s.Days)
	}
	tree, _, _ := register.ReadTree("../examples/pilots")
	w.View = tree.View(register.At{On: record.MustDay("2024-08-01").First(), Reader: access.Keeper})
	s, _ = w.Record(record.Key{Kind: record.KindPledge, ID: "dnk-aircraft"})
	if !strings.Contains(s.Lede, "committed") || strings.Contains(s.Lede, "handed-over") || s.Days[1].Past {
		t.Errorf("in August 2024 it says %q, %v", s.Lede, s.Days)
	}
	later := slices.IndexFunc(s.Facts, func(f Field) bool { return f.Later })
	if later < 0 || !strings.Contains(s.Facts[later].Value, "handed-over") {
		t.Errorf("what is later is not marked: %v", s.Facts)
	}
	if _, ok := w.Record(record.Key{Kind: record.KindPledge, ID: "nothing"}); ok {
		t.Error("a record that is not there is shown")
	}
}

func TestScreensOfARegisterWithoutNeeds(t *testing.T) {
	party := &record.Party{Common: record.Common{Kind: record.KindParty, ID: "EST"}, Name: "Estonia", Type: "nation"}
	w := World{View: register.NewTree(record.Settings{}, party).View(register.At{On: record.MustDay("2025-01-31").Last(), Reader: access.Keeper})}
	q := url.Values{}
	for name, s := range map[string]Screen{
		"overview": w.Overview("", -1), "plan": w.PlanScreen("", "", "", nil), "what-if": w.WhatIf(Change{}, nil, nil), "map": w.Map(0, ""), "forces": w.Forces(""), "agreements": w.Agreements(),
		"findings": w.Findings(q), "needs": w.Needs(q), "pledges": w.Pledges(q), "training": w.Training(q), "funds": w.Funds(q), "kinds": w.Kinds(), "scenarios": w.Scenarios(), "brief": w.Brief(), "search": w.Search("est", nil),
	} {
		if s.Finding() == "" || strings.Contains(s.Finding(), "%!") {
			t.Errorf("%s of a register without needs says %q", name, s.Finding())
		}
		for _, table := range s.Tables() {
			for _, row := range table.Rows {
				if len(row) != len(table.Heads) {
					t.Errorf("%s: the table %s has a row of %d under %d heads", name, table.ID, len(row), len(table.Heads))
				}
			}
		}
	}
}

func TestTwoPromisesOfOneUnit(t *testing.T) {
	half := 0.5
	unit := &record.Unit{Common: record.Common{Kind: record.KindUnit, ID: "u", By: "EST"}, Type: "mechanised"}
	promise := func(id, under string, share *float64) *record.Assignment {
		return &record.Assignment{Common: record.Common{Kind: record.KindAssignment, ID: id, By: "EST"}, Unit: "u", Under: record.AgreementID(under), Role: record.Deployed, From: record.MustDay("2025-01"), To: record.MustDay("2025-06"), Share: share}
	}
	for name, c := range map[string]struct {
		second *record.Assignment
		twice  bool
	}{"whole twice": {promise("b", "jef", nil), true}, "half of it": {promise("b", "jef", &half), true}, "one framework": {promise("b", "nato", nil), false}} {
		w := World{View: register.NewTree(record.Settings{}, unit, promise("a", "nato", nil), c.second).View(register.At{On: record.MustDay("2025-03-31").Last(), Reader: access.Keeper})}
		f := w.Forces("u")
		if got := len(f.Units[0].Twice) > 0; got != c.twice {
			t.Errorf("%s: promised twice is %t", name, got)
		}
		if f.Units[0].Bars[0].Track == f.Units[0].Bars[1].Track {
			t.Errorf("%s: two bars lie on one another", name)
		}
	}
}

func TestShareOf(t *testing.T) {
	for _, c := range []struct{ part, whole, want float64 }{{1, 2, 0.5}, {3, 2, 1}, {0, 0, -1}, {-1, 2, 0}} {
		if got := share(c.part, c.whole); got != c.want {
			t.Errorf("share(%g, %g) is %g", c.part, c.whole, got)
		}
	}
	if got := signedPoints(-0.13); got != "−13" || signedPoints(0.001) != "±0" {
		t.Errorf("got %q", got)
	}
	if got := units(5.4816); got != "5.48" || spaced("156000 rounds") != report.Number(156000)+" rounds" {
		t.Errorf("got %q, %q", got, spaced("156000 rounds"))
	}
}
