package exchange

import (
	"bytes"
	"embed"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/big"
	"path"
	"regexp"
	"slices"
	"strings"
	"sync"

	"go.yaml.in/yaml/v3"

	"entente/record"
)

// Mapping says how the tables of one source become records. It is data: a YAML
// file that people write, described in docs/import.md and mapping.schema.json.
type Mapping struct {
	Format  string           `yaml:"format"`  // the word that a command line says
	Title   string           `yaml:"title"`   // what it reads, in a line
	List    []string         `yaml:"list"`    // JSON: where the rows stand
	Element []string         `yaml:"element"` // XML: which elements are rows
	Records []map[string]any `yaml:"records"` // records that every import makes
	Tables  []*tableMap      `yaml:"tables"`  // a table is read by the first that has its columns
}

// tableMap says how the rows of one table become records.
type tableMap struct {
	Name    string             `yaml:"name"`
	Sheets  string             `yaml:"sheets"`  // regular expression for names of sheets; any when left out
	Above   string             `yaml:"above"`   // regular expression for what stands above the header
	Block   string             `yaml:"block"`   // regular expression: only rows under such a heading are read
	Missing []string           `yaml:"missing"` // words for: nothing is said
	Columns map[string]*column `yaml:"columns"`
	Wide    *wide              `yaml:"wide"`
	Skip    []skip             `yaml:"skip"`
	Rules   []*rule            `yaml:"rows"`
	More    string             `yaml:"more"`  // JSON: where the address of a next page stands
	Check   []balance          `yaml:"check"` // sums that the source states itself

	sheets, above, block *regexp.Regexp
	order                []string       // names of columns, sorted
	index                map[string]int // of a column in order
}

// column is what a table may say in one of its columns.
type column struct {
	Names    []string          `yaml:"names"`    // headers and hashtags, the best first; letter case and signs do not matter
	Product  []string          `yaml:"product"`  // instead of names: the product of two columns
	Join     []string          `yaml:"join"`     // instead of names: what columns say, with hyphens between
	First    []string          `yaml:"first"`    // instead of names: the first of these columns that says something
	List     string            `yaml:"list"`     // signs that part the cell into several values
	Same     string            `yaml:"same"`     // instead of names: the cell of another column, read otherwise
	As       kind              `yaml:"as"`       // how a cell is read; text when left out
	Need     bool              `yaml:"need"`     // a table without it is another table
	Codes    map[string]string `yaml:"codes"`    // what the source writes, and what it means
	Else     string            `yaml:"else"`     // what everything means that codes does not list
	Default  string            `yaml:"default"`  // where nothing is said
	Missing  []string          `yaml:"missing"`  // further words for: nothing is said
	Unknown  []string          `yaml:"unknown"`  // words for: it is not known
	Currency string            `yaml:"currency"` // of money: a code, or {column}
	Sum      string            `yaml:"sum"`      // of numbers: a regular expression; its first groups are added up
	Negative string            `yaml:"negative"` // of numbers and money: what one below zero says; it is kept in the note
	Most     string            `yaml:"most"`     // of numbers and money: no figure of the column can be more; it is listed, and imported
	Shift    int               `yaml:"shift"`    // of numbers and money: powers of ten, 9 for billions
	Decimal  string            `yaml:"decimal"`  // of numbers and money: the sign before the fraction
	Brackets bool              `yaml:"brackets"` // a number in brackets is an estimate
	Order    string            `yaml:"order"`    // of days written with slashes: mdy, dmy
	Since    string            `yaml:"since"`    // of days written as "until": no earlier than this
	Drop     string            `yaml:"drop"`     // why the column is not imported

	product []int
	join    []int
	first   []int
	sum     *regexp.Regexp
	most    *big.Rat
	same    int // column whose cell is read, or -1
	money   int // column of the currency, or -1
}

// kind is how a cell is read.
type kind string

// The kinds of cell.
const (
	asText    kind = "text"
	asParty   kind = "party"
	asCode    kind = "code"
	asDay     kind = "day"
	asNumber  kind = "number"
	asDecimal kind = "decimal"
	asMoney   kind = "money"
	asURL     kind = "url"
)

var cellKinds = []kind{"", asText, asParty, asCode, asDay, asNumber, asDecimal, asMoney, asURL}

