// Package screens is the wallet's trusted screen (可信UI模块, claims 4 and 9 of
// CN103942678A): a window of the trusted application's own process, for the
// owner's PIN, for amounts above the limit, for choosing the owner's mark, and for the
// owner's own card number, which is drawn here and nowhere else. It
// implements trusted.Prompter, shows what it is given and decides nothing.
//
// It looks like no ordinary window of the wallet: violet ground, a golden frame, a
// banner, and the owner's mark, a picture and a phrase that no other process
// knows. What is keyed is shown as dots only, and announced as nothing.
//
// Each prompt is a screen of its own by name, for whoever follows the announcements:
// trusted-unlock, trusted-pay, trusted-transfer, trusted-replace, trusted-clock, trusted-change, trusted-choose and
// trusted-repeat for a PIN, trusted-confirm, trusted-number, trusted-mark,
// trusted-locked, and trusted-hidden for none.
//
// # Limits
//
// On X11 any program of the same session can watch keys and draw over windows; a
// phone's window system does not let it. The mark protects from windows that are
// made up, not from such a program. Where the window lies is the window manager's
// choice; without one it lies at the display's corner.
package screens
