package purse

// Answered waits until the owner is not being asked about a tap any more.
func (p *Purse) Answered() { p.prompted.Wait() }
