package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"entente/access"
	"entente/desk"
	"entente/exchange"
	"entente/jobs"
	"entente/ledger"
	"entente/lp"
	"entente/plan"
	"entente/publish"
	"entente/record"
	"entente/register"
	"entente/shared"
)

// Imports and exports as jobs: a large file is taken in, or written, by a worker.
// Their questions are key and arguments at once, as those of plans are.

const (
	exportKind jobs.Kind = "export"
	importKind jobs.Kind = "import"
)

// exportQuestion is what a file depends on.
type exportQuestion struct {
	Size   ledger.Seq    `json:"size"`
	View   string        `json:"view"` // the hash of every record in it
	On     record.Date   `json:"on"`
	Reader access.Reader `json:"reader"`
	Format string        `json:"format"`
}

// exportFound is the file, and what its form has no place for.
type exportFound struct {
	Name   string   `json:"name"`
	Bytes  []byte   `json:"bytes"`
	Listed []string `json:"listed"`
}

func asJob(kind jobs.Kind, who string, question any) jobs.Job {
	text, err := json.Marshal(question)
	if err != nil {
		panic("entente: a question is always JSON: " + err.Error())
	}
	return jobs.Job{Kind: kind, Key: string(text), For: who, Args: text, Lane: jobs.Awaited}
}

// askExport is the job that writes a view in a format.
func askExport(v *register.View, size ledger.Seq, format string) (jobs.Job, error) {
	if _, ok := publish.FormatNamed(format); !ok {
		return jobs.Job{}, trouble{fmt.Sprintf("--export %s is no form that is written", format), "see entente export --help for which there are"}
	}
	return asJob(exportKind, v.At().Reader.String(), exportQuestion{size, v.Head(), v.At().On, v.At().Reader, format}), nil
}

// exportDuty writes files.
func exportDuty(r *shared.Register, s lp.Solver) jobs.Duty {
	return jobs.Duty{Kind: exportKind, Do: func(ctx context.Context, t *jobs.Task) (jobs.Outcome, error) {
		var q exportQuestion
		if err := json.Unmarshal(t.Job.Args, &q); err != nil {
			return jobs.Outcome{}, jobs.Permanent(err)
		}
		tree, _, err := r.Tree(ctx, register.Known{Size: q.Size})
		if err != nil {
			return jobs.Outcome{}, err
		}
		v := tree.View(register.At{On: q.On, Reader: q.Reader})
		if v.Head() != q.View {
			return jobs.Outcome{}, jobs.Permanent(errors.New("the register is not the one that was asked about; ask again"))
		}
		found, err := exported(ctx, r, v, s, q)
		if err != nil {
			return jobs.Outcome{}, err
		}
		text, err := json.Marshal(found)
		return jobs.Outcome{Result: text}, err
	}}
}

func exported(ctx context.Context, r *shared.Register, v *register.View, s lp.Solver, q exportQuestion) (exportFound, error) {
	f, _ := publish.FormatNamed(q.Format)
	head, err := r.Ledger.HeadAt(ctx, q.Size)
	if err != nil {
		return exportFound{}, err
	}
	asked, err := defaults().options(v, "the register")
	o := publish.Options{Rung: record.Committed, Kind: record.KindPledge, Size: int64(head.Size), Root: head.Root.String()}
	if f.Plans && err == nil && len(v.Needs()) > 0 {
		if o.Plan, err = plan.Make(ctx, v, s, asked); err != nil {
			return exportFound{}, err
		}
	}
	var out bytes.Buffer
	listed, err := f.Write(&out, v, o)
	found := exportFound{Name: "register." + f.Name, Bytes: out.Bytes(), Listed: []string{}}
	for _, l := range listed {
		found.Listed = append(found.Listed, l.String())
	}
	return found, err
}

// importQuestion is what an import depends on. Its file lies on the desk, under
// its hash, until the job has ended.
type importQuestion struct {
	Format string `json:"format"`
	Name   string `json:"name"`
	SHA256 string `json:"sha256"`
	Actor  string `json:"actor"`
}

const incomingDrawer desk.Drawer = "incoming"

// askImport puts a file on the desk, and is the job that takes it in.
func askImport(ctx context.Context, r *shared.Register, what, actor string) (jobs.Job, error) {
	format, name, ok := strings.Cut(what, "=")
	f, known := exchange.FormatNamed(format)
	if !ok || !known || f.Read == nil {
		return jobs.Job{}, trouble{fmt.Sprintf("--import %s names no format and file", what), "write it as kiel=FILE, with one of " + strings.Join(formatNames(), ", ")}
	}
	text, err := os.ReadFile(name)
	if err != nil {
		return jobs.Job{}, trouble{"the file cannot be read: " + plain(err), "check its name"}
	}
	sum := sha256.Sum256(text)
	q := importQuestion{format, filepath.Base(name), hex.EncodeToString(sum[:]), actor}
	err = r.Desk.Put(ctx, desk.Change{Drawer: incomingDrawer, Key: q.SHA256, Body: text})
	if err != nil && !errors.Is(err, desk.ErrChanged) { // it lies there already
		return jobs.Job{}, trouble{"the file cannot be put on the desk: " + err.Error(), "import it with entente import"}
	}
	return asJob(importKind, access.Keeper.String(), q), nil
}

// importDuty takes files in.
func importDuty(c *console, r *shared.Register) jobs.Duty {
	return jobs.Duty{Kind: importKind, Do: func(ctx context.Context, t *jobs.Task) (jobs.Outcome, error) {
		var q importQuestion
		if err := json.Unmarshal(t.Job.Args, &q); err != nil {
			return jobs.Outcome{}, jobs.Permanent(err)
		}
		item, err := r.Desk.Get(ctx, incomingDrawer, q.SHA256)
		if errors.Is(err, desk.ErrAbsent) {
			err = jobs.Permanent(errors.New("the file is not on the desk any more; ask again"))
		}
		if err != nil {
			return jobs.Outcome{}, err
		}
		found, err := imported(ctx, c, r, q, item.Body)
		if err != nil {
			return jobs.Outcome{}, err
		}
		text, err := json.Marshal(found)
		if err == nil {
			err = r.Desk.Put(ctx, desk.Change{Drawer: incomingDrawer, Key: q.SHA256, Was: item.Revision})
		}
		return jobs.Outcome{Result: text}, err
	}}
}

// imported takes one file in. What cannot be read would not be the next time.
func imported(ctx context.Context, c *console, r *shared.Register, q importQuestion, text []byte) (importData, error) {
	f, ok := exchange.FormatNamed(q.Format)
	if !ok || f.Read == nil {
		return importData{}, jobs.Permanent(fmt.Errorf("%s is no format that is read", q.Format))
	}
	im, err := f.Read(ctx, []exchange.File{{Name: q.Name, ReaderAt: bytes.NewReader(text), Size: int64(len(text))}}, exchange.Options{})
	if err != nil {
		return importData{}, jobs.Permanent(err)
	}
	have, size, err := r.Tree(ctx, register.Known{})
	if err != nil {
		return importData{}, err
	}
	over(have.Records, im)
	edits, err := r.Toward(ctx, have, size, im.Records, false)
	if err != nil {
		return importData{}, err
	}
	if err := noneBroken(c, have, edits); err != nil {
		return importData{}, jobs.Permanent(err)
	}
	var receipt ledger.Receipt
	if len(edits) > 0 {
		if receipt, err = r.Apply(ctx, ledger.Actor(q.Actor), newBatchID(), edits, nil); err != nil {
			return importData{}, err
		}
	}
	return importJob{files: []string{q.Name}}.data(im, edits, receipt, false), nil
}
