// Command picture shows the golden messages as a reader would see them: it
// writes an HTML page that comes near to Slack's own look for each, and lets a
// headless Chromium take its picture. It is for people who judge whether a
// message can be read in three seconds; no test leans on it.
//
//	picture -chromium chromium internal/notify/slack/testdata alert urgent update correction digest ops
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"html"
	"image"
	"image/draw"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"time"
)

func main() {
	chromium := flag.String("chromium", "chromium", "the browser")
	flag.Parse()
	if flag.NArg() < 2 {
		fmt.Fprintln(os.Stderr, "usage: picture [-chromium FILE] folder message...")
		os.Exit(2)
	}
	for _, name := range flag.Args()[1:] {
		if err := take(*chromium, flag.Arg(0), name); err != nil {
			fmt.Fprintf(os.Stderr, "picture: %s: %v\n", name, err)
			os.Exit(1)
		}
	}
}

// take makes NAME.png of NAME.json.
func take(chromium, dir, name string) error {
	b, err := os.ReadFile(filepath.Join(dir, name+".json"))
	if err != nil {
		return err
	}
	var m struct{ Blocks []block }
	if err := json.Unmarshal(b, &m); err != nil {
		return err
	}
	tmp, err := os.MkdirTemp("", "picture-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(tmp)
	page, shot := filepath.Join(tmp, "page.html"), filepath.Join(tmp, "shot.png")
	if err := os.WriteFile(page, []byte(head+message(m.Blocks)+"</div></div>"), 0o600); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, chromium, "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars",
		"--user-data-dir="+tmp, "--window-size=680,900", "--screenshot="+shot, "file://"+page)
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%w: %s", err, out)
	}
	b, err = os.ReadFile(shot)
	if err != nil {
		return err
	}
	if b, err = cropped(b); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, name+".png"), b, 0o644)
}

// cropped takes the empty rows off the end.
func cropped(b []byte) ([]byte, error) {
	img, err := png.Decode(bytes.NewReader(b))
	if err != nil {
		return nil, err
	}
	r := img.Bounds()
	empty := img.At(r.Max.X-1, r.Max.Y-1)
	last := -1
	for y := r.Min.Y; y < r.Max.Y; y++ {
		for x := r.Min.X; x < r.Max.X; x++ {
			if img.At(x, y) != empty {
				last = y
				break
			}
		}
	}
	if last < 0 {
		return nil, errors.New("the picture is empty")
	}
	r.Max.Y = min(last+12, r.Max.Y)
	out := image.NewRGBA(r)
	draw.Draw(out, r, img, r.Min, draw.Src)
	var buf bytes.Buffer
	err = (&png.Encoder{CompressionLevel: png.BestCompression}).Encode(&buf, out)
	return buf.Bytes(), err
}

// block is any object of Block Kit.
type block map[string]any

func (b block) str(k string) string { s, _ := b[k].(string); return s }

func (b block) list(k string) []block {
	l, _ := b[k].([]any)
	var out []block
	for _, v := range l {
		m, _ := v.(map[string]any)
		out = append(out, m)
	}
	return out
}

func (b block) obj(k string) block { m, _ := b[k].(map[string]any); return m }

func message(bs []block) string {
	var s strings.Builder
	for _, b := range bs {
		switch b.str("type") {
		case "rich_text":
			for _, e := range b.list("elements") {
				s.WriteString(rich(e))
			}
		case "context":
			s.WriteString(`<div class="context">`)
			for _, e := range b.list("elements") {
				s.WriteString("<div>" + mrkdwn(e.str("text")) + "</div>")
			}
			s.WriteString("</div>")
		case "section":
			s.WriteString("<div>" + mrkdwn(b.obj("text").str("text")) + "</div>")
		case "actions":
			s.WriteString(`<div class="actions">`)
			for _, e := range b.list("elements") {
				words := e.obj("text").str("text")
				if e.str("type") == "overflow" {
					words = "⋯"
				}
				s.WriteString(`<button class="` + html.EscapeString(e.str("style")) + `">` + html.EscapeString(words) + `</button>`)
			}
			s.WriteString("</div>")
		}
	}
	return s.String()
}

