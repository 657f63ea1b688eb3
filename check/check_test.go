package check

import (
	"fmt"
	"math/rand/v2"
	"os"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"entente/access"
	"entente/record"
	"entente/register"
)

func TestLevels(t *testing.T) {
	for _, l := range []Level{Note, Warning, Error} {
		if got, err := ParseLevel(l.String()); err != nil || got != l {
			t.Errorf("%s reads back as %s, %v", l, got, err)
		}
	}
	if _, err := ParseLevel("fatal"); err == nil {
		t.Error("fatal is no level")
	}
}

// TestOrder holds the promise of Run: level, then rule, then records, and the
// same from records in any order.
func TestOrder(t *testing.T) {
	rs := world(2000)
	fs := Run(register.NewTree(record.Settings{}, rs...).View(keeperAt("2025-06-01")))
	if len(fs) == 0 {
		t.Fatal("the world has no findings to order")
	}
	rank := map[string]int{}
	for i, r := range Rules {
		rank[r.ID] = i
	}
	if !slices.IsSortedFunc(fs, func(a, b Finding) int {
		if a.Level != b.Level {
			return int(b.Level) - int(a.Level)
		}
		if a.Rule != b.Rule {
			return rank[a.Rule] - rank[b.Rule]
		}
		return byRecords(a, b)
	}) {
		t.Error("the findings are out of order")
	}
	rng := rand.New(rand.NewPCG(1, 2))
	rng.Shuffle(len(rs), func(i, j int) { rs[i], rs[j] = rs[j], rs[i] })
	if again := Run(register.NewTree(record.Settings{}, rs...).View(keeperAt("2025-06-01"))); !reflect.DeepEqual(fs, again) {
		t.Error("the findings depend on the order of the records")
	}
}

// TestFindingsAreComplete holds what every caller relies on.
func TestFindingsAreComplete(t *testing.T) {
	v := register.NewTree(record.Settings{}, world(2000)...).View(keeperAt("2025-06-01"))
	for _, f := range Run(v) {
		if len(f.Records) == 0 || f.Says == "" || f.Fix == "" || f.Rule == "" {
			t.Errorf("incomplete: %+v", f)
		}
		if strings.Contains(f.Says, "%!") || strings.Contains(f.Fix, "%!") || strings.Contains(f.Says, "\n") {
			t.Errorf("badly written: %s", f.Says)
		}
		sorted := slices.Clone(f.Records)
		slices.SortFunc(sorted, record.Key.Compare)
		if len(slices.Compact(sorted)) != len(f.Records) {
			t.Errorf("%s names a record twice: %v", f.Rule, f.Records)
		}
	}
}

// TestHiddenIsAbsent hides every second, third, … record of every case of every
// rule and of a larger world, and looks for it in what the public is told.
func TestHiddenIsAbsent(t *testing.T) {
	worlds := [][]record.Record{world(200)}
	base := parseFile(t, "base.yaml", readFile(t, "testdata/base.yaml"))
	for _, rule := range Rules {
		a := txtar.Parse(readFile(t, "testdata/"+rule.ID+".txt"))
		for _, f := range a.Files {
			if isCase(f.Name) {
				worlds = append(worlds, caseTree(t, base, a, f).Records)
			}
		}
	}
	for _, rs := range worlds {
		veiled := make([]record.Record, len(rs))
		for i, r := range rs {
			veiled[i] = concealed(t, r)
		}
		for every := 2; every < 5; every++ {
			for from := range every {
				hideAndLook(t, rs, veiled, every, from)
			}
		}
	}
}

// hidden marks the names of what the public may not see.
const hidden = "(HIDDEN)"