// wide is a table that spreads one figure over many columns: each becomes a row
// of its own, with the header in one column and the cell in another.
type wide struct {
	Header string `yaml:"header"` // regular expression for the headers that are spread
	Name   string `yaml:"name"`   // the column that takes the header
	Value  string `yaml:"value"`  // the column that takes the cell
	Label  string `yaml:"label"`  // the column that takes what stands left of them, where it has no header

	header *regexp.Regexp
}

// skip lists the rows that are no facts of their own.
type skip struct {
	Column string `yaml:"column"`
	Like   string `yaml:"like"` // regular expression
	Reason string `yaml:"reason"`

	like *regexp.Regexp
}

// rule makes one record of a row, or adds to it.
type rule struct {
	Name   string      `yaml:"name"`   // so that other rules can refer to the record
	Kind   record.Kind `yaml:"kind"`   //
	ID     yaml.Node   `yaml:"id"`     //
	When   []string    `yaml:"when"`   // columns that must say something; !column: must not; column=word
	Unique bool        `yaml:"unique"` // a second row of one id is another record
	Add    addition    `yaml:"add"`    // a field of money that is the sum of a column over the rows
	Shared bool        `yaml:"shared"` // a record that rows have in common: the first to say something is heard
	Keep   yaml.Node   `yaml:"keep"`   // takes what no field takes into its note, behind these words
	Fields yaml.Node   `yaml:"fields"`

	id, keep *template
	fields   *template
	when     []condition
}

// addition names a field and the column whose money it adds up, what is below
// zero too.
type addition struct {
	Field    string          `yaml:"field"`
	Column   string          `yaml:"column"`
	Currency record.Currency `yaml:"currency"`

	column int
}

//go:embed mappings/*.yaml
var mappings embed.FS

// builtIn lists the mappings that come with the program, in the order in which
// they are best read.
var builtIn = []string{"kiel", "fts", "hxl", "nato", "gdp", "ecb", "sipri"}

// builtMappings parses each of them once.
var builtMappings = sync.OnceValue(func() []*Mapping {
	var all []*Mapping
	for _, name := range builtIn {
		text, err := fs.ReadFile(mappings, path.Join("mappings", name+".yaml"))
		if err != nil {
			panic("exchange: " + err.Error())
		}
		m, err := ParseMapping(name+".yaml", text)
		if err != nil {
			panic("exchange: " + err.Error())
		}
		all = append(all, m)
	}
	return all
})

// mapped lists the formats that are read by a mapping alone.
func mapped() []Format {
	var fs []Format
	for _, m := range builtMappings() {
		fs = append(fs, Format{Name: m.Format, Title: m.Title, Read: m.Read})
	}
	return fs
}

// BuiltMapping is the text of a mapping that comes with the program: the best
// place to begin another from.
func BuiltMapping(format string) ([]byte, bool) {
	if !slices.Contains(builtIn, format) {
		return nil, false
	}
	text, err := fs.ReadFile(mappings, path.Join("mappings", format+".yaml"))
	return text, err == nil
}

// MappingSchema is the JSON Schema of a mapping, for editors.
//
//go:embed mapping.schema.json
var MappingSchema []byte

const mappingFix = "see docs/import.md, or the mapping of a built-in format"

// ParseMapping reads a mapping. What it returns needs no second check.
func ParseMapping(file string, text []byte) (*Mapping, error) {
	m := &Mapping{}
	if err := decodeYAML(text, m); err != nil {
		return nil, yamlErrors(file, err)
	}
	var errs record.Errors
	say := func(where, says string) {
		errs = append(errs, record.Error{Pos: record.Pos{File: file}, Path: where, Says: says, Fix: mappingFix})
	}
	if m.Format == "" || slug(m.Format) != m.Format {
		say("format", "the format needs a name of lower-case letters and hyphens")
	}
	if len(m.Tables) == 0 {
		say("tables", "the mapping reads no table")
	}
	for i, r := range m.Records {
		if record.New(record.Kind(fmt.Sprint(r["kind"]))) == nil {
			say(fmt.Sprintf("records/%d", i), "there is no such kind of record")
		}
	}
	for i, t := range m.Tables {
		where := fmt.Sprintf("tables/%d", i)
		if t == nil {
			say(where, "the table is empty")
			continue
		}
		if t.Name != "" {
			where = "tables/" + t.Name
		}
		t.compile(where, say)
	}
	if len(errs) > 0 {
		return nil, errs
	}
	return m, nil
}

