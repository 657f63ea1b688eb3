package web

import (
	"entente/access"
	"entente/record"
	"entente/screen"
)

// Room is a group of ways in the rail.
type Room struct {
	Name string
	Ways []Way
}

// Way leads to a screen.
type Way struct {
	ID, Name, Path string
	Key            string // after g
}

// Rail lists the screens in the order in which they are met.
func (p *Page) Rail() []Room {
	rooms := []Room{
		{p.Say("Position"), []Way{{"overview", p.Say("Overview"), "/", "o"}, {"map", p.Say("Map"), "/map", "m"}}},
		{p.Say("Planning"), []Way{{"plan", p.Say("Plan"), "/plan", "p"}, {"whatif", p.Say("What-if"), "/what-if", "w"}, {"scenarios", p.Say("Scenarios"), "/scenarios", "s"}}},
		{p.Say("Register"), []Way{{"needs", p.Say("Needs"), "/needs", "n"}, {"pledges", p.Say("Pledges"), "/pledges", "e"}, {"training", p.Say("Training"), "/training", "c"}, {"funds", p.Say("Funds"), "/funds", "u"},
			{"forces", p.Say("Forces"), "/forces", "f"}, {"agreements", p.Say("Agreements"), "/agreements", "a"}, {"findings", p.Say("Findings"), "/findings", "i"}, {"proposals", p.Say("Proposals"), "/proposals", "d"}, {"record", p.Say("Records"), "/records", "r"}}},
		{p.Say("Output"), []Way{{"brief", p.Say("Brief"), "/brief", "b"}}},
	}
	var ways []Way
	if p.Import {
		ways = append(ways, Way{"import", p.Say("Import"), "/import", ""})
	}
	if p.People {
		ways = append(ways, Way{"people", p.Say("People"), "/people", ""})
	}
	if len(ways) > 0 {
		rooms = append(rooms, Room{p.Say("Keeping"), ways})
	}
	return rooms
}

// Plans are the rungs from which a plan may count pledges.
func (p *Page) Plans() []string { return append([]string{""}, record.Rungs()...) }

// Tongues are the languages that pages speak.
func (p *Page) Tongues() []screen.Choice {
	var all []screen.Choice
	for _, lang := range screen.Languages() {
		all = append(all, screen.Choice{Value: lang, Name: tongue[lang], Chosen: lang == p.Lang()})
	}
	return all
}

// tongue names each language in itself.
var tongue = map[string]string{"en": "English", "fr": "Français"}

// SeeAs offers the reader's own eyes and the public's.
func (p *Page) SeeAs() []screen.Choice {
	if len(p.Readers) < 2 {
		return nil
	}
	public := access.Public.String()
	return []screen.Choice{
		{Value: p.Readers[0], Name: p.Say("As %s", p.Eyes(p.Readers[0])), Chosen: p.Reader == p.Readers[0]},
		{Value: public, Name: p.Say("As the public"), Chosen: p.Reader == public},
	}
}

// Eyes names a reader: a party by its id, and the two that are none in words.
func (p *Page) Eyes(reader string) string {
	switch reader {
	case access.Public.String(), access.Keeper.String():
		return p.Say(reader)
	}
	return reader
}

// Layers are what can be taken off the map.
func (p *Page) Layers() []screen.Choice {
	return []screen.Choice{{Value: "units", Name: p.Say("Forces")}, {Value: "sites", Name: p.Say("Training sites")}, {Value: "flow", Name: p.Say("Deliveries")}, {Value: "names", Name: p.Say("Names")}}
}
