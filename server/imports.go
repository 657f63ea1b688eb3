package server

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/url"
	"os"
	"path"
	"strings"
	"time"

	"entente/access"
	"entente/desk"
	"entente/exchange"
	"entente/proposal"
	"entente/record"
	"entente/screen"
)

const importPath = "/import"

// Limits of an import from a page.
const (
	importBytesMax = 32 << 20
	previewLasts   = time.Hour
	lossesKept     = 500
	recordsShown   = 12
)

// previews is the drawer of what was read and is not yet sent.
const previews desk.Drawer = "imports"

// kept is a file that was read. Only who sent it sees it.
type kept struct {
	By      proposal.Person   `json:"by"`
	At      time.Time         `json:"at"`
	File    string            `json:"file"`
	Format  string            `json:"format"`
	Rows    int               `json:"rows"`
	In      int               `json:"imported"`
	Losses  int               `json:"losses"`
	Listed  []string          `json:"listed,omitempty"`
	Records []json.RawMessage `json:"records"`
}

// sends reports whether who asks may import: whoever may propose something.
func (a *asking) sends() bool {
	if a.Board == nil || a.r == nil || a.reader != a.own || a.actor().Person.Name == "" {
		return false
	}
	own := access.Resource{By: a.own.Party}
	return a.tree.Policies.Decide(a.actor().Principal, access.Propose, own).Allowed
}

func (a *asking) importing() (screen.Screen, error) {
	if !a.sends() {
		return nil, absent("this page")
	}
	w, err := a.world(false)
	if err != nil {
		return nil, err
	}
	var formats []screen.Choice
	for _, f := range exchange.Formats() {
		if f.Read != nil {
			formats = append(formats, screen.Choice{Value: f.Name, Name: f.Name + " – " + f.Title})
		}
	}
	return w.Importing(formats), nil
}

// upload reads a file and keeps what it says for an hour. Nothing of it is in
// the register.
func (a *asking) upload() (to string, err error) {
	if !a.sends() {
		return "", absent("this page")
	}
	parts, err := a.r.MultipartReader()
	if err != nil {
		return "", unfit("no file was sent", "choose a file, and send it with the form")
	}
	file, err := os.CreateTemp("", "entente-import-*")
	if err != nil {
		return "", fmt.Errorf("server: keep an upload: %w", err)
	}
	defer os.Remove(file.Name())
	defer file.Close()
	format, name, size, err := received(parts, file)
	if err != nil {
		return "", err
	}
	f, ok := exchange.FormatNamed(format)
	if !ok || f.Read == nil {
		return "", unfit(fmt.Sprintf("%q is no format that is read", format), "choose one of the list")
	}
	im, err := f.Read(a.ctx, []exchange.File{{Name: name, Size: size, ReaderAt: file}}, exchange.Options{})
	if err != nil {
		return "", importFault(a.ctx, err)
	}
	id := strings.ToLower(rand.Text())
	return importPath + "/" + id, a.keep(id, name, im)
}

