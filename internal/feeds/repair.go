package feeds

import (
	"bytes"
	"slices"
	"strings"
)

// Caps of the repair, in bytes of one field. What is over them is cut: no
// reader would miss it.
const (
	capDate  = 256
	capLink  = 8 << 10
	capTitle = 16 << 10
	capText  = 512 << 10
)

// frame is an element that the repair has opened in its output.
type frame struct {
	name   string // as written
	low    string // in small letters, without the root's prefix
	spaces int
	pieces int // of text written into it
}

// repairer rewrites a document as well-formed XML. It knows the shape of
// feeds, so that a tag left open in one item does not swallow the next, and
// that markup in a text is text. Comments, processing instructions and what
// stands between the elements are dropped.
type repairer struct {
	b      []byte
	i      int
	kind   kind
	item   string
	prefix string // of the root element, with its colon

	out      []byte
	stack    []frame
	entities map[string]string // that the document declares
	grown    int               // bytes that entities added

	comments, cdatas, items, scripts, styles finder

	open      itemState
	rooted    bool // the root element has been written
	done      bool // its end tag has been met
	truncated bool // the document ended before it
	err       error
}

// itemState is what is known of the item being written.
type itemState struct {
	at                         int // its place in the output; -1 outside items
	title, link, guid, cutName bool
}

// repair rewrites the document whose root element begins at b[0]. truncated
// reports that its end is missing.
func repair(b []byte, k kind, entities map[string]string) (out []byte, truncated bool, err error) {
	r := repairer{b: b, kind: k, item: k.item(), entities: entities, out: make([]byte, 0, len(b)+len(b)/8+256), open: itemState{at: -1}}
	r.comments, r.cdatas = finder{b: b, mark: "-->"}, finder{b: b, mark: "]]>"}
	r.scripts, r.styles = finder{b: b, mark: "</script", fold: true}, finder{b: b, mark: "</style", fold: true}
	r.wrap()
	r.items = finder{b: b, mark: "<" + r.prefix + r.item, fold: true}
	for r.i < len(b) && !r.done && r.err == nil {
		r.step()
		if len(r.out) > 2*len(b)+64<<10 {
			return nil, false, hostile("the document grows out of all proportion when its markup is repaired")
		}
	}
	if r.err != nil {
		return nil, false, r.err
	}
	r.finish()
	return r.out, r.truncated, nil
}

// wrap supplies the root element for a document that begins with a channel or
// an item.
func (r *repairer) wrap() {
	root := tagName(r.b, 1)
	if c := strings.IndexByte(root, ':'); c >= 0 {
		r.prefix = root[:c+1]
	}
	switch strings.ToLower(root[len(r.prefix):]) {
	case "channel":
		r.raw("<rss>", "rss")
	case "item":
		r.raw("<rss>", "rss")
		r.raw("<channel>", "channel")
	case "entry":
		r.raw("<feed>", "feed")
	}
}

func (r *repairer) raw(tag, name string) {
	r.out = append(r.out, tag...)
	r.stack = append(r.stack, frame{name: name, low: name})
	r.rooted = true
}

func (r *repairer) top() *frame {
	if len(r.stack) == 0 {
		return nil
	}
	return &r.stack[len(r.stack)-1]
}

// step handles the text up to the next markup, and that markup.
func (r *repairer) step() {
	j := bytes.IndexByte(r.b[r.i:], '<')
	if j < 0 {
		j = len(r.b) - r.i
	}
	if j > 0 {
		r.loose(r.b[r.i:r.i+j], false)
		r.i += j
		return
	}
	rest := r.b[r.i:]
	switch {
	case bytes.HasPrefix(rest, []byte("<!--")):
		r.i = r.comments.comment(r.i)
	case bytes.HasPrefix(rest, []byte("<![CDATA[")):
		n, ended := r.cdataLen()
		r.loose(rest[9:9+n], true)
		r.i += 9 + n
		if ended {
			r.i += 3
		}
	case bytes.HasPrefix(rest, []byte("</")):
		r.endTag()
	case len(rest) > 1 && (rest[1] == '!' || rest[1] == '?'):
		r.i += after(rest, 2, ">")
	case isName(r.b, r.i+1):
		r.startTag()
	default:
		r.loose(rest[:1], true)
		r.i++
	}
}

// cdataLen is the length of the content of the CDATA section at r.i; 0 if it
// has no end.
func (r *repairer) cdataLen() (n int, ended bool) {
	end := r.cdatas.next(r.i + 9)
	if end < 0 {
		return 0, false
	}
	return end - r.i - 9, true
}

// loose writes text outside of the text fields. In a feed's structure there
// is none that matters, and pieces beyond a few tens are no text.
func (r *repairer) loose(t []byte, literal bool) {
	top := r.top()
	if top == nil || r.contains(top.low) || top.pieces > 64 {
		return
	}
	top.pieces++
	r.write(t[:min(len(t), capText)], literal)
}