func hideAndLook(t *testing.T, rs, veiled []record.Record, every, from int) {
	t.Helper()
	secret := map[record.Key]bool{}
	all := slices.Clone(rs)
	for i, r := range all {
		if i%every == from {
			all[i] = veiled[i]
			secret[r.Key()] = true
		}
	}
	tree := register.NewTree(record.Settings{Owner: "NOBODY"}, all...)
	for _, f := range Run(tree.View(register.At{On: record.MustDay("2025-06-01").First(), Reader: access.Public})) {
		for _, k := range f.Records {
			if secret[k] {
				t.Errorf("%s names the hidden %s", f.Rule, k)
			}
		}
		for _, s := range []string{f.Says, f.Fix} {
			if strings.Contains(s, hidden) {
				t.Errorf("%s tells of something hidden: %s", f.Rule, s)
			}
		}
		for k := range secret {
			if strings.Contains(f.Says+" ", k.String()+" ") {
				t.Errorf("%s tells of %s: %s", f.Rule, k, f.Says)
			}
		}
	}
}

// concealed is a copy of r that nobody but its owner sees, with a name that
// gives it away.
func concealed(t *testing.T, r record.Record) record.Record {
	t.Helper()
	rs, errs := record.Parse("x.yaml", record.Format(r))
	if len(errs) > 0 {
		t.Fatal(errs)
	}
	c := rs[0]
	c.Base().Title = hidden
	c.Base().Release = &record.Label{}
	if f := reflect.ValueOf(c).Elem().FieldByName("Name"); f.IsValid() && f.CanSet() {
		f.SetString(hidden)
	}
	return c
}

// TestOneCellTimesABillion multiplies figures of the shipped example by a
// billion, one at a time: each is found, however few its peers.
func TestOneCellTimesABillion(t *testing.T) {
	const dir = "../examples/tallinn"
	if _, err := os.Stat(dir); err != nil {
		t.Skip("there is no shipped example")
	}
	tree, errs, err := register.ReadTree(dir)
	if err != nil || len(errs) > 0 {
		t.Skip("the shipped example does not parse", err, errs)
	}
	v := tree.View(register.At{On: tree.Settings.AsOf.Last(), Reader: access.Keeper})
	field := regexp.MustCompile(`"(quantity|amount|price|per_month|seats|cost|strength|per_eur|running|delivery_cost)":("?)([1-9][0-9]*)((\.[0-9]+)?)`)
	tried := 0
	for _, kind := range []record.Kind{record.KindPledge, record.KindResource, record.KindCapability, record.KindNeed, record.KindProduction, record.KindProgramme, record.KindUnit, record.KindRate} {
		for i, r := range v.OfKind(kind) {
			text := string(record.Canonical(r))
			for j, at := range field.FindAllStringSubmatchIndex(text, -1) {
				if (i+j)%6 != 0 || inStatus(text, at[0]) {
					continue // a sample; and of a status over-promised tells
				}
				changed := text[:at[7]] + "000000000" + text[at[7]:]
				rs, errs := record.Parse("x.json", []byte(changed))
				if len(errs) > 0 {
					continue // more digits than a record may have
				}
				tried++
				if fs := valueOutlier(v.With(rs[0])); !slices.ContainsFunc(fs, func(f Finding) bool { return f.Records[0] == r.Key() }) {
					t.Errorf("not found: %s in %s", text[at[0]:at[9]], r.Key())
				}
			}
		}
	}
	if tried < 40 {
		t.Errorf("only %d figures were tried", tried)
	}
}

func inStatus(text string, at int) bool {
	i := strings.Index(text, `"status":[`)
	return i >= 0 && at > i && at < i+strings.Index(text[i:], `]`)
}

