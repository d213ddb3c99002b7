package settle

import (
	"net/http"

	"countersign/protocol/problem"
)

// Refusals that are not outcomes: nothing is signed, and nothing was kept.

func malformed(detail string) error {
	return problem.New(http.StatusBadRequest, problem.Malformed, detail, "Check that the device has the same version as settlement.")
}

func unauthorised(detail string) error {
	return problem.New(http.StatusForbidden, problem.Unauthorised, detail, "")
}

func notReady(detail string) error {
	return problem.New(http.StatusServiceUnavailable, problem.NotReady, detail, "Try again in a minute; if it goes on, call the operator of the settlement server.")
}

func busy(detail string) error {
	return problem.New(http.StatusServiceUnavailable, problem.Busy, detail, "Try again.")
}

func conflict(detail string) error {
	return problem.New(http.StatusConflict, problem.Conflict, detail, "Ask how the sale ended.")
}

func neverSeen() error {
	return problem.New(http.StatusNotFound, problem.NotFound, "no such sale", "It has not been charged.")
}
