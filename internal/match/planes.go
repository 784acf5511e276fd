package match

// A window is 64 bytes of a text and what must be known of those around them.
// Its bytes are told apart by planes: eight masks, one for each bit of a byte,
// so that a class of bytes is a few operations for all 64. In the planes the
// byte at 8*i+j has the bit at 8*j+i; only what is asked for is put in order.
type window struct {
	at     int    // where the window's own bytes begin; those before belong to another
	before uint64 // whether the byte before its own is a letter
	cut    bool   // whether that is the first byte of a letter of two
	next   byte   // behind the window
}

// tell returns which bytes are letters or digits in ASCII or belong to letters
// of two bytes, U+00C0 to U+017F but for the signs × and ÷, and U+0400 to
// U+047F; which are odd, so that steps must tell; and which are apostrophes in
// a word.
func (w *window) tell(x *[8]uint64) (letters, odd, same uint64) {
	p0, p1, p2, p3, p4, p5, p6, p7 := planes(x)
	low := p0 | p1 | p2 | p3 | p4
	letters = (p6&low&^(p4&p3&(p2|p1&p0)) | p5&p4&^p6&^(p3&(p2|p1))) &^ p7
	control := ^(p5 | p6 | p7)
	newline := control & p3 & p1 &^ (p4 | p2 | p0)
	white := newline | control&p3&p0&^(p4|p1) // tab and return
	odd = control&^white | p0&p1&p2&p3&p4&p5&p6&^p7
	if p7 != 0 {
		second, lead := p7&^p6, p7&p6&^p5
		c3 := lead & p1 & p0 &^ (p4 | p3 | p2)
		first := c3 | lead&p2&^(p4|p3|p1) | lead&p4&^(p3|p2|p1)
		sign := second & p4 & p2 & p1 & p0 &^ p3
		behind, signBehind := uint64(0), uint64(0)
		if w.next&0xC0 == 0x80 {
			behind = 1
			if w.next == 0x97 || w.next == 0xB7 {
				signBehind = 1
			}
		}
		first &= following(second, behind) &^ (c3 & following(sign, signBehind))
		cut := uint64(0)
		if w.cut {
			cut = 1
		}
		second &= preceding(first, cut)
		letters |= first | second
		odd |= p7 &^ (first | second)
	}
	if w.at > 0 {
		k := w.at - 1
		k = k&7<<3 | k>>3
		letters = letters&^(1<<k) | w.before<<k
	}
	// What stands behind a letter may belong to the word.
	after := preceding(letters, w.before)
	sign := after & p5 & p1 &^ (p6 | p7)
	dots := sign & p3 & p2 &^ (p4 | p0)
	colons := sign & p4 & p3 &^ (p2 | p0)
	apostrophes := sign & p2 & p0 &^ (p4 | p3)
	if dots|colons|apostrophes != 0 {
		blank := p5&^(p0|p2|p3|p4|p6|p7) | newline // and double quotes
		slash := p5 & p3 & p2 & p1 & p0 &^ (p4 | p6 | p7)
		var blankNext, slashNext, wideNext, letterNext uint64
		switch {
		case w.next == ' ' || w.next == '"' || w.next == '\n':
			blankNext = 1
		case w.next == '/':
			slashNext = 1
		case w.next >= 0x80:
			wideNext = 1
		case isAlnum(w.next):
			letterNext = 1
		}
		odd |= dots&^following(blank, blankNext) | colons&following(slash, slashNext)
		if apostrophes != 0 {
			odd |= apostrophes & following(p7, wideNext)
			same = inOrder(apostrophes & following(letters&^p7, letterNext))
		}
	}
	if odd != 0 {
		odd = inOrder(odd)
	}
	return inOrder(letters), odd, same
}

// planes turns 64 bytes, eight in each word, into their planes.
func planes(x *[8]uint64) (p0, p1, p2, p3, p4, p5, p6, p7 uint64) {
	const ones, twos, fours = 0x5555555555555555, 0x3333333333333333, 0x0F0F0F0F0F0F0F0F
	p0, p1 = swap(x[0], x[1], 1, ones)
	p2, p3 = swap(x[2], x[3], 1, ones)
	p4, p5 = swap(x[4], x[5], 1, ones)
	p6, p7 = swap(x[6], x[7], 1, ones)
	p0, p2 = swap(p0, p2, 2, twos)
	p1, p3 = swap(p1, p3, 2, twos)
	p4, p6 = swap(p4, p6, 2, twos)
	p5, p7 = swap(p5, p7, 2, twos)
	p0, p4 = swap(p0, p4, 4, fours)
	p1, p5 = swap(p1, p5, 4, fours)
	p2, p6 = swap(p2, p6, 4, fours)
	p3, p7 = swap(p3, p7, 4, fours)
	return p0, p1, p2, p3, p4, p5, p6, p7
}

// swap exchanges the bits of a that stand n higher than a mask with those of b
// in the mask.
func swap(a, b uint64, n int, mask uint64) (uint64, uint64) {
	t := (a>>(n&63) ^ b) & mask
	return a ^ t<<(n&63), b ^ t
}

// preceding tells of each byte in the planes what x tells of the one before;
// first is for the first.
func preceding(x, first uint64) uint64 { return x<<8 | x>>55&0xFE | first }

// following tells of each byte in the planes what x tells of the one behind;
// last is for the last.
func following(x, last uint64) uint64 { return x>>8 | x&0xFE<<55 | last<<63 }

// inOrder puts a mask of the planes in the order of the bytes.
func inOrder(x uint64) uint64 {
	t := (x ^ x>>7) & 0x00AA00AA00AA00AA
	x ^= t ^ t<<7
	t = (x ^ x>>14) & 0x0000CCCC0000CCCC
	x ^= t ^ t<<14
	t = (x ^ x>>28) & 0x00000000F0F0F0F0
	return x ^ t ^ t<<28
}
