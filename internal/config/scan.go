package config

import (
	"fmt"
	"regexp"
	"strings"
	"unicode/utf8"
)

// maxFile is the largest file that is read. A list of a hundred thousand feeds
// has less.
const maxFile = 16 << 20

// secretText is what a token or a webhook's address looks like.
var secretText = regexp.MustCompile(`xox[abeoprs]-[0-9A-Za-z-]{6,}|xapp-[0-9A-Za-z-]{6,}|hooks\.slack\.com/(services|workflows|triggers)/[0-9A-Za-z/_-]{6,}`)

// userInfo is a name and password in an address.
var userInfo = regexp.MustCompile(`(https?://)([^\s/@"']+:[^\s/@"']*)@`)

var loneReturn = regexp.MustCompile(`\r[^\n]`)

// scan looks at the raw text for what YAML would let pass or misread, notes
// it, and returns a text of the same lines and columns that can be parsed. It
// returns "" if the text is none.
func (d *decoder) scan() string {
	text := d.src.text
	switch {
	case len(text) > maxFile:
		d.fault(Pos{File: d.src.name}, 0, plain, fmt.Sprintf("the file is larger than %d MB", maxFile>>20), "split it, and name the parts under include:")
		return ""
	case strings.HasPrefix(text, "\xff\xfe"), strings.HasPrefix(text, "\xfe\xff"), strings.IndexByte(text, 0) >= 0:
		d.fault(d.src.pos(1, 1), 1, plain, "the file is not UTF-8 text (it looks like UTF-16, or is damaged)", "save it as UTF-8")
		return ""
	case loneReturn.MatchString(text):
		line := 1 + strings.Count(text[:loneReturn.FindStringIndex(text)[0]], "\n")
		col := 1 + strings.IndexByte(d.src.line(line), '\r')
		d.fault(d.src.pos(line, max(1, col)), 1, plain, "this is a line end of old machines, which is not read as one", "save the file with usual line ends")
		return ""
	case strings.TrimSpace(strings.TrimPrefix(text, bom)) == "":
		d.fault(Pos{File: d.src.name}, 0, plain, "the file is empty, as after a save that went wrong", "restore it, or take it out")
		return ""
	}
	if strings.HasPrefix(text, bom) {
		d.fault(d.src.pos(1, 1), 1, plain, "the file begins with an invisible mark (BOM)", "save it as UTF-8 without BOM")
	}
	lines := make([]string, len(d.src.lines))
	for i, l := range d.src.lines {
		lines[i] = d.scanLine(i+1, l)
	}
	d.leaveOutBelowTabs(lines)
	if !strings.HasSuffix(text, "\n") {
		last := len(d.src.lines)
		f := Fault{
			Pos: d.src.pos(last, max(1, utf8.RuneCountInString(d.src.line(last)))), Len: 1, src: d.src, Warning: true,
			Message: "the last line has no end; if the file was cut off while it was saved, this line is not whole",
			Fix:     "end the file with a line break",
		}
		*d.faults = append(*d.faults, f)
	}
	return strings.Join(lines, "\n")
}

// scanLine checks one line and returns it with what YAML must not see
// replaced, code point for code point.
func (d *decoder) scanLine(no int, l string) string {
	for _, m := range secretsIn(l) {
		d.fault(d.src.pos(no, 1+utf8.RuneCountInString(l[:m[0]])), utf8.RuneCountInString(l[m[0]:m[1]]), plain,
			"a secret stands in this file; whoever reads the file has it", "put it into a file of its own and name that under bot_token_file, app_token_file or webhook_file; then have it replaced at Slack")
	}
	lead := len(l) - len(strings.TrimLeft(l, " \t\u00a0\u3000"))
	if blanks := l[:lead]; strings.Trim(blanks, " ") != "" && lead < len(l) {
		l = d.indentation(no, l, lead)
	}
	if strings.HasPrefix(l, "%") {
		d.fault(d.src.pos(no, 1), utf8.RuneCountInString(l), plain, "a line that begins with % has no place here", "take it out")
		d.src.blanked[no] = true
		return ""
	}
	if isASCII(l) {
		return l
	}
	return d.odd(no, l)
}

// secretsIn finds tokens in a line; few lines are worth the search.
func secretsIn(l string) [][]int {
	if !strings.Contains(l, "xox") && !strings.Contains(l, "xapp-") && !strings.Contains(l, "hooks.slack.com/") {
		return nil
	}
	return secretText.FindAllStringIndex(l, -1)
}

