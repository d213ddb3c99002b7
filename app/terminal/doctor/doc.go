// Package doctor looks at a terminal from outside, part by part, and says of each
// whether it is well, what was found, and what a person can do: what an installer runs
// before the first sale, and whoever is called when a terminal does not work.
//
// A [Check] is a small function over what it looks at; the program says where that is.
// [Run] has all of them look at once, each within a limit of its own. [Table] is for
// people, [Finding] as JSON for programs: its names stay the same from version to
// version, its sentences do not.
//
// # Guarantees
//
//  1. Nothing is changed: no sale is begun, nothing printed, no finger read, no key
//     made, nothing stored in the token. A file is written to the data folder and
//     removed again, to see that it can be; and a sensor is spoken to as the terminal
//     does, which may raise its speed.
//  2. Every check ends: one that does not answer is told as that, after its limit, and
//     Run returns without it. What hangs in a driver or a library then goes on until the
//     process ends, which is to be soon.
//  3. A finding says what a person can do about it unless all is well.
//  4. Findings hold no PIN, key, print, picture or account.
//  5. Beside a running terminal, which holds sensor, camera, printer and journal, it looks at
//     what can be looked at without taking anything away, and says of the rest that the
//     terminal has it.
//
// # Limits
//
// A camera's picture is judged by light, contrast and edges: a lens that looks at a bare
// wall looks like one out of focus. A wrong PIN costs the token one attempt. While the
// journal is verified no terminal can begin to use it.
package doctor
