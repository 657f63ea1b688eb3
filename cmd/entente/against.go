package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"entente/plan"
	"entente/report"
)

// planBytesMax is the largest plan that is read: far above that of any register
// that can be planned for.
const planBytesMax = 256 << 20

// readPlan reads a plan that was written with --format json.
func readPlan(name string) (*plan.Plan, error) {
	const fix = "name a file that entente plan DIR --format json -o FILE has written"
	f, err := os.Open(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, trouble{"--against: there is no file " + name, fix}
	}
	if err != nil {
		return nil, trouble{"--against: " + plain(err), "name a file that you may read"}
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, planBytesMax+1))
	switch {
	case err != nil:
		return nil, trouble{"--against: " + plain(err), fix}
	case len(text) > planBytesMax:
		return nil, trouble{fmt.Sprintf("--against: %s is larger than a plan can be", name), fix}
	}
	var p plan.Plan
	if err := json.Unmarshal(text, &p); err != nil {
		return nil, trouble{fmt.Sprintf("--against: %s is not a plan: %s", name, notPlan(err)), fix}
	}
	if p.Register.Head == "" || p.Register.Inputs == nil || p.Months < 1 || p.Status == "" || p.Needs == nil {
		return nil, trouble{fmt.Sprintf("--against: %s is JSON, but no plan", name), fix}
	}
	return &p, nil
}

// notPlan says where JSON ends to be a plan.
func notPlan(err error) string {
	var syntax *json.SyntaxError
	var kind *json.UnmarshalTypeError
	switch {
	case errors.As(err, &syntax):
		return fmt.Sprintf("it is not JSON (byte %d)", syntax.Offset)
	case errors.As(err, &kind) && kind.Field != "":
		return fmt.Sprintf("%s is of another form (byte %d)", kind.Field, kind.Offset)
	case errors.As(err, &kind):
		return "it is JSON of another form"
	}
	return oneLine(err.Error())
}

type againstData struct {
	Then planData   `json:"then"`
	Now  planData   `json:"now"`
	Diff *plan.Diff `json:"diff"`
}

// planData names a plan.
type planData struct {
	Register plan.Register `json:"register"`
	Start    string        `json:"start"`
	Months   int           `json:"months"`
	Coverage float64       `json:"coverage"`
	CostEUR  float64       `json:"cost_eur"`
}

func dataOfPlan(p *plan.Plan) planData {
	r := p.Register
	r.Inputs = nil
	return planData{r, p.Start.String(), p.Months, p.Points, p.CostEUR}
}

// against writes what differs from an earlier plan.
func (c *console) against(j planJob, a planned) error {
	diff := plan.Compare(a.then, a.p)
	if j.format == "json" {
		return c.json(againstData{dataOfPlan(a.then), dataOfPlan(a.p), diff})
	}
	r := report.OfDiff(a.v, a.then, a.p, diff)
	limit := j.limit()
	c.para(r.Headline, "", report.Strong)
	for _, s := range r.More {
		c.para(s, "", report.Plain)
	}
	for _, t := range []report.Table{r.Changed, r.Needs, r.Moves} {
		if len(t.Rows) > 0 {
			c.table(limit(t))
		}
	}
	next := []step{{"entente plan " + quoted(j.dir), "the plan as it is now"}}
	if len(diff.Needs) > 0 {
		next = append([]step{{"entente plan " + quoted(j.dir) + " --why " + quoted(diff.Needs[0].Record[len("Need/"):]), "the need that moved most"}}, next...)
	}
	c.next(next...)
	return nil
}
