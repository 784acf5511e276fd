package feeds

import (
	"encoding/base64"
	"net/netip"
	"net/url"
	"path"
	"slices"
	"strings"
)

// Canonical brings a web address to the one form under which the same article
// is known, however it was reached: https, the plain host, no tracking
// parameters, no fragment, no AMP or mobile edition, redirects that carry
// their target unwrapped. It is made to compare addresses, not to open them.
// What is no web address is returned trimmed. Canonical(Canonical(x)) is
// Canonical(x).
func Canonical(raw string) string {
	s := strings.TrimSpace(raw)
	// What one pass uncovers, an address in an address, the next one reads.
	for range 6 {
		next := canonicalOnce(s)
		if next == s {
			break
		}
		s = next
	}
	return s
}

func canonicalOnce(raw string) string {
	if !isWeb(raw) || len(raw) > capLink {
		return raw
	}
	u, err := url.Parse(raw)
	if err != nil || u.Host == "" {
		return raw
	}
	if target := unwrap(u); target != nil {
		u = target
	}
	host := plainHost(u)
	if host == "" {
		return raw
	}
	s := "https://" + host + plainPath(u.EscapedPath())
	if query := plainQuery(u.RawQuery, host); query != "" {
		s += "?" + query
	}
	return s
}

// plainHost is the host in small letters without default port, without the
// labels of mobile and AMP editions, and without www.
func plainHost(u *url.URL) string {
	host := strings.Trim(strings.ToLower(u.Hostname()), ".")
	if _, err := netip.ParseAddr(host); err != nil {
		host = plainLabels(host)
	} else if strings.Contains(host, ":") {
		host = "[" + host + "]"
	}
	if port := u.Port(); port != "" && port != "80" && port != "443" {
		host += ":" + port
	}
	return host
}

// plainLabels drops the first labels that only name an edition.
func plainLabels(host string) string {
	for {
		first, rest, ok := strings.Cut(host, ".")
		if !ok || !strings.Contains(rest, ".") || !edition(first) {
			break
		}
		host = strings.TrimLeft(rest, ".")
	}
	// en.m.wikipedia.org
	labels := strings.Split(host, ".")
	if len(labels) > 3 && (labels[1] == "m" || labels[1] == "mobile") {
		labels = slices.Delete(labels, 1, 2)
	}
	return strings.Join(labels, ".")
}

func edition(label string) bool {
	switch label {
	case "www", "m", "mobile", "amp":
		return true
	}
	return false
}

// plainPath drops the marks of AMP editions and the slash at the end.
func plainPath(p string) string {
	for {
		was := p
		p = strings.ReplaceAll(p, "//", "/")
		p = strings.TrimRight(p, "/")
		p = strings.TrimSuffix(p, "/amp")
		p = strings.TrimSuffix(p, "/amp.html")
		p = strings.TrimSuffix(p, ".amp")
		if before, ok := strings.CutSuffix(p, ".amp.html"); ok {
			p = before + ".html"
		}
		if rest, ok := strings.CutPrefix(p, "/amp/"); ok && strings.Contains(rest, "/") {
			p = "/" + rest
		}
		if p == was {
			break
		}
	}
	if p == "" {
		return "/"
	}
	return p
}

// tracking are parameters that say how a reader came and not what he reads.
var tracking = map[string]bool{
	"fbclid": true, "gclid": true, "gclsrc": true, "dclid": true, "gbraid": true, "wbraid": true, "msclkid": true, "yclid": true, "ysclid": true,
	"twclid": true, "ttclid": true, "igshid": true, "igsh": true, "mc_cid": true, "mc_eid": true, "mkt_tok": true, "_hsenc": true, "_hsmi": true, "hsctatracking": true,
	"vero_id": true, "vero_conv": true, "oly_anon_id": true, "oly_enc_id": true, "_openstat": true, "rb_clickid": true, "s_cid": true, "icid": true, "ncid": true,
	"cmpid": true, "campaign_id": true, "cid_source": true, "at_medium": true, "at_campaign": true, "at_custom1": true, "at_custom2": true, "at_custom3": true, "at_custom4": true,
	"ns_mchannel": true, "ns_source": true, "ns_campaign": true, "ns_linkname": true, "ns_fee": true, "xtor": true, "wt_mc": true, "wt.mc_id": true, "wt_zmc": true,
	"ftag": true, "smid": true, "smtyp": true, "emc": true, "guccounter": true, "guce_referrer": true, "guce_referrer_sig": true, "soc_src": true, "soc_trk": true,
	"sref": true, "cn-track": true, "ocid": true, "traffic_source": true, "feedtype": true, "feedname": true, "mbid": true, "srnd": true, "taid": true, "tpcc": true,
	"__twitter_impression": true, "__source": true, "_ga": true, "_gl": true, "trk": true, "zanpid": true, "dm_i": true, "ml_subscriber": true, "ml_subscriber_hash": true,
	"reflink": true, "maca": true, "source_from": true, "from_rss": true, "fromrss": true, "usqp": true, "amp_js_v": true, "amp_gsa": true, "outputtype": true, "fb_action_ids": true, "fb_action_types": true, "fb_source": true, "fb_ref": true,
	"itm_source": true, "itm_medium": true, "itm_campaign": true, "itm_content": true, "itm_term": true, "asc_source": true, "asc_medium": true, "asc_campaign": true,
}

