// Package virtualsettlement is the other end of package settlementclient for
// tests: a settlement server on a loopback port that speaks the real protocol
// over real TLS 1.3 with both sides authenticated, decides as the test says, and
// misbehaves on purpose. Its keys are package protocoltest's and protect
// nothing; it keeps no money.
package virtualsettlement
