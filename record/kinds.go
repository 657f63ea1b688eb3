package record

// Party is a nation, an organisation or a group that acts under its own name.
type Party struct {
	Common
	Name    string            `json:"name" need:"true" doc:"its name in full"`
	Type    PartyType         `json:"type" need:"true" doc:"what sort of party it is"`
	Members []Member          `json:"members,omitempty" doc:"who belongs to it, and since and until when"`
	GDP     []GDP             `json:"gdp,omitempty" doc:"gross domestic product by year"`
	Terms   map[string]string `json:"terms,omitempty" doc:"the party's own words for rungs, each with the rung it means"`
}

// PartyType tells nations from organisations and groups.
type PartyType string

func (PartyType) values() []string { return []string{"nation", "organisation", "group"} }

// Member is a party inside an organisation or a group, for as long as it is.
type Member struct {
	Party PartyID `json:"party" need:"true" doc:"who belongs"`
	From  Day     `json:"from,omitzero" doc:"since when"`
	To    Day     `json:"to,omitzero" doc:"until when"`
}

// GDP is the product of one year.
type GDP struct {
	Year   Day    `json:"year" need:"true" doc:"the year"`
	Amount Amount `json:"amount" need:"true" doc:"the product of that year"`
}

// Place is where things are; theatres contain places.
type Place struct {
	Common
	Name     string   `json:"name" need:"true" doc:"its name"`
	Country  PartyID  `json:"country,omitempty" doc:"whose territory it is"`
	Location Location `json:"location,omitempty" doc:"[longitude, latitude] in degrees, WGS 84"`
	Within   PlaceID  `json:"within,omitempty" doc:"the place that contains this one"`
	Coarse   bool     `json:"coarse,omitempty" doc:"true when the location is deliberately imprecise"`
}

// Location is [longitude, latitude] in degrees (GeoJSON order, RFC 7946).
type Location []float64

// Document is a source, with its text beside it when the text is held.
type Document struct {
	Common
	Publisher string `json:"publisher" need:"true" doc:"who published it"`
	Published Day    `json:"published" need:"true" doc:"when it was published"`
	URL       string `json:"url,omitempty" doc:"where it is found on the web"`
	Text      string `json:"text,omitempty" doc:"name of the text file beside the record's file"`
	SHA256    string `json:"sha256,omitempty" doc:"hash of the text, in hexadecimal"`
}

// Agreement is a treaty, alliance, pact, partnership, roadmap or declaration.
type Agreement struct {
	Common
	Type        string            `json:"type" need:"true" doc:"treaty, alliance, pact, partnership, framework, roadmap, declaration and so on"`
	Parties     []PartyID         `json:"parties" need:"true" doc:"who agreed"`
	Status      []AgreementStatus `json:"status" need:"true" doc:"the stages it has reached, each with its day"`
	Scope       []string          `json:"scope,omitempty" doc:"capability, funding, training, troops, industry and so on"`
	Complements []AgreementID     `json:"complements,omitempty" doc:"the agreements that it adds to"`
	Obligations []Obligation      `json:"obligations,omitempty" doc:"what its parties must do"`
	Meets       string            `json:"meets,omitempty" doc:"how often, for example: every 6 months"`
}

// AgreementStatus is a stage that an agreement has reached.
type AgreementStatus struct {
	Is AgreementStage `json:"is" need:"true" doc:"the stage"`
	On Day            `json:"on,omitzero" doc:"the day it was reached"`
}

// AgreementStage is how far an agreement has come.
type AgreementStage string

// The stages of an agreement.
const (
	Proposed    AgreementStage = "proposed"
	Negotiating AgreementStage = "negotiating"
	Signed      AgreementStage = "signed"
	InForce     AgreementStage = "in-force"
	Suspended   AgreementStage = "suspended"
	Ended       AgreementStage = "ended"
)

func (AgreementStage) values() []string {
	return []string{string(Proposed), string(Negotiating), string(Signed), string(InForce), string(Suspended), string(Ended)}
}

