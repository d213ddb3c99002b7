package certification

import (
	"errors"
	"net/http"

	"countersign/protocol/problem"
)

// The refusals. Each says what happened and what to do; none says more about a
// code or a key than its holder knows.

func codeUnknown() *problem.Problem {
	return problem.New(http.StatusNotFound, problem.CodeUnknown, "no enrolment code like this was given out",
		"Check that the code was copied whole, or ask the authority for a new one.")
}

func codeEnded(how string) *problem.Problem {
	return problem.New(http.StatusGone, problem.CodeUnknown, "the enrolment code "+how,
		"Ask the authority for a new code.")
}

func codeUsed() *problem.Problem {
	return problem.New(http.StatusConflict, problem.CodeUsed, "another device, or another key, enrolled with this code",
		"Ask the authority for a new code. If nobody should have used this one, have the device revoked.")
}

func proof(what string) *problem.Problem {
	return problem.New(http.StatusForbidden, problem.Proof, what, "Start the enrolment again on the device itself.")
}

func challengeEnded() *problem.Problem {
	return problem.New(http.StatusConflict, problem.Stale, "the challenge was answered before, or more than five minutes ago",
		"Try again; if it goes on, check the device's network.")
}

func malformed(what string) *problem.Problem {
	return problem.New(http.StatusBadRequest, problem.Malformed, what, "")
}

func unauthorised(what, hint string) *problem.Problem {
	return problem.New(http.StatusForbidden, problem.Unauthorised, what, hint)
}

func conflict(what, hint string) *problem.Problem {
	return problem.New(http.StatusConflict, problem.Conflict, what, hint)
}

func revoked() *problem.Problem {
	return problem.New(http.StatusForbidden, problem.Revoked, "the authority took this device's certificates back",
		"Ask the authority for a new enrolment code.")
}

func notFound(what string) *problem.Problem {
	return problem.New(http.StatusNotFound, problem.NotFound, what, "")
}

func isRefusal(err error) bool {
	var refusal *problem.Problem
	return errors.As(err, &refusal)
}
