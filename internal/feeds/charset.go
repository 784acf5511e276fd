package feeds

import (
	"bytes"
	"mime"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/html/charset"
	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/encoding/unicode/utf32"
)

// toUTF8 decodes a body to clean UTF-8. A byte order mark wins, then text that
// is valid UTF-8 already, then the charset of the HTTP header, then the
// document's own declaration, then a guess. repaired names what was wrong with
// the bytes; "" if nothing was. A clean UTF-8 body is returned as it is,
// without its mark.
func toUTF8(body []byte, contentType, lang string) (text []byte, repaired string) {
	if text, ok := byMark(body); ok {
		return clean(text)
	}
	if enc := wide(body); enc != nil {
		text, fault := clean(decode(enc, body))
		return text, orElse(fault, "UTF-16 without a mark")
	}
	http, declared := label(httpCharset(contentType)), label(declaredCharset(body))
	if utf8.Valid(body) {
		if escaped := firstOf(isISO2022, http, declared); escaped != nil && bytes.IndexByte(body, 0x1b) >= 0 {
			return clean(decode(escaped, body))
		}
		return clean(body)
	}
	for _, enc := range []encoding.Encoding{http, declared} {
		if enc == nil || enc == unicode.UTF8 {
			continue
		}
		if text := decode(enc, body); plausible(text) {
			return clean(text)
		}
	}
	if mostlyUTF8(body) {
		text, _ := clean(mend(body))
		return text, "bytes that are not UTF-8"
	}
	text, _ = clean(decode(guess(body, lang), body))
	return text, "no usable charset label"
}

// byMark decodes by the byte order mark.
func byMark(b []byte) ([]byte, bool) {
	mark := []byte("\xef\xbb\xbf")
	switch {
	case bytes.HasPrefix(b, mark):
		for bytes.HasPrefix(b, mark) {
			b = b[len(mark):]
		}
		if !utf8.Valid(b) {
			return nil, false
		}
		return b, true
	case bytes.HasPrefix(b, []byte("\xff\xfe\x00\x00")):
		return decode(utf32.UTF32(utf32.LittleEndian, utf32.ExpectBOM), b), true
	case bytes.HasPrefix(b, []byte("\x00\x00\xfe\xff")):
		return decode(utf32.UTF32(utf32.BigEndian, utf32.ExpectBOM), b), true
	case bytes.HasPrefix(b, []byte("\xff\xfe")), bytes.HasPrefix(b, []byte("\xfe\xff")):
		return decode(unicode.UTF16(unicode.BigEndian, unicode.UseBOM), b), true
	}
	return nil, false
}

// wide recognises UTF-16 without a mark by the zero bytes around the first
// characters.
func wide(b []byte) encoding.Encoding {
	if len(b) < 4 || len(b)%2 != 0 && bytes.IndexByte(b[:min(len(b), 64)], 0) < 0 {
		return nil
	}
	switch {
	case b[0] == 0 && b[1] != 0 && b[2] == 0 && b[3] != 0:
		return unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM)
	case b[0] != 0 && b[1] == 0 && b[2] != 0 && b[3] == 0:
		return unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM)
	}
	return nil
}

func decode(enc encoding.Encoding, b []byte) []byte {
	out, err := enc.NewDecoder().Bytes(b)
	if err != nil {
		return bytes.ToValidUTF8(b, []byte("\uFFFD"))
	}
	return out
}

// label resolves a charset label, nil for unknown ones. us-ascii says nothing:
// it is what servers send who know nothing, and the bytes are past it.
func label(name string) encoding.Encoding {
	switch name = strings.ToLower(strings.Trim(name, " \t\r\n\"'")); name {
	case "", "us-ascii", "ascii":
		return nil
	case "utf8", "utf-8", "unicode-1-1-utf-8":
		return unicode.UTF8
	}
	enc, _ := charset.Lookup(name)
	return enc
}

func httpCharset(contentType string) string {
	if _, params, err := mime.ParseMediaType(contentType); err == nil {
		return params["charset"]
	}
	_, rest, _ := strings.Cut(strings.ToLower(contentType), "charset=")
	rest, _, _ = strings.Cut(rest, ";")
	return rest
}

// declaredCharset reads the XML declaration, wherever in the first kilobyte
// it stands, or an HTML page's meta element.
func declaredCharset(b []byte) string {
	head := b[:min(len(b), 1024)]
	if _, decl, ok := bytes.Cut(head, []byte("<?xml")); ok {
		decl, _, _ = bytes.Cut(decl, []byte("?>"))
		return quotedAfter(decl, "encoding")
	}
	if _, meta, ok := bytes.Cut(bytes.ToLower(head), []byte("charset=")); ok {
		meta = bytes.TrimLeft(meta, `"' `)
		return string(meta[:min(len(meta), max(0, bytes.IndexAny(meta, `"' />;`)))])
	}
	return ""
}

