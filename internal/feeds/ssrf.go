package feeds

import (
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"syscall"

	"code.dny.dev/ssrf"
)

// guard decides which addresses a feed may live at. It is asked at dial time,
// after the name was resolved and on every hop, so that neither a redirect
// nor a name that resolves differently the second time gets past it.
type guard struct {
	public *ssrf.Guardian
	open   []netip.Prefix   // networks that the operator named; any port
	own    []netip.AddrPort // our own listeners; closed whatever is open
}

// closedError is the guard's refusal, in words for the operator.
type closedError struct {
	what string
	err  error
}

func (e *closedError) Error() string { return e.what }
func (e *closedError) Unwrap() error { return e.err }

// nat64 is the well-known prefix under which IPv4 addresses hide in IPv6.
var nat64 = netip.MustParsePrefix("64:ff9b::/96")

func newGuard(open []netip.Prefix, own []netip.AddrPort) *guard {
	return &guard{public: ssrf.New(), open: open, own: own}
}

// control is a net.Dialer's Control: it sees the address that will really be
// dialled.
func (g *guard) control(network, address string, _ syscall.RawConn) error {
	ap, err := netip.ParseAddrPort(address)
	if err != nil || network != "tcp4" && network != "tcp6" {
		return &closedError{what: "not an address of the internet: " + network + " " + address, err: err}
	}
	return g.check(ap)
}

// check returns nil if a feed may be asked at ap.
func (g *guard) check(ap netip.AddrPort) error {
	addr := ap.Addr().WithZone("").Unmap()
	for _, own := range g.own {
		if own.Port() == ap.Port() && (own.Addr().Unmap() == addr || own.Addr().IsUnspecified() && addr.IsLoopback()) {
			return &closedError{what: ap.String() + " is watcherd itself"}
		}
	}
	for _, p := range g.open {
		if !p.Contains(addr) {
			continue
		}
		// Opening the translator's prefix must not open what it translates to.
		if nat64.Contains(addr) {
			return g.check(netip.AddrPortFrom(embedded4(addr), ap.Port()))
		}
		return nil
	}
	err := g.public.SafeAddrPort(netip.AddrPortFrom(addr, ap.Port()))
	switch {
	case err == nil:
		return nil
	case errors.Is(err, ssrf.ErrProhibitedPort):
		return &closedError{fmt.Sprintf("port %d is neither 80 nor 443", ap.Port()), err}
	}
	return &closedError{fmt.Sprintf("%s is a private or reserved address", addr), err}
}

// embedded4 is the IPv4 address in the last four bytes of a.
func embedded4(a netip.Addr) netip.Addr {
	b := a.As16()
	return netip.AddrFrom4([4]byte(b[12:]))
}

// prohibited returns the guard's refusal if that is what err tells of.
func prohibited(err error) (*closedError, bool) { return errors.AsType[*closedError](err) }

// checkURL refuses addresses that no feed may have, before anything is
// resolved: other schemes, no host, and numbers that some resolvers take for
// an IP address in disguise (2130706433, 0x7f.1, 0177.0.0.1).
func checkURL(u *url.URL) error {
	if u.Scheme == "" {
		return errors.New("the address does not begin with http:// or https://; correct it in the config")
	}
	if u.Scheme != "http" && u.Scheme != "https" {
		return fmt.Errorf("%q is not an address of the web: only http and https are", u.Scheme+":")
	}
	host := u.Hostname()
	if host == "" {
		return errors.New("the address names no host")
	}
	if _, err := netip.ParseAddr(host); err == nil {
		return nil // the dial decides
	}
	if disguised(host) {
		return fmt.Errorf("the host %q is a number in disguise; write the address in full, as 192.0.2.1, or by name", host)
	}
	return nil
}

// disguised reports whether the last label of host is a number, which makes
// the whole an IPv4 address in one of its odd notations.
func disguised(host string) bool {
	host = strings.TrimSuffix(host, ".")
	last := host[strings.LastIndexByte(host, '.')+1:]
	if last == "" {
		return false
	}
	if strings.Trim(last, "0123456789") == "" {
		return true
	}
	_, err := strconv.ParseUint(last, 0, 64)
	return err == nil && (strings.HasPrefix(last, "0x") || strings.HasPrefix(last, "0X"))
}
