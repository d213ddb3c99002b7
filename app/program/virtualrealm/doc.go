// Package virtualrealm makes up a realm of devices that have no secure unit: an
// authority, and for each device the papers and software keys that enrolment
// would have given it. Harnesses that start hundreds of terminals on one machine
// hand them out as JSON; what the devices do with them is the real code.
//
// Nothing here protects anything: keys are in the clear. No program of a shop
// uses it.
package virtualrealm