// quotedAfter returns the quoted value that follows a name and "=".
func quotedAfter(b []byte, name string) string {
	_, rest, ok := bytes.Cut(b, []byte(name))
	if !ok {
		return ""
	}
	rest = bytes.TrimLeft(rest, " \t\r\n=")
	if len(rest) == 0 || rest[0] != '"' && rest[0] != '\'' {
		return ""
	}
	value, _, ok := bytes.Cut(rest[1:], rest[:1])
	if !ok {
		return ""
	}
	return string(value)
}

// plausible reports whether a decoding went well: a wrong label shows in
// replacement and control characters.
func plausible(text []byte) bool {
	bad, high := 0, 0
	for _, r := range string(text) {
		switch {
		case r == utf8.RuneError, 0x80 <= r && r < 0xa0:
			bad++
		case r >= 0xa0:
			high++
		}
	}
	return bad*8 <= high
}

// mostlyUTF8 reports whether the text is UTF-8 with a few bad bytes in it.
func mostlyUTF8(b []byte) bool {
	good, bad := 0, 0
	for i := 0; i < len(b); {
		if b[i] < utf8.RuneSelf {
			i++
			continue
		}
		r, n := utf8.DecodeRune(b[i:])
		if r == utf8.RuneError && n == 1 {
			bad++
		} else {
			good++
		}
		i += n
	}
	return good > 0 && good >= 4*bad
}

// mend replaces the bytes that are not UTF-8 by what they mean in Windows-1252,
// which is where pasted quotes and dashes come from.
func mend(b []byte) []byte {
	out := make([]byte, 0, len(b)+64)
	for i := 0; i < len(b); {
		r, n := utf8.DecodeRune(b[i:])
		if r == utf8.RuneError && n == 1 {
			out = utf8.AppendRune(out, charmap.Windows1252.DecodeByte(b[i]))
			i++
			continue
		}
		out = append(out, b[i:i+n]...)
		i += n
	}
	return out
}

// once undoes a second encoding: text that was UTF-8 already, was taken for
// Latin and encoded again, so that é is Ã©. Other text is returned as it is.
func once(s string) string {
	if !hasLatinLead(s) {
		return s
	}
	out := make([]byte, 0, len(s))
	for _, r := range s {
		if r < 0x100 {
			out = append(out, byte(r))
		} else if c, ok := charmap.Windows1252.EncodeRune(r); ok {
			out = append(out, c)
		} else {
			return s
		}
	}
	if !utf8.Valid(out) {
		return s
	}
	return string(out)
}

// hasLatinLead reports one of Â Ã Ð Ñ â, which is what the first byte of a
// character looks like when it was taken for Latin.
func hasLatinLead(s string) bool {
	for i := 0; ; i += 2 {
		j := strings.IndexByte(s[i:], 0xc3)
		if j < 0 || i+j+1 >= len(s) {
			return false
		}
		i += j
		switch s[i+1] {
		case 0x82, 0x83, 0x90, 0x91, 0xa2:
			return true
		}
	}
}

// clean removes what no feed may contain: control characters, the
// non-characters U+FFFE and U+FFFF, and marks in the wrong place.
func clean(text []byte) ([]byte, string) {
	text = bytes.TrimLeft(text, "\ufeff")
	i := firstDirty(text)
	if i < 0 {
		return text, ""
	}
	out := append(make([]byte, 0, len(text)), text[:i]...)
	for _, r := range string(text[i:]) {
		if r >= ' ' && r != 0xfffe && r != 0xffff || r == '\t' || r == '\n' || r == '\r' {
			out = utf8.AppendRune(out, r)
		}
	}
	return out, "control characters"
}

// firstDirty returns where the first character stands that clean removes, or
// -1. The text is valid UTF-8.
func firstDirty(text []byte) int {
	for i, c := range text {
		if c >= ' ' && c != 0xef {
			continue
		}
		switch {
		case c == '\t', c == '\n', c == '\r':
		case c == 0xef:
			if i+2 < len(text) && text[i+1] == 0xbf && text[i+2] >= 0xbe {
				return i
			}
		default:
			return i
		}
	}
	return -1
}

func orElse(s, other string) string {
	if s == "" {
		return other
	}
	return s
}

func firstOf(is func(encoding.Encoding) bool, encs ...encoding.Encoding) encoding.Encoding {
	for _, e := range encs {
		if e != nil && is(e) {
			return e
		}
	}
	return nil
}