func rich(e block) string {
	var s strings.Builder
	for _, x := range e.list("elements") {
		switch x.str("type") {
		case "rich_text_section":
			s.WriteString("<li>" + inline(x.list("elements")) + "</li>")
		default:
			s.WriteString(inline([]block{x}))
		}
	}
	switch e.str("type") {
	case "rich_text_quote":
		return "<blockquote>" + s.String() + "</blockquote>"
	case "rich_text_list":
		return "<ul>" + s.String() + "</ul>"
	}
	return "<div>" + s.String() + "</div>"
}

// pictures stand for emoji, for which a machine without a desktop has no font.
var pictures = map[string]string{"red_circle": `<span style="color:#e01e5a;font-size:20px">●</span>`, "wrench": "⚒"}

func inline(els []block) string {
	var s strings.Builder
	for _, x := range els {
		words := html.EscapeString(x.str("text"))
		switch x.str("type") {
		case "emoji":
			words = pictures[x.str("name")]
		case "broadcast":
			words = `<span class="call">@` + x.str("range") + "</span>"
		case "usergroup":
			words = `<span class="call">@desk</span>`
		case "link":
			if words == "" {
				words = html.EscapeString(x.str("url"))
			}
			words = "<a>" + words + "</a>"
		}
		if x.obj("style")["bold"] == true {
			words = "<b>" + words + "</b>"
		}
		if x.obj("style")["strike"] == true {
			words = "<s>" + words + "</s>"
		}
		s.WriteString(words)
	}
	return s.String()
}

var (
	date   = regexp.MustCompile(`<!date\^[^|>]*\|([^>]*)>`)
	person = regexp.MustCompile(`<@(\w+)>`)
	link   = regexp.MustCompile(`<https?://[^|>]*\|([^>]*)>`)
	bold   = regexp.MustCompile(`\*([^*]+)\*`)
)

// mrkdwn is marked-up text, which is escaped as HTML is.
func mrkdwn(s string) string {
	s = date.ReplaceAllString(s, "$1")
	s = person.ReplaceAllString(s, "\x01call\x02@$1\x03")
	s = link.ReplaceAllString(s, "\x01a\x02$1\x04")
	s = bold.ReplaceAllString(s, "\x01b\x02$1\x05")
	return strings.NewReplacer("\x01call\x02", `<span class="call">`, "\x03", "</span>", "\x01a\x02", "<a>", "\x04", "</a>",
		"\x01b\x02", "<b>", "\x05", "</b>").Replace(s)
}

const head = `<!doctype html><meta charset="utf-8"><style>
body{margin:12px;font:15px/22px Lato,"Noto Sans","DejaVu Sans",sans-serif;color:#1d1c1d;background:#fff;width:640px}
.m{display:flex}.p{width:36px;height:36px;border-radius:4px;background:#1d2b36;color:#fff;text-align:center;line-height:36px;flex:none;margin-right:8px}
.who{font-weight:900}.who span{background:#ddd;font-size:10px;padding:1px 3px;border-radius:2px}.who i{color:#616061;font:12px sans-serif}
a{color:#1264a3}b{font-weight:700}.context{color:#616061;font-size:13px;line-height:18px;margin:4px 0}
blockquote{margin:4px 0;padding-left:12px;border-left:4px solid #ddd}ul{margin:2px 0 2px 22px;padding:0}
.call{background:#fff3d0;color:#1264a3;border-radius:3px;padding:0 2px}li{margin:0}div>li{list-style:none}
button{font:700 13px/28px Lato,"Noto Sans","DejaVu Sans",sans-serif;padding:0 12px;margin:4px 8px 0 0;border:1px solid #bbb;border-radius:4px;background:#fff;color:#1d1c1d}
button.primary{background:#007a5a;color:#fff;border-color:#007a5a}
</style><div class="m"><div class="p">w</div><div><div class="who">watcherd <span>APP</span> <i>14:05</i></div>`