// startTag handles the start tag at r.i by its place in a feed.
func (r *repairer) startTag() {
	t, ok := readTag(r.b, r.i)
	if !ok {
		r.i = len(r.b)
		return
	}
	low := strings.ToLower(strings.TrimPrefix(t.name, r.prefix))
	r.i = t.end
	switch {
	case low == "script" || low == "style":
		r.skipRaw(low)
	case !r.rooted:
		r.rooted = true
		r.push(t, low)
	case rootNames[low] || low == "channel" && r.depthOf("channel") >= 0:
		// A second document, or a second channel inside the first: go on.
	case low == "channel":
		r.popTo(0)
		r.push(t, low)
	case low == r.item:
		r.closeItem()
		r.popToStructure()
		r.open = itemState{at: len(r.out)}
		r.push(t, low)
	case r.isVoid(low):
		r.leave(low)
		r.empty(t)
	case r.isField(low):
		r.leave(low)
		r.field(t, low)
	default:
		if r.contains(low) {
			r.leave(low)
		}
		r.push(t, low)
	}
}

// skipRaw skips a script or style element, which somebody else put there.
func (r *repairer) skipRaw(name string) {
	f := &r.scripts
	if name == "style" {
		f = &r.styles
	}
	if end := f.next(r.i); end >= 0 {
		r.i = after(r.b, end, ">")
	}
}

// push writes a start tag and enters its element.
func (r *repairer) push(t rawTag, low string) {
	spaces := t.spaces()
	if up := r.top(); up != nil {
		spaces += up.spaces
	}
	if r.err = limits(len(r.stack)+1, len(t.attrs), spaces); r.err != nil {
		return
	}
	r.writeTag(t)
	if t.empty {
		r.out = append(r.out, "</"+t.name+">"...)
		if low == r.item {
			r.open = itemState{at: -1}
		}
		return
	}
	r.stack = append(r.stack, frame{name: t.name, low: low, spaces: spaces})
}

// empty writes an element that has no content whether or not it says so.
func (r *repairer) empty(t rawTag) {
	if r.err = limits(len(r.stack)+1, len(t.attrs), t.spaces()); r.err != nil {
		return
	}
	if strings.HasSuffix(strings.ToLower(t.name), "link") {
		r.open.link = true
	}
	r.writeTag(t)
	r.out = append(r.out, "</"+t.name+">"...)
}

// pop closes the innermost element.
func (r *repairer) pop() {
	n := len(r.stack) - 1
	f := r.stack[n]
	r.stack = r.stack[:n]
	r.out = append(r.out, "</"+f.name+">"...)
	if f.low == r.item {
		r.open = itemState{at: -1}
	}
}

// popTo closes elements until only the outermost keep+1 are open.
func (r *repairer) popTo(keep int) {
	for len(r.stack) > keep+1 {
		r.pop()
	}
}

// contains reports an element that holds fields and no text of its own.
func (r *repairer) contains(low string) bool { return containers[low] || low == r.item }

func (r *repairer) depthOf(low string) int {
	for i, v := range slices.Backward(r.stack) {
		if v.low == low {
			return i
		}
	}
	return -1
}

func (r *repairer) closeItem() {
	if i := r.depthOf(r.item); i >= 0 {
		r.popTo(i - 1)
	}
}

// popToStructure closes what is open between a feed's structure and here.
func (r *repairer) popToStructure() {
	for len(r.stack) > 1 {
		if low := r.top().low; low == "channel" || rootNames[low] {
			return
		}
		r.pop()
	}
}

// leave closes the elements in which an element of that name cannot be: a tag
// that was left open, an extension of another vocabulary.
func (r *repairer) leave(low string) {
	prefix, _, prefixed := strings.Cut(low, ":")
	for len(r.stack) > 1 {
		top := r.top().low
		if r.contains(top) && !(top != r.item && r.contains(low)) || rootNames[top] || top == "channel" {
			return
		}
		if p, _, ok := strings.Cut(top, ":"); prefixed && ok && p == prefix {
			return
		}
		r.pop()
	}
}

// endTag closes the element that the end tag at r.i names, and what was left
// open in it. An end tag of nothing is dropped.
func (r *repairer) endTag() {
	name := tagName(r.b, r.i+2)
	if end := bytes.IndexAny(r.b[r.i+2:], "<>"); end < 0 {
		r.i = len(r.b)
	} else if r.i += 2 + end; r.b[r.i] == '>' {
		r.i++
	}
	low := strings.ToLower(strings.TrimPrefix(name, r.prefix))
	if rootNames[low] || low == "channel" {
		r.endOfFeed(low)
		return
	}
	for i := len(r.stack) - 1; i > 0; i-- {
		if r.stack[i].low == low {
			r.popTo(i - 1)
			return
		}
		if r.contains(r.stack[i].low) && low != r.item {
			return
		}
	}
}

// endOfFeed handles the end of the root or channel. Both may come too early.
func (r *repairer) endOfFeed(low string) {
	if r.items.next(r.i) >= 0 || r.depthOf(low) < 0 {
		r.closeItem()
		return
	}
	if low == "channel" {
		r.popTo(r.depthOf(low) - 1)
		return
	}
	r.done = true
}

// finish closes what is open. The last item of a document that was cut off is
// kept only if what identifies and names it came whole.
func (r *repairer) finish() {
	r.truncated = !r.done && len(r.stack) > 1 // behind its channel a feed says nothing
	if at := r.open.at; at >= 0 && !r.done && (r.open.cutName || !r.open.title || !r.open.link && !r.open.guid) {
		r.out = r.out[:at]
		r.stack = r.stack[:max(r.depthOf(r.item), 0)]
	}
	r.popTo(-1)
}
