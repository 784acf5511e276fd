package slack

import "encoding/json"

// Scopes are the rights that the bot needs, and what for. There is none to
// post uninvited and none of any user.
var Scopes = []struct{ Name, For string }{
	{"chat:write", "to post and edit its own alerts where it was invited"},
	{"channels:history", "to see whether an alert is already there before saying it again"},
	{"groups:history", "the same in private channels"},
	{"channels:read", "to find a channel by its name"},
	{"groups:read", "the same for private channels"},
	{"reactions:read", "to take emoji as an answer"},
	{"commands", "for /watch"},
}

// Manifest is the description of the app that Slack creates it from. It is
// JSON, which Slack takes as well as YAML.
func Manifest() []byte {
	scopes := make([]string, len(Scopes))
	for i, s := range Scopes {
		scopes[i] = s.Name
	}
	type object = map[string]any
	m := object{
		"_metadata": object{"major_version": 2, "minor_version": 0},
		"display_information": object{
			"name":             "watcherd",
			"description":      "Watches news feeds and tells each story once",
			"background_color": "#1d2b36",
		},
		"features": object{
			"bot_user": object{"display_name": "watcherd", "always_online": true},
			"slash_commands": []object{{
				"command": "/watch", "description": "Ask the watch, or mute it",
				"usage_hint": "why URL | mute TOPIC 2h | unmute | status | digest | missed URL", "should_escape": false,
			}},
		},
		"oauth_config": object{"scopes": object{"bot": scopes}},
		"settings": object{
			"event_subscriptions":    object{"bot_events": []string{"reaction_added", "reaction_removed"}},
			"interactivity":          object{"is_enabled": true},
			"org_deploy_enabled":     false,
			"socket_mode_enabled":    true,
			"token_rotation_enabled": false,
		},
	}
	b, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		panic(err) // maps of strings always encode
	}
	return append(b, '\n')
}