// decodeYAML reads one document strictly. The library reports some broken input
// by panicking.
func decodeYAML(text []byte, into any) (err error) {
	defer func() {
		if recover() != nil {
			err = errors.New("yaml: the text cannot be read")
		}
	}()
	d := yaml.NewDecoder(bytes.NewReader(text))
	d.KnownFields(true)
	if err := d.Decode(into); err != nil {
		if err == io.EOF {
			return errors.New("yaml: the text is empty")
		}
		return err
	}
	return nil
}

var yamlAt = regexp.MustCompile(`^(?:yaml: )?(?:line (\d+): )?(.*)$`)

var yamlField = regexp.MustCompile(`^field (\S+) not found in type \S+$`)

func yamlErrors(file string, err error) error {
	lines := []string{err.Error()}
	if many := (*yaml.TypeError)(nil); errors.As(err, &many) {
		lines = many.Errors
	}
	var errs record.Errors
	for _, l := range lines {
		e := record.Error{Pos: record.Pos{File: file}, Says: l, Fix: mappingFix}
		if m := yamlAt.FindStringSubmatch(l); m != nil {
			fmt.Sscan(m[1], &e.Line)
			e.Says = yamlField.ReplaceAllString(m[2], "there is no field $1 here")
		}
		errs = append(errs, e)
	}
	return errs
}

// pattern compiles a regular expression that does not mind letter case.
func pattern(where, text string, say func(where, says string)) *regexp.Regexp {
	if text == "" {
		return nil
	}
	re, err := regexp.Compile("(?i)" + text)
	if err != nil {
		say(where, "this is not a regular expression: "+err.Error())
	}
	return re
}

// compile makes a table ready, and says all that is wrong with it.
func (t *tableMap) compile(where string, say func(where, says string)) {
	t.sheets, t.above, t.block = pattern(where+"/sheets", t.Sheets, say), pattern(where+"/above", t.Above, say), pattern(where+"/block", t.Block, say)
	t.index = map[string]int{}
	for name, c := range t.Columns {
		if c == nil || !columnWord.MatchString(name) {
			say(where+"/columns/"+name, "the column is empty, or its name is not of letters, digits and underscores")
			return
		}
		t.order = append(t.order, name)
	}
	slices.Sort(t.order)
	for i, name := range t.order {
		t.index[name] = i
	}
	t.compileColumns(where, say)
	if w := t.Wide; w != nil {
		w.header = pattern(where+"/wide/header", w.Header, say)
		t.known(where+"/wide/name", w.Name, say)
		t.known(where+"/wide/value", w.Value, say)
		if w.Label != "" {
			t.known(where+"/wide/label", w.Label, say)
		}
	}
	for i := range t.Skip {
		s := &t.Skip[i]
		s.like = pattern(where+"/skip", s.Like, say)
		t.known(where+"/skip", s.Column, say)
		if s.like == nil || s.Reason == "" {
			say(where+"/skip", "a skip needs like and reason")
		}
	}
	for i := range t.Check {
		t.Check[i].compile(where+"/check", t, say)
	}
	t.compileRules(where, say)
}

var columnWord = regexp.MustCompile(`^[a-z][a-z0-9_]*$`)

// known is the index of a column, or says that there is none of the name.
func (t *tableMap) known(where, name string, say func(where, says string)) int {
	i, ok := t.index[name]
	if !ok {
		say(where, fmt.Sprintf("there is no column %q", name))
	}
	return i
}

// shiftMax is the most that a figure's unit can be off; a record has 19 digits.
const shiftMax = 18

func (t *tableMap) compileColumns(where string, say func(where, says string)) {
	taken := map[string]string{}
	for _, name := range t.order {
		c, where := t.Columns[name], where+"/columns/"+name
		for _, n := range c.Names {
			if other := taken[folded(n)]; other != "" && other != name {
				say(where+"/names", fmt.Sprintf("%q names %s already", n, other))
			}
			taken[folded(n)] = name
		}
		inWide := t.Wide != nil && slices.Contains([]string{t.Wide.Name, t.Wide.Value, t.Wide.Label}, name)
		if len(c.Names)+len(c.Product)+len(c.Join)+len(c.First) == 0 && c.Same == "" && !inWide && c.Default == "" {
			say(where, "the column has no names, and no product, join, first, same or default instead")
		}
		c.checkWords(where, say)
		t.compileColumn(where, c, say)
	}
	for i, name := range t.order {
		if t.madeOf(i, i, map[int]bool{}) {
			say(where+"/columns/"+name, "the column is made of itself")
		}
	}
}