// TestShippedExample holds what the example is there to show.
func TestShippedExample(t *testing.T) {
	const dir = "../examples/tallinn"
	if _, err := os.Stat(dir); err != nil {
		t.Skip("there is no shipped example")
	}
	tree, errs, err := register.ReadTree(dir)
	if err != nil || len(errs) > 0 {
		t.Skip("the shipped example does not parse", err, errs)
	}
	fs := Run(tree.View(register.At{On: tree.Settings.AsOf.Last(), Reader: access.Keeper}))
	brigade := record.Key{Kind: record.KindUnit, ID: "gbr-4-light-brigade"}
	found := false
	for _, f := range fs {
		if f.Rule != "double-hatting" || !slices.Contains(f.Records, brigade) {
			continue
		}
		found = found || f.Level >= Warning && strings.Contains(f.Says, "Estonia") && strings.Contains(f.Says, "Joint Expeditionary Force")
		for _, k := range f.Records {
			if strings.Contains(k.ID, "hedgehog") {
				t.Errorf("an exercise that is over clashes: %s", f.Says)
			}
		}
	}
	if !found {
		t.Error("the brigade that stands by for Estonia and leads for the JEF is not found")
	}
}

// TestDocs holds docs/checks.md to the list of rules: the same ids and titles in
// the same order, and every level that a rule has in its cases.
func TestDocs(t *testing.T) {
	row := regexp.MustCompile("(?m)^\\| `([a-z-]+)` \\| ([a-z, ]+) \\| ([^|]+) \\| ([^|]+) \\|$")
	rows := row.FindAllStringSubmatch(string(readFile(t, "../docs/checks.md")), -1)
	if len(rows) != len(Rules) {
		t.Fatalf("docs/checks.md has %d rows, and there are %d rules", len(rows), len(Rules))
	}
	for i, r := range Rules {
		if rows[i][1] != r.ID || !strings.HasPrefix(rows[i][3], r.Title+".") {
			t.Errorf("row %d is %s, %q; want %s, %q", i+1, rows[i][1], rows[i][3], r.ID, r.Title)
		}
		has := map[string]bool{}
		a := txtar.Parse(readFile(t, "testdata/"+r.ID+".txt"))
		want := string(a.Files[len(a.Files)-1].Data)
		for _, m := range regexp.MustCompile(`(?m)^  (note|warning|error) `).FindAllStringSubmatch(want, -1) {
			has[m[1]] = true
		}
		var levels []string
		for _, l := range []Level{Error, Warning, Note} {
			if has[l.String()] {
				levels = append(levels, l.String())
			}
		}
		if got := strings.Join(levels, ", "); got != rows[i][2] {
			t.Errorf("%s has the levels %q in its cases and %q in docs/checks.md", r.ID, got, rows[i][2])
		}
	}
}

