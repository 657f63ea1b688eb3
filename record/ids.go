package record

// Ids are strings with a kind: a PlaceID cannot stand where a PartyID is wanted.
type (
	PartyID      string
	PlaceID      string
	DocumentID   string
	AgreementID  string
	ResourceID   string
	CapabilityID string
	NeedID       string
	PledgeID     string
	ProgrammeID  string
	FundID       string
	UnitID       string
	ScenarioID   string
)

// SubjectID names a Party or an Agreement; the letter case tells which.
type SubjectID string

// reference is what every id type can do: say which kind it points to.
type reference interface{ target() Kind }

func (PartyID) target() Kind      { return KindParty }
func (PlaceID) target() Kind      { return KindPlace }
func (DocumentID) target() Kind   { return KindDocument }
func (AgreementID) target() Kind  { return KindAgreement }
func (ResourceID) target() Kind   { return KindResource }
func (CapabilityID) target() Kind { return KindCapability }
func (NeedID) target() Kind       { return KindNeed }
func (PledgeID) target() Kind     { return KindPledge }
func (ProgrammeID) target() Kind  { return KindProgramme }
func (FundID) target() Kind       { return KindFund }
func (UnitID) target() Kind       { return KindUnit }
func (ScenarioID) target() Kind   { return KindScenario }

func (s SubjectID) target() Kind {
	if isPartyID(string(s)) {
		return KindParty
	}
	return KindAgreement
}

const idLengthMax = 100

// isPartyID reports whether s is an upper-case name: GBR, NATO, G7, UN-OCHA.
func isPartyID(s string) bool {
	if s == "" || len(s) > idLengthMax {
		return false
	}
	for i := 0; i < len(s); i++ {
		c := s[i]
		upper := c >= 'A' && c <= 'Z'
		if !upper && (i == 0 || !(c >= '0' && c <= '9' || c == '-')) {
			return false
		}
	}
	return true
}

// isSlug reports whether s matches [a-z0-9][a-z0-9-]*.
func isSlug(s string) bool {
	if s == "" || len(s) > idLengthMax {
		return false
	}
	for i := 0; i < len(s); i++ {
		c := s[i]
		if !(c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '-' && i > 0) {
			return false
		}
	}
	return true
}

// idFault says in a sentence what is wrong with an id of kind k, or "".
func idFault(k Kind, s string) (says, fix string) {
	switch {
	case k == KindParty && !isPartyID(s):
		return quoted(s) + " is not a party id", "write an ISO 3166-1 alpha-3 code such as GBR, or an organisation's upper-case name such as NATO"
	case k != KindParty && !isSlug(s):
		return quoted(s) + " is not an id", "write lower-case letters, digits and hyphens, beginning with a letter or digit, at most 100"
	}
	return "", ""
}
