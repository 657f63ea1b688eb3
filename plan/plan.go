// Package plan makes one optimal, time-phased plan for a view, and explains it.
//
// A unit of capability counts in a month only when its equipment and supply,
// its trained people and its money are there together. docs/model.md states the
// model; Make builds it from a view, hands it to a solver, and reads the answer
// back into records. Check re-adds every balance of a plan from its moves alone
// and shares no code with the model.
//
// A Plan is a value: nothing in it has happened. It names the register that it
// was made from, and the same view and options give the same plan.
package plan

import (
	"time"

	"entente/record"
)

// Options are what a plan is asked for.
type Options struct {
	Start     record.Month       // month 0
	Months    int                // length of the horizon
	Rung      record.Rung        // pledges below it do not count
	Discount  float64            // worth of a month against the month before
	TimeLimit time.Duration      // for each solve; 0 is no limit
	Prices    int                // how many prices to prove by solving with one more and one less; 0 none
	Relax     bool               // also find what would help each need that is short, and what would help most
	Whole     bool               // whole resources ship in whole numbers
	Strict    bool               // priority 1 first, then 2 without losing any of 1, and so on
	Fair      bool               // and then the largest share of its GDP that any party gives as small as can be
	Gap       float64            // with whole numbers: how near to the bound is near enough, as a share of it; 0 is exact
	Near      float64            // the same without whole numbers: above 0 a large plan is quick, and not the cheapest that is as good
	Brief     bool               // coverage and moves only: no legs alone, prices or reasons
	Progress  func(doing string) // told what is being worked on, from more than one goroutine; may be nil
}

// Plan is a proposal.
type Plan struct {
	Register    Register     `json:"register"`
	Start       record.Month `json:"start"`
	Months      int          `json:"months"`
	Rung        string       `json:"rung"`
	Discount    float64      `json:"discount"`
	Strict      bool         `json:"strict,omitempty"` // asked for: see Options
	Fair        bool         `json:"fair,omitempty"`
	Whole       bool         `json:"whole,omitempty"`
	Status      string       `json:"status"`                // optimal, or why not
	Objective   float64      `json:"objective"`             // V of docs/model.md, section 4
	Bound       float64      `json:"bound"`                 // no plan can have a higher V
	Gap         float64      `json:"gap"`                   // (bound - objective) / bound
	Points      float64      `json:"coverage"`              // 100 × weighted covered / weighted needed
	CostEUR     float64      `json:"cost_eur"`              // money that the plan spends
	Needs       []Need       `json:"needs"`                 // by priority, then id
	Moves       []Move       `json:"moves"`                 // by month
	Service     []Service    `json:"service"`               // what serves which need in which month
	Prices      []Price      `json:"prices"`                // what one more would be worth, dearest first
	Relaxations []Relaxation `json:"relaxations,omitempty"` // what would help most, by coverage points
	Leftovers   []Leftover   `json:"leftovers"`             // what is offered and not used, and why
	Omissions   []Omission   `json:"omissions"`             // what the register says and the plan could not count
	Funds       []FundLine   `json:"funds"`                 // money in, out and left
	PointValue  float64      `json:"point"`                 // V that makes one coverage point
}

// Register names the view a plan was made from.
type Register struct {
	Title   string `json:"title,omitempty"`
	Head    string `json:"head"` // hash of every record in the view
	Records int    `json:"records"`
	AsOf    string `json:"as_of"`
	Reader  string `json:"reader"`
	// Release is who may see every record of the view, and so the plan.
	Release record.Label `json:"release"`
	// Inputs is a short hash of every record that a plan can depend on, so that
	// two plans can be told apart by what has changed between them.
	Inputs map[string]string `json:"inputs,omitempty"`
}

// Need is what becomes of one need.
type Need struct {
	ID          record.NeedID       `json:"id"`
	Title       string              `json:"title"`
	Capability  record.CapabilityID `json:"capability"`
	Unit        string              `json:"unit"`
	At          record.PlaceID      `json:"at"`
	For         record.PartyID      `json:"for,omitempty"`
	Priority    int                 `json:"priority"`
	Weight      float64             `json:"weight"`    // weight × 4^(5 − priority)
	Needed      float64             `json:"needed"`    // unit-months
	Covered     float64             `json:"covered"`   // unit-months
	HeldBy      string              `json:"held_by"`   // the leg that holds it back in most of its short months, or empty
	FirstMet    string              `json:"first_met"` // the first month in which all that is needed is there, or empty
	Months      []NeedMonth         `json:"months"`
	Why         []string            `json:"why"`                   // why not earlier, why short: a chain of sentences
	FedBy       []Feed              `json:"fed_by"`                // pegging: what serves it
	Relaxations []Relaxation        `json:"relaxations,omitempty"` // what would help it, cheapest first
	Estimated   bool                `json:"estimated"`             // the need or its recipe is estimated, not stated
}

// NeedMonth is one need in one month.
type NeedMonth struct {
	Month   record.Month `json:"month"`
	Needed  float64      `json:"needed"`
	Covered float64      `json:"covered"`
	Made    float64      `json:"made"`    // units operational from equipment, people and money
	Present float64      `json:"present"` // given by forces that are there: deployed already, or by a tour of this plan
	Legs    Legs         `json:"legs"`
	HeldBy  string       `json:"held_by"` // leg and resource that bind: "people: nasams-crew"; empty when met
	Holds   []Hold       `json:"holds"`   // everything that binds, tightest first
}

