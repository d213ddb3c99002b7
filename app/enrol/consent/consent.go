// Package consent has the text that a wallet's owner reads and agrees to before a
// finger is taken at the enrolment desk.
//
// A record of a consent names the text by version and language, and by its
// SHA-256. So a text that was released is never changed: what is to be said
// otherwise is another version. A test holds the texts to their digests.
package consent

import (
	"strings"

	"countersign/assets"
	"countersign/protocol"
)

// Version is the version of the text that is read now.
const Version = "1"

// Text returns what is read in a language, paragraphs with an empty line between
// them, and the name under which a consent records it: version and language,
// "1/en".
func Text(book assets.Phrasebook) (name protocol.ID, text string) {
	key := "enrol.consent.read." + Version
	return protocol.ID(Version + "/" + book.Tag()),
		strings.Join([]string{book.Say(key + ".what"), book.Say(key + ".keep"), book.Say(key + ".free")}, "\n\n")
}
