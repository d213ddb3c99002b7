// Package client is the phone's ordinary side (客户端): the flow that the owner
// sees, from the camera's first look to the outcome, as CN103985036A describes
// it: the mobile device's steps 4, 5, 6, 7 and, with a sensor of its own, 11.
// flow.go reads as those steps, in order.
//
// It knows no screen, no driver and no key: package trusted verifies, signs and
// remembers; the client hands it what the camera read and shows what comes back.
// It publishes what there is to show as a View and takes the owner's intents at
// the Phone: Scan, Choose, Confirm, Back, Show and Dismiss.
//
// # Guarantees
//
//  1. A payment whose code was made is pending until an outcome that settlement
//     signed is verified, or settlement has never seen it and would refuse it by
//     now. That holds across restarts, and while it is pending every view says
//     so.
//  2. Nobody has to wait for that: what is pending can be put aside and is asked
//     about in the background. How it ended is shown when the screen is free.
//  3. What a bystander holds to the camera ends nothing but the look itself, and
//     settles nothing.
//  4. No account number, template or key reaches a View or a log.
package client
