package api

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"sort"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"entente/check"
	"entente/ledger"
	"entente/record"
	"entente/register"
)

// Raw is a record as it is written: the JSON Schema of its kind says how.
type Raw json.RawMessage

// MarshalJSON is the bytes as they are.
func (r Raw) MarshalJSON() ([]byte, error) { return json.RawMessage(r).MarshalJSON() }

// UnmarshalJSON keeps the bytes as they are.
func (r *Raw) UnmarshalJSON(text []byte) error {
	*r = append((*r)[:0], text...)
	return nil
}

// Schema implements huma.SchemaProvider.
func (Raw) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{Type: huma.TypeObject, AdditionalProperties: true, Description: "a record; GET " + Prefix + "/schemas/{kind} says how it is written"}
}

// About is the register, and who asks.
type About struct {
	Title     string         `json:"title" doc:"the register's name"`
	Owner     string         `json:"owner,omitempty" doc:"the party that states records without by"`
	Size      ledger.Seq     `json:"size" doc:"entries of the ledger; 0 where the register is a folder"`
	Head      string         `json:"head" doc:"a hash of everything that you may see"`
	Records   int            `json:"records" doc:"how many records you may see"`
	Kinds     map[string]int `json:"kinds" doc:"of which kinds"`
	AsOf      string         `json:"as_of" doc:"the day on which it is looked at"`
	Reader    string         `json:"reader" doc:"in whose eyes"`
	Roles     []string       `json:"roles" doc:"your roles within your party"`
	Writable  bool           `json:"writable" doc:"whether it takes changes"`
	PublicKey string         `json:"public_key,omitempty" doc:"the ledger's, with which proofs are checked"`
}

type aboutOutput struct{ Body About }

func (a *API) about(ctx context.Context, in *struct{ Moment }) (*aboutOutput, error) {
	s, err := a.look(ctx, in.Moment)
	if err != nil {
		return nil, fault(err)
	}
	kinds := map[string]int{}
	for _, r := range s.view.Records() {
		kinds[string(r.Key().Kind)]++
	}
	set := s.view.Settings()
	return &aboutOutput{About{set.Title, string(set.Owner), s.size, s.view.Head(), s.view.Len(), kinds, s.view.At().On.String(), s.view.At().Reader.String(), s.caller.Reader.Roles.Names(), a.Shared != nil, a.PublicKey}}, nil
}

// Page is which part of a list is asked for.
type Page struct {
	After string `query:"after" doc:"the cursor that the page before gave as next" maxLength:"600"`
	Limit int    `query:"limit" doc:"how many" minimum:"1" maximum:"500" default:"100"`
}

// from is where the page begins in a list by key.
func (p Page) from(rs []record.Record) (int, error) {
	if p.After == "" {
		return 0, nil
	}
	kind, id, ok := strings.Cut(p.After, "/")
	k, known := record.KindNamed(kind)
	if !ok || !known {
		return 0, unfit("after is no cursor", "send the next of the page before")
	}
	after := record.Key{Kind: k, ID: id}
	return sort.Search(len(rs), func(i int) bool { return rs[i].Key().Compare(after) > 0 }), nil
}

// List is a part of a list of records.
type List struct {
	Records []Raw  `json:"records"`
	Next    string `json:"next,omitempty" doc:"the cursor of the page after this one; absent on the last"`
}

type recordsInput struct {
	Moment
	Page
	Kind        string `query:"kind" doc:"only records of this kind" maxLength:"32"`
	By          string `query:"by" doc:"only what this party states" maxLength:"64"`
	IfNoneMatch string `header:"If-None-Match" doc:"the ETag of an answer that is still at hand"`
}

type listOutput struct {
	ETag string `header:"ETag"`
	Body List
}

func (a *API) records(ctx context.Context, in *recordsInput) (*listOutput, error) {
	s, err := a.look(ctx, in.Moment)
	if err != nil {
		return nil, fault(err)
	}
	rs := s.view.Records()
	if in.Kind != "" {
		k, ok := record.KindNamed(in.Kind)
		if !ok {
			return nil, unfit("there is no such kind of record", "write one of "+kindNames())
		}
		rs = s.view.OfKind(k)
	}
	out := &listOutput{ETag: etag(s.view.Head()), Body: List{Records: []Raw{}}}
	if in.IfNoneMatch == out.ETag {
		return nil, huma.Status304NotModified()
	}
	from, err := in.from(rs)
	if err != nil {
		return nil, err
	}
	for _, r := range rs[from:] {
		key := r.Key().String()
		if in.By != "" && string(s.view.By(r)) != in.By {
			continue
		}
		if len(out.Body.Records) == in.Limit {
			break
		}
		out.Body.Records = append(out.Body.Records, Raw(record.Canonical(r)))
		out.Body.Next = key
	}
	if len(out.Body.Records) < in.Limit {
		out.Body.Next = ""
	}
	return out, nil
}

