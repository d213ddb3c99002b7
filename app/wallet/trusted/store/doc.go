// Package store keeps the records of the wallet's purse in one bbolt file that
// nobody but the trusted application can read, and in which nothing can be changed
// unnoticed.
//
// Guarantees:
//
//  1. What [Store.Update] wrote is on the disk, all of it, when it returns nil; a
//     process that is killed, or a disk that loses power, leaves all of a
//     transaction or nothing.
//  2. Every record is sealed with AES-256-GCM under a key that lies in the secure
//     unit, bound to its bucket and its key in that bucket. A record that was
//     changed, moved, or sealed under another key is [ErrDamaged], never a value.
//  3. After an error of writing nothing is read or written any more
//     ([ErrStopped]): what is on the disk then is known only after opening again.
//
// Limits: a record that is gone, and a whole file that was put back, are not
// noticed here: whoever keeps records chains and counts them, and holds the count
// against one that lies elsewhere. The last transaction can be lost to a damaged
// page in the file's head; [Store.Doubtful] tells that it may be.
package store
