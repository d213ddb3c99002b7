package office

// Letters are the rows of keys of the keyboard on the screen, as people are used to in a language.
func Letters(language string) []string {
	if language == "de" {
		return []string{"1234567890", "qwertzuiopü", "asdfghjklöä", "yxcvbnmß-."}
	}
	return []string{"1234567890", "qwertyuiop", "asdfghjkl", "zxcvbnm-.,"}
}