func kindNames() string {
	names := make([]string, 0, len(record.Kinds()))
	for _, k := range record.Kinds() {
		names = append(names, string(k))
	}
	return strings.Join(names, ", ")
}

func etag(s string) string { return `"` + s + `"` }

// Name is the kind and id of a record.
type Name struct {
	Kind string `path:"kind" doc:"its kind, as Pledge or pledge" maxLength:"32"`
	ID   string `path:"id" doc:"its id" maxLength:"200"`
}

func (n Name) key() (record.Key, error) {
	k, ok := record.KindNamed(n.Kind)
	if !ok {
		return record.Key{}, unfit("there is no such kind of record", "write one of "+kindNames())
	}
	return record.Key{Kind: k, ID: n.ID}, nil
}

// found is the record of a name, if the reader may see it.
func (s *seen) found(n Name) (record.Record, error) {
	k, err := n.key()
	if err != nil {
		return nil, err
	}
	r, ok := s.view.Get(k)
	if !ok {
		return nil, absent(k.String())
	}
	return r, nil
}

// Sheet is a record with what concerns it.
type Sheet struct {
	Record   Raw        `json:"record"`
	Entry    ledger.Seq `json:"entry,omitempty" doc:"its newest entry in the ledger"`
	Referred []string   `json:"referred" doc:"the records that refer to it, as Kind/id"`
	Findings []Finding  `json:"findings" doc:"what check says of it"`
}

type sheetOutput struct {
	ETag string `header:"ETag" doc:"its revision; send it as If-Match to change the record"`
	Body Sheet
}

type recordInput struct {
	Moment
	Name
	IfNoneMatch string `header:"If-None-Match" doc:"the ETag of an answer that is still at hand"`
}

func (a *API) record(ctx context.Context, in *recordInput) (*sheetOutput, error) {
	s, err := a.look(ctx, in.Moment)
	if err != nil {
		return nil, fault(err)
	}
	r, err := s.found(in.Name)
	if err != nil {
		return nil, err
	}
	out := &sheetOutput{ETag: revisionOf(r), Body: Sheet{Record: Raw(record.Canonical(r)), Entry: entryOf(r), Referred: []string{}, Findings: []Finding{}}}
	if in.IfNoneMatch == out.ETag {
		return nil, huma.Status304NotModified()
	}
	for _, from := range s.view.Referring(r.Key()) {
		out.Body.Referred = append(out.Body.Referred, from.Key().String())
	}
	for _, f := range s.sight.On(r.Key()) {
		out.Body.Findings = append(out.Body.Findings, findingOf(f))
	}
	return out, nil
}

// entryOf is the entry that a record was read from, or 0.
func entryOf(r record.Record) ledger.Seq {
	if pos := r.Base().Pos; pos.File == "ledger" {
		return ledger.Seq(pos.Line)
	}
	return 0
}

// revisionOf is the ETag of a record: its entry, or in a folder what it says.
func revisionOf(r record.Record) string {
	if n := entryOf(r); n > 0 {
		return etag(fmt.Sprint(n))
	}
	return etag(register.TextOf(record.Canonical(r)).SHA256)
}

// Revision is one entry about a record.
type Revision struct {
	Entry    ledger.Seq `json:"entry"`
	At       time.Time  `json:"at"`
	Actor    string     `json:"actor" doc:"in whose name it was accepted"`
	Record   string     `json:"record" doc:"Kind/id"`
	Verb     string     `json:"verb" enum:"add,change,retire"`
	Replaces ledger.Seq `json:"replaces,omitempty" doc:"the entry before it"`
}

func revision(e ledger.Entry) Revision {
	verb := "change"
	switch {
	case e.Retired():
		verb = "retire"
	case e.Replaces == 0:
		verb = "add"
	}
	return Revision{e.Seq, e.At, string(e.Actor), e.Key.String(), verb, e.Replaces}
}

type revisionsOutput struct {
	Body struct {
		Revisions []Revision `json:"revisions"`
		Next      string     `json:"next,omitempty" doc:"the cursor of the page after this one; absent on the last"`
	}
}

// may tells whether the reader may see an entry.
func (a *API) may(ctx context.Context, s *seen) func(ledger.Entry) bool {
	return func(e ledger.Entry) bool {
		sees, err := s.view.MaySeeEntry(ctx, a.Shared.Ledger, e)
		return err == nil && sees
	}
}

func (a *API) history(ctx context.Context, in *struct {
	Moment
	Name
}) (*revisionsOutput, error) {
	s, err := a.look(ctx, in.Moment)
	if err != nil {
		return nil, fault(err)
	}
	k, err := in.key()
	if err != nil {
		return nil, err
	}
	out := &revisionsOutput{}
	out.Body.Revisions = []Revision{}
	if a.Shared != nil {
		may := a.may(ctx, s)
		for e, err := range a.Shared.Ledger.History(ctx, k, s.size) {
			if err != nil {
				return nil, fault(err)
			}
			if may(e) {
				out.Body.Revisions = append(out.Body.Revisions, revision(e))
			}
		}
	}
	if _, ok := s.view.Get(k); !ok && len(out.Body.Revisions) == 0 {
		return nil, absent(k.String())
	}
	return out, nil
}

