package storepage

import "testing"

// BusyPassword is of the user anna of M-0001 in the busy town.
const BusyPassword = password + "M-0001"

// ServeBusyTown serves a shop with everything that a page can show until the test ends.
func ServeBusyTown(t testing.TB) (address string) {
	w := newTown(t)
	w.busy()
	return w.http.URL
}