// Legs says what could be covered if the other two legs were unlimited.
type Legs struct {
	Equipment float64 `json:"equipment"` // with supply
	People    float64 `json:"people"`
	Money     float64 `json:"money"`
}

// Hold is one thing that keeps a need short in a month.
type Hold struct {
	Leg      record.Leg        `json:"leg"`
	Resource record.ResourceID `json:"resource,omitempty"` // empty for money
	Allows   float64           `json:"allows"`             // units of capability that it would allow
	Records  []string          `json:"records,omitempty"`  // where more of it would come from, or should have
	Says     string            `json:"says"`
}

// Feed is how much of something served a need.
type Feed struct {
	Record   string            `json:"record"` // Kind/id of what gave it
	Party    record.PartyID    `json:"party"`
	Resource record.ResourceID `json:"resource,omitempty"`
	Quantity float64           `json:"quantity"`
	Unit     string            `json:"unit"`
	First    record.Month      `json:"first"` // month of the first arrival or payment
}

// Move verbs.
const (
	Ship   = "ship"
	Buy    = "buy"
	Train  = "train"
	Deploy = "deploy"
	Pay    = "pay"
)

// Move is one thing that somebody does in a month.
type Move struct {
	Verb     string            `json:"verb"`
	Month    record.Month      `json:"month"`
	Arrives  record.Month      `json:"arrives,omitzero"` // ship, buy and train: when it is there
	Record   string            `json:"record"`           // Kind/id: the pledge, production, programme, unit or fund
	Party    record.PartyID    `json:"party"`
	Resource record.ResourceID `json:"resource,omitempty"`
	Quantity float64           `json:"quantity"`
	Unit     string            `json:"unit"`
	At       record.PlaceID    `json:"at,omitempty"`
	Until    record.Month      `json:"until,omitzero"`        // deploy: last month of the tour
	Handed   bool              `json:"handed_over,omitempty"` // ship: it was handed over before the plan began, and takes neither time nor money
	Need     record.NeedID     `json:"need,omitempty"`        // deploy, and pay for running
	Class    []record.NeedID   `json:"class,omitempty"`       // ship, buy, train: the needs at the place that it may serve
	Use      record.Use        `json:"use,omitempty"`         // pay: for what
	For      string            `json:"for,omitempty"`         // pay: Kind/id of what is paid for
}

// Service is what a stock gives to a need in a month: kept at its service, or
// used up.
type Service struct {
	Month    record.Month      `json:"month"`
	Need     record.NeedID     `json:"need"`
	Resource record.ResourceID `json:"resource"`
	Class    []record.NeedID   `json:"class"` // the stock: which needs at the place it may serve
	Quantity float64           `json:"quantity"`
	UsedUp   bool              `json:"used_up,omitempty"`
}

// Price is what one more of a scarce thing would be worth.
type Price struct {
	Record   string         `json:"record"`
	Party    record.PartyID `json:"party"`
	What     string         `json:"what"`     // quantity, seats, per_month or amount
	Resource string         `json:"resource"` // or EUR
	Leg      record.Leg     `json:"leg"`
	Month    string         `json:"month,omitempty"` // for what is counted by month
	Unit     string         `json:"unit"`            // of what there would be one more
	Step     float64        `json:"step"`            // how many units the worth is for: 1, or a million euros
	Dual     float64        `json:"dual"`            // V per step, from the solver's prices
	Worth    float64        `json:"worth"`           // coverage points for one step more: by solving again where Proved
	Loss     float64        `json:"loss"`            // coverage points lost with one step less: by solving again where Proved
	Holds    float64        `json:"holds"`           // steps more that are worth as much each, if Proved
	Proved   bool           `json:"proved"`
	ByMonth  []MonthPrice   `json:"by_month,omitempty"` // for what is counted by month, where the price is not 0
	Says     string         `json:"says"`
}

// MonthPrice is the solver's price of one more in one month.
type MonthPrice struct {
	Month record.Month `json:"month"`
	Dual  float64      `json:"dual"`  // V
	Worth float64      `json:"worth"` // coverage points
}

// Relaxation is a larger step that would help, found by planning again with it.
type Relaxation struct {
	Record  string         `json:"record"` // whose limit is raised
	Party   record.PartyID `json:"party"`
	Need    record.NeedID  `json:"need"` // for whose sake
	Amount  float64        `json:"amount"`
	Unit    string         `json:"unit"`
	From    string         `json:"from,omitempty"`     // month, for what is counted by month
	Points  float64        `json:"points"`             // coverage points gained over all needs
	CostEUR float64        `json:"cost_eur,omitempty"` // what it would cost, where prices are known
	Says    string         `json:"says"`
}

// Leftover is what is offered and not used.
type Leftover struct {
	Record   string         `json:"record"`
	Party    record.PartyID `json:"party"`
	Resource string         `json:"resource"` // or EUR
	Offered  float64        `json:"offered"`
	Used     float64        `json:"used"`
	Left     float64        `json:"left"`
	Unit     string         `json:"unit"`
	Why      string         `json:"why"`
}

// Omission is what the plan could not count, and why.
type Omission struct {
	Record string `json:"record"`
	Says   string `json:"says"`
}

// FundLine is the account of one fund over the horizon, in euros.
type FundLine struct {
	Fund   record.FundID `json:"fund"`
	In     float64       `json:"in"`
	Out    float64       `json:"out"`
	Left   float64       `json:"left"`
	Lapsed float64       `json:"lapsed"`
}
