// Package prints finds collections of fingerprints in folders and reads their
// pictures.
//
// A print is a file FINGER_IMPRESSION.png, .bmp, .tif or .tiff (the names of the
// Fingerprint Verification Competitions); a folder that holds some is a data base.
// A finger's name counts within its data base only.
//
// Prints of real people are personal data: this package keeps nothing of them, and
// its errors name files, never what is in them.
package prints
