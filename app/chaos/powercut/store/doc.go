// Package store tries bbolt, on which the embedded ledger and the journals rest,
// on a disk that loses power: what was committed is there afterwards, the file
// opens and checks, and a store without its fsync is caught. There is nothing in
// it but tests.
package store
