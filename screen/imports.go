package screen

import "fmt"

// Importing is where a file is chosen.
type Importing struct {
	Lede    string   `json:"finding"`
	Formats []Choice `json:"formats"`
}

// Importing offers the formats that are read.
func (w World) Importing(formats []Choice) Importing {
	return Importing{w.Say("A file is read and shown first; nothing of it is in the register before you send it."), formats}
}

// Finding implements Screen.
func (s Importing) Finding() string { return s.Lede }

// Tables implements Screen.
func (s Importing) Tables() []Table {
	t := Table{ID: "formats", Title: "Formats", Heads: Voice{}.heads("Format")}
	for _, f := range s.Formats {
		t.Rows = append(t.Rows, []Cell{text(f.Name)})
	}
	return []Table{t}
}

// Preview is a file that was read, before it is sent.
type Preview struct {
	ID       string   `json:"id"`
	Lede     string   `json:"finding"`
	File     string   `json:"file"`
	Format   string   `json:"format"`
	Rows     int      `json:"rows"`
	Imported int      `json:"imported"`
	Losses   int      `json:"losses"`
	Listed   []string `json:"listed,omitempty"` // the first of the losses
	Records  int      `json:"records"`
	Added    int      `json:"added"`
	Revised  int      `json:"revised"`
	First    []Diff   `json:"first"`
	Refused  string   `json:"refused,omitempty"` // why it cannot be sent
	Accepts  bool     `json:"accepts"`           // it is accepted at once, without review
	Stats    []Stat   `json:"-"`
	Lost     Table    `json:"-"`
}

// Preview says in a sentence what a file would change.
func (w World) Preview(s Preview) Preview {
	s.Lede = w.Say("**%s** would add %d records and change %d; %d rows or cells are in none.", s.File, s.Added, s.Revised, s.Losses)
	if s.Changes() == 0 {
		s.Lede = w.Say("The register says all of **%s** already.", s.File)
	}
	s.Stats = []Stat{{Name: w.Say("Rows"), Value: w.Say("%d of %d", s.Imported, s.Rows)}, {Name: w.Say("Records"), Value: fmt.Sprint(s.Records)},
		{Name: w.Say("Added"), Value: fmt.Sprint(s.Added)}, {Name: w.Say("Changed"), Value: fmt.Sprint(s.Revised)}, {Name: w.Say("Losses"), Value: fmt.Sprint(s.Losses)}}
	s.Lost = Table{ID: "losses", Title: w.Say("What is in no record, or not as it stood"), Heads: w.heads("Says"), Empty: w.Say("Nothing.")}
	for _, l := range s.Listed {
		s.Lost.Rows = append(s.Lost.Rows, []Cell{text(l)})
	}
	return s
}

// Changes is how many records would change.
func (s Preview) Changes() int { return s.Added + s.Revised }

// Finding implements Screen.
func (s Preview) Finding() string { return s.Lede }

// Tables implements Screen.
func (s Preview) Tables() []Table { return []Table{s.Lost} }