func TestFold(t *testing.T) {
	for in, want := range map[string]string{
		"  a\u00a0 b\r\n\tc ":    "a b c",
		"“zwei” ‘Batterien’ «1»": `"zwei" 'Batterien' "1"`,
		"Жовті\u2003води":        "Жовті води",
	} {
		if got := fold(in); got != want {
			t.Errorf("fold(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestWords(t *testing.T) {
	for got, want := range map[string]string{
		grouped("1234567.5"):                      "1,234,567.5",
		grouped("-999"):                           "-999",
		figure(0.25):                              "0.25",
		figure(1000):                              "1,000",
		euros(1.5e12):                             "1.5 trillion EUR",
		list([]string{"a", "b"}):                  "a and b",
		possessive("Norway"):                      "Norway's",
		possessive("United States"):               "United States'",
		span(60):                                  "60 days",
		span(400):                                 "13 months",
		span(1500):                                "4 years",
		times(987654):                             "990,000",
		dated(record.MustDay("2025")):             "in 2025",
		dated(record.MustDay("2025-07")):          "in July 2025",
		dated(record.MustDay("2025-07-01")):       "on 1 July 2025",
		list(strings.Split("a b c d e f g", " ")): "a, b, c, d and 3 more",
	} {
		if got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	end := record.MustDay("2024-01-31").First()
	for months, want := range map[int]string{1: "2024-02-29", 0: "2024-01-31", 2: "2024-03-31"} {
		if got := later(end, months).String(); got != want {
			t.Errorf("%d months later is %s, want %s", months, got, want)
		}
	}
}

func keeperAt(day string) register.At {
	return register.At{On: record.MustDay(day).First(), Reader: access.Keeper}
}

// BenchmarkRun checks a register of 20,000 records.
func BenchmarkRun(b *testing.B) {
	v := register.NewTree(record.Settings{}, world(20_000)...).View(keeperAt("2025-06-01"))
	if v.Len() < 20_000 {
		b.Fatal(v.Len())
	}
	b.ReportAllocs()
	for b.Loop() {
		Run(v)
	}
}

// BenchmarkRule tells which rule takes how long.
func BenchmarkRule(b *testing.B) {
	v := register.NewTree(record.Settings{}, world(20_000)...).View(keeperAt("2025-06-01"))
	for _, r := range Rules {
		b.Run(r.ID, func(b *testing.B) {
			for b.Loop() {
				r.run(v)
			}
		})
	}
}

// world makes about n records of every kind that the rules look at, with a few
// of their faults among them. It is the same for the same n.
func world(n int) []record.Record {
	rng := rand.New(rand.NewPCG(7, uint64(n)))
	w := &maker{rng: rng}
	day := func() record.Day { return record.MustDay(fmt.Sprintf("202%d-%02d", 4+rng.IntN(3), 1+rng.IntN(12))) }
	for i := range 40 {
		id := fmt.Sprintf("P%c%c", 'A'+i/26, 'A'+i%26)
		w.parties = append(w.parties, record.PartyID(id))
		gdp := record.NewMoney(decimal("900000000000"), record.Euro)
		w.add(&record.Party{Common: common(record.KindParty, id), Name: "Party " + id, Type: "nation",
			GDP: []record.GDP{{Year: record.MustDay("2024"), Amount: record.Amount{Min: gdp, Max: gdp}}}})
	}
	places, agreements := w.ids("place", 50), w.ids("agreement", 60)
	for _, id := range places {
		w.add(&record.Place{Common: common(record.KindPlace, id), Name: "Place " + id})
	}
	for _, id := range agreements {
		stage := record.InForce
		if rng.IntN(20) == 0 {
			stage = record.Ended
		}
		w.add(&record.Agreement{Common: common(record.KindAgreement, id), Type: "pact", Parties: w.parties[:3],
			Status:      []record.AgreementStatus{{Is: stage, On: record.MustDay("2024")}},
			Obligations: []record.Obligation{{ID: "o", What: "a report", By: w.party(), Due: day()}}})
	}
	resources := w.ids("resource", 120)
	for i, id := range resources {
		w.add(&record.Resource{Common: common(record.KindResource, id), Name: "Resource " + id, Unit: "piece",
			Leg: []record.Leg{record.Equipment, record.People, record.Supply}[i%3]})
	}
	capabilities := w.ids("capability", 40)
	for i, id := range capabilities {
		w.add(&record.Capability{Common: common(record.KindCapability, id), Name: "Capability " + id, Unit: "unit",
			Stock:   map[record.ResourceID]float64{record.ResourceID(resources[3*i]): 1, record.ResourceID(resources[3*i+1]): 30},
			Monthly: map[record.ResourceID]float64{record.ResourceID(resources[3*i+2]): 10}})
	}
	for _, id := range w.ids("need", n/40) {
		from := day()
		w.add(&record.Need{Common: common(record.KindNeed, id), Capability: record.CapabilityID(pick(rng, capabilities)), At: record.PlaceID(pick(rng, places)),
			For: w.party(), From: from, To: later(from.First(), 12).Day(), Quantity: record.Steps{{Quantity: record.Exactly(4)}}, Priority: 1})
	}
	for _, id := range w.ids("programme", n/100) {
		cost := record.NewMoney(decimal("9000"), record.Euro)
		w.add(&record.Programme{Common: w.by(record.KindProgramme, id), At: record.PlaceID(pick(rng, places)), Trains: record.ResourceID(resources[3*rng.IntN(40)+1]),
			Seats: record.Exactly(10), Months: 4, Notice: 30, Cost: &cost, From: day()})
	}
	funds := w.ids("fund", 50)
	for _, id := range funds {
		w.add(&record.Fund{Common: common(record.KindFund, id), Under: record.AgreementID(pick(rng, agreements)), Uses: []record.Use{record.Training, record.Delivery},
			For: &record.Scope{Parties: w.parties[:20]}})
	}
	units := w.ids("unit", n/20)
	for _, id := range units {
		w.add(&record.Unit{Common: w.by(record.KindUnit, id), Type: "infantry", Notice: 10, Home: record.PlaceID(pick(rng, places)), Rotation: &record.Rotation{Tour: 6, Rest: 6, Prepare: 6}})
	}
	for _, id := range w.ids("assignment", n/6) {
		from := day()
		w.add(&record.Assignment{Common: common(record.KindAssignment, id), Unit: record.UnitID(pick(rng, units)), Under: record.AgreementID(pick(rng, agreements)),
			Role: pick(rng, []record.Role{record.Standby, record.Deployed, record.Declared, record.InTraining}), At: record.PlaceID(pick(rng, places)), From: from, To: later(from.First(), 4).Day()})
	}
	for i := range 400 {
		w.add(&record.Rate{Common: common(record.KindRate, fmt.Sprintf("usd-%d", i)), Currency: "USD", PerEUR: decimal("1.08"), On: (record.MustDay("2024-01-01").First() + record.Date(i)).Day()})
	}
	for i := 0; len(w.rs) < n; i++ {
		w.add(w.pledge(i, day(), resources, agreements, funds))
	}
	return w.rs
}

type maker struct {
	rng     *rand.Rand
	rs      []record.Record
	parties []record.PartyID
}

func (w *maker) add(r record.Record)   { w.rs = append(w.rs, r) }
func (w *maker) party() record.PartyID { return pick(w.rng, w.parties) }
func (w *maker) ids(of string, n int) []string {
	ids := make([]string, max(n, 1))
	for i := range ids {
		ids[i] = fmt.Sprintf("%s-%d", of, i)
	}
	return ids
}

func (w *maker) by(k record.Kind, id string) record.Common {
	c := common(k, id)
	c.By = w.party()
	return c
}

func (w *maker) pledge(i int, from record.Day, resources, agreements, funds []string) *record.Pledge {
	announced := later(from.First(), -6).Day()
	p := &record.Pledge{Common: w.by(record.KindPledge, fmt.Sprintf("pledge-%d", i)), Under: record.AgreementID(pick(w.rng, agreements)), To: w.party(), From: from,
		Status: []record.RungStatus{{Is: "announced", On: announced}, {Is: "committed", On: announced}}}
	money := record.NewMoney(decimal(fmt.Sprint(100_000+w.rng.IntN(1_000_000))), pick(w.rng, []record.Currency{record.Euro, "USD"}))
	if i%5 == 0 {
		p.Amount, p.Into = &record.Amount{Min: money, Max: money}, record.FundID(pick(w.rng, funds))
		return p
	}
	q := record.Exactly(float64(1 + w.rng.IntN(200)))
	p.Resource, p.Quantity = record.ResourceID(pick(w.rng, resources)), &q
	p.Values = []record.Value{{Basis: "list", Amount: record.Amount{Min: money, Max: money}}}
	if i%3 == 0 {
		p.Status = append(p.Status, record.RungStatus{Is: "handed-over", On: from})
	}
	if i%7 == 0 {
		p.PaidBy, p.DeliveryCost = record.PaidByFunds, &money
		p.Only = &record.Scope{Places: []record.PlaceID{"place-1", "place-2"}}
	}
	if i%11 == 0 {
		p.Tags = []string{fmt.Sprintf("fact:number-%d", i/22)}
	}
	return p
}

func common(k record.Kind, id string) record.Common { return record.Common{Kind: k, ID: id} }

func pick[T any](rng *rand.Rand, of []T) T { return of[rng.IntN(len(of))] }

func decimal(text string) record.Decimal {
	d, err := record.ParseDecimal(text)
	if err != nil {
		panic(err)
	}
	return d
}
