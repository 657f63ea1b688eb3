package access

import (
	"cmp"
	_ "embed"
	"fmt"
	"slices"
	"strings"

	"github.com/cedar-policy/cedar-go"

	"entente/record"
)

// Action is what somebody wants to do.
type Action string

// The actions.
const (
	See        Action = "see"        // read a record
	Write      Action = "write"      // put a record into the register, or change one, without asking
	Propose    Action = "propose"    // put a change before those whose record it is
	Review     Action = "review"     // approve or reject a proposal
	Administer Action = "administer" // manage the people of a party, their roles and tokens
	Audit      Action = "audit"      // read what was administered
	Cosign     Action = "cosign"     // witness a checkpoint in a party's name
	Export     Action = "export"     // carry a record away
)

// Actions lists every action.
var Actions = []Action{See, Export, Write, Propose, Review, Administer, Audit, Cosign}

// Principal is a reader with the organisations and groups that their party
// belongs to, directly or through another group, on the day asked for.
type Principal struct {
	Reader
	Groups []record.PartyID
}

// Resource is what is acted on: a record, or what concerns a party, by the
// party that states it and its label.
type Resource struct {
	By    record.PartyID
	Label record.Label
}

// Decision is an answer. Because is the sentence of the policy that decided, and
// Policy is its id; when none permits, there is no id.
type Decision struct {
	Allowed bool
	Policy  string
	Because string
}

// nothingPermits is the decision where no policy speaks.
var nothingPermits = Decision{Because: "no policy permits it"}

// Policies is a set of policies: the default ones, and what a register adds to
// them. It is immutable; the nil *Policies is the default set.
type Policies struct {
	set  *cedar.PolicySet
	says map[cedar.PolicyID]Decision
}

// File is a text of policies with its name, which errors and reasons give.
type File struct{ Name, Text string }

//go:embed policies/default.cedar
var defaultText string

var defaults = func() *Policies {
	p, err := parse([]File{{"policies/default.cedar", defaultText}})
	if err != nil {
		panic("access: the default policies: " + err.Error())
	}
	return p
}()

// Parse adds the policies of a register to the default ones. Every policy needs
// an @id of its own, and @says with the reason that people are given. The error
// is a record.Error, with file and line.
func Parse(added ...File) (*Policies, error) {
	return parse(append([]File{{"policies/default.cedar", defaultText}}, added...))
}

// PoliciesBytesMax bounds what the policies of a register may cost to read.
const PoliciesBytesMax = 64 << 10

func parse(files []File) (*Policies, error) {
	p := &Policies{set: cedar.NewPolicySet(), says: map[cedar.PolicyID]Decision{}}
	total := 0
	for _, f := range files {
		if total += len(f.Text); total > PoliciesBytesMax {
			return nil, record.Error{Pos: record.Pos{File: f.Name}, Says: fmt.Sprintf("with these, the policies have more than %d bytes", PoliciesBytesMax), Fix: "write fewer of them"}
		}
		list, err := cedar.NewPolicyListFromBytes(f.Name, []byte(f.Text))
		if err != nil {
			return nil, unreadable(f, err)
		}
		for _, policy := range list {
			if err := p.add(policy); err != nil {
				return nil, err
			}
		}
	}
	return p, nil
}

func (p *Policies) add(policy *cedar.Policy) error {
	at := policy.Position()
	fault := func(says, fix string) error {
		return record.Error{Pos: record.Pos{File: at.Filename, Line: at.Line, Column: at.Column}, Says: says, Fix: fix}
	}
	id, says := policy.Annotations()["id"], policy.Annotations()["says"]
	switch {
	case id == "":
		return fault("the policy has no id", `write @id("a-short-name") before it`)
	case says == "":
		return fault("the policy gives no reason", `write @says("why it permits or forbids") before it`)
	case !p.set.Add(cedar.PolicyID(id), policy):
		return fault(fmt.Sprintf("there is already a policy %q", string(id)), "give this one another id")
	}
	p.says[cedar.PolicyID(id)] = Decision{bool(policy.Effect()), string(id), string(says)}
	return nil
}

