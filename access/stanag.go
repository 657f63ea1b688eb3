package access

import (
	"bytes"
	"encoding/xml"

	"entente/record"
)

// Marking is what a label of NATO says beyond who may see: under which security
// policy, and how high. A register knows neither, so whoever exports says it.
type Marking struct {
	Policy         string // the PolicyIdentifier; "NATO" when empty
	Classification string // "UNCLASSIFIED" when empty
}

// STANAG4774 is the label of an export as a confidentiality label in XML, by
// ADatP-4774 edition A version 1, Confidentiality Metadata Label Syntax, the
// standard that STANAG 4774 covers: the element originatorConfidentialityLabel
// in its namespace. The schema fixes the order: ConfidentialityInformation
// (PolicyIdentifier, Classification, then any Category) before CreationDateTime.
//
// A release to parties is one permissive category "Releasable To", a value for
// each party: to hold any one of them is enough. A public label has none. The
// party that states a record sees it whatever its label, so it is named too;
// where nobody else may see it, it alone. A label that shows an answer to nobody
// has a category that nobody holds.
func STANAG4774(r Resource, created record.Date, m Marking) []byte {
	label := slab{Namespace: "urn:nato:stanag:4774:confidentialitymetadatalabel:1:0"}
	label.Information = information{Policy: "NATO", Classification: "UNCLASSIFIED"}
	if m.Policy != "" {
		label.Information.Policy = m.Policy
	}
	if m.Classification != "" {
		label.Information.Classification = m.Classification
	}
	if !r.Label.Public {
		label.Information.Categories = []category{{"Releasable To", "PERMISSIVE", released(r)}}
	}
	label.Created = created.String() + "T00:00:00Z"
	var out bytes.Buffer
	out.WriteString(xml.Header)
	e := xml.NewEncoder(&out)
	e.Indent("", "  ")
	if err := e.Encode(label); err != nil {
		panic("access: a label cannot be written: " + err.Error())
	}
	out.WriteByte('\n')
	return out.Bytes()
}

// released names everybody who may see r, its own party first.
func released(r Resource) []string {
	var names []string
	if r.By != "" {
		names = append(names, string(r.By))
	}
	for _, p := range r.Label.Parties {
		if p != r.By {
			names = append(names, string(p))
		}
	}
	if len(names) == 0 {
		names = []string{"NONE"}
	}
	return names
}

// The elements, with the prefix that the standard's own examples use.
type slab struct {
	XMLName     struct{}    `xml:"slab:originatorConfidentialityLabel"`
	Namespace   string      `xml:"xmlns:slab,attr"`
	Information information `xml:"slab:ConfidentialityInformation"`
	Created     string      `xml:"slab:CreationDateTime"`
}

type information struct {
	Policy         string     `xml:"slab:PolicyIdentifier"`
	Classification string     `xml:"slab:Classification"`
	Categories     []category `xml:"slab:Category"`
}

type category struct {
	TagName string   `xml:"TagName,attr"`
	Type    string   `xml:"Type,attr"`
	Values  []string `xml:"slab:GenericValue"`
}
