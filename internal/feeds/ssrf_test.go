package feeds

import (
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"testing"

	"github.com/watcherd/watcherd/internal/news"
)

// closedAddrs are addresses at which no feed may be asked.
var closedAddrs = []string{
	"127.0.0.1", "127.255.255.254", "0.0.0.0", "0.1.2.3", "10.0.0.1", "10.255.255.255",
	"100.64.0.1", "100.127.255.255", "169.254.0.1", "169.254.169.254", "172.16.0.1", "172.31.255.255",
	"192.0.0.1", "192.0.0.170", "192.0.2.1", "192.88.99.1", "192.168.0.1", "192.168.255.255",
	"198.18.0.1", "198.19.255.255", "198.51.100.1", "203.0.113.1", "224.0.0.1", "239.255.255.255",
	"240.0.0.1", "255.255.255.255",
	"::", "::1", "::127.0.0.1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254", "::ffff:0:127.0.0.1",
	"64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "64:ff9b:1::1", "100::1",
	"2001::1", "2001:0:4136:e378:8000:63bf:3fff:fdd2", "2001:db8::1", "2002:7f00:1::", "2002:a00:1::1", "2002:a9fe:a9fe::",
	"3fff::1", "fc00::1", "fd00:ec2::254", "fe80::1", "fe80::1%1", "fec0::1", "ff02::1", "5f00::1",
}

func TestPrivateAddressesAreClosed(t *testing.T) {
	if len(closedAddrs) < 40 {
		t.Fatal("the list has shrunk")
	}
	g := newGuard(nil, nil)
	client := NewClient(Options{})
	for _, a := range closedAddrs {
		if g.check(netip.AddrPortFrom(netip.MustParseAddr(a), 80)) == nil {
			t.Errorf("%s is open", a)
		}
		url := "http://" + net.JoinHostPort(strings.Replace(a, "%", "%25", 1), "80") + "/"
		_, err := client.Fetch(t.Context(), news.Feed{URL: url}, nil, fetchNow)
		if ClassOf(err) != ClassRedirectBlocked && ClassOf(err) != ClassConnect {
			t.Errorf("%s: %v", url, err)
		}
	}
	for _, a := range []string{"93.184.215.14", "8.8.8.8", "172.32.0.1", "100.128.0.1", "2606:4700::1111", "2a00:1450::1"} {
		if err := g.check(netip.AddrPortFrom(netip.MustParseAddr(a), 443)); err != nil {
			t.Errorf("%s: %v", a, err)
		}
		if g.check(netip.AddrPortFrom(netip.MustParseAddr(a), 6379)) == nil {
			t.Errorf("port 6379 of %s is open", a)
		}
	}
}

func TestNumbersInDisguiseAndOtherSchemesAreRefused(t *testing.T) {
	client := localClient(t, Options{}) // even where loopback is open
	for _, url := range []string{
		"http://2130706433/", "http://0x7f000001/", "http://0x7f.1/", "http://0177.0.0.1/", "http://127.1/", "http://017700000001/", "http://127.0.0.0x1./",
		"file:///etc/passwd", "gopher://example.org/", "ftp://example.org/", "//example.org/", "example.org/rss", "http:///rss", "", "http://[fe80::1",
	} {
		_, err := client.Fetch(t.Context(), news.Feed{URL: url}, nil, fetchNow)
		if e := wantClass(t, err, ClassRedirectBlocked); strings.Contains(e.Message, "%!") {
			t.Errorf("message %q", e.Message)
		}
	}
}

func TestARedirectDoesNotLeadInside(t *testing.T) {
	inside := server(t, func(w http.ResponseWriter, r *http.Request) { t.Error("the inside was asked") })
	for _, target := range []string{inside, strings.Replace(inside, "127.0.0.1", "localhost", 1), strings.Replace(inside, "127.0.0.1", "[::ffff:127.0.0.1]", 1)} {
		real := NewClient(Options{})
		front := serve(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Location", target)
			w.WriteHeader(302)
		})
		client := NewClient(Options{Transport: inProcess(func(r *http.Request) (*http.Response, error) {
			if r.URL.Host == "public.example" {
				return front(r)
			}
			return real.main.RoundTrip(r)
		})})
		_, err := client.Fetch(t.Context(), news.Feed{URL: "http://public.example/rss"}, nil, fetchNow)
		if e := wantClass(t, err, ClassRedirectBlocked); !strings.Contains(e.Message, "fetch.allow_private") {
			t.Errorf("message %q has no next step", e.Message)
		}
	}
}

// The guard sees the address that is dialled, so that a name may resolve to
// something else each time: a check before the dial would be fooled.
func TestANameThatRebindsIsCheckedAtTheDial(t *testing.T) {
	g := newGuard(nil, nil)
	for i, resolved := range []string{"93.184.215.14:80", "127.0.0.1:80", "[::1]:80", "10.1.2.3:80"} {
		network := "tcp4"
		if resolved[0] == '[' {
			network = "tcp6"
		}
		if err := g.control(network, resolved, nil); (err == nil) != (i == 0) {
			t.Errorf("%s: %v", resolved, err)
		}
	}
	if g.control("udp4", "93.184.215.14:80", nil) == nil || g.control("tcp4", "nonsense", nil) == nil {
		t.Error("the guard lets through what it does not know")
	}
}

func TestWhatTheOperatorNamesIsOpen(t *testing.T) {
	p := netip.MustParsePrefix
	g := newGuard([]netip.Prefix{p("10.0.0.0/8"), p("fd00::/8"), p("64:ff9b::/96"), p("127.0.0.0/8")},
		[]netip.AddrPort{netip.MustParseAddrPort("127.0.0.1:8787"), netip.MustParseAddrPort("[::]:9000")})
	for addr, open := range map[string]bool{
		"10.1.2.3:8080": true, "[fd12::1]:81": true, "[::ffff:10.1.2.3]:80": true,
		"192.168.1.1:80": false, "[64:ff9b::808:808]:443": true,
		"[64:ff9b::c0a8:101]:80": false, // the translator's prefix does not open what hides in it
		"127.0.0.1:80":           true, "127.0.0.1:8787": false, "127.0.0.1:9000": false,
	} {
		if err := g.check(netip.MustParseAddrPort(addr)); (err == nil) != open {
			t.Errorf("%s: %v", addr, err)
		}
	}
}

func TestTheProxyThatTheOperatorNamesMayBeInside(t *testing.T) {
	asked := ""
	proxy := server(t, func(w http.ResponseWriter, r *http.Request) {
		asked = r.URL.String()
		fmt.Fprint(w, tinyFeed)
	})
	u, err := url.Parse(proxy)
	if err != nil {
		t.Fatal(err)
	}
	client := NewClient(Options{Proxy: u})
	defer client.Close()
	if _, err := client.Fetch(t.Context(), news.Feed{URL: "http://feeds.example/rss"}, nil, fetchNow); err != nil {
		t.Fatal(err)
	}
	if asked != "http://feeds.example/rss" {
		t.Errorf("the proxy was asked for %q", asked)
	}
}
