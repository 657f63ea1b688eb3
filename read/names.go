package read

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/biter777/countries"

	"entente/record"
)

// nations are the words by which texts mean a nation beside the name in the list
// of countries: short names, adjectives, seats of government, services, and who
// speaks for it. An office holder is a name of the nation only in a text of those
// years; a register says its own names in the tags of its parties.
const nations = `
ALB Albania|Albanian|Albanians|Tirana
ARM Armenia|Armenian|Yerevan
AUS Australia|Australian|Australians|Canberra
AUT Austria|Austrian|Austrians
AZE Azerbaijan|Azerbaijani|Baku
BEL Belgium|Belgian|Belgians
BGR Bulgaria|Bulgarian|Bulgarians
BLR Belarus|Belarusian|Belarusians|Minsk|Lukashenko|Alexander Lukashenko
CAN Canada|Canadian|Canadians|Ottawa|Justin Trudeau|Trudeau|Mark Carney|Carney
CHE Switzerland|Swiss
CHN China|Chinese|Beijing|Xi Jinping
CZE Czechia|Czech|Czechs|Czech Republic|Petr Pavel|Petr Fiala
DEU Germany|German|Germans|Berlin|Bundeswehr|Bundestag|Olaf Scholz|Scholz|Boris Pistorius|Pistorius|Friedrich Merz|Merz
DNK Denmark|Danish|Danes|Copenhagen|Mette Frederiksen|Frederiksen
ESP Spain|Spanish|Spaniards|Madrid|Pedro Sánchez|Pedro Sanchez
EST Estonia|Estonian|Estonians|Kristen Michal|Hanno Pevkur|Kaja Kallas
FIN Finland|Finnish|Finns|Alexander Stubb|Petteri Orpo
FRA France|French|Élysée|Elysee|Emmanuel Macron|Macron
GBR United Kingdom|UK|U.K.|Great Britain|Britain|British|Britons|Briton|Downing Street|Whitehall|Westminster|RAF|Royal Navy|Royal Air Force|British Army|Keir Starmer|Sir Keir Starmer|Sir Keir|Starmer|John Healey|David Lammy|Rishi Sunak|Boris Johnson
GEO Georgia|Georgian|Georgians|Tbilisi
GRC Greece|Greek|Greeks
HRV Croatia|Croatian|Croatians
HUN Hungary|Hungarian|Hungarians|Viktor Orbán|Viktor Orban|Orban|Orbán
IRL Ireland|Irish
IRN Iran|Iranian|Iranians|Tehran
ISL Iceland|Icelandic
ISR Israel|Israeli|Israelis
ITA Italy|Italian|Italians|Giorgia Meloni|Meloni
JPN Japan|Japanese|Tokyo
KOR South Korea|South Korean|South Koreans|Seoul
LTU Lithuania|Lithuanian|Lithuanians|Gitanas Nausėda|Gitanas Nauseda
LUX Luxembourg
LVA Latvia|Latvian|Latvians|Edgars Rinkēvičs|Edgars Rinkevics
MDA Moldova|Moldovan|Moldovans|Chisinau|Maia Sandu
MKD North Macedonia|Macedonian
MNE Montenegro|Montenegrin
MLT Malta|Maltese
NLD Netherlands|Dutch|Mark Rutte|Dick Schoof
NOR Norway|Norwegian|Norwegians|Jonas Gahr Støre|Jonas Gahr Store
NZL New Zealand|New Zealanders
POL Poland|Polish|Poles|Donald Tusk|Tusk|Andrzej Duda
PRK North Korea|North Korean|North Koreans|Pyongyang|DPRK|Kim Jong Un|Kim Jong-un
PRT Portugal|Portuguese
ROU Romania|Romanian|Romanians|Klaus Iohannis
RUS Russia|Russian|Russians|Kremlin|Moscow|Vladimir Putin|Putin|Sergei Lavrov
SRB Serbia|Serbian|Serbs
SVK Slovakia|Slovak|Slovaks|Robert Fico
SVN Slovenia|Slovenian|Slovene
SWE Sweden|Swedish|Swedes|Ulf Kristersson
SYR Syria|Syrian|Syrians
TUR Turkey|Türkiye|Turkiye|Turkish|Turks|Ankara|Recep Tayyip Erdogan|Erdogan
TWN Taiwan|Taiwanese
UKR Ukraine|Ukrainian|Ukrainians|Kyiv|Kiev|Volodymyr Zelensky|Volodymyr Zelenskyy|Zelensky|Zelenskyy|Rustem Umerov
USA United States|United States of America|US|U.S.|USA|America|American|Americans|White House|Pentagon|Washington|US Army|US Navy|Donald Trump|Trump|Joe Biden|Biden|Antony Blinken|Lloyd Austin|Marco Rubio|Pete Hegseth
XKX Kosovo|Kosovar
`