// Obligation is something a party must do under an agreement.
type Obligation struct {
	ID   string  `json:"id" need:"true" doc:"its name within the agreement" form:"slug"`
	What string  `json:"what" need:"true" doc:"what must be done"`
	By   PartyID `json:"by,omitempty" doc:"who must do it"`
	Due  Day     `json:"due,omitzero" doc:"by when"`
	Met  Day     `json:"met,omitzero" doc:"the day it was met"`
}

// Resource is what can be provided, stocked and used up.
type Resource struct {
	Common
	Name  string  `json:"name" need:"true" doc:"its name"`
	Leg   Leg     `json:"leg" need:"true" doc:"what it is: equipment, supply that is used up, people, or money"`
	Unit  string  `json:"unit" need:"true" doc:"what one of it is called"`
	Price *Money  `json:"price,omitempty" doc:"per unit, for valuation"`
	Loss  float64 `json:"loss,omitempty" doc:"share lost per month, for durable things; 0 to 1" range:"share"`
	Whole bool    `json:"whole,omitempty" doc:"true when indivisible"`
}

// Leg is what a capability stands on. Supply belongs to the equipment leg, but
// is used up.
type Leg string

// The legs.
const (
	Equipment Leg = "equipment"
	Supply    Leg = "supply"
	People    Leg = "people"
	Funding   Leg = "money"
)

func (Leg) values() []string {
	return []string{string(Equipment), string(Supply), string(People), string(Funding)}
}

// Capability is what is wanted in the field, made of the legs.
type Capability struct {
	Common
	Name    string                 `json:"name" need:"true" doc:"its name"`
	Unit    string                 `json:"unit" need:"true" doc:"what one of it is called"`
	Stock   map[ResourceID]float64 `json:"stock,omitempty" doc:"what one unit needs present in place" range:"positive"`
	Monthly map[ResourceID]float64 `json:"monthly,omitempty" doc:"what one unit uses up a month" range:"positive"`
	Running *Money                 `json:"running,omitempty" doc:"money that one unit costs a month"`
	Whole   bool                   `json:"whole,omitempty" doc:"true when only whole units count"`
}

// Need is a requirement: so much of a capability, there, in these months.
type Need struct {
	Common
	Capability CapabilityID `json:"capability" need:"true" doc:"what is wanted"`
	At         PlaceID      `json:"at" need:"true" doc:"where"`
	For        PartyID      `json:"for,omitempty" doc:"for whom"`
	From       Day          `json:"from" need:"true" doc:"first month"`
	To         Day          `json:"to" need:"true" doc:"last month"`
	Quantity   Steps        `json:"quantity" need:"true" doc:"a number, or steps: from this day on, so much"`
	Priority   int          `json:"priority" need:"true" doc:"1 first to 5 last" range:"1-5"`
	Weight     *float64     `json:"weight,omitempty" doc:"1 when left out" range:"positive"`
	Validated  *Validation  `json:"validated,omitempty" doc:"who confirmed it, and when"`
	Under      AgreementID  `json:"under,omitempty" doc:"the agreement that calls for it"`
}

// Validation says who confirmed a need, and when.
type Validation struct {
	By PartyID `json:"by" need:"true" doc:"who confirmed it"`
	On Day     `json:"on,omitzero" doc:"when"`
}

// Step is a quantity from a day on.
type Step struct {
	From     Day    `json:"from" need:"true" doc:"from this day on"`
	Quantity Number `json:"quantity" need:"true" doc:"so much"`
}

// Steps is a quantity over time. One step without a day is a constant.
type Steps []Step

