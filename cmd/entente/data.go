package main

import (
	"encoding/json"
	"fmt"

	"entente/check"
	"entente/record"
	"entente/register"
)

// The JSON forms of answers whose values carry no form of their own.

type errorData struct {
	File   string `json:"file"`
	Line   int    `json:"line,omitempty"`
	Column int    `json:"column,omitempty"`
	Path   string `json:"path,omitempty"`
	Says   string `json:"says"`
	Fix    string `json:"fix"`
}

type errorList struct {
	Errors []errorData `json:"errors"`
}

func errorsData(errs record.Errors) errorList {
	list := errorList{make([]errorData, len(errs))}
	for i, e := range errs {
		list.Errors[i] = errorData{e.File, e.Line, e.Column, e.Path, e.Says, e.Fix}
	}
	return list
}

type findingData struct {
	Rule    string   `json:"rule"`
	Level   string   `json:"level"`
	Records []string `json:"records"`
	File    string   `json:"file,omitempty"`
	Line    int      `json:"line,omitempty"`
	Says    string   `json:"says"`
	Fix     string   `json:"fix"`
}

func findingsData(found []check.Finding) []findingData {
	list := make([]findingData, len(found))
	for i, f := range found {
		list[i] = findingData{f.Rule, f.Level.String(), keysData(f.Records), f.Pos.File, f.Pos.Line, f.Says, f.Fix}
	}
	return list
}

func keysData(keys []record.Key) []string {
	list := make([]string, len(keys))
	for i, k := range keys {
		list[i] = k.String()
	}
	return list
}

// viewData names the view that an answer was made from.
type viewData struct {
	Title   string `json:"title,omitempty"`
	Head    string `json:"head"`
	Records int    `json:"records"`
	AsOf    string `json:"as_of"`
	Reader  string `json:"reader"`

	Release record.Label `json:"release"` // who may be shown what is made from it
}

func dataOf(v *register.View) viewData {
	return viewData{v.Settings().Title, v.Head(), v.Len(), v.At().On.String(), v.At().Reader.String(), v.Narrowest()}
}

// json writes a value for other programs.
func (c *console) json(value any) error {
	text, err := json.MarshalIndent(value, "", "  ")
	if err != nil {
		return fmt.Errorf("write JSON: %w", err)
	}
	c.line(string(text))
	return nil
}
