package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"entente/read"
	"entente/report"
)

func quoteCommand(c *console) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "quote FILE TEXT",
		Short: "Find words in a document, and anchor them by text, offset and hash",
		Long: `Finds words in the text of a document, white space, quote marks and dashes
folded, and says where they stand: as the document really writes them, with some
text around them, the offset in characters, and the hash of the text. With
--format json the anchor is a W3C Web Annotation target with a TextQuoteSelector
and a TextPositionSelector.`,
		Example: `  entente quote article.txt "around 1,000 British troops"
  entente quote treaty.pdf "shall consult" --format json`,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) != 2 || strings.TrimSpace(args[1]) == "" {
				return trouble{"a document and the words to find are needed", "write " + cmd.CommandPath() + ` FILE "the words"`}
			}
			return nil
		},
	}
	format := oneOf(cmd, "format", "how to answer", "text", "json")
	cmd.RunE = func(_ *cobra.Command, args []string) error {
		text, err := readText(args[0])
		if err != nil {
			return err
		}
		found := read.Find(text, args[1])
		if len(found) == 0 {
			return trouble{fmt.Sprintf("%s does not say %q", args[0], args[1]), "quote fewer words, exactly as they stand"}
		}
		if format.chosen == "json" {
			return c.json(targetData{"http://www.w3.org/ns/anno.jsonld", text.Name, text.SHA256(), selectorsOf(found)})
		}
		for _, a := range found {
			c.para(fmt.Sprintf("…%s[%s]%s…", oneLine(a.Prefix), a.Exact, oneLine(a.Suffix)), "", report.Plain)
			c.facts([]report.Fact{{Name: "Characters", Value: fmt.Sprintf("%d to %d", a.Start, a.End)}, {Name: "SHA-256", Value: text.SHA256()}})
		}
		return nil
	}
	return cmd
}

// targetData is the target of a Web Annotation, with the hash of the text that the
// offsets count in.
type targetData struct {
	Context  string         `json:"@context"`
	Source   string         `json:"source"`
	SHA256   string         `json:"sha256"`
	Selector []selectorData `json:"selector"`
}

// selectorData is a TextQuoteSelector, refined by a TextPositionSelector.
type selectorData struct {
	Type      string       `json:"type"`
	Exact     string       `json:"exact"`
	Prefix    string       `json:"prefix"`
	Suffix    string       `json:"suffix"`
	RefinedBy positionData `json:"refinedBy"`
}

type positionData struct {
	Type  string `json:"type"`
	Start int    `json:"start"`
	End   int    `json:"end"`
}

func selectorsOf(as []read.Anchor) []selectorData {
	list := make([]selectorData, len(as))
	for i, a := range as {
		list[i] = selectorData{"TextQuoteSelector", a.Exact, a.Prefix, a.Suffix, positionData{"TextPositionSelector", a.Start, a.End}}
	}
	return list
}
