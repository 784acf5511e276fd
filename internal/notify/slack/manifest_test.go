package slack_test

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/watcherd/watcherd/internal/notify/slack"
)

// manifestRules is Slack's published schema of manifests of version 2
// (slackapi/manifest-schema, schemas/manifest.schema.2.0.0.json, read in
// November 2026): for every object that this app's manifest has or might have,
// each key that may be in it, with its type and limits; a ! marks one that
// must be. Parts of hosted apps, such as functions and datastores, are named
// without rules, so that using one fails here until its rules are written.
var manifestRules = map[string]string{
	"": `_metadata:object display_information!:object features:object oauth_config:object settings:object $schema:string app_directory
		functions workflows datastores outgoing_domains types external_auth_providers mcp_servers`,
	"/_metadata":           `schema_version:int min_version:int major_version:int minor_version:int`,
	"/display_information": `name!:string,1,35 description:string,1,140 background_color:color,4,7 long_description:string,175,4000`,
	"/features": `app_home:object bot_user:object slash_commands:list,1,50 shortcuts:list,1,10 unfurl_domains:list,1,5 functions workflow_steps
		assistant_view agent_view code_channels`,
	"/features/app_home":            `home_tab_enabled:bool messages_tab_enabled:bool messages_tab_read_only_enabled:bool`,
	"/features/bot_user":            `display_name!:string,1,80 always_online:bool`,
	"/features/slash_commands[]":    `command!:slash,2,32 url:web,0,3000 description!:string,1,2000 usage_hint:string,1,1000 should_escape:bool`,
	"/features/shortcuts[]":         `name!:string,1,24 type!:shortcut callback_id!:string,1,255 description!:string,1,150`,
	"/oauth_config":                 `redirect_urls:set,0,1000,2500 scopes:object token_management_enabled:bool pkce_enabled:bool`,
	"/oauth_config/scopes":          `bot:set,0,255,50 user:set,0,255,50 bot_optional:set,0,255,50 user_optional:set,0,255,50`,
	"/settings/event_subscriptions": `request_url:web,0,3500 bot_events:set,0,100,50 user_events:set,0,100,50 metadata_subscriptions`,
	"/settings/interactivity":       `is_enabled!:bool request_url:web,0,3500 message_menu_options_url:web,0,3500`,
	"/settings/incoming_webhooks":   `incoming_webhooks_enabled:bool`,
	"/settings": `allowed_ip_address_ranges:set,1,50,18 event_subscriptions:object incoming_webhooks:object interactivity:object
		org_deploy_enabled:bool socket_mode_enabled:bool token_rotation_enabled:bool is_hosted:bool is_mcp_enabled:bool
		hermes_app_type:string function_runtime:string siws_links`,
}

var manifestPatterns = map[string]*regexp.Regexp{
	"color":    regexp.MustCompile(`^#[0-9a-fA-F]{3}([0-9a-fA-F]{3})?$`),
	"slash":    regexp.MustCompile(`^/`),
	"web":      regexp.MustCompile(`^https?://`),
	"shortcut": regexp.MustCompile(`^(message|global)$`),
}

// manifestFaults are where a manifest breaks the rules.
func manifestFaults(path string, v map[string]any) (faults []string) {
	fault := func(format string, args ...any) { faults = append(faults, path+fmt.Sprintf(format, args...)) }
	rules, known := manifestRules[path]
	if !known {
		return []string{path + ": no rules for this"}
	}
	allowed := map[string]string{}
	for word := range strings.FieldsSeq(rules) {
		key, rule, _ := strings.Cut(word, ":")
		key, must := strings.CutSuffix(key, "!")
		if allowed[key] = rule; must && v[key] == nil {
			fault("/%s is missing", key)
		}
	}
	for key, x := range v {
		rule, ok := allowed[key]
		at := path + "/" + key
		if !ok || rule == "" {
			fault("/%s may not be there", key)
			continue
		}
		var kind string
		var least, most, each int
		kind, limits, _ := strings.Cut(rule, ",")
		_, _ = fmt.Sscanf(strings.ReplaceAll(limits, ",", " "), "%d %d %d", &least, &most, &each) // a rule may have fewer limits
		n := -1
		switch x := x.(type) {
		case map[string]any:
			if kind != "object" {
				fault("/%s is an object", key)
				continue
			}
			faults = append(faults, manifestFaults(at, x)...)
		case []any:
			n = len(x)
			seen := map[any]bool{}
			for _, e := range x {
				switch e := e.(type) {
				case map[string]any:
					if kind != "list" {
						fault("/%s holds an object", key)
						continue
					}
					faults = append(faults, manifestFaults(at+"[]", e)...)
				case string:
					if kind != "set" || len(e) > each || seen[e] {
						fault("/%s holds %q", key, e)
					}
					seen[e] = true
				default:
					fault("/%s holds %v", key, e)
				}
			}
		case string:
			if n = len([]rune(x)); manifestPatterns[kind] == nil && kind != "string" || manifestPatterns[kind] != nil && !manifestPatterns[kind].MatchString(x) {
				fault("/%s is %q", key, x)
			}
		case bool:
			if kind != "bool" {
				fault("/%s is %v", key, x)
			}
		case float64:
			if kind != "int" || x != float64(int(x)) {
				fault("/%s is %v", key, x)
			}
		}
		if n >= 0 && (n < least || most > 0 && n > most) {
			fault("/%s has %d, allowed are %d to %d", key, n, least, most)
		}
	}
	return faults
}

func TestTheManifestKeepsToSlacksSchema(t *testing.T) {
	parse := func(s string) (m map[string]any) {
		t.Helper()
		if err := json.Unmarshal([]byte(s), &m); err != nil {
			t.Fatal(err)
		}
		return m
	}
	ours := string(slack.Manifest())
	if faults := manifestFaults("", parse(ours)); len(faults) > 0 {
		t.Errorf("%q", faults)
	}
	// What the schema refuses is refused here.
	for _, c := range []struct{ from, to, want string }{
		{`"name": "watcherd"`, `"description": "x"`, "/display_information/name is missing"},
		{`"name": "watcherd"`, `"name": "` + strings.Repeat("w", 36) + `"`, "/display_information/name has 36, allowed are 1 to 35"},
		{`"#1d2b36"`, `"blue"`, `/display_information/background_color is "blue"`},
		{`"command": "/watch"`, `"command": "watch"`, `/features/slash_commands[]/command is "watch"`},
		{`"is_enabled": true`, `"enabled": true`, "/settings/interactivity/enabled may not be there"},
		{`"major_version": 2`, `"major_version": "2"`, `/_metadata/major_version is "2"`},
		{`"reaction_removed"`, `"reaction_added"`, `/settings/event_subscriptions/bot_events holds "reaction_added"`},
		{`"org_deploy_enabled": false`, `"org_deploy_enabled": "no"`, `/settings/org_deploy_enabled is "no"`},
		{`"display_name": "watcherd"`, `"display_name": ""`, "/features/bot_user/display_name has 0, allowed are 1 to 80"},
		{`"oauth_config"`, `"datastores": {}, "oauth_config"`, "/datastores may not be there"},
	} {
		spoilt := strings.Replace(ours, c.from, c.to, 1)
		if spoilt == ours {
			t.Fatalf("%q is not in the manifest", c.from)
		}
		if faults := manifestFaults("", parse(spoilt)); !slices.Contains(faults, c.want) {
			t.Errorf("%s: faults %q, want %q", c.to, faults, c.want)
		}
	}
}