// Pledge is a promise of a resource, or of money into a fund.
type Pledge struct {
	Common
	Under        AgreementID  `json:"under,omitempty" doc:"the agreement it is made under"`
	To           PartyID      `json:"to,omitempty" doc:"who receives it"`
	Resource     ResourceID   `json:"resource,omitempty" doc:"what is given; or else amount"`
	Quantity     *Number      `json:"quantity,omitempty" doc:"how much of the resource"`
	Amount       *Amount      `json:"amount,omitempty" doc:"how much money is given; or else resource"`
	Into         FundID       `json:"into,omitempty" doc:"the fund that the money goes into"`
	From         Day          `json:"from,omitzero" doc:"first month available"`
	Schedule     []Lot        `json:"schedule,omitempty" doc:"what comes when, instead of all at from"`
	Until        Day          `json:"until,omitzero" doc:"last month of dispatch"`
	Lead         *Lead        `json:"lead,omitempty" doc:"whole months to the theatre, or per place; 1 when left out"`
	Status       []RungStatus `json:"status" need:"true" doc:"the rungs reached, each with its day"`
	DeliveryCost *Money       `json:"delivery_cost,omitempty" doc:"per unit"`
	PaidBy       Payer        `json:"paid_by,omitempty" doc:"who pays for delivery; provider when left out"`
	Only         *Scope       `json:"only,omitempty" doc:"what alone it may serve"`
	Not          *Scope       `json:"not,omitempty" doc:"what it may not serve"`
	Procurer     PartyID      `json:"procurer,omitempty" doc:"who buys it"`
	Supplier     PartyID      `json:"supplier,omitempty" doc:"who makes or sells it"`
	Mover        PartyID      `json:"mover,omitempty" doc:"who carries it"`
	Values       []Value      `json:"values,omitempty" doc:"what it is worth, by whose reckoning"`
	PartOf       PledgeID     `json:"part_of,omitempty" doc:"the pledge that already counts this one"`
	RenewBy      Day          `json:"renew_by,omitzero" doc:"by when the promise must be renewed"`
}

// Lot is one part of a pledge's schedule.
type Lot struct {
	On       Day     `json:"on" need:"true" doc:"first month available"`
	Quantity *Number `json:"quantity,omitempty" doc:"how much of the resource"`
	Amount   *Amount `json:"amount,omitempty" doc:"how much of the money"`
}

// Lead is the months from dispatch to arrival, for all places or by place.
type Lead struct {
	Months int
	At     map[PlaceID]int
}

// RungStatus says that a pledge, or so much of it, reached a rung on a day.
type RungStatus struct {
	Is       string  `json:"is" need:"true" doc:"a rung of the ladder, or the party's own term for one"`
	On       Day     `json:"on,omitzero" doc:"the day it was reached"`
	Quantity *Number `json:"quantity,omitempty" doc:"how much has reached the rung; all of it when left out"`
}

// Payer says who pays for delivery.
type Payer string

// The payers of delivery.
const (
	PaidByProvider Payer = "provider"
	PaidByFunds    Payer = "funds"
)

func (Payer) values() []string { return []string{string(PaidByProvider), string(PaidByFunds)} }

// Scope names what a pledge or fund is for, or not for.
type Scope struct {
	Needs        []NeedID       `json:"needs,omitempty" doc:"these needs"`
	Places       []PlaceID      `json:"places,omitempty" doc:"needs at these places, or at places within them"`
	Capabilities []CapabilityID `json:"capabilities,omitempty" doc:"needs of these capabilities"`
	Parties      []PartyID      `json:"parties,omitempty" doc:"needs of these parties"`
}

// Value is one valuation of a pledge.
type Value struct {
	Basis  Basis  `json:"basis" need:"true" doc:"what the valuation rests on"`
	Amount Amount `json:"amount" need:"true" doc:"the value"`
}

// Basis is what a valuation rests on.
type Basis string

func (Basis) values() []string {
	return []string{"official", "list", "book", "replacement", "market"}
}

// Production is what industry can deliver against money.
type Production struct {
	Common
	Resource ResourceID `json:"resource" need:"true" doc:"what is made"`
	PerMonth Number     `json:"per_month" need:"true" doc:"how much can be ordered a month"`
	Price    Money      `json:"price" need:"true" doc:"per unit"`
	Lead     int        `json:"lead" need:"true" doc:"whole months from order to arrival" range:"0-600"`
	From     Day        `json:"from,omitzero" doc:"first month of orders"`
	To       Day        `json:"to,omitzero" doc:"last month of orders"`
	Only     *Scope     `json:"only,omitempty" doc:"what alone it may serve"`
	Not      *Scope     `json:"not,omitempty" doc:"what it may not serve"`
}

