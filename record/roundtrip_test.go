package record

import (
	"bytes"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"
)

// What Format and Canonical write, Parse reads back: records of every kind with
// every field, made at random by the plans of fields.
func TestRoundTrip(t *testing.T) {
	seen := map[string]bool{}
	schema := compiled(t, FileSchema())
	for _, k := range Kinds() {
		t.Run(string(k), func(t *testing.T) {
			const rounds = 10 // a field that few records may have is not in every round
			for range rounds {
				rapid.Check(t, func(t *rapid.T) {
					r := maker{t, seen}.record(k)
					readsBack(t, "yaml", Format(r), r)
					readsBack(t, "json", Canonical(r), r)
					if again := Clone(r); !bytes.Equal(Canonical(again), Canonical(r)) {
						t.Errorf("the clone differs: %s", Canonical(again))
					}
					if err := schemaSays(schema, "x.json", string(Canonical(r))); err != nil {
						t.Errorf("the schema refuses\n%s\n%v", Canonical(r), err)
					}
				})
				if len(untried(k, seen)) == 0 {
					return
				}
			}
			t.Errorf("no record with %v was tried", untried(k, seen))
		})
	}
}

// untried lists the fields of a kind that no record has had yet.
func untried(k Kind, seen map[string]bool) []string {
	var names []string
	for _, f := range planOf(elem(New(k)).Type()).fields {
		if name := string(k) + "/" + f.name; !seen[name] {
			names = append(names, name)
		}
	}
	return names
}

func readsBack(t interface {
	Helper()
	Fatalf(string, ...any)
}, ext string, text []byte, want ...Record) {
	t.Helper()
	rs, errs := Parse("x."+ext, text)
	if len(errs) > 0 || len(rs) != len(want) {
		t.Fatalf("%d records and %v from\n%s", len(rs), errs, text)
	}
	for i, r := range rs {
		if d := cmp.Diff(want[i], r, sameFact...); d != "" {
			t.Fatalf("read back (+) from\n%s\n%s", text, d)
		}
		if c := Canonical(r); !bytes.Equal(c, Canonical(want[i])) {
			t.Fatalf("two canonical forms\n%s\n%s", Canonical(want[i]), c)
		}
	}
}

var sameFact = []cmp.Option{
	cmpopts.IgnoreFields(Common{}, "Pos"),
	cmp.Comparer(func(a, b Day) bool { return a == b }),
	cmp.Comparer(func(a, b Money) bool { return a == b }),
	cmp.Comparer(func(a, b Decimal) bool { return a == b }),
	cmp.Comparer(func(a, b Fields) bool { return bytes.Equal(a.json, b.json) }),
}

// A maker draws valid records. Where a rule spans fields it keeps the rule.
type maker struct {
	*rapid.T
	seen map[string]bool
}

func (m maker) one(choices ...string) string { return rapid.SampledFrom(choices).Draw(m.T, "one") }
func (m maker) maybe() bool                  { return rapid.Bool().Draw(m.T, "maybe") }

func (m maker) record(k Kind) Record {
	r := New(k)
	v := elem(r)
	m.object(v, string(k))
	c := r.Base()
	c.Kind, c.ID = k, m.one("a", "x-1", "2024", "a--b", strings.Repeat("z", 100), "no", "010", "1e3")
	if k == KindParty {
		c.ID = m.one("GBR", "NATO", "NO", "G7", "UN-OCHA")
	}
	m.mend(r)
	for _, f := range planOf(v.Type()).fields {
		if !f.in(v).IsZero() {
			m.seen[string(k)+"/"+f.name] = true
		}
	}
	return r
}

func (m maker) mend(r Record) {
	c := r.Base()
	if c.By == "" {
		c.By = "NOR"
	}
	scopes := func(ss ...**Scope) {
		for _, s := range ss {
			if *s != nil && reflect.ValueOf(**s).IsZero() {
				*s = nil
			}
		}
	}
	switch x := r.(type) {
	case *Document:
		x.URL, x.Text, x.SHA256 = m.one("", "https://example.org/a?b=c#d", "http://example.org"), m.one("", "a.txt", "b/c.txt"), m.one("", strings.Repeat("0f", 32))
	case *Pledge:
		scopes(&x.Only, &x.Not)
		m.mendPledge(x)
	case *Production:
		scopes(&x.Only, &x.Not)
	case *Programme:
		scopes(&x.Only, &x.Not)
	case *Fund:
		scopes(&x.For)
	case *Unit:
		x.SIDC = m.one("", "10031000001211000000", strings.Repeat("1", 30))
	case *Target:
		c.By = "" // the day shadows it
		low := Measure{Money: mustMoney("1.50 EUR")}
		if m.maybe() {
			low = Measure{Number: -0.25}
		}
		if x.AtLeast, x.AtMost = &low, nil; m.maybe() {
			x.AtLeast, x.AtMost = nil, &low
		}
	case *Rate:
		x.PerEUR, _ = ParseDecimal(m.one("1", "0.8310", "1234567890.123456789", "0.000000001"))
	}
}

