package feeds

import (
	"bytes"
	"strings"
)

// finder finds the next place of a mark and remembers it, so that a document
// full of beginnings without end is not searched to its end for each of them.
type finder struct {
	b     []byte
	mark  string
	fold  bool
	at    int
	asked bool
}

// next returns the first mark at i or after, -1 if there is none. i must not
// go back.
func (f *finder) next(i int) int {
	if f.asked && (f.at < 0 || f.at >= i) {
		return f.at
	}
	f.asked = true
	i = min(i, len(f.b))
	if f.fold {
		f.at = indexFold(f.b[i:], f.mark)
	} else {
		f.at = bytes.Index(f.b[i:], []byte(f.mark))
	}
	if f.at >= 0 {
		f.at += i
	}
	return f.at
}

// comment returns the end of the comment at i; f finds ends of comments. A
// comment without end, or one that would swallow another, loses only its mark.
func (f *finder) comment(i int) int {
	end := f.next(i + 4)
	if end < 0 || bytes.Contains(f.b[i+4:end], []byte("<!--")) {
		return i + 4
	}
	return end + 3
}

// indexFold is bytes.Index without regard to the case of ASCII letters. mark
// begins with "<".
func indexFold(b []byte, mark string) int {
	for i := 0; ; i++ {
		j := bytes.IndexByte(b[i:], mark[0])
		if j < 0 || i+j+len(mark) > len(b) {
			return -1
		}
		if i += j; strings.EqualFold(string(b[i:i+len(mark)]), mark) {
			return i
		}
	}
}
