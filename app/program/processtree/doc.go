// Package processtree ends a process together with those that it started, at once
// and without a word to any of them, as a loss of power would: for harnesses that
// crash servers of many processes, such as PostgreSQL.
//
// # Limits
//
// Linux only. Grandchildren are not ended.
package processtree
