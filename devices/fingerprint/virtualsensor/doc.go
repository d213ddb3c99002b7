// Package virtualsensor is the other end of a fingerprint sensor's line: a ZFM-20 or
// R503 on a pseudo-terminal, for tests and the demo. It speaks the real protocol
// (package wire), is fed pictures instead of fingers, sends no faster than its line
// would, and can misbehave as cables, plugs and sensors do.
//
// It wants its password before anything else if it has one, keeps it and its speed over
// a re-plug, and forgets the picture. It hears, as a real one, only who speaks at its
// own speed: it looks at the speed that the near end set on the pseudo-terminal.
//
// Limits: Linux only. It keeps no library of templates; of the instructions it
// knows those that carry a picture to the host, the handshakes, password and parameters.
package virtualsensor
