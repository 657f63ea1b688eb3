package account

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"entente/access"
	"entente/desk"
)

// Policies are those of the register on a desk: the default ones, and what its
// keepers have added. They are always those of today: who may see the past is
// decided now.
func Policies(ctx context.Context, on desk.Store) (*access.Policies, error) {
	files, err := PolicyFiles(ctx, on)
	if err != nil || len(files) == 0 {
		return nil, err
	}
	return access.Parse(files...)
}

// Policies are those of the book's desk.
func (b *Book) Policies(ctx context.Context) (*access.Policies, error) { return Policies(ctx, b.store) }

// PolicyFiles are the texts that they were added in, by name.
func PolicyFiles(ctx context.Context, on desk.Store) ([]access.File, error) {
	items, err := desk.All(ctx, on, policies)
	if err != nil {
		return nil, fmt.Errorf("account: read the policies: %w", err)
	}
	var files []access.File
	for _, i := range items {
		files = append(files, access.File{Name: i.Key, Text: string(i.Body)})
	}
	return files, nil
}

// SetPolicy puts a file of policies in the place of the one of that name, or
// removes it when the text is empty. Only a keeper may; what all files together
// say must be readable.
func (b *Book) SetPolicy(ctx context.Context, who Caller, name, text string) error {
	if !who.All {
		return fmt.Errorf("account: set policies: %w: only a keeper may", ErrDenied)
	}
	if base, ok := strings.CutSuffix(name, ".cedar"); !ok || !personID.MatchString(base) {
		return fmt.Errorf("account: %q is not the name of a policy file; write lower-case letters, digits and hyphens, then .cedar", name)
	}
	files, err := PolicyFiles(ctx, b.store)
	if err != nil {
		return err
	}
	rest := []access.File{}
	for _, f := range files {
		if f.Name != name {
			rest = append(rest, f)
		}
	}
	if text != "" {
		rest = append(rest, access.File{Name: name, Text: text})
	}
	if _, err := access.Parse(rest...); err != nil {
		return fmt.Errorf("account: %w", err)
	}
	change := desk.Change{Drawer: policies, Key: name}
	switch was, err := b.store.Get(ctx, policies, name); {
	case err == nil:
		change.Was = was.Revision
	case !errors.Is(err, desk.ErrAbsent):
		return fmt.Errorf("account: read %s: %w", name, err)
	case text == "":
		return fmt.Errorf("account: policies %s: %w", name, ErrAbsent)
	}
	says := "removed"
	if text != "" {
		change.Body, says = []byte(text), fmt.Sprintf("%d bytes", len(text))
	}
	return b.commit(ctx, Act{By: who.Person, Verb: "policy", What: name, Says: says}, change)
}