// organisations are groups of parties, each with its name in full first.
const organisations = `
EU European Union|EU|Brussels|European Commission|European Council|Ursula von der Leyen
NATO North Atlantic Treaty Organization|North Atlantic Treaty Organisation|NATO|Nato|North Atlantic Alliance
UN United Nations|UN|U.N.|UN Security Council
JEF Joint Expeditionary Force|JEF
UDCG Ukraine Defense Contact Group|Ukraine Defence Contact Group|UDCG|Ramstein group|Ramstein format
G7 Group of Seven|G7|G-7
OSCE Organization for Security and Co-operation in Europe|OSCE
`

// regions are places that are no country; towns where things happen that
// gazetteers of capitals do not hold.
const regions = `High North|Arctic|Baltic Sea|Baltic states|Baltics|Black Sea|Middle East|eastern flank|Eastern flank|northern flank|southern flank|Donbas|Crimea|Kursk|Kharkiv|Odesa|Lviv|Zaporizhzhia|Kaliningrad|Suwalki Gap|North Atlantic|North Sea|Mediterranean|Western Balkans|Indo-Pacific|Red Sea|Sea of Azov|Tapa|Rukla|Adazi|Ādaži|Orzysz|Cincu|Ramstein|The Hague|Rzeszow|Rzeszów|Wiesbaden|Salisbury Plain|Camp Viking`

// sort tells what a name means.
type sort uint8

const (
	party sort = iota
	place
	resource
)

// named is what a name means.
type named struct {
	sort    sort
	id      string
	name    string // in full
	person  bool   // somebody who speaks for the party
	country record.PartyID
}

// gazetteer finds names by their first word.
type gazetteer struct {
	byWord map[string][]entry
	names  map[record.PartyID]string // parties, in full
	known  map[record.Key]bool       // what the register has already
}

type entry struct {
	words []string
	means []named // a town may be a place and stand for a government
}

// newGazetteer reads the lists above, the list of countries, and a register.
func newGazetteer(known []record.Record) *gazetteer {
	g := &gazetteer{byWord: map[string][]entry{}, names: map[record.PartyID]string{}, known: map[record.Key]bool{}}
	all := map[string][]named{}
	add := func(name string, n named) {
		if !slices.Contains(all[name], n) {
			all[name] = append(all[name], n)
		}
	}
	for _, c := range countries.All() {
		g.country(add, c)
	}
	g.parties(add, nations, true)
	g.parties(add, organisations, false)
	for name := range strings.SplitSeq(regions, "|") {
		add(name, named{sort: place, id: slug(name), name: name})
	}
	for _, r := range known {
		g.learn(add, r)
	}
	for _, name := range slices.Sorted(maps.Keys(all)) {
		var words []string
		for _, w := range wordsOf(name, 0) {
			words = append(words, w.text)
		}
		if len(words) > 0 {
			g.byWord[words[0]] = append(g.byWord[words[0]], entry{words, all[name]})
		}
	}
	for _, list := range g.byWord {
		slices.SortStableFunc(list, func(a, b entry) int { return cmp.Compare(len(b.words), len(a.words)) })
	}
	return g
}

