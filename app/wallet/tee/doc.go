// Package tee holds what the three parts of the wallet's trusted execution
// environment say to each other (claims 1 to 3 of CN103942678A): the client
// application, the trusted application and the hardware environment between
// them, each a process of its own, joined two by two.
//
//   - client application and hardware environment: Messages, over a socket pair;
//   - hardware environment and trusted application: Messages, over another;
//   - client application and trusted application: shared memory (claims 2 and
//     8), which carries everything that is more than a number.
//
// A Message only triggers: it names a command and where in the shared memory its
// bytes lie. The hardware environment stamps it with the SHA-256 of those bytes,
// records it and passes it on; the receiver copies the bytes out of the memory
// and takes them only if the copy has that digest. So what was recorded is what
// was acted on, whatever the other side does to the memory meanwhile.
//
// Code uses [countersign/app/wallet/tee/clientapi] on the client's side and
// [countersign/app/wallet/tee/internalapi] on the trusted side; the names there
// are those of the GlobalPlatform TEE Client API 1.0 and TEE Internal Core API
// 1.3. It is not an implementation of those specifications: parameters are one
// string of bytes each way.
//
// What it does not give: there is no separate processor and no secure boot here.
// The walls are the kernel's, so the kernel and its administrator are trusted,
// and whoever may start programs as the same user decides which programs are
// started.
package tee
