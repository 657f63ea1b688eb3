package register

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"

	"entente/access"
	"entente/record"
)

// write makes a folder of files.
func write(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

const norway = "kind: Party\nid: NOR\nname: Norway\ntype: nation\n"

// faults reads a folder that is not right, and returns what is said of it.
func faults(t *testing.T, dir string) string {
	t.Helper()
	tree, errs, err := ReadTree(dir)
	if err != nil {
		t.Fatal(err)
	}
	if len(errs) == 0 || tree != nil {
		t.Fatalf("the tree was read: %d records", len(tree.Records))
	}
	var out strings.Builder
	for _, e := range errs {
		if e.Says == "" || e.Fix == "" || e.File == "" {
			t.Errorf("no place, sentence or remedy: %+v", e)
		}
		fmt.Fprintln(&out, strings.ReplaceAll(e.Error(), dir+string(filepath.Separator), ""))
	}
	return out.String()
}

func TestReadTree(t *testing.T) {
	dir := write(t, map[string]string{
		"entente.yaml":     "title: A test\nowner: NOR\nas_of: 2025-03-31\n",
		"a/parties.yaml":   norway + "---\n" + strings.ReplaceAll(strings.ReplaceAll(norway, "NOR", "EST"), "Norway", "Estonia"),
		"b.json":           `[{"kind": "Place", "id": "oslo", "name": "Oslo", "country": "NOR"}]`,
		"docs.yml":         "kind: Document\nid: held\npublisher: A ministry\npublished: 2025\ntext: texts/held.txt\n---\nkind: Document\nid: lost\npublisher: A ministry\npublished: 2025\ntext: lost.txt\n",
		"texts/held.txt":   "Norway gives two.",
		".hidden/x.yaml":   "not a record",
		"notes.md":         "not a record",
		"a/.draft.yaml":    "not a record",
		"deep/er/NATO.YML": "kind: Party\nid: NATO\nname: NATO\ntype: organisation\nmembers: [NOR, {party: EST, from: 2004-03-29}]\n",
	})
	tree, errs, err := ReadTree(dir)
	if err != nil || len(errs) > 0 {
		t.Fatal(err, errs)
	}
	v := tree.View(At{On: record.MustDay("2025-03-31").First(), Reader: access.Keeper})
	if v.Len() != 6 || v.Settings().Owner != "NOR" || v.Settings().Title != "A test" {
		t.Errorf("%d records, settings %+v", v.Len(), v.Settings())
	}
	if text, ok := v.Text("held"); !ok || text.Body != "Norway gives two." || text.Fault != "" || len(text.SHA256) != 64 {
		t.Errorf("held: %+v %v", text, ok)
	}
	if text, ok := v.Text("lost"); !ok || text.Body != "" || text.Fault == "" {
		t.Errorf("lost: %+v %v", text, ok)
	}
	if _, ok := v.Text("absent"); ok {
		t.Error("a document that is not there has a text")
	}
	nor, _ := v.Party("NOR")
	if got := nor.Pos; filepath.Base(got.File) != "parties.yaml" || got.Line != 1 {
		t.Errorf("Norway is read at %v", got)
	}
}

// One file can be named in place of a folder.
func TestReadOneFile(t *testing.T) {
	dir := write(t, map[string]string{"one.yaml": norway, "other.yaml": "kind: Nonsense"})
	tree, errs, err := ReadTree(filepath.Join(dir, "one.yaml"))
	if err != nil || len(errs) > 0 || len(tree.Records) != 1 {
		t.Fatal(tree, errs, err)
	}
}

func TestEveryErrorOfATree(t *testing.T) {
	dir := write(t, map[string]string{
		"a.yaml": norway + "colour: red\n",
		"b.yaml": norway,
		"c.yaml": "kind: Place\nid: oslo\n---\n" + norway,
		"d.json": `{"kind": "Party"`,
	})
	got := faults(t, dir)
	want := `a.yaml:5:1: Party/NOR/colour: there is no field "colour" here; remove it, or put it into note
c.yaml:1:1: Place/oslo/name: the required field name is missing; add it
`
	for line := range strings.Lines(want) {
		if head, _, _ := strings.Cut(line, ";"); !strings.Contains(got, strings.TrimSpace(head)) {
			t.Errorf("not said: %s\nsaid:\n%s", line, got)
		}
	}
	if !strings.Contains(got, "c.yaml:4:1: Party/NOR/id: there is already a Party NOR at ") || !strings.Contains(got, "d.json:1:") {
		t.Error(got)
	}
}

// Nothing outside of the folder is read, and nothing that is no plain file.
func TestHostileFolder(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("links and pipes are made by name here")
	}
	outside := write(t, map[string]string{"secret.yaml": norway, "secret.txt": "secret"})
	dir := write(t, map[string]string{
		"ok.yaml":  norway,
		"doc.yaml": "kind: Document\nid: d\npublisher: P\npublished: 2025\ntext: link.txt\n",
	})
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(os.Symlink(filepath.Join(outside, "secret.txt"), filepath.Join(dir, "link.txt")))
	tree, errs, err := ReadTree(dir)
	if err != nil || len(errs) > 0 {
		t.Fatal(err, errs)
	}
	if text := tree.texts["d"]; text.Body != "" || text.Fault == "" {
		t.Errorf("a text from outside was read: %+v", text)
	}

	must(os.Symlink(filepath.Join(outside, "secret.yaml"), filepath.Join(dir, "out.yaml")))
	must(os.Symlink("../"+filepath.Base(outside)+"/secret.yaml", filepath.Join(dir, "up.yaml")))
	must(os.Symlink("loop.yaml", filepath.Join(dir, "loop.yaml")))
	must(syscall.Mkfifo(filepath.Join(dir, "pipe.yaml"), 0o644))
	big, err := os.Create(filepath.Join(dir, "big.yaml"))
	must(err)
	must(big.Truncate(100 << 20)) // a hundred megabytes of nothing
	must(big.Close())
	got := faults(t, dir)
	for _, name := range []string{"out.yaml", "up.yaml", "loop.yaml", "pipe.yaml", "big.yaml: the file has 104857600 bytes"} {
		if !strings.Contains(got, name) {
			t.Errorf("nothing is said of %s:\n%s", name, got)
		}
	}
	if strings.Contains(got, "ok.yaml") {
		t.Error(got)
	}
}

func TestNoFolder(t *testing.T) {
	if _, _, err := ReadTree(filepath.Join(t.TempDir(), "absent")); err == nil {
		t.Error("a folder that is not there was read")
	}
}
