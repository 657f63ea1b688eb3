package server

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"

	"entente/plan"
	"entente/record"
	"entente/whatif"
)

// fault is what a request cannot be answered with, said for people.
type fault struct {
	Status int    `json:"status"`
	Title  string `json:"title"`
	Says   string `json:"detail"`
	Fix    string `json:"remedy"`
}

func (f fault) Error() string { return f.Says + "; " + f.Fix }

func absent(what string) fault {
	return fault{http.StatusNotFound, "Not here", what + " is not in the register, or not for this reader", "look for it by its name, or ask on another day"}
}

func unfit(says, fix string) fault {
	return fault{http.StatusBadRequest, "This cannot be asked", says, fix}
}

// tooMuch is the answer to a request that is one too many for the server.
var tooMuch = fault{http.StatusServiceUnavailable, "Too much at once", "the server is answering as many requests as it can", "ask again in a moment"}

// faultOf is the one table from errors to statuses.
func faultOf(err error) fault {
	var f fault
	var bad record.Errors
	var cannot *whatif.Error
	if f, ok := proposalFault(err); ok {
		return f
	}
	switch {
	case errors.As(err, &f):
		return f
	case errors.As(err, &bad):
		return fault{http.StatusServiceUnavailable, "The register cannot be read", "its files hold mistakes", "mend what entente check says of them; the page works again as soon as they can be read"}
	case errors.As(err, &cannot):
		return unfit(cannot.Says, cannot.Fix)
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled), errors.Is(err, plan.ErrStopped):
		return fault{http.StatusServiceUnavailable, "There was no answer in time", "the planner was stopped before it had an answer", "ask again in a moment; what was begun goes on while somebody waits for it"}
	}
	return fault{http.StatusInternalServerError, "Something failed", "the server could not answer", "try again; whoever runs the server finds the reason in its log"}
}

// problem is a fault as programs read it (RFC 9457).
func (f fault) problem() []byte {
	data, err := json.Marshal(struct {
		Type string `json:"type"`
		fault
	}{"about:blank", f})
	if err != nil {
		panic("server: a fault that is no JSON: " + err.Error())
	}
	return append(data, '\n')
}
