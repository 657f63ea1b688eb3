package api

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"

	"github.com/danielgtaylor/huma/v2"

	"entente/ledger"
	"entente/proposal"
	"entente/record"
	"entente/shared"
)

// Problem is an error for programs (RFC 9457), with a remedy for people.
type Problem struct {
	Type   string              `json:"type" doc:"always about:blank: the status says the kind" example:"about:blank"`
	Title  string              `json:"title" doc:"the kind of problem"`
	Status int                 `json:"status" doc:"the HTTP status"`
	Detail string              `json:"detail" doc:"what is wrong, in a sentence"`
	Remedy string              `json:"remedy" doc:"what to do about it"`
	Errors []*huma.ErrorDetail `json:"errors,omitempty" doc:"each thing that is wrong, and where"`
}

// Error is the sentence and the remedy.
func (p *Problem) Error() string { return p.Detail + "; " + p.Remedy }

// GetStatus and ContentType are what huma asks of an error.
func (p *Problem) GetStatus() int { return p.Status }

// ContentType is RFC 9457's.
func (p *Problem) ContentType(string) string { return "application/problem+json" }

// useProblems makes problems of the errors that huma finds in a request. Its hook
// is a variable of its package, so it is set once.
var useProblems = sync.OnceFunc(func() {
	huma.NewError = func(status int, says string, errs ...error) huma.StatusError {
		p := problem(status, says)
		for _, err := range errs {
			if err == nil {
				continue
			}
			var d huma.ErrorDetailer
			if !errors.As(err, &d) {
				var known huma.StatusError
				p = &Problem{"about:blank", p.Title, p.Status, p.Detail, p.Remedy, p.Errors}
				if errors.As(err, &known) {
					continue
				}
				d = &huma.ErrorDetail{Message: err.Error()}
			}
			detail := *d.ErrorDetail()
			detail.Value = nil // what was sent is not sent back
			p.Errors = append(p.Errors, &detail)
		}
		return p
	}
})

func problem(status int, says string) *Problem {
	return &Problem{Type: "about:blank", Title: http.StatusText(status), Status: status, Detail: says, Remedy: remedyOf(status)}
}

// remedyOf is what to do about a status where nothing better is known.
func remedyOf(status int) string {
	switch status {
	case http.StatusNotFound:
		return "look for it in the lists, or ask on another day"
	case http.StatusRequestEntityTooLarge:
		return "send less at once"
	case http.StatusUnsupportedMediaType:
		return "send JSON, with Content-Type: application/json"
	case http.StatusMethodNotAllowed:
		return "see " + Prefix + "/openapi.json for what can be asked"
	case http.StatusRequestTimeout, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return "ask again in a moment"
	case http.StatusInternalServerError:
		return "try again; whoever runs the server finds the reason in its log"
	}
	return "correct the request; " + Prefix + "/openapi.json says what can be asked"
}

func unfit(says, fix string) error {
	return &Problem{Type: "about:blank", Title: "This cannot be asked", Status: http.StatusBadRequest, Detail: says, Remedy: fix}
}

func refused(status int, title, says, fix string) error {
	return &Problem{Type: "about:blank", Title: title, Status: status, Detail: says, Remedy: fix}
}

// absent is the answer for what is not there and for what may not be seen.
func absent(what string) error {
	return refused(http.StatusNotFound, "Not here", what+" is not in the register, or not for you", "look for it by its name, or ask on another day")
}

// fault is the one table from errors to problems.
func fault(err error) error {
	var p *Problem
	var bad record.Errors
	var conflict *ledger.ConflictError
	var reuse *ledger.ReuseError
	var refusal *ledger.Refusal
	var closed *proposal.Closed
	var taken *shared.TakenError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &taken):
		return refused(http.StatusConflict, "The id cannot be used", taken.Key.String()+" cannot be stated under this id", "choose another id")
	case errors.As(err, &p):
		return p
	case errors.As(err, &bad):
		p := problem(http.StatusUnprocessableEntity, "the record is not right")
		p.Remedy = "mend what errors lists"
		for _, e := range bad {
			p.Errors = append(p.Errors, &huma.ErrorDetail{Message: e.Says + "; " + e.Fix, Location: e.Path})
		}
		return p
	case errors.As(err, &conflict):
		return refused(http.StatusConflict, "Changed meanwhile", cut(err), "read what is there now, then decide again")
	case errors.As(err, &reuse):
		return refused(http.StatusConflict, "The key is used", cut(err), "use a new Idempotency-Key for what is new")
	case errors.As(err, &refusal):
		return refused(http.StatusUnprocessableEntity, "This is never accepted", refusal.Says, refusal.Fix)
	case errors.Is(err, proposal.ErrAbsent):
		return absent("the proposal")
	case errors.As(err, &closed), errors.Is(err, proposal.ErrOwn), errors.Is(err, proposal.ErrNotYours):
		says, fix, _ := strings.Cut(err.Error(), "; ")
		status := http.StatusForbidden
		if closed != nil {
			status = http.StatusConflict
		}
		return refused(status, "Not possible", says, fix)
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled):
		return problem(http.StatusServiceUnavailable, "there was no answer in time")
	}
	return fmt.Errorf("api: %w", err)
}

func cut(err error) string { return strings.TrimPrefix(err.Error(), "ledger: ") }

// send writes a problem outside of huma.
func send(w http.ResponseWriter, p *Problem) {
	text, err := json.Marshal(p)
	if err != nil {
		panic("api: a problem is always JSON: " + err.Error())
	}
	w.Header().Set("Content-Type", p.ContentType(""))
	if p.Status == http.StatusUnauthorized {
		w.Header().Set("WWW-Authenticate", "Bearer")
	}
	w.WriteHeader(p.Status)
	_, _ = w.Write(append(text, '\n'))
}

// nothing answers for what is not an operation.
func nothing(w http.ResponseWriter, r *http.Request) {
	send(w, problem(http.StatusNotFound, "there is no "+r.Method+" "+Prefix+"/…  of this name"))
}

func errorsOf(method string) []int {
	common := []int{http.StatusBadRequest, http.StatusUnauthorized, http.StatusNotFound, http.StatusUnprocessableEntity, http.StatusTooManyRequests, http.StatusServiceUnavailable}
	if method != http.MethodGet {
		common = append(common, http.StatusForbidden, http.StatusConflict, http.StatusPreconditionFailed, http.StatusRequestEntityTooLarge)
	}
	return common
}

// operationID is a name for generated clients: get-records-kind-id.
func operationID(method, path string) string {
	id := strings.NewReplacer("/", "-", "{", "", "}", "").Replace(path)
	return strings.ToLower(method) + id
}
