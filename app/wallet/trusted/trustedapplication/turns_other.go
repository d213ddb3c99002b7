//go:build !unix

package main

// turnsAt has nobody to take turns with: where there is no lock the wallet does not
// run anyway (package tee).
func turnsAt(string) (func() (release func(), err error), error) { return nil, nil }
