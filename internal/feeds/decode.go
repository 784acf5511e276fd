package feeds

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/flate"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zlib"
	"github.com/klauspost/compress/zstd"
)

const (
	acceptEncoding = "gzip, br, zstd"
	maxLayers      = 2       // encodings over one another
	ratioFree      = 1 << 20 // so much may come out before the ratio counts
	maxRatio       = 100     // decoded to encoded; real feeds stay under 40
)

// The reasons to stop a body before its end.
var (
	errTooLarge = errors.New("over the size cap")
	errBomb     = errors.New("decompresses out of all proportion")
	errLayers   = errors.New("too many encodings over one another")
	errEncoding = errors.New("unknown content encoding")
	errTrickle  = errors.New("the body comes too slowly")
)

// counter counts what passes and stops at a cap.
type counter struct {
	r   io.Reader
	n   int64
	max int64
}

func (c *counter) Read(p []byte) (int, error) {
	if c.n > c.max {
		return 0, errTooLarge
	}
	n, err := c.r.Read(p)
	c.n += int64(n)
	return n, err
}

// readBody reads, decodes and bounds a body. What was decoded before an error
// is returned with the error: the newest items stand at the top of a feed.
func (c *Client) readBody(wire io.Reader, encoding string) ([]byte, error) {
	raw := &counter{r: wire, max: c.opt.MaxBody}
	r, release, err := c.decoder(bufio.NewReaderSize(raw, 16<<10), encoding)
	if err != nil {
		return nil, err
	}
	defer release()
	var buf bytes.Buffer
	for {
		_, err := io.CopyN(&buf, r, 32<<10)
		switch out := int64(buf.Len()); {
		case out > ratioFree && out > maxRatio*raw.n:
			return nil, errBomb
		case out > c.opt.MaxBody:
			buf.Truncate(int(c.opt.MaxBody))
			return buf.Bytes(), errTooLarge
		}
		// Padding after the last gzip member is no fault of the feed.
		if errors.Is(err, io.EOF) || errors.Is(err, gzip.ErrHeader) && buf.Len() > 0 {
			return buf.Bytes(), nil
		}
		if err != nil {
			return buf.Bytes(), err
		}
	}
}

// decoder undoes the encodings that the header lists, outermost last. What
// the bytes say wins over what the header says, since servers compress twice,
// label without compressing and compress without a label.
func (c *Client) decoder(r *bufio.Reader, header string) (io.Reader, func(), error) {
	release := func() {}
	var layers []string
	for name := range strings.SplitSeq(header, ",") {
		if name = strings.ToLower(strings.TrimSpace(name)); name != "" && name != "identity" {
			layers = append(layers, strings.TrimPrefix(name, "x-"))
		}
	}
	for used := 0; ; used++ {
		var name string
		if len(layers) > 0 {
			name = layers[len(layers)-1]
			layers = layers[:len(layers)-1]
		}
		if name = encodingOf(r, name); name == "" {
			if len(layers) > 0 {
				continue
			}
			return r, release, nil
		}
		if used == maxLayers {
			release()
			return nil, nil, errLayers
		}
		d, free, err := c.open(r, name)
		if err != nil {
			release()
			return nil, nil, err
		}
		prev := release
		release = func() { free(); prev() }
		r = bufio.NewReaderSize(d, 16<<10)
	}
}

// encodingOf decides by the first bytes whether the next layer is really
// there: named is what the header claims. A brotli stream has no mark of its
// own and may begin with almost any bytes, gzip's mark and brackets included,
// so there only plain markup speaks against the header.
func encodingOf(r *bufio.Reader, named string) string {
	head, _ := r.Peek(8)
	switch {
	case named == "br":
		if markup(head) {
			return ""
		}
		return named
	case bytes.HasPrefix(head, []byte{0x1f, 0x8b}):
		return "gzip"
	case bytes.HasPrefix(head, []byte{0x28, 0xb5, 0x2f, 0xfd}):
		return "zstd"
	case markup(head):
		return ""
	}
	return named // if it is not there, its decoder says what is wrong
}

// markup reports whether head is the beginning of a feed that is not encoded.
func markup(head []byte) bool {
	for _, bom := range []string{"\xef\xbb\xbf", "\xff\xfe", "\xfe\xff"} {
		head = bytes.TrimPrefix(head, []byte(bom))
	}
	head = bytes.TrimLeft(bytes.ReplaceAll(head, []byte{0}, nil), " \t\r\n")
	if len(head) < 2 {
		return false
	}
	for _, b := range head {
		if b > '~' || b < ' ' && b != '\t' && b != '\r' && b != '\n' {
			return false
		}
	}
	switch head[0] {
	case '<':
		return strings.ContainsRune("?!rfRFuUhH", rune(head[1]))
	case '{':
		return strings.ContainsRune("\" \t\r\n", rune(head[1]))
	}
	return false
}

// open starts the decoder of one layer. free gives it back.
func (c *Client) open(r *bufio.Reader, name string) (d io.Reader, free func(), err error) {
	none := func() {}
	switch name {
	case "gzip":
		z := c.gzips.Get().(*gzip.Reader)
		if err := z.Reset(r); err != nil {
			c.gzips.Put(z)
			return nil, nil, noEOF(err)
		}
		return z, func() { c.gzips.Put(z) }, nil
	case "zstd":
		z := c.zstds.Get().(*zstd.Decoder)
		if err := z.Reset(r); err != nil {
			return nil, nil, noEOF(err)
		}
		return z, func() { _ = z.Reset(nil); c.zstds.Put(z) }, nil
	case "br":
		return &brEOF{r: brotli.NewReader(r)}, none, nil
	case "deflate":
		if head, _ := r.Peek(2); len(head) == 2 && head[0]&0x0f == 8 && (int(head[0])<<8|int(head[1]))%31 == 0 {
			z, err := zlib.NewReader(r)
			return z, none, err
		}
		return flate.NewReader(r), none, nil
	}
	return nil, nil, fmt.Errorf("%w %q", errEncoding, name)
}

// noEOF turns an end before the first byte into a truncation.
func noEOF(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

// brEOF gives brotli's end of input the name that the other decoders use.
type brEOF struct{ r io.Reader }

func (b *brEOF) Read(p []byte) (int, error) {
	n, err := b.r.Read(p)
	if err != nil && err != io.EOF && strings.HasSuffix(err.Error(), "unexpected EOF") {
		err = io.ErrUnexpectedEOF
	}
	return n, err
}

// watch is a body under watch: in every bodyTick at least bodyMin bytes must
// come, or the round is ended. It also remembers the connection's own error,
// which a decoder may hide.
type watch struct {
	r   io.Reader
	n   atomic.Int64
	err error

	mu    sync.Mutex
	timer *time.Timer
}

// newWatch starts the watch. stop is called with the reason; it must make the
// pending read return.
func newWatch(r io.Reader, stop func(error)) *watch {
	w := &watch{r: r}
	w.mu.Lock()
	defer w.mu.Unlock()
	last := int64(0)
	w.timer = time.AfterFunc(bodyTick, func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		n := w.n.Load()
		if n-last < bodyMin {
			stop(fmt.Errorf("%w: %d bytes in %v", errTrickle, n-last, bodyTick))
			return
		}
		last = n
		w.timer.Reset(bodyTick)
	})
	return w
}

func (w *watch) Read(p []byte) (int, error) {
	n, err := w.r.Read(p)
	w.n.Add(int64(n))
	if err != nil && err != io.EOF {
		w.err = err
	}
	return n, err
}

// end stops the watch.
func (w *watch) end() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.timer.Stop()
}
