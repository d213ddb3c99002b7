// Package health says whether a program comes up after another version of it was
// installed: its service must be active and not restart for a while, and the program's
// own examination must find nothing bad that was well before.
//
// # Limits
//
// Whoever is installed anew tells of itself; what nobody looks at is not noticed. What
// does not hang together with a version, such as an unreachable settlement or a full
// disk, is not counted, and neither is what was bad before: a broken printer does
// not keep a machine from its updates. That the service was restarted is for the
// package's scripts to see to: a service that was not is the old version, and well.
package health
