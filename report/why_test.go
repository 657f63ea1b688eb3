package report

import (
	"slices"
	"strings"
	"testing"

	"entente/plan"
	"entente/record"
)

func texts(t Table) [][]string {
	var rows [][]string
	for _, r := range t.Rows {
		var row []string
		for _, c := range r {
			row = append(row, strings.ReplaceAll(c.Text, thin, " "))
		}
		rows = append(rows, row)
	}
	return rows
}

func TestSentencesSetThousandsApart(t *testing.T) {
	for in, want := range map[string]string{
		"0 of 12000 drones.":                     "0 of 12 000 drones.",
		"drones-30000 brings 30000 from 2025":    "drones-30000 brings 30 000 from 2025",
		"41000000 EUR (ceiling 50000000)":        "41 000 000 EUR (ceiling 50 000 000)",
		"9999 seats, 0.00012, Pledge/x-10000000": "9999 seats, 0.00012, Pledge/x-10000000",
	} {
		if got := strings.ReplaceAll(spaced(in), thin, " "); got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
}

func TestWhatHoldsIsSaidInWords(t *testing.T) {
	d := drawer{world(t), small()}
	for held, want := range map[string]string{
		"": "", "money": "money", "people: crew": "people: Crew member", "money: crew": "money, for Crew member", "people": "forces",
	} {
		if got := d.holder(held); got != want {
			t.Errorf("%q is drawn as %q, want %q", held, got, want)
		}
	}
	p := small()
	for i := range p.Needs[0].Months {
		p.Needs[0].Months[i].HeldBy = "people"
	}
	r := OfPlan(world(t), p)
	if got, want := r.Needs[0].HeldBy, "forces"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if want := "Coverage 75 of 100 points. 1 of 2 needs is met by Feb 2025; forces hold back 1."; r.Headline != want {
		t.Errorf("got %q, want %q", r.Headline, want)
	}
}

// asked is the small plan with what holds its short need, what feeds it and
// what would help.
func asked() *plan.Plan {
	p := small()
	n := &p.Needs[0]
	for i := range n.Months {
		n.Months[i].Holds = []plan.Hold{{Leg: record.People, Resource: "crew", Allows: 1 - float64(i)/2, Says: "10000 people in place, 20000 needed", Records: []string{"Programme/course", "Programme/course"}}}
	}
	n.Months[0].Holds = append(n.Months[0].Holds, plan.Hold{Leg: record.Funding, Allows: 1, Says: "no fund may pay for running it"})
	n.FedBy = []plan.Feed{{Record: "Programme/course", Party: "NOR", Resource: "crew", Quantity: 10, Unit: "person", First: p.Start}}
	n.Relaxations = []plan.Relaxation{{Record: "Programme/course", Party: "NOR", Need: n.ID, Says: "60 seats more a month from Jan 2025 in course", Points: 0.86, CostEUR: 32e6}}
	p.Relaxations = n.Relaxations
	p.Leftovers = []plan.Leftover{{Record: "Programme/course", Party: "NOR", Resource: "crew", Offered: 20, Used: 10, Left: 10, Unit: "seat", Why: "it comes when it no longer helps"}}
	return p
}

func TestWhyNamesEveryRecord(t *testing.T) {
	w, ok := OfNeed(world(t), asked(), "short")
	if !ok || len(w.Binds) != 2 {
		t.Fatalf("got %+v", w.Binds)
	}
	for _, c := range []struct{ got, want string }{
		{w.Binds[0].Title, "Crew member (people)"},
		{w.Binds[0].Says, "2 months, Jan to Feb 2025. At worst in Feb 2025: 10 000 people in place, 20 000 needed."},
		{w.Binds[1].Title, "Money"},
		{w.Binds[1].Says, "1 month, Jan 2025, never as the tightest. At worst in Jan 2025: no fund may pay for running it."},
		{w.Helps[0], "60 seats more a month from Jan 2025 in course: +0.86 points, EUR 32 M"},
	} {
		if got := strings.ReplaceAll(c.got, thin, " "); got != c.want {
			t.Errorf("got  %s\nwant %s", got, c.want)
		}
	}
	if got := texts(w.Behind); len(got) != 1 || !slices.Equal(got[0], []string{"Programme/course", "The course", "Norway", "Crew member (people)", "world.yaml:17"}) {
		t.Errorf("got %v", got)
	}
	if got := texts(w.Feeds); len(got) != 1 || got[0][3] != "10 × Crew member" {
		t.Errorf("got %v", got)
	}
	only := asked()
	for i := range only.Needs[0].Months {
		only.Needs[0].Months[i].HeldBy = "people"
		only.Needs[0].Months[i].Holds = []plan.Hold{{Leg: record.People, Says: "only forces can give it, and no more are free"}}
	}
	only.Needs[0].Relaxations = nil
	if w, _ := OfNeed(world(t), only, "short"); w.Binds[0].Title != "Forces" || w.Help.Empty != onlyForces || w.Prices.Empty != onlyForces || w.HeldBy != "forces" {
		t.Errorf("got %+v", w)
	}
	if _, ok := OfNeed(world(t), asked(), "nowhere"); ok {
		t.Error("a need that is not there is drawn")
	}
}

func TestUsesSayWhatIsLeftAndWhatOneMoreIsWorth(t *testing.T) {
	key := record.Key{Kind: record.KindProgramme, ID: "course"}
	u := OfUse(world(t), asked(), key)
	for _, c := range []struct{ got, want string }{
		{u.Headline, "10 of 20 seats used, for 1 need; 10 are left."},
		{u.Reasons[0], "10 seats are left: it comes when it no longer helps."},
		{u.Price.Title, "One more would be worth 0.50 points of coverage, and so would each up to 32 seats a month"},
		{u.Feeds.Title, "What it feeds: 1 need"},
		{u.Moves.Title, "What the plan does with it: 2 moves"},
	} {
		if got := strings.ReplaceAll(c.got, thin, " "); got != c.want {
			t.Errorf("got  %s\nwant %s", got, c.want)
		}
	}
	p := asked()
	p.Moves, p.Leftovers, p.Prices = nil, nil, nil
	p.Omissions = []plan.Omission{{Record: "Programme/course", Says: "no need in the register takes Crew member from it"}}
	u = OfUse(world(t), p, key)
	if u.Headline != "It does not count." || u.Reasons[0] != "Not counted: no need in the register takes Crew member from it." || u.Price.Empty != "It does not count, and so one more of it would add nothing." {
		t.Errorf("got %q, %q, %q", u.Headline, u.Reasons, u.Price.Empty)
	}
}

func TestMonthsThatAreTheSameAreOneRow(t *testing.T) {
	start := small().Start
	move := func(month record.Month, q float64) plan.Move {
		return plan.Move{Verb: plan.Ship, Month: month, Arrives: month + 1, Quantity: q, At: "kyiv"}
	}
	rs := runs([]plan.Move{move(start, 5), move(start+1, 5), move(start+2, 7), move(start+4, 7)})
	if len(rs) != 3 || rs[0].last != start+1 || rs[1].last != start+2 {
		t.Errorf("got %d runs", len(rs))
	}
}

func TestAgainstSaysWhatMovedAndWhy(t *testing.T) {
	then, now := small(), small()
	for _, p := range []*plan.Plan{then, now} {
		p.Register.Inputs = map[string]string{"Programme/course": "a"}
	}
	same := OfDiff(world(t), then, now, plan.Compare(then, now))
	if same.Headline != "Nothing differs: the same records give the same plan." || len(same.More) > 0 {
		t.Errorf("got %+v", same)
	}
	now.Register.Inputs = map[string]string{"Programme/course": "b"}
	now.Needs[0].Months[1].Covered, now.Needs[0].Covered, now.Points, now.Whole = 2, 3, 87.5, true
	a := OfDiff(world(t), then, now, plan.Compare(then, now))
	if want := "Coverage rises from 75.0 to 87.5 of 100 points. 1 record has changed since."; a.Headline != want {
		t.Errorf("got  %s\nwant %s", a.Headline, want)
	}
	if len(a.More) != 1 || !strings.Contains(a.More[0], "whole numbers were asked for: not so then, so now") {
		t.Errorf("got %q", a.More)
	}
	if got := texts(a.Changed); len(got) != 1 || !slices.Equal(got[0], []string{"Programme/course", "changed", "The course", "world.yaml:17"}) {
		t.Errorf("got %v", got)
	}
	if got := texts(a.Needs); len(got) != 1 || got[0][1] != "2" || got[0][2] != "3" || !strings.Contains(a.Needs.Note, "All of it because of Programme/course") {
		t.Errorf("got %v, %s", got, a.Needs.Note)
	}
}