// indentation reports a tab or a no-break space before a line's first word.
// The line is left out if its depth cannot be known.
func (d *decoder) indentation(no int, l string, lead int) string {
	blanks := l[:lead]
	col := 1 + utf8.RuneCountInString(blanks[:strings.IndexFunc(blanks, func(r rune) bool { return r != ' ' })])
	if strings.ContainsRune(blanks, '\t') {
		if t := strings.TrimLeft(l, " \t"); t[0] == '#' {
			return strings.ReplaceAll(blanks, "\t", " ") + t
		}
		d.fault(d.src.pos(no, col), 1, plain, "there is a tab at the start of the line; YAML takes only blanks there", strings.Repeat(" ", d.meantDepth(no, blanks))+strings.TrimSpace(l))
		d.src.blanked[no] = true
		return ""
	}
	d.fault(d.src.pos(no, col), 1, plain, "there is a no-break space at the start of the line; it looks like a blank and is none", strings.NewReplacer("\u00a0", " ", "\u3000", " ").Replace(blanks)+strings.TrimSpace(l[lead:]))
	return strings.NewReplacer("\u00a0", " ", "\u3000", " ").Replace(blanks) + l[lead:]
}

// meantDepth is how far to the right a line that begins with tabs is meant to
// stand, by the line above it.
func (d *decoder) meantDepth(no int, blanks string) int {
	depth := 2*strings.Count(blanks, "\t") + strings.Count(blanks, " ")
	for above := no - 1; above >= 1; above-- {
		l := d.src.line(above)
		if strings.TrimSpace(l) == "" {
			continue
		}
		lead := l[:len(l)-len(strings.TrimLeft(l, " \t"))]
		at, tabbed := d.depths[above]
		switch {
		case tabbed && lead == blanks:
			depth = at
		case tabbed && strings.HasPrefix(blanks, lead):
			depth = at + 2
		case tabbed:
		case opens(l) && depth <= len(lead):
			depth = len(lead) + 2
		case !opens(l) && strings.Contains(l, ": "):
			depth = min(depth, len(lead))
		}
		break
	}
	if d.depths == nil {
		d.depths = map[int]int{}
	}
	d.depths[no] = depth
	return depth
}

// opens says that something is to stand below a line.
func opens(l string) bool {
	l = strings.TrimRight(l, " \t")
	return strings.HasSuffix(l, ":") || blockKey.MatchString(l)
}

// leaveOutBelowTabs takes out what stands below lines that were left out: under
// the next key above it would mean something else.
func (d *decoder) leaveOutBelowTabs(lines []string) {
	if len(d.depths) == 0 {
		return
	}
	const none = -1
	cut := none
	for i, l := range lines {
		if depth, tabbed := d.depths[i+1]; tabbed {
			if depth <= cut || cut == none {
				cut = none
				if opens(d.src.line(i + 1)) {
					cut = depth
				}
			}
			continue
		}
		switch in := indent(l); {
		case cut == none || in < 0:
		case in <= cut:
			cut = none
		default:
			lines[i] = ""
			d.src.blanked[i+1] = true
		}
	}
}

// odd reports characters beyond ASCII that change what a file means without
// being seen, and control characters.
func (d *decoder) odd(no int, l string) string {
	var b strings.Builder
	col := 0
	for i, r := range l {
		col++
		message, fix := "", "take it out"
		switch {
		case r == utf8.RuneError && !strings.HasPrefix(l[i:], "\ufffd"):
			message, fix = "this is not UTF-8 text; the file was saved in another encoding", "save the file as UTF-8"
		case r < ' ' && r != '\t' || r == 0x7f || r >= 0x80 && r < 0xa0 && r != 0x85:
			message = fmt.Sprintf("there is a control character here (U+%04X)", r)
		case r == 0x85 || r == 0x2028 || r == 0x2029:
			message, fix = fmt.Sprintf("there is an invisible line end here (U+%04X)", r), "write a usual line break or a blank"
		case r == 0xfeff || r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069:
			message = fmt.Sprintf("there is an invisible mark here (U+%04X)", r)
		case r == 0xa0 && strings.HasSuffix(strings.TrimRight(l[:i], " "), ":") && !strings.Contains(l[:i], `"`),
			r == 0xa0 && strings.TrimSpace(l[:i]) == "-":
			message, fix = "there is a no-break space here; it looks like a blank and is none", strings.TrimSpace(strings.ReplaceAll(l, "\u00a0", " "))
		}
		if message != "" {
			d.fault(d.src.pos(no, col), 1, plain, message, fix)
			r = ' '
		}
		b.WriteRune(r)
	}
	return b.String()
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf || s[i] < ' ' && s[i] != '\t' || s[i] == 0x7f {
			return false
		}
	}
	return true
}
