// Package cddl checks CBOR against the part of CDDL (RFC 8610) in which
// messages.cddl is written, so that the description of the protocol cannot
// drift from the bytes. Only tests use it.
//
// It knows: rules and generic rules; maps and arrays with literal keys,
// occurrences ?, * and +, group choices // and groups in parentheses; choices;
// ranges of integers; literals (integers, text, h'…', true, false, nil);
// enumerations &(…); the controls .size and .cbor; of the prelude uint, int,
// bstr, tstr, bool and any; comments. Everything else in a text is an error of
// Parse, and so is a name that is not defined: nothing is passed over.
//
// Guarantees: occurrences are greedy and choices are tried in order, as RFC 8610
// appendix A has it; maps are closed; trailing bytes and repeated keys are
// refused. Limits: CDDL describes data, not encodings: deterministic encoding,
// order and curves are the protocol's own checks. An undefined value counts as
// nil.
//
// A Schema is immutable and safe for concurrent use.
package cddl
