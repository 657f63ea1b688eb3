package register

import "entente/record"

// all lists the records of one kind with their own type, by id.
func all[T record.Record](v *View, k record.Kind) []T {
	rs := make([]T, len(v.byKind[k]))
	for i, r := range v.byKind[k] {
		rs[i] = r.(T)
	}
	return rs
}

// one finds a record of one kind.
func one[T record.Record](v *View, k record.Kind, id string) (r T, ok bool) {
	rec, ok := v.byKey[record.Key{Kind: k, ID: id}]
	if ok {
		r = rec.(T)
	}
	return r, ok
}

// The records of each kind, by id.
func (v *View) Parties() []*record.Party      { return all[*record.Party](v, record.KindParty) }
func (v *View) Places() []*record.Place       { return all[*record.Place](v, record.KindPlace) }
func (v *View) Documents() []*record.Document { return all[*record.Document](v, record.KindDocument) }
func (v *View) Agreements() []*record.Agreement {
	return all[*record.Agreement](v, record.KindAgreement)
}
func (v *View) Resources() []*record.Resource { return all[*record.Resource](v, record.KindResource) }
func (v *View) Capabilities() []*record.Capability {
	return all[*record.Capability](v, record.KindCapability)
}
func (v *View) Needs() []*record.Need     { return all[*record.Need](v, record.KindNeed) }
func (v *View) Pledges() []*record.Pledge { return all[*record.Pledge](v, record.KindPledge) }
func (v *View) Productions() []*record.Production {
	return all[*record.Production](v, record.KindProduction)
}
func (v *View) Programmes() []*record.Programme {
	return all[*record.Programme](v, record.KindProgramme)
}
func (v *View) Funds() []*record.Fund { return all[*record.Fund](v, record.KindFund) }
func (v *View) Units() []*record.Unit { return all[*record.Unit](v, record.KindUnit) }
func (v *View) Assignments() []*record.Assignment {
	return all[*record.Assignment](v, record.KindAssignment)
}
func (v *View) Exercises() []*record.Exercise { return all[*record.Exercise](v, record.KindExercise) }
func (v *View) Incidents() []*record.Incident { return all[*record.Incident](v, record.KindIncident) }
func (v *View) Meetings() []*record.Meeting   { return all[*record.Meeting](v, record.KindMeeting) }
func (v *View) Targets() []*record.Target     { return all[*record.Target](v, record.KindTarget) }
func (v *View) Rates() []*record.Rate         { return all[*record.Rate](v, record.KindRate) }
func (v *View) Scenarios() []*record.Scenario { return all[*record.Scenario](v, record.KindScenario) }

// One record by its id; ok is false when it is absent or hidden.
func (v *View) Party(id record.PartyID) (*record.Party, bool) {
	return one[*record.Party](v, record.KindParty, string(id))
}
func (v *View) Place(id record.PlaceID) (*record.Place, bool) {
	return one[*record.Place](v, record.KindPlace, string(id))
}
func (v *View) Document(id record.DocumentID) (*record.Document, bool) {
	return one[*record.Document](v, record.KindDocument, string(id))
}
func (v *View) Agreement(id record.AgreementID) (*record.Agreement, bool) {
	return one[*record.Agreement](v, record.KindAgreement, string(id))
}
func (v *View) Resource(id record.ResourceID) (*record.Resource, bool) {
	return one[*record.Resource](v, record.KindResource, string(id))
}
func (v *View) Capability(id record.CapabilityID) (*record.Capability, bool) {
	return one[*record.Capability](v, record.KindCapability, string(id))
}
func (v *View) Need(id record.NeedID) (*record.Need, bool) {
	return one[*record.Need](v, record.KindNeed, string(id))
}
func (v *View) Pledge(id record.PledgeID) (*record.Pledge, bool) {
	return one[*record.Pledge](v, record.KindPledge, string(id))
}
func (v *View) Programme(id record.ProgrammeID) (*record.Programme, bool) {
	return one[*record.Programme](v, record.KindProgramme, string(id))
}
func (v *View) Fund(id record.FundID) (*record.Fund, bool) {
	return one[*record.Fund](v, record.KindFund, string(id))
}
func (v *View) Unit(id record.UnitID) (*record.Unit, bool) {
	return one[*record.Unit](v, record.KindUnit, string(id))
}
func (v *View) Scenario(id record.ScenarioID) (*record.Scenario, bool) {
	return one[*record.Scenario](v, record.KindScenario, string(id))
}
