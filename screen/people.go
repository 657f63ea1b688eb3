package screen

import "fmt"

// People are those who may come in, for whoever manages or audits them.
type People struct {
	Lede    string   `json:"finding"`
	Members []Member `json:"people"`
	Trail   Table    `json:"trail"`
	Shown   Secret   `json:"-"`
	Parties []Choice `json:"-"` // whose people whoever looks may manage
}

// Member is one of them.
type Member struct {
	ID       string      `json:"id"`
	Name     string      `json:"name"`
	Party    string      `json:"party,omitempty"`
	Roles    string      `json:"roles"`
	Keeper   bool        `json:"keeper,omitempty"`
	Ways     int         `json:"ways_to_sign_in"`
	Disabled bool        `json:"disabled,omitempty"`
	Tokens   []TokenLine `json:"tokens,omitempty"`
	Managed  bool        `json:"-"` // by whoever looks
	Signs    string      `json:"-"` // in how many ways, in words
}

// TokenLine is a token of a person, without its secret; days are empty for never.
type TokenLine struct {
	ID      string `json:"id"`
	Name    string `json:"name"`
	Roles   string `json:"roles"`
	Expires string `json:"expires,omitempty"`
	Used    string `json:"used,omitempty"`
	Revoked string `json:"revoked,omitempty"`
}

// ActLine is one act of the trail.
type ActLine struct{ When, By, Verb, What, Says string }

// Secret is what is shown once.
type Secret struct{ Says, Text string }

// People shows members, and what was done to them.
func (w World) People(members []Member, acts []ActLine) People {
	s := People{Members: members, Trail: Table{ID: "trail", Title: w.Say("What was done"), Heads: w.heads("When", "By", "Act", "What", "Says"), Empty: w.Say("Nothing.")}}
	in := 0
	for i, m := range members {
		members[i].Signs = w.Count(m.Ways, "%d way to sign in", "%d ways to sign in")
		if !m.Disabled {
			in++
		}
	}
	s.Lede = w.Say("**%d** of %d people may come in.", in, len(members))
	for _, a := range acts {
		s.Trail.Rows = append(s.Trail.Rows, []Cell{text(a.When), text(a.By), text(a.Verb), text(a.What), text(a.Says)})
	}
	return s
}

// As is what the person is here.
func (m Member) As() string {
	if m.Keeper {
		return "keeper"
	}
	return m.Party + ", " + m.Roles
}

// Finding implements Screen.
func (s People) Finding() string { return s.Lede }

// Tables implements Screen.
func (s People) Tables() []Table {
	t := Table{ID: "people", Title: "People", Heads: Voice{}.heads("Id", "Name", "As", "#Ways to sign in", "May come in")}
	for _, m := range s.Members {
		may := "yes"
		if m.Disabled {
			may = "no"
		}
		t.Rows = append(t.Rows, []Cell{text(m.ID), text(m.Name), text(m.As()), number(fmt.Sprint(m.Ways), float64(m.Ways)), text(may)})
	}
	return []Table{t, s.Trail}
}
