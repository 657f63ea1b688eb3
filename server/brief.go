package server

import (
	"bytes"
	"context"
	"net/http"

	"entente/publish"
)

// briefPDF is the brief as a document of one page, for those who do not print.
func (s *Server) briefPDF(w http.ResponseWriter, r *http.Request) {
	a, err := s.ask(r)
	if err == nil {
		err = a.settle()
	}
	if err != nil {
		s.fail(w, r, err)
		return
	}
	o, err := s.answers.Do(r.Context(), a.nameOf(a.basisName(), "/brief", form{kind: "application/pdf"}), func(ctx context.Context, _ func(string)) (*whole, error) {
		b := *a
		b.ctx = ctx
		return b.pdf()
	})
	if err != nil {
		s.fail(w, r, err)
		return
	}
	w.Header().Set("Content-Disposition", `attachment; filename="brief.pdf"`)
	o.give(w, r, http.StatusOK)
}

func (a *asking) pdf() (*whole, error) {
	w, err := a.world(true)
	if err != nil {
		return nil, err
	}
	if w.Plan == nil {
		return nil, absent("a plan to write a brief about")
	}
	o, err := a.options()
	if err != nil {
		return nil, err
	}
	f, ok := publish.FormatNamed("pdf")
	if !ok {
		panic("server: publish writes no PDF")
	}
	var out bytes.Buffer
	if _, err := f.Write(&out, w.View, publish.Options{Rung: o.Rung, Plan: w.Plan}); err != nil {
		return nil, err
	}
	return wholeOf("application/pdf", out.Bytes()), nil
}