// country adds the name that the list of countries has, and the capital as a
// place.
func (g *gazetteer) country(add func(string, named), c countries.CountryCode) {
	id, name := record.PartyID(c.Alpha3()), c.String()
	if short, _, cut := strings.Cut(name, " ("); cut {
		name = short
	}
	g.names[id] = name
	add(name, named{sort: party, id: string(id), name: name, country: id})
	if capital := c.Capital().String(); capital != "" && capital != "Unknown" {
		add(capital, named{sort: place, id: slug(capital), name: capital, country: id})
	}
}

// parties adds lines of an id and names; the first name is the party's own.
func (g *gazetteer) parties(add func(string, named), lines string, nation bool) {
	for line := range strings.Lines(lines) {
		id, list, ok := strings.Cut(strings.TrimSpace(line), " ")
		if !ok {
			continue
		}
		names := strings.Split(list, "|")
		g.names[record.PartyID(id)] = names[0]
		for _, name := range names {
			n := named{sort: party, id: id, name: names[0]}
			if nation {
				n.country = record.PartyID(id)
				n.person = isPerson(name, names[0])
			}
			add(name, n)
		}
	}
}

// isPerson tells the people of a line from its other names: those of two words
// that end in no word for a thing, and single names that end such a one.
func isPerson(name, nation string) bool {
	for _, thing := range []string{"Street", "House", "Army", "Navy", "Force", "Kingdom", "States", "Britain", "Republic", "Korea", "Korean", "Koreans", "Zealand", "Zealanders", "Macedonia", "America"} {
		if strings.HasSuffix(name, thing) {
			return false
		}
	}
	return name != nation && (strings.Contains(name, " ") || slices.Contains(surnames, name))
}

// surnames are the people of the list who are named by one word.
var surnames = strings.Fields("Lukashenko Trudeau Carney Scholz Pistorius Merz Frederiksen Macron Starmer Orban Orbán Meloni Tusk Putin Erdogan Zelensky Zelenskyy Trump Biden")

// learn adds the names that a register's own records say: those of parties with
// their tags, of places, and of resources with their units.
func (g *gazetteer) learn(add func(string, named), r record.Record) {
	g.known[r.Key()] = true
	switch r := r.(type) {
	case *record.Party:
		n := named{sort: party, id: r.ID, name: r.Name}
		if r.Type == "nation" {
			n.country = record.PartyID(r.ID)
		}
		g.names[record.PartyID(r.ID)] = r.Name
		for _, name := range append([]string{r.Name, r.Title}, r.Tags...) {
			if first, _ := utf8.DecodeRuneInString(name); len(name) > 1 && unicode.IsUpper(first) && !strings.Contains(name, ":") {
				add(name, n) // a tag in small letters is a word for finding, not a name
			}
		}
		if len(r.ID) > 3 || r.Type != "nation" {
			add(r.ID, n)
		}
	case *record.Place:
		add(r.Name, named{sort: place, id: r.ID, name: r.Name, country: r.Country})
	case *record.Resource:
		n := named{sort: resource, id: r.ID, name: r.Name}
		add(r.Name, n)
		add(r.Name+"s", n)
	}
}

// slug makes an id of words: lower-case letters, digits and hyphens.
func slug(text string) string {
	var b strings.Builder
	for _, r := range strings.ToLower(folded(text)) {
		switch {
		case r >= 'a' && r <= 'z' || r >= '0' && r <= '9':
			b.WriteRune(r)
		case b.Len() > 0 && !strings.HasSuffix(b.String(), "-"):
			b.WriteByte('-')
		}
		if b.Len() >= slugMax {
			break
		}
	}
	return strings.Trim(b.String(), "-")
}

const slugMax = 60
