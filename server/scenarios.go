package server

import (
	"errors"

	"entente/record"
	"entente/register"
	"entente/shared"
	"entente/whatif"
)

// keepScenario states what a what-if changes as a scenario of the register.
func (a *asking) keepScenario() (to string, err error) {
	w, err := a.world(true)
	if err != nil {
		return "", err
	}
	c := w.ChangeOf(a.query)
	if c.Nothing() {
		return "", unfit("nothing is changed", "change something first, and then keep it")
	}
	title, err := a.told("title", "the name of the scenario")
	if err != nil {
		return "", err
	}
	once, err := a.once()
	if err != nil {
		return "", err
	}
	f, err := a.now()
	if err != nil {
		return "", err
	}
	scenario := w.Scenario(c)
	scenario.ID, scenario.Title, scenario.By = once, title, a.own.Party
	rs, errs := record.Parse("scenario.yaml", record.Format(scenario))
	if len(errs) > 0 {
		return "", unfit("the scenario cannot be kept: "+errs[0].Says, errs[0].Fix)
	}
	edits, err := a.toward(f, rs)
	if err != nil {
		return "", err
	}
	if len(edits) == 0 { // the form was sent twice
		return scenariosPath, nil
	}
	return a.submit(f.view, edits, submission{once, a.voice.Say("Keep the scenario %s", title), ""}, scenariosPath)
}

// promote proposes that a scenario of the register comes true: that the records
// be changed, added and retired as it supposes. Their parties decide.
func (a *asking) promote() (to string, err error) {
	s, ok := a.sight.View.Scenario(record.ScenarioID(a.r.PathValue("id")))
	if !ok {
		return "", absent("this scenario")
	}
	why, err := a.told("why", "the reason for the proposal")
	if err != nil {
		return "", err
	}
	once, err := a.once()
	if err != nil {
		return "", err
	}
	f, err := a.now()
	if err != nil {
		return "", err
	}
	edits, err := a.supposed(f, s)
	if err == nil {
		_, err = a.verdict(f.view, edits)
	}
	if err != nil {
		return "", err
	}
	return a.propose(edits, submission{once, s.Name(), why})
}

// supposed is what would have to change for a scenario to be true.
func (a *asking) supposed(f footing, s *record.Scenario) (shared.Edits, error) {
	o, err := a.options()
	if err != nil {
		return nil, err
	}
	after, err := whatif.Facts(f.view, s, o)
	var unfitting *whatif.Error
	if errors.As(err, &unfitting) {
		return nil, unfit("the scenario cannot be proposed: "+unfitting.Says, unfitting.Fix)
	}
	if err != nil {
		return nil, err
	}
	edits, err := a.Board.Register.Toward(a.ctx, register.NewTree(f.tree.Settings, f.view.Records()...), f.size, after.Records(), true)
	if err != nil {
		return nil, takenFault(err)
	}
	for _, e := range edits {
		if e.New == nil {
			continue
		}
		if _, errs := record.Parse("proposed.yaml", record.Format(e.New)); len(errs) > 0 {
			return nil, unfit("the scenario cannot be proposed: "+errs[0].Says, errs[0].Fix)
		}
	}
	return edits, nil
}