func (a *API) log(ctx context.Context, in *struct {
	Moment
	After int64 `query:"after" doc:"entries after this one" minimum:"0"`
	Limit int   `query:"limit" doc:"how many entries to look at" minimum:"1" maximum:"1000" default:"100"`
}) (*revisionsOutput, error) {
	s, err := a.look(ctx, in.Moment)
	if err != nil {
		return nil, fault(err)
	}
	out := &revisionsOutput{}
	out.Body.Revisions = []Revision{}
	to := min(ledger.Seq(in.After)+ledger.Seq(in.Limit), s.size)
	if a.Shared == nil || ledger.Seq(in.After) >= to {
		return out, nil
	}
	may := a.may(ctx, s)
	for e, err := range a.Shared.Ledger.Entries(ctx, ledger.Seq(in.After), to) {
		if err != nil {
			return nil, fault(err)
		}
		if may(e) {
			out.Body.Revisions = append(out.Body.Revisions, revision(e))
		}
	}
	if to < s.size {
		out.Body.Next = fmt.Sprint(to)
	}
	return out, nil
}

// Finding is what check says.
type Finding struct {
	Rule    string   `json:"rule"`
	Level   string   `json:"level" enum:"note,warning,error"`
	Records []string `json:"records" doc:"Kind/id"`
	Says    string   `json:"says"`
	Fix     string   `json:"fix" doc:"a remedy"`
}

func findingOf(f check.Finding) Finding {
	keys := make([]string, len(f.Records))
	for i, k := range f.Records {
		keys[i] = k.String()
	}
	return Finding{f.Rule, f.Level.String(), keys, f.Says, f.Fix}
}

func findingsOf(fs []check.Finding) []Finding {
	list := make([]Finding, len(fs))
	for i, f := range fs {
		list[i] = findingOf(f)
	}
	return list
}

type findingsOutput struct {
	Body struct {
		Findings []Finding `json:"findings"`
	}
}

func (a *API) findings(ctx context.Context, in *struct {
	Moment
	Level string `query:"level" doc:"the least level" enum:"note,warning,error" default:"warning"`
}) (*findingsOutput, error) {
	s, err := a.look(ctx, in.Moment)
	if err != nil {
		return nil, fault(err)
	}
	least, err := check.ParseLevel(in.Level)
	if err != nil {
		return nil, unfit(err.Error(), "write note, warning or error")
	}
	out := &findingsOutput{}
	out.Body.Findings = findingsOf(slices.DeleteFunc(slices.Clone(s.sight.Found()), func(f check.Finding) bool { return f.Level < least }))
	return out, nil
}

// Total is what a party has promised of a resource, or of money in euros.
type Total struct {
	Party    string   `json:"party"`
	Resource string   `json:"resource,omitempty" doc:"absent for money, which is in euros"`
	Inside   any      `json:"inside" doc:"at or above the rung: a number, a range or an amount"`
	Beside   any      `json:"beside" doc:"below it"`
	Pledges  []string `json:"pledges" doc:"counted inside"`
}

type totalsOutput struct {
	Body struct {
		Rung   string  `json:"rung"`
		Totals []Total `json:"totals"`
	}
}

func (a *API) totals(ctx context.Context, in *struct {
	Moment
	Rung string `query:"rung" doc:"from which a pledge counts" default:"committed" maxLength:"32"`
}) (*totalsOutput, error) {
	s, err := a.look(ctx, in.Moment)
	if err != nil {
		return nil, fault(err)
	}
	rung, ok := record.ParseRung(in.Rung)
	if !ok {
		return nil, unfit("there is no such rung", "write one of "+strings.Join(record.Rungs(), ", "))
	}
	out := &totalsOutput{}
	out.Body.Rung, out.Body.Totals = rung.String(), []Total{}
	for _, t := range s.view.Totals(rung) {
		total := Total{string(t.Party), string(t.Resource), t.Inside.Quantity, t.Beside.Quantity, make([]string, len(t.Pledges))}
		if t.Resource == "" {
			total.Inside, total.Beside = t.Inside.Euro, t.Beside.Euro
		}
		for i, id := range t.Pledges {
			total.Pledges[i] = string(id)
		}
		out.Body.Totals = append(out.Body.Totals, total)
	}
	return out, nil
}

func (a *API) schema(_ context.Context, in *struct {
	Kind string `path:"kind" doc:"a kind of record" maxLength:"32"`
}) (*struct{ Body Raw }, error) {
	k, err := Name{Kind: in.Kind}.key()
	if err != nil {
		return nil, err
	}
	return &struct{ Body Raw }{Raw(record.Schema(k.Kind))}, nil
}

// known reads a state of the ledger.
func known(text string) (register.Known, error) {
	k, err := register.ParseKnown(text)
	if err != nil {
		return k, unfit("known is no state of the ledger", register.KnownFix)
	}
	return k, nil
}