// madeOf reports whether a column is made of another, through any that were not
// looked at before.
func (t *tableMap) madeOf(c, of int, seen map[int]bool) bool {
	col := t.Columns[t.order[c]]
	for _, i := range slices.Concat(col.product, col.join, col.first, []int{col.same, col.money}) {
		if i < 0 || seen[i] {
			continue
		}
		seen[i] = true
		if i == of || t.madeOf(i, of, seen) {
			return true
		}
	}
	return false
}

// checkWords says which of a column's settings mean nothing.
func (c *column) checkWords(where string, say func(where, says string)) {
	if !slices.Contains(cellKinds, c.As) {
		say(where+"/as", fmt.Sprintf("%q is no kind of cell", c.As))
	}
	if c.As == asMoney && c.Currency == "" {
		say(where+"/currency", "money needs a currency: a code, or {column}")
	}
	if c.Shift < -shiftMax || c.Shift > shiftMax {
		say(where+"/shift", fmt.Sprintf("%d is more than %d powers of ten", c.Shift, shiftMax))
	}
	if !slices.Contains([]string{"", "mdy", "dmy"}, c.Order) || !slices.Contains([]string{"", ".", ","}, c.Decimal) {
		say(where, "order is mdy or dmy; decimal is a point or a comma")
	}
	if _, err := record.ParseDay(c.Since); c.Since != "" && err != nil {
		say(where+"/since", err.Error())
	}
}

// compileColumn makes a column ready.
func (t *tableMap) compileColumn(where string, c *column, say func(where, says string)) {
	all := func(field string, names []string) (at []int) {
		for _, n := range names {
			at = append(at, t.known(where+"/"+field, n, say))
		}
		return at
	}
	c.product, c.join, c.first = all("product", c.Product), all("join", c.Join), all("first", c.First)
	c.money, c.same = -1, -1
	if c.Same != "" {
		c.same = t.known(where+"/same", c.Same, say)
	}
	if ref, ok := strings.CutPrefix(c.Currency, "{"); ok {
		c.money = t.known(where+"/currency", strings.TrimSuffix(ref, "}"), say)
	}
	c.sum = pattern(where+"/sum", c.Sum, say)
	if c.Most != "" {
		var ok bool
		if c.most, ok = new(big.Rat).SetString(c.Most); !ok {
			say(where+"/most", "this is not a number")
		}
	}
	codes := map[string]string{}
	for k, v := range c.Codes {
		codes[folded(k)] = v
	}
	c.Codes = codes
}

func (t *tableMap) compileRules(where string, say func(where, says string)) {
	if len(t.Rules) == 0 && len(t.Skip) == 0 {
		say(where+"/rows", "the table makes no record")
	}
	names := map[string]int{}
	for i, r := range t.Rules {
		if r != nil && r.Name != "" {
			names[r.Name] = i
		}
	}
	for i, r := range t.Rules {
		where := fmt.Sprintf("%s/rows/%d", where, i)
		if r == nil || record.New(r.Kind) == nil {
			say(where+"/kind", "there is no such kind of record")
			continue
		}
		p := templateParser{table: t, rules: names, where: where, say: say}
		r.id = p.node(&r.ID)
		if r.id == nil || r.id.parts == nil && r.id.literal == nil {
			say(where+"/id", "the record has no id")
		}
		if r.id != nil && r.Name != "" && slices.ContainsFunc(r.id.parts, func(p part) bool { return p.rule >= 0 }) {
			say(where+"/id", "the id of a rule that others refer to refers to a rule itself")
		}
		if r.Keep.Kind != 0 {
			r.keep = p.node(&r.Keep)
		}
		r.fields = p.node(&r.Fields)
		if r.Add.Field != "" {
			r.Add.column = t.known(where+"/add/column", r.Add.Column, say)
		}
		for _, w := range r.When {
			r.when = append(r.when, p.condition(w))
		}
	}
}