// trackingPrefixes are beginnings of such parameters.
var trackingPrefixes = []string{"utm_", "mtm_", "pk_", "piwik_", "matomo_", "hsa_", "sc_", "wprov", "oft_", "cvid_", "stm_"}

// tracks reports a parameter that may be dropped. Some short names are the
// article on a few sites, and are dropped only where their value is not.
func tracks(name, value, host string) bool {
	switch name {
	case "ref", "source", "via", "referrer", "from":
		// Only where it names this very site or a feed.
		v := strings.ToLower(value)
		return name == "ref" && strings.TrimPrefix(v, "www.") == host || v == "rss" || v == "feed" || v == "atom"
	case "mod", "st":
		return host == "wsj.com" || host == "marketwatch.com" || host == "barrons.com"
	case "share", "cmp", "partner", "rss", "amp", "spm":
		// A number may be the article's own.
		return strings.Trim(value, "0123456789") != "" || len(value) < 2
	}
	if tracking[name] {
		return true
	}
	return slices.ContainsFunc(trackingPrefixes, func(p string) bool { return strings.HasPrefix(name, p) })
}

// plainQuery drops tracking parameters and sorts the others, each as written.
func plainQuery(raw, host string) string {
	if raw == "" {
		return ""
	}
	var kept []string
	for part := range strings.FieldsFuncSeq(raw, func(r rune) bool { return r == '&' || r == ';' }) {
		name, value, _ := strings.Cut(part, "=")
		name, err := url.QueryUnescape(name)
		if err != nil {
			name = part
		}
		if v, err := url.QueryUnescape(value); err == nil {
			value = v
		}
		name = strings.TrimPrefix(strings.ToLower(name), "amp;")
		if tracks(name, value, host) {
			continue
		}
		kept = append(kept, strings.ReplaceAll(strings.TrimPrefix(part, "amp;"), "%20", "+"))
	}
	slices.SortStableFunc(kept, func(a, b string) int {
		a, _, _ = strings.Cut(a, "=")
		b, _, _ = strings.Cut(b, "=")
		return strings.Compare(a, b)
	})
	return strings.Join(kept, "&")
}

// unwrap returns the target of a redirect that carries it, nil for others.
func unwrap(u *url.URL) *url.URL {
	host := strings.TrimPrefix(strings.ToLower(u.Hostname()), "www.")
	q := u.Query()
	var target string
	switch {
	case strings.HasSuffix(host, ".cdn.ampproject.org") || host == "cdn.ampproject.org" || host == "ampproject.net":
		target = afterAMP(u.EscapedPath())
	case strings.HasPrefix(host, "google.") && strings.HasPrefix(u.Path, "/amp/"):
		target = afterAMP(u.EscapedPath())
	case strings.HasPrefix(host, "google.") && u.Path == "/url":
		target = orElse(q.Get("url"), q.Get("q"))
	case host == "news.google.com":
		target = orElse(q.Get("url"), googleNews(u.Path))
	case host == "l.facebook.com" || host == "lm.facebook.com" || host == "l.instagram.com":
		target = q.Get("u")
	case host == "bing.com" && strings.HasPrefix(u.Path, "/news/apiclick"):
		target = q.Get("url")
	case host == "t.umblr.com" && u.Path == "/redirect":
		target = q.Get("z")
	case host == "out.reddit.com", host == "vk.com" && u.Path == "/away.php", host == "steamcommunity.com" && u.Path == "/linkfilter/":
		target = orElse(q.Get("url"), q.Get("to"))
	}
	if !isWeb(target) {
		return nil
	}
	to, err := url.Parse(target)
	if err != nil || to.Host == "" {
		return nil
	}
	return to
}

// afterAMP reads the address inside an AMP cache's path: /c/s/host/path, where
// s stands for https.
func afterAMP(p string) string {
	rest := strings.TrimPrefix(p, "/")
	for _, part := range []string{"amp", "c", "v", "i", "r", "wp"} {
		if after, ok := strings.CutPrefix(rest, part+"/"); ok {
			rest = after
			break
		}
	}
	rest = strings.TrimPrefix(rest, "s/")
	host, _, _ := strings.Cut(rest, "/")
	if !strings.Contains(host, ".") {
		return ""
	}
	return "https://" + rest
}

// googleNews reads the address inside of a Google News article's name, which
// the older names hold between a few bytes of other things.
func googleNews(p string) string {
	if !strings.Contains(p, "/articles/") && !strings.Contains(p, "/read/") {
		return ""
	}
	b, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(path.Base(p), "="))
	if err != nil {
		return ""
	}
	s := string(b)
	i := strings.Index(s, "http")
	if i < 0 {
		return ""
	}
	s = s[i:]
	if end := strings.IndexFunc(s, func(r rune) bool { return r <= ' ' || r >= 0x7f }); end >= 0 {
		s = s[:end]
	}
	return s
}