// Programme is training that makes people able.
type Programme struct {
	Common
	At       PlaceID     `json:"at" need:"true" doc:"where it is held"`
	Trains   ResourceID  `json:"trains" need:"true" doc:"a Resource of leg people"`
	Seats    Number      `json:"seats" need:"true" doc:"people who may start a month"`
	Months   int         `json:"months" need:"true" doc:"length of the course" range:"0-600"`
	Passes   *float64    `json:"passes,omitempty" doc:"share who pass; 1 when left out" range:"share"`
	Cost     *Money      `json:"cost,omitempty" doc:"per seat"`
	Notice   int         `json:"notice,omitempty" doc:"days before the first start" range:"0-20000"`
	From     Day         `json:"from" need:"true" doc:"first month in which a course starts"`
	To       Day         `json:"to,omitzero" doc:"last month in which a course starts"`
	Partners []PartyID   `json:"partners,omitempty" doc:"who else takes part"`
	Under    AgreementID `json:"under,omitempty" doc:"the agreement it is held under"`
	Only     *Scope      `json:"only,omitempty" doc:"what alone it may serve"`
	Not      *Scope      `json:"not,omitempty" doc:"what it may not serve"`
}

// Fund is a pot of money; the money comes from pledges into it.
type Fund struct {
	Common
	Under      AgreementID `json:"under,omitempty" doc:"the agreement it belongs to"`
	Manager    PartyID     `json:"manager,omitempty" doc:"who manages it"`
	Uses       []Use       `json:"uses" need:"true" doc:"what it may pay for"`
	For        *Scope      `json:"for,omitempty" doc:"what alone it may pay for"`
	Reimburses *float64    `json:"reimburses,omitempty" doc:"share of a cost that it pays back" range:"share"`
	Ceiling    *Ceiling    `json:"ceiling,omitempty" doc:"the most it may pay in all"`
	Expires    Day         `json:"expires,omitzero" doc:"the last day on which it pays"`
}

// Use is what a fund may pay for.
type Use string

// The uses of money.
const (
	Delivery    Use = "delivery"
	Procurement Use = "procurement"
	Training    Use = "training"
	Running     Use = "running"
)

func (Use) values() []string {
	return []string{string(Delivery), string(Procurement), string(Training), string(Running)}
}

// Ceiling is the most that a fund may pay in all.
type Ceiling struct {
	Amount Amount `json:"amount" need:"true" doc:"the most"`
	Basis  string `json:"basis,omitempty" doc:"what it is counted by"`
}

// Unit is a force element that can be in one place at a time.
type Unit struct {
	Common
	Type     string                   `json:"type" need:"true" doc:"infantry, air defence, logistics and so on"`
	Echelon  string                   `json:"echelon,omitempty" doc:"battalion, brigade and so on"`
	Strength *Number                  `json:"strength,omitempty" doc:"people"`
	Home     PlaceID                  `json:"home,omitempty" doc:"where it is based"`
	Notice   int                      `json:"notice,omitempty" doc:"days of notice to move" range:"0-20000"`
	Gives    map[CapabilityID]float64 `json:"gives,omitempty" doc:"capability that the unit is when present" range:"positive"`
	Rotation *Rotation                `json:"rotation,omitempty" doc:"how long it may be away and must be home"`
	Cost     *Money                   `json:"cost,omitempty" doc:"per month deployed"`
	SIDC     string                   `json:"sidc,omitempty" doc:"APP-6 symbol identification code"`
}

// Rotation is how long a unit may be away and must be home, in months.
type Rotation struct {
	Tour    int `json:"tour" need:"true" doc:"months away" range:"0-600"`
	Rest    int `json:"rest,omitempty" doc:"months at home after a tour" range:"0-600"`
	Prepare int `json:"prepare,omitempty" doc:"months of preparation before a tour" range:"0-600"`
}

