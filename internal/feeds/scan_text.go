package feeds

import (
	"bytes"
	"unicode/utf8"
)

// textFault finds what an XML parser refuses in text or an attribute.
func textFault(t []byte) string {
	if bytes.IndexByte(t, ']') >= 0 && bytes.Contains(t, []byte("]]>")) {
		return "]]> in text"
	}
	for {
		j := bytes.IndexByte(t, '&')
		if j < 0 {
			return ""
		}
		t = t[j+1:]
		if len(t) > 0 && t[0] == '#' {
			if r, _, ok := numericRef(t); ok && !isXMLChar(r) {
				return "a reference to no character"
			}
		}
	}
}

// numericRef reads a numeric reference from its "#" on.
func numericRef(t []byte) (r rune, n int, ok bool) {
	i, base := 1, rune(10)
	if i < len(t) && (t[i] == 'x' || t[i] == 'X') {
		i, base = 2, 16
	}
	start := i
	for ; i < len(t) && i-start < 9; i++ {
		d := digit(t[i])
		if d >= base {
			break
		}
		if r = r*base + d; r > utf8.MaxRune {
			r = utf8.MaxRune + 1
		}
	}
	if i == start || i == len(t) || t[i] != ';' {
		return 0, 0, false
	}
	return r, i + 1, true
}

func digit(c byte) rune {
	switch {
	case '0' <= c && c <= '9':
		return rune(c - '0')
	case 'a' <= c|0x20 && c|0x20 <= 'f':
		return rune(c|0x20-'a') + 10
	}
	return 99
}

func isXMLChar(r rune) bool {
	return r == '\t' || r == '\n' || r == '\r' || r >= ' ' && r < 0xd800 || r >= 0xe000 && r < 0xfffe || r >= 0x10000 && r <= utf8.MaxRune
}
