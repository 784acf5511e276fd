package notify

// SetManners puts other manners in force, as after a reload. What is already
// on its way is not affected. It may be called at any time and never blocks.
func (c *Courier) SetManners(m map[string]Manners) {
	c.manners.Store(&m)
	c.Wake()
}

// remanner takes up manners that were set since the last turn. It belongs to
// the goroutine of Run.
func (c *Courier) remanner() {
	m := c.manners.Swap(nil)
	if m == nil {
		return
	}
	c.opt.Manners = *m
	for _, ln := range c.lanes {
		ln.manners = c.mannersOf(ln.channel)
	}
}

// mannersOf are a channel's manners, else those of all that are not named.
func (c *Courier) mannersOf(channel string) Manners {
	if m, ok := c.opt.Manners[channel]; ok {
		return m
	}
	return c.opt.Manners[""]
}
