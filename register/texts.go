package register

import (
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"unicode/utf8"

	"entente/record"
)

// TextOf is the text that a file holds.
func TextOf(data []byte) Text {
	if !utf8.Valid(data) {
		return Text{Fault: "it is not UTF-8 text"}
	}
	sum := sha256.Sum256(data)
	return Text{Body: string(data), SHA256: hex.EncodeToString(sum[:])}
}

// Text is the text of a document of the tree; ok is false when the document
// names none.
func (t *Tree) Text(id record.DocumentID) (text Text, ok bool) {
	text, ok = t.texts[id]
	return text, ok
}

// WithTexts is the tree with the texts that of holds, for documents that name
// one. t is unchanged.
func (t *Tree) WithTexts(of func(*record.Document) (Text, bool)) *Tree {
	with := *t
	with.texts = maps.Clone(t.texts)
	for _, r := range t.Records {
		doc, ok := r.(*record.Document)
		if !ok || doc.Text == "" {
			continue
		}
		if text, held := of(doc); held {
			with.texts[record.DocumentID(doc.ID)] = text
		}
	}
	return &with
}
