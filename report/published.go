package report

import (
	"entente/record"
	"entente/register"
)

// OfPublished draws totals over pledges that their readers may not see one by
// one, at a rung; v is what they see, for the names.
func OfPublished(v *register.View, rung record.Rung, rows []register.Publication) Table {
	t := Table{
		Title: "Published totals at " + rung.String() + " or above",
		Note:  "Not told: what comes from too few givers or nearly all from one, and what would let it be reckoned.",
		Heads: []Head{{Name: "What"}, {Name: "For"}, {Name: "At the rung", Numeric: true}},
		Empty: "Nothing is published.",
	}
	for _, row := range rows {
		what := "money"
		if row.Resource != "" {
			what = v.Name(record.Key{Kind: record.KindResource, ID: string(row.Resource)})
		}
		for _, c := range row.Cells {
			to := "others"
			if c.To != "" {
				to = v.Name(record.Key{Kind: record.KindParty, ID: string(c.To)})
			}
			t.Rows = append(t.Rows, []Cell{Text(what), Text(to), publishedCell(row, c)})
		}
		t.Rows = append(t.Rows, []Cell{Text(what), Toned("all", Strong), publishedCell(row, row.All)})
	}
	return t
}

func publishedCell(row register.Publication, c register.PublishedCell) Cell {
	switch {
	case c.Suppressed:
		return Toned("not told", Quiet)
	case row.Resource == "" && c.Euro.Max.IsZero():
		return Text("–")
	case row.Resource == "":
		return Text(Amount(c.Euro))
	}
	return Text(Range(c.Quantity))
}
