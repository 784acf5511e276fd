package feeds

import (
	"cmp"
	"context"
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"sync"
	"time"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// Options say how a Client asks. The zero value is usable and polite.
type Options struct {
	Contact string // who to write to; publishers ask for it
	Version string

	Timeout time.Duration // for a whole round, redirects included; default 30 s
	MaxBody int64         // of a decoded body in bytes; default 10 MB
	PerHost int           // requests to one host at once, for the connections kept; default 4

	AllowPrivate []netip.Prefix   // networks a feed may live in besides the public ones, at any port
	Own          []netip.AddrPort // our own listeners, never polled
	Proxy        *url.URL         // asks through this proxy; nil: directly

	// Transport replaces the network. Nothing is dialled then, so that no
	// address is checked; for tests.
	Transport http.RoundTripper
}

// The limits of one exchange that no option moves. A limit longer than the
// round's timeout is cut to it by the context.
const (
	dialTimeout   = 10 * time.Second // name lookup and connection
	tlsTimeout    = 10 * time.Second
	headerTimeout = 15 * time.Second // from the request to the end of the answer's head
	bodyTick      = 10 * time.Second // in each such span ...
	bodyMin       = 1 << 10          // ... at least so many bytes must come
	maxHeader     = 256 << 10
	maxRedirects  = 5
	maxValidator  = 8 << 10
)

// Client asks feeds for news. It is the one way out of the house to a feed;
// nothing else may build a client for that. It is safe for concurrent use and
// shares its connections among all feeds.
type Client struct {
	opt   Options
	agent string
	guard *guard

	main  http.RoundTripper // HTTP/2 where the server speaks it
	plain http.RoundTripper // HTTP/1.1 only
	lax   http.RoundTripper // for the feeds whose certificate the config says not to check
	// old holds the hosts whose HTTP/2 failed; they are asked by plain.
	old sync.Map

	gzips sync.Pool // *gzip.Reader
	zstds sync.Pool // *zstd.Decoder
}

// NewClient returns the client for all feeds.
func NewClient(opt Options) *Client {
	opt.Timeout = cmp.Or(opt.Timeout, 30*time.Second)
	opt.MaxBody = cmp.Or(opt.MaxBody, 10_000_000)
	c := &Client{opt: opt, agent: userAgent(opt), guard: newGuard(opt.AllowPrivate, opt.Own)}
	c.gzips.New = func() any { return new(gzip.Reader) }
	c.zstds.New = func() any { return newZstd() }
	if opt.Transport != nil {
		c.main, c.plain, c.lax = opt.Transport, opt.Transport, opt.Transport
		return c
	}
	c.main = c.transport(true)
	c.plain = c.transport(false)
	lax := c.transport(true)
	lax.TLSClientConfig.InsecureSkipVerify = true
	c.lax = lax
	return c
}

// Close drops the idle connections.
func (c *Client) Close() {
	for _, rt := range []http.RoundTripper{c.main, c.plain, c.lax} {
		if t, ok := rt.(*http.Transport); ok {
			t.CloseIdleConnections()
		}
	}
}

// userAgent names us and says where to complain.
func userAgent(opt Options) string {
	ua := "watcherd/" + cmp.Or(opt.Version, "dev") + " (+https://github.com/watcherd/watcherd"
	if opt.Contact != "" {
		ua += "; " + opt.Contact
	}
	return ua + ")"
}

func (c *Client) transport(h2 bool) *http.Transport {
	t := &http.Transport{
		DialContext:            c.dialer(),
		ForceAttemptHTTP2:      h2,
		TLSHandshakeTimeout:    tlsTimeout,
		ResponseHeaderTimeout:  headerTimeout,
		ExpectContinueTimeout:  time.Second,
		MaxResponseHeaderBytes: maxHeader,
		MaxIdleConns:           1024,
		MaxIdleConnsPerHost:    max(4, c.opt.PerHost),
		IdleConnTimeout:        90 * time.Second,
		DisableCompression:     true, // we decode ourselves, under caps
		TLSClientConfig:        &tls.Config{MinVersion: tls.VersionTLS12},
	}
	if !h2 {
		t.TLSNextProto = map[string]func(string, *tls.Conn) http.RoundTripper{}
	}
	if c.opt.Proxy != nil {
		t.Proxy = http.ProxyURL(c.opt.Proxy)
	}
	return t
}

// dialer returns the guarded dial function. Only the proxy that the operator
// named is dialled unchecked.
func (c *Client) dialer() func(context.Context, string, string) (net.Conn, error) {
	guarded := &net.Dialer{Timeout: dialTimeout, KeepAlive: 30 * time.Second, Control: c.guard.control}
	free := &net.Dialer{Timeout: dialTimeout, KeepAlive: 30 * time.Second}
	proxy := proxyAddr(c.opt.Proxy)
	return func(ctx context.Context, network, addr string) (net.Conn, error) {
		if addr == proxy {
			return free.DialContext(ctx, network, addr)
		}
		return guarded.DialContext(ctx, network, addr)
	}
}

// proxyAddr is the address at which the transport will dial the proxy.
func proxyAddr(u *url.URL) string {
	if u == nil {
		return ""
	}
	port := u.Port()
	if port == "" {
		port = map[string]string{"https": "443", "socks5": "1080", "socks5h": "1080"}[u.Scheme]
	}
	return net.JoinHostPort(u.Hostname(), cmp.Or(port, "80"))
}

// roundTripper chooses the transport for a host.
func (c *Client) roundTripper(host string) http.RoundTripper {
	if _, ok := c.old.Load(host); ok {
		return c.plain
	}
	return c.main
}

// newZstd returns a decoder with the window that RFC 9659 allows on the web.
func newZstd() *zstd.Decoder {
	d, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true),
		zstd.WithDecoderMaxWindow(8<<20), zstd.WithDecoderMaxMemory(32<<20))
	if err != nil {
		panic("feeds: zstd decoder options: " + err.Error()) // constant options
	}
	return d
}

// drain reads what little may be left of a body, so that the connection can
// be used again, and closes it.
func drain(body io.ReadCloser) {
	_, _ = io.CopyN(io.Discard, body, 4<<10) // what is left unread closes the connection
	body.Close()
}
