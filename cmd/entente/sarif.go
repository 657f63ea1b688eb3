package main

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"entente/check"
	"entente/record"
)

// SARIF 2.1.0 (OASIS), as far as findings need it; the comments name its clauses.

type sarifLog struct {
	Schema  string     `json:"$schema"`
	Version string     `json:"version"`
	Runs    []sarifRun `json:"runs"`
}

type sarifRun struct {
	Tool       sarifTool     `json:"tool"`
	ColumnKind string        `json:"columnKind"`
	Results    []sarifResult `json:"results"`
}

type sarifTool struct {
	Driver sarifDriver `json:"driver"`
}

type sarifDriver struct {
	Name    string      `json:"name"`
	Version string      `json:"version"`
	Rules   []sarifRule `json:"rules"`
}

type sarifRule struct {
	ID    string    `json:"id"`
	Short sarifText `json:"shortDescription"`
}

type sarifText struct {
	Text string `json:"text"`
}

type sarifResult struct {
	RuleID       string            `json:"ruleId"`
	RuleIndex    int               `json:"ruleIndex"`
	Level        string            `json:"level"` // 3.27.10: note, warning and error are ours too
	Message      sarifText         `json:"message"`
	Locations    []sarifLocation   `json:"locations,omitempty"`
	Fingerprints map[string]string `json:"partialFingerprints"`
}

type sarifLocation struct {
	Physical sarifPhysical  `json:"physicalLocation"`
	Logical  []sarifLogical `json:"logicalLocations,omitempty"`
}

type sarifPhysical struct {
	Artifact sarifArtifact `json:"artifactLocation"`
	Region   *sarifRegion  `json:"region,omitempty"`
}

type sarifArtifact struct {
	URI string `json:"uri"`
}

type sarifRegion struct {
	StartLine   int `json:"startLine"`
	StartColumn int `json:"startColumn,omitempty"`
}

type sarifLogical struct {
	Name string `json:"fullyQualifiedName"`
}

// unreadableRule is what SARIF calls a record that cannot be read.
const unreadableRule = "unreadable-record"

func sarifOf(found []check.Finding) sarifLog {
	var rules []sarifRule
	index := map[string]int{}
	for _, r := range check.Rules {
		index[r.ID] = len(rules)
		rules = append(rules, sarifRule{r.ID, sarifText{r.Title}})
	}
	prints := fingerprints{}
	results := []sarifResult{}
	for _, f := range found {
		r := sarifResult{f.Rule, index[f.Rule], f.Level.String(), sarifText{f.Says + "; " + f.Fix}, sarifAt(f.Pos, f.Records), nil}
		r.Fingerprints = prints.of(append([]string{f.Rule}, keysData(f.Records)...)...)
		results = append(results, r)
	}
	return sarifWith(rules, results)
}

func sarifOfErrors(errs record.Errors) sarifLog {
	prints := fingerprints{}
	results := []sarifResult{}
	for _, e := range errs {
		results = append(results, sarifResult{unreadableRule, 0, "error", sarifText{e.Says + "; " + e.Fix}, sarifAt(e.Pos, nil),
			prints.of(unreadableRule, filepath.Base(e.File), e.Path, e.Says)})
	}
	return sarifWith([]sarifRule{{unreadableRule, sarifText{"A record that cannot be read"}}}, results)
}

func sarifWith(rules []sarifRule, results []sarifResult) sarifLog {
	if rules == nil {
		rules = []sarifRule{}
	}
	driver := sarifDriver{"entente", versionText(), rules}
	return sarifLog{"https://json.schemastore.org/sarif-2.1.0.json", "2.1.0", []sarifRun{{sarifTool{driver}, "unicodeCodePoints", results}}}
}

func sarifAt(p record.Pos, keys []record.Key) []sarifLocation {
	if p.File == "" {
		return nil
	}
	at := sarifLocation{Physical: sarifPhysical{Artifact: sarifArtifact{relativeURI(p.File)}}}
	if p.Line > 0 {
		at.Physical.Region = &sarifRegion{p.Line, p.Column}
	}
	if len(keys) > 0 {
		at.Logical = []sarifLogical{{keys[0].String()}}
	}
	return []sarifLocation{at}
}

// relativeURI names a file from where the command runs, which by convention is
// the top of the repository that the findings are shown in (3.4.4).
func relativeURI(file string) string {
	if here, err := os.Getwd(); err == nil && filepath.IsAbs(file) {
		if rel, err := filepath.Rel(here, file); err == nil && !strings.HasPrefix(rel, "..") {
			file = rel
		}
	}
	u := url.URL{Path: filepath.ToSlash(file)}
	if filepath.IsAbs(file) {
		u.Scheme = "file"
	}
	return strings.TrimPrefix(u.String(), "./")
}

// fingerprints tell findings apart from run to run, whatever moves in the
// files: by rule and records, and by order where those are the same (3.27.17).
type fingerprints map[string]int

func (seen fingerprints) of(parts ...string) map[string]string {
	text := strings.Join(parts, "\x00")
	seen[text]++
	sum := sha256.Sum256(fmt.Appendf(nil, "%s\x00%d", text, seen[text]))
	return map[string]string{"entente/v1": hex.EncodeToString(sum[:16])}
}