// received takes the two fields of the form, the file into a file of its own.
func received(parts *multipart.Reader, into *os.File) (format, name string, size int64, err error) {
	for {
		part, err := parts.NextPart()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return "", "", 0, unfit("the file did not arrive whole, or has more than 32 MB", "send it again, or send it in parts")
		}
		switch part.FormName() {
		case "format":
			text, _ := io.ReadAll(io.LimitReader(part, 100))
			format = string(text)
		case "file":
			name = path.Base(strings.ReplaceAll(part.FileName(), `\`, "/"))
			if size, err = io.Copy(into, part); err != nil {
				return "", "", 0, unfit("the file did not arrive whole, or has more than 32 MB", "send it again, or send it in parts")
			}
		}
	}
	if size == 0 {
		return "", "", 0, unfit("the file is empty, or none was chosen", "choose a file")
	}
	return format, name, size, nil
}

// importFault is what a file cannot be read for. Whose fault it is was said by
// the room that reads: a file that is not what its format wants.
func importFault(ctx context.Context, err error) error {
	var bad record.Errors
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if errors.As(err, &bad) && len(bad) > 0 {
		return unfit(bad[0].Says, bad[0].Fix)
	}
	var one record.Error
	if errors.As(err, &one) {
		return unfit(one.Says, one.Fix)
	}
	return err
}

// keep lays what was read on the desk, and takes away what nobody sent in time.
func (a *asking) keep(id, name string, im *exchange.Import) error {
	store := a.Board.Register.Desk
	k := kept{By: a.actor().Person, At: a.Now().UTC(), File: name, Format: im.Format, Rows: im.Rows, In: im.Imported, Losses: len(im.Listed)}
	for _, l := range im.Listed[:min(len(im.Listed), lossesKept)] {
		k.Listed = append(k.Listed, l.String())
	}
	for _, r := range im.Records {
		k.Records = append(k.Records, record.Canonical(r))
	}
	body, err := json.Marshal(k)
	if err != nil {
		panic("server: an import that is no JSON: " + err.Error())
	}
	if len(body) > desk.BodyBytesMax {
		return unfit("the file becomes more records than a page can preview", "import it with entente import")
	}
	if err := a.sweepPreviews(); err != nil {
		return err
	}
	return store.Put(a.ctx, desk.Change{Drawer: previews, Key: id, Body: body})
}

// sweepPreviews removes those whose hour is over.
func (a *asking) sweepPreviews() error {
	store := a.Board.Register.Desk
	for after := ""; ; {
		items, err := store.List(a.ctx, previews, after, 1) // each may be large
		if err != nil || len(items) == 0 {
			return err
		}
		var k kept
		after = items[0].Key
		if err := json.Unmarshal(items[0].Body, &k); err == nil && a.Now().Before(k.At.Add(previewLasts)) {
			continue
		}
		err = store.Put(a.ctx, desk.Change{Drawer: previews, Key: after, Was: items[0].Revision})
		if err != nil && !errors.Is(err, desk.ErrChanged) {
			return err
		}
	}
}

// previewed finds what was kept, for who sent it.
func (a *asking) previewed(id string) (k kept, rs []record.Record, err error) {
	if !a.sends() {
		return k, nil, absent("this import")
	}
	item, err := a.Board.Register.Desk.Get(a.ctx, previews, id)
	if errors.Is(err, desk.ErrAbsent) {
		return k, nil, absent("this import")
	}
	if err != nil {
		return k, nil, err
	}
	if err := json.Unmarshal(item.Body, &k); err != nil {
		return k, nil, fmt.Errorf("server: import %s cannot be read: %w", id, err)
	}
	if k.By != a.actor().Person || a.Now().After(k.At.Add(previewLasts)) {
		return k, nil, absent("this import")
	}
	for _, text := range k.Records {
		one, errs := record.Parse("import.json", text)
		if len(errs) > 0 {
			return k, nil, errs
		}
		rs = append(rs, one...)
	}
	return k, rs, nil
}

// over lays records over what is there already, as far as it is seen.
func over(f footing, rs []record.Record) []record.Record {
	for i, r := range rs {
		if old, ok := f.view.Get(r.Key()); ok {
			rs[i] = exchange.Over(old, r)
		}
	}
	return rs
}

func (a *asking) preview() (screen.Screen, error) {
	k, rs, err := a.previewed(a.named("id"))
	if err != nil {
		return nil, err
	}
	f, err := a.now()
	if err != nil {
		return nil, err
	}
	edits, err := a.toward(f, over(f, rs))
	if err != nil {
		return nil, err
	}
	w, err := a.world(false)
	if err != nil {
		return nil, err
	}
	s := screen.Preview{ID: a.named("id"), File: k.File, Format: k.Format, Rows: k.Rows, Imported: k.In, Losses: k.Losses, Listed: k.Listed, Records: len(rs)}
	s.Added, s.Revised, _ = edits.Counts()
	for _, e := range edits[:min(len(edits), recordsShown)] {
		s.First = append(s.First, w.DiffOf(e.Key, e.Verb(), e.Fields()))
	}
	if len(edits) > 0 {
		verdict, err := a.verdict(f.view, edits)
		var why fault
		switch {
		case errors.As(err, &why):
			s.Refused = why.Error()
		case err != nil:
			return nil, err
		}
		s.Accepts = verdict == access.Accept
	}
	return w.Preview(s), nil
}

// send brings what was previewed into the register, or puts it up for review.
// Sent twice, it is there once.
func (a *asking) send() (to string, err error) {
	id := a.r.PathValue("id")
	k, rs, err := a.previewed(id)
	if err != nil {
		return "", err
	}
	f, err := a.now()
	if err != nil {
		return "", err
	}
	edits, err := a.toward(f, over(f, rs))
	if err != nil {
		return "", err
	}
	if len(edits) == 0 {
		return importPath + "/" + url.PathEscape(id), nil
	}
	s := submission{"import-" + id, a.voice.Say("Import %s", k.File), a.voice.Say("Read as %s: %d rows, %d of them listed as losses.", k.Format, k.Rows, k.Losses)}
	return a.submit(f.view, edits, s, importPath+"/"+url.PathEscape(id))
}

// uploads lets a form with a file through that others may not send.
func uploads(r *http.Request) bool {
	return r.Method == http.MethodPost && r.URL.Path == importPath
}
