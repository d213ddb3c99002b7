// Package speaker is what a terminal is heard by: three short sounds, for approved, refused and attention, and speech for those who
// cannot see the screen.
//
// The sounds are made here, as PCM, and told apart by rhythm and timbre as well as by pitch: approved is two notes, refused one long rough
// one, attention three short ones. Each is shorter than 600 ms.
//
// On Linux they are played by the first of pw-play, paplay and aplay (alsa-utils) that is installed and works, on Windows by PlaySound
// of winmm. Speech is made by espeak-ng, which writes a WAVE file that is played the same way, or spoken by spd-say
// (speech-dispatcher) where that is installed alone or asked for. On Windows it is SAPI that writes the file, by a script of PowerShell's,
// which takes a second to begin, with the voices that Windows has: of a language without one nothing is heard. A text goes to
// espeak-ng and PowerShell by their standard input.
//
// Guarantees, held by tests:
//
//   - No call waits for a program or a sound card. A program that hangs is ended, with all it has started, after a time limit.
//   - One thing is heard at a time, and the newest wins: a sound ends whatever is heard, a text ends an older text and waits only
//     for a sound, which is short. What is older is dropped, never said late. So of one event the sound is asked for first.
//   - A missing or failing program is told once in the log and in [Speaker.States]; everything else goes on. Nothing of what is
//     said goes to the log.
//
// Limits: the volume is the system's. Nobody can know whether something was heard.
package speaker