// mustMoney is ParseMoney for amounts known to be right.
func mustMoney(text string) Money {
	v, err := ParseMoney(text)
	if err != nil {
		panic(err)
	}
	return v
}

func (m maker) mendPledge(x *Pledge) {
	money := m.maybe()
	if n := Exactly(1e6); !money && (x.Quantity == nil || m.maybe()) {
		x.Quantity = &n
	}
	if a := (Amount{mustMoney("1000 EUR"), mustMoney("9000000.00 EUR")}); money && x.Amount == nil {
		x.Amount = &a
	}
	if money {
		x.Resource, x.Quantity = "", nil
		for i := range x.Status {
			x.Status[i].Quantity = nil
		}
	} else {
		x.Resource, x.Amount, x.Into = "r", nil, ""
	}
	if m.maybe() {
		x.Schedule = nil
		x.From = MustDay("2024-02")
		return
	}
	one, hundred := Exactly(0), Amount{mustMoney("0 EUR"), mustMoney("0 EUR")}
	x.From, x.Schedule = Day{}, []Lot{{On: MustDay("2025")}, {On: MustDay("2025-03")}}
	for i := range x.Schedule {
		if money {
			x.Schedule[i].Amount = &hundred
		} else {
			x.Schedule[i].Quantity = &one
		}
	}
}

func (m maker) object(v reflect.Value, path string) {
	for _, f := range planOf(v.Type()).fields {
		if !f.need && !m.maybe() {
			continue
		}
		m.value(f.in(v), path+"/"+f.name, f.name, f.bounds)
	}
}

func (m maker) value(v reflect.Value, path, name string, b *bounds) {
	switch x := v.Addr().Interface().(type) {
	case *Day:
		switch name {
		case "from":
			*x = MustDay(m.one("2020", "2021-03", "2024-02-29", "../2024", "2022-03~", "199X", "2024-XX"))
		default:
			*x = MustDay(m.one("2035", "2035-12-31?", "2031-21", "2031/..", "203X", "2030-XX-XX%"))
		}
	case *Money:
		*x = mustMoney(m.one("0 EUR", "1.50 NOK", "1234567890123456789 USD", "0.0000000000000000001 JPY"))
	case *Amount:
		if x.Min = mustMoney("10 EUR"); m.maybe() {
			x.Max = mustMoney("10.01 EUR")
		} else {
			x.Max = x.Min
		}
	case *Number:
		x.Min = m.number(&bounds{lo: 0, hi: numberMax})
		x.Max = x.Min + float64(rapid.IntRange(0, 3).Draw(m.T, "gap"))
		x.Max = min(x.Max, numberMax)
	case *Measure:
		x.Number = m.number(&bounds{lo: -100, hi: 100})
	case *Steps:
		if *x = (Steps{{Quantity: Exactly(3)}}); m.maybe() {
			*x = Steps{{From: MustDay("2025"), Quantity: Number{1, 2}}, {From: MustDay("2025-07-02"), Quantity: Exactly(0)}}
		}
	case *Lead:
		if x.Months = rapid.IntRange(0, 600).Draw(m.T, "lead"); m.maybe() {
			*x = Lead{At: map[PlaceID]int{"kyiv": 0, "010": 600}}
		}
	case *Member:
		if x.Party = "NOR"; m.maybe() {
			x.From, x.To = MustDay("1949-04-04"), MustDay("2030/..")
		}
	case *Label:
		*x = []Label{{}, {Public: true}, {Parties: []PartyID{"NATO", "UKR"}}}[rapid.IntRange(0, 2).Draw(m.T, "label")]
	case *Location:
		*x = Location{m.number(&bounds{lo: -180, hi: 180}), m.number(&bounds{lo: -90, hi: 90})}
	case *Nested:
		ks := slices.DeleteFunc(Kinds(), func(k Kind) bool { return k == KindScenario })
		x.Record = m.record(rapid.SampledFrom(ks).Draw(m.T, "kind"))
	case *Decimal:
	case *Currency:
		*x = Currency(m.one("EUR", "NOK", "JPY"))
	case *SubjectID:
		*x = SubjectID(m.one("NATO", "pact"))
	case *Change:
		m.change(x, path)
	default:
		m.plain(v, path, name, b)
	}
}

