package wire

// AppendSecret is append, byte by byte. The runtime's own goes through the vector
// registers, up to 256 bytes at a time, and when a signal interrupts it (Go preempts
// goroutines by signals) the kernel saves those on a stack that nothing wipes: whole
// packets of a print were found there. b should have room for p, for what it outgrows is
// not wiped.
func AppendSecret(b, p []byte) []byte {
	//lint:ignore S1011 that is the point
	for _, v := range p {
		b = append(b, v)
	}
	return b
}
