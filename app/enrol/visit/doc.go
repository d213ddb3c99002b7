// Package visit is what happens at the enrolment desk from the moment a wallet's
// owner comes (指纹采集设备, CN103985036A claim 2 step B): which wallet, which
// finger, the consent that the owner reads, three captures, the enrolment code;
// or, for an owner without a readable print, the desk's statement and a code all
// the same; or the erasure of a template.
//
// It is a state machine between package capture, which takes the finger, and the
// screens, which show a View and hand over the officer's intents. It knows no
// screen, no driver and no network.
//
// # Guarantees
//
//   - Nothing is captured before the owner's consent is given at this desk, on
//     this visit, for this wallet and finger. Its record names the text that was
//     shown.
//   - Between two captures the finger is lifted.
//   - A View holds nothing of a print: how many bytes have come, and what to do.
//   - A sensor that is pulled out and put back goes on where it was. Whatever else
//     fails, the officer is told what to do, and the visit can go on or end.
//   - The enrolment code is shown until the officer puts it away; then it is
//     forgotten.
package visit