// Assignment is a unit declared, on standby, deployed, training or recovering.
type Assignment struct {
	Common
	Unit         UnitID      `json:"unit" need:"true" doc:"which unit"`
	Under        AgreementID `json:"under" need:"true" doc:"the agreement it is assigned under"`
	Role         Role        `json:"role" need:"true" doc:"what it does"`
	At           PlaceID     `json:"at,omitempty" doc:"where"`
	Need         NeedID      `json:"need,omitempty" doc:"the need that it serves"`
	From         Day         `json:"from" need:"true" doc:"first day"`
	To           Day         `json:"to,omitzero" doc:"last day; open when left out"`
	Share        *float64    `json:"share,omitempty" doc:"how much of the unit; 1 when left out" range:"share"`
	Notice       *int        `json:"notice,omitempty" doc:"days of notice to move in this assignment" range:"0-20000"`
	Exclusive    bool        `json:"exclusive,omitempty" doc:"true when the unit can serve nothing else meanwhile"`
	RecallableBy AgreementID `json:"recallable_by,omitempty" doc:"the agreement that may call it away"`
}

// Role is what a unit does in an assignment.
type Role string

// The roles.
const (
	Declared   Role = "declared"
	Standby    Role = "standby"
	Deployed   Role = "deployed"
	InTraining Role = "training"
	Recovering Role = "recovering"
)

func (Role) values() []string {
	return []string{string(Declared), string(Standby), string(Deployed), string(InTraining), string(Recovering)}
}

// Exercise is a named exercise.
type Exercise struct {
	Common
	Lead         PartyID     `json:"lead" need:"true" doc:"who leads it"`
	Participants []PartyID   `json:"participants,omitempty" doc:"who takes part"`
	At           PlaceID     `json:"at,omitempty" doc:"where"`
	From         Day         `json:"from" need:"true" doc:"first day"`
	To           Day         `json:"to,omitzero" doc:"last day; as first when left out"`
	Under        AgreementID `json:"under,omitempty" doc:"the agreement it is held under"`
	Units        []UnitID    `json:"units,omitempty" doc:"the units that take part"`
}

// Incident is what changes the threat.
type Incident struct {
	Common
	On       Day       `json:"on" need:"true" doc:"when it happened"`
	What     string    `json:"what" need:"true" doc:"what happened"`
	Actors   []PartyID `json:"actors,omitempty" doc:"who took part"`
	Links    []Link    `json:"links,omitempty" doc:"how the actors stand to one another"`
	Severity int       `json:"severity,omitempty" doc:"1 low to 5 grave" range:"1-5"`
	Affects  []Affects `json:"affects,omitempty" doc:"the needs that it changes"`
}

// Link relates two actors.
type Link struct {
	From     PartyID `json:"from" need:"true" doc:"the one"`
	To       PartyID `json:"to" need:"true" doc:"the other"`
	Relation string  `json:"relation" need:"true" doc:"what the one is to the other: attacks, supplies, hosts and so on"`
}

// Affects says which needs an incident changes, and by what factor.
type Affects struct {
	Needs        []NeedID       `json:"needs,omitempty" doc:"these needs"`
	Places       []PlaceID      `json:"places,omitempty" doc:"needs at these places"`
	Capabilities []CapabilityID `json:"capabilities,omitempty" doc:"needs of these capabilities"`
	Scale        *float64       `json:"scale,omitempty" doc:"the factor by which they grow or shrink" range:"not-negative"`
}

// Meeting is a summit or a council.
type Meeting struct {
	Common
	On           Day         `json:"on" need:"true" doc:"when"`
	At           PlaceID     `json:"at,omitempty" doc:"where"`
	Participants []PartyID   `json:"participants,omitempty" doc:"who takes part"`
	Under        AgreementID `json:"under,omitempty" doc:"the agreement it is held under"`
	Decisions    []Decision  `json:"decisions,omitempty" doc:"what was decided"`
}

// Decision is what a meeting decided, who does it, by when.
type Decision struct {
	ID    string  `json:"id" need:"true" doc:"its name within the meeting" form:"slug"`
	What  string  `json:"what" need:"true" doc:"what was decided"`
	Owner PartyID `json:"owner,omitempty" doc:"who does it"`
	Due   Day     `json:"due,omitzero" doc:"by when"`
	Done  Day     `json:"done,omitzero" doc:"the day it was done"`
}