func (m maker) change(x *Change, path string) {
	verb := rapid.SampledFrom(changeVerbs).Draw(m.T, "verb")
	v := reflect.ValueOf(x).Elem()
	for _, f := range planOf(v.Type()).fields {
		if f.name == verb.verb || f.name == verb.must || slices.Contains(verb.may, f.name) && m.maybe() {
			m.value(f.in(v), path+"/"+f.name, f.name, f.bounds)
		}
	}
	if x.Change != nil {
		rs, errs := Parse("x.json", []byte(`{"kind": "Scenario", "id": "s", "changes": [{"change": {"kind": "Pledge", "id": "p", "set":
			{"note": null, "quantity": 2.50, "from": "2025", "release": [], "lead": {"kyiv": 2}, "title": "a\u2028b <&>"}}}]}`))
		if len(errs) > 0 {
			panic(errs)
		}
		x.Change = rs[0].(*Scenario).Changes[0].Change
	}
}

func (m maker) plain(v reflect.Value, path, name string, b *bounds) {
	if b == nil {
		b = &bounds{lo: 0, hi: 1000}
	}
	switch v.Kind() {
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		m.value(v.Elem(), path, name, b)
	case reflect.Struct:
		m.object(v, path)
	case reflect.Slice:
		n := rapid.IntRange(1, 3).Draw(m.T, "length")
		v.Set(reflect.MakeSlice(v.Type(), n, n))
		for i := range n {
			m.value(v.Index(i), path, name, b)
		}
	case reflect.Map:
		v.Set(reflect.MakeMap(v.Type()))
		for i := range rapid.IntRange(1, 3).Draw(m.T, "length") {
			e := reflect.New(v.Type().Elem()).Elem()
			if name == "terms" {
				e.SetString(m.one(Rungs()...))
			} else {
				m.value(e, path, name, b)
			}
			v.SetMapIndex(reflect.ValueOf(fmt.Sprint(name, "-", i)).Convert(v.Type().Key()), e)
		}
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Int:
		v.SetInt(int64(rapid.IntRange(int(b.lo), int(min(b.hi, 20000))).Draw(m.T, name)))
	case reflect.Float64:
		v.SetFloat(m.number(b))
	case reflect.String:
		v.SetString(m.word(v.Type(), name))
	default:
		panic(v.Type().String())
	}
}

func (m maker) word(t reflect.Type, name string) string {
	switch w := wordOf(t); {
	case w.values != nil:
		return m.one(w.values...)
	case w.target == KindParty:
		return m.one("NOR", "UKR", "NO", "Y", "N")
	case w.target != "" || name == "id":
		return m.one("a-1", "2024", "010", "0x1f", "null", "true", "on")
	}
	return m.text()
}

func (m maker) number(b *bounds) float64 {
	hi := min(b.hi, 1e9)
	f := rapid.Float64Range(b.lo, hi).Draw(m.T, "number")
	if f > -numberMin && f < numberMin || m.maybe() {
		f = float64(int(f))
	}
	if b.open && f <= b.lo {
		return 1
	}
	return f + 0
}

var hardTexts = []string{
	"a: b", "- a", "# a", "a #b", "'", `"`, `\`, "~", "null", "yes", "NO", "true", "2024", "2024-12-01", "010", "0x1F", "1e3", "1:30", "1_000", ".5", ".inf",
	"<<", "=", "!a", "&a", "*a", "|", ">", "%", "@", "`", "{", "[", "]", ",", "?", "---", "...", "a\n---\nb", "\n", " a", "a ", "\ta", "a\n", "\na", "a\n\n b\n", " a\nb",
	"a\n  b\nc", "\u2028a", "a\u2029b", "\uFEFFa", "\uFFFD", "\uFFFE", "\U0001F600", "a\tb", "a\n\tb", "\n\tb", "\tb\nc", " \nb", "b\n \nc", "b\n\n\n", "\n\nb", "b\n#c", "b\n---\nc", "b\n...\n", "e\u0301", "<a>&b", "\u00A0", strings.Repeat("long ", 40),
}

func (m maker) text() string {
	s := rapid.OneOf(rapid.SampledFrom(hardTexts), rapid.StringN(1, 20, 60)).Draw(m.T, "text")
	s = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) && r != '\n' && r != '\t' {
			return -1
		}
		return r
	}, s)
	if strings.TrimSpace(s) == "" {
		return "text"
	}
	return s
}
