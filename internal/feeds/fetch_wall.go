package feeds

import (
	"bytes"
	"net/http"
	"strings"
)

// wallHeaders are headers that only a challenge carries.
var wallHeaders = []struct{ name, value, who string }{
	{"Cf-Mitigated", "challenge", "Cloudflare"},
	{"X-Amzn-Waf-Action", "", "AWS WAF"},
	{"X-Vercel-Mitigated", "", "Vercel"},
	{"X-Sucuri-Block", "", "Sucuri"},
}

// wallMarks are texts that stand in challenge pages and in no news. They are
// looked for in HTML only, near its beginning.
var wallMarks = []struct{ mark, who string }{
	{"/cdn-cgi/challenge-platform/", "Cloudflare"},
	{"cf-browser-verification", "Cloudflare"},
	{"cf_chl_opt", "Cloudflare"},
	{"attention required! | cloudflare", "Cloudflare"},
	{"<title>just a moment...</title>", "Cloudflare"},
	{"captcha-delivery.com", "DataDome"},
	{"_incapsula_resource", "Imperva"},
	{"incapsula incident id", "Imperva"},
	{"px-captcha", "HUMAN"},
	{"_pxappid", "HUMAN"},
	{"errors.edgesuite.net", "Akamai"},
	{"akamai-bm-telemetry", "Akamai"},
	{"awswafintegration", "AWS WAF"},
	{"awswafcookiedomainlist", "AWS WAF"},
	{"ddos-guard", "DDoS-Guard"},
	{"sucuri website firewall", "Sucuri"},
	{"anubis_challenge", "Anubis"},
	{"making sure you&#39;re not a bot", "Anubis"},
	{"making sure you're not a bot", "Anubis"},
	{"checking your browser before accessing", "a browser check"},
	{"verify you are human", "a human check"},
	{"enable javascript and cookies to continue", "a browser check"},
	{"are you a robot?", "a human check"},
	{"g-recaptcha", "a captcha"},
	{"h-captcha", "a captcha"},
}

// wall names who keeps us out if the response is a challenge for browsers,
// else "".
func wall(resp *http.Response, body []byte) string {
	h := resp.Header
	for _, w := range wallHeaders {
		if v := h.Get(w.name); v != "" && (w.value == "" || strings.EqualFold(v, w.value)) {
			return w.who
		}
	}
	html := looksHTML(h.Get("Content-Type"), body)
	refused := resp.StatusCode >= 400
	// DataDome marks good answers too.
	if h.Get("X-Datadome") != "" && (refused || html) {
		return "DataDome"
	}
	if !html {
		return ""
	}
	head := bytes.ToLower(body[:min(len(body), maxPage)])
	for _, w := range wallMarks {
		if bytes.Contains(head, []byte(w.mark)) {
			return w.who
		}
	}
	if resp.StatusCode == http.StatusAccepted {
		return "a browser check"
	}
	return ""
}

// looksHTML reports whether a body is a web page: by its beginning, and by
// its label only if the beginning is not plainly something else.
func looksHTML(contentType string, body []byte) bool {
	head := bytes.ToLower(bytes.TrimLeft(body[:min(len(body), 1024)], " \t\r\n\ufeff"))
	switch {
	case bytes.HasPrefix(head, []byte("<!doctype html")), bytes.HasPrefix(head, []byte("<html")):
		return true
	case bytes.HasPrefix(head, []byte("<?xml")):
		return bytes.Contains(head, []byte("<html"))
	case bytes.HasPrefix(head, []byte("<rss")), bytes.HasPrefix(head, []byte("<feed")),
		bytes.HasPrefix(head, []byte("<rdf")), bytes.HasPrefix(head, []byte("{")):
		return false
	}
	return strings.Contains(strings.ToLower(contentType), "html")
}