// unreadable says where and why the parser of Cedar gave up, which speaks of its
// input by another name: "parser error: parse error at <input>:3:12 …".
func unreadable(f File, err error) error {
	e := record.Error{Pos: record.Pos{File: f.Name}, Fix: "see docs/access.md for how policies are written"}
	says := strings.Join(strings.Fields(err.Error()), " ")
	if _, after, ok := strings.Cut(says, "<input>:"); ok {
		at, what, _ := strings.Cut(after, " ")
		if n, _ := fmt.Sscanf(at, "%d:%d", &e.Line, &e.Column); n == 2 {
			says = what
		}
	}
	e.Says = "the policy cannot be read: " + says
	return e
}

// Decide answers whether who may do a to what. A policy that cannot be evaluated
// permits nothing; when it would have forbidden, nothing is permitted.
func (p *Policies) Decide(who Principal, a Action, what Resource) Decision {
	if p == nil {
		p = defaults
	}
	allowed, why := cedar.Authorize(p.set, pair{who.entity(), what.entity()},
		cedar.Request{Principal: person, Action: cedar.NewEntityUID("Action", cedar.String(a)), Resource: thing})
	for _, e := range why.Errors {
		if d := p.says[e.PolicyID]; !d.Allowed {
			d.Because = fmt.Sprintf("policy %s at %s:%d cannot be evaluated", e.PolicyID, e.Position.Filename, e.Position.Line)
			return d
		}
	}
	if len(why.Reasons) == 0 {
		return nothingPermits
	}
	first := slices.MinFunc(why.Reasons, func(a, b cedar.DiagnosticReason) int {
		return cmp.Or(strings.Compare(a.Position.Filename, b.Position.Filename), a.Position.Offset-b.Position.Offset)
	})
	d := p.says[first.PolicyID]
	d.Allowed = bool(allowed)
	return d
}

// The two entities of every question: who asks, and what about.
var (
	person = cedar.NewEntityUID("Person", "who")
	thing  = cedar.NewEntityUID("Record", "what")
)

// pair answers Cedar's questions about them; nothing is known of others.
type pair struct{ who, what cedar.Entity }

// Get implements cedar.EntityGetter.
func (p pair) Get(uid cedar.EntityUID) (cedar.Entity, bool) {
	switch uid {
	case person:
		return p.who, true
	case thing:
		return p.what, true
	}
	return cedar.Entity{}, false
}

// entity is the principal as policies see it; the public has no party.
func (p Principal) entity() cedar.Entity {
	roles := make([]cedar.Value, 0, len(roleNames))
	for _, name := range p.Roles.Names() {
		roles = append(roles, cedar.String(name))
	}
	attributes := cedar.RecordMap{"keeper": cedar.Boolean(p.All), "roles": cedar.NewSet(roles...)}
	if p.Party == "" {
		return cedar.Entity{UID: person, Attributes: cedar.NewRecord(attributes)}
	}
	attributes["party"] = partyUID(p.Party)
	within := []cedar.EntityUID{partyUID(p.Party)}
	for _, g := range p.Groups {
		within = append(within, partyUID(g))
	}
	return cedar.Entity{UID: person, Parents: cedar.NewEntityUIDSet(within...), Attributes: cedar.NewRecord(attributes)}
}

// entity is the resource as policies see it.
func (r Resource) entity() cedar.Entity {
	released := make([]cedar.Value, len(r.Label.Parties))
	for i, p := range r.Label.Parties {
		released[i] = partyUID(p)
	}
	attributes := cedar.RecordMap{"public": cedar.Boolean(r.Label.Public), "released": cedar.NewSet(released...)}
	if r.By != "" {
		attributes["by"] = partyUID(r.By)
	}
	return cedar.Entity{UID: thing, Attributes: cedar.NewRecord(attributes)}
}

func partyUID(id record.PartyID) cedar.EntityUID {
	return cedar.NewEntityUID("Party", cedar.String(id))
}