// Target is a promise that can be measured.
type Target struct {
	Common
	For     SubjectID `json:"for" need:"true" doc:"a Party or an Agreement"`
	Measure string    `json:"measure" need:"true" doc:"defence-spending-share, delivered-share, renewal and so on"`
	AtLeast *Measure  `json:"at_least,omitempty" doc:"the lower bound; or else at_most"`
	AtMost  *Measure  `json:"at_most,omitempty" doc:"the upper bound; or else at_least"`
	Due     Day       `json:"by" need:"true" doc:"the day it is promised for"`
	Actual  []Actual  `json:"actual,omitempty" doc:"what was measured, and when"`
}

// Actual is what was measured of a Target.
type Actual struct {
	On      Day      `json:"on" need:"true" doc:"when it was measured"`
	Value   Measure  `json:"value" need:"true" doc:"what was measured"`
	Sources []Source `json:"sources,omitempty" doc:"where it is written"`
}

// Rate is an exchange rate: so many units of currency for one euro.
type Rate struct {
	Common
	Currency Currency `json:"currency" need:"true" doc:"the currency"`
	PerEUR   Decimal  `json:"per_eur" need:"true" doc:"units of the currency for one euro"`
	On       Day      `json:"on" need:"true" doc:"the day or month it holds for"`
}

// Scenario is a change of the world, never of the record.
type Scenario struct {
	Common
	Changes []Change   `json:"changes" need:"true" doc:"what changes, in this order"`
	Stacks  ScenarioID `json:"on,omitempty" doc:"the scenario that this one stacks on"`
}

// Change is one step of a scenario: exactly one of its verbs, with its words.
type Change struct {
	Withdraw PartyID     `json:"withdraw,omitempty" doc:"the party gives nothing more"`
	From     Day         `json:"from,omitzero" doc:"with withdraw: since when"`
	Keep     Keep        `json:"keep,omitempty" doc:"with withdraw: what stays"`
	Delay    *Delay      `json:"delay,omitempty" doc:"what comes later; an empty delay means every pledge"`
	Months   *int        `json:"months,omitempty" doc:"with delay: by how many" range:"0-600"`
	Scale    *Scope      `json:"scale,omitempty" doc:"which needs are multiplied; an empty one means all"`
	By       *float64    `json:"by,omitempty" doc:"with scale: the factor" range:"not-negative"`
	Lose     *Loss       `json:"lose,omitempty" doc:"what is destroyed or lost"`
	On       Day         `json:"on,omitzero" doc:"with lose and end: when"`
	End      AgreementID `json:"end,omitempty" doc:"the agreement ends, and what is promised under it"`
	Add      *Nested     `json:"add,omitempty" doc:"a record that is added"`
	Change   *Edit       `json:"change,omitempty" doc:"a record some of whose fields are replaced"`
}

// Keep says what stays when a party withdraws.
type Keep string

// KeepDelivered keeps what has been handed over; it is the default.
const KeepDelivered Keep = "delivered"

func (Keep) values() []string { return []string{string(KeepDelivered)} }

// Delay names what comes later.
type Delay struct {
	Pledges   []PledgeID  `json:"pledges,omitempty" doc:"these pledges"`
	Party     PartyID     `json:"party,omitempty" doc:"the pledges of this party"`
	Resource  ResourceID  `json:"resource,omitempty" doc:"the pledges of this resource"`
	Programme ProgrammeID `json:"programme,omitempty" doc:"the graduates of this programme"`
}

// Loss names what is lost.
type Loss struct {
	Resource ResourceID `json:"resource" need:"true" doc:"what is lost"`
	At       PlaceID    `json:"at,omitempty" doc:"where; everywhere when left out"`
	Share    float64    `json:"share" need:"true" doc:"the share that is lost" range:"share"`
}

// Edit replaces fields of a record.
type Edit struct {
	Kind Kind   `json:"kind" need:"true" doc:"the kind of the record"`
	ID   string `json:"id" need:"true" doc:"its id"`
	Set  Fields `json:"set" need:"true" doc:"the fields to replace; null takes a field away"`
}
