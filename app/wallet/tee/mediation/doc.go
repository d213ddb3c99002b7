// Package mediation is the hardware environment (硬件环境模块, claims 1 to 3 of
// CN103942678A) between the client and the trusted application: it makes the
// shared memory and hands it to both, passes messages on and records them, and
// supervises.
//
//   - A message that a side may not send, or that points outside its memory, is
//     recorded, not passed on, and ends that side.
//   - Each direction has one message in hand at a time: a side that floods waits,
//     and one that takes no messages for [Settings.Patience] is ended.
//   - The trusted application ends: the client is told at once how.
//   - The client ends or finalizes: the trusted application is asked to end, and
//     killed after [Settings.Grace].
//   - The environment ends: the kernel kills the trusted application.
package mediation
