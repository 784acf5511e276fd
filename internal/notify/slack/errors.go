package slack

import (
	"errors"
	"net/http"
	"strconv"
	"strings"

	slackapi "github.com/slack-go/slack"

	"github.com/watcherd/watcherd/internal/notify"
)

// codes gives each of Slack's documented errors of the methods called here
// its class. One that is not listed is notify.Unknown.
var codes = byCode(map[notify.Class]string{
	notify.Again: `ratelimited rate_limited message_limit_exceeded service_unavailable request_timeout
		team_added_to_org org_login_required external_channel_migrating streaming_state_conflict
		invalid_cursor list_record_comment_fetch_failed`,
	notify.Unknown: `internal_error fatal_error duplicate_message_not_found duplicate_channel_not_found update_failed`,
	notify.BadMessage: `invalid_blocks invalid_blocks_format msg_blocks_too_long msg_too_long no_text too_many_attachments
		attachment_payload_limit_exceeded invalid_attachments metadata_too_large invalid_metadata_format
		invalid_metadata_schema invalid_metadata_filter_keys markdown_text_conflict invalid_arguments invalid_arg_name
		invalid_array_arg invalid_form_data invalid_charset invalid_post_type missing_post_type as_user_not_supported
		missing_file_data too_many_contact_cards invalid_ts_latest invalid_ts_oldest cant_broadcast_message
		no_dual_broadcast_content_update draft_not_found draft_update_invalid
		cannot_reply_to_message restricted_action_thread_locked restricted_action_non_threadable_channel`,
	notify.BadChannel: `channel_not_found not_in_channel is_archived restricted_action restricted_action_read_only_channel
		restricted_action_thread_only_channel ekm_access_denied messages_tab_disabled no_permission team_not_found
		slack_connect_canvas_sharing_blocked slack_connect_file_link_sharing_blocked slack_connect_lists_sharing_blocked
		channel_is_limited_access method_not_supported_for_channel_type cant_delete_message`,
	notify.BadApp: `not_authed invalid_auth account_inactive token_revoked token_expired missing_scope
		not_allowed_token_type access_denied accesslimited is_bot send_on_behalf_not_allowed app_access_restricted
		team_access_not_granted enterprise_is_restricted two_factor_setup_required deprecated_endpoint
		method_deprecated unknown_method metadata_must_be_sent_from_app`,
	notify.Gone: `message_not_found edit_window_closed cant_update_message is_inactive block_mismatch thread_not_found`,
})

// noThread are the refusals of a reply that say nothing against the message.
var noThread = map[string]bool{
	"cannot_reply_to_message": true, "restricted_action_thread_locked": true, "restricted_action_non_threadable_channel": true,
}

func byCode(classes map[notify.Class]string) map[string]notify.Class {
	table := map[string]notify.Class{}
	for class, words := range classes {
		for code := range strings.FieldsSeq(words) {
			table[code] = class
		}
	}
	return table
}

// Class is the class of one of Slack's error codes.
func Class(code string) notify.Class {
	if c, known := codes[code]; known {
		return c
	}
	return notify.Unknown
}

// judge turns whatever slack-go returns into a verdict. The token never is
// part of it: it travels in the body, and no body is quoted.
func judge(err error) error {
	if limited, ok := errors.AsType[*slackapi.RateLimitedError](err); ok {
		return &notify.Error{Class: notify.Again, Code: "ratelimited", RetryAfter: max(limited.RetryAfter, 1), Err: err}
	}
	if refused, ok := errors.AsType[slackapi.SlackErrorResponse](err); ok {
		e := &notify.Error{Class: Class(refused.Err), Code: refused.Err, Err: err}
		switch refused.Err {
		case "ratelimited", "rate_limited":
			e.RetryAfter = noRetryAfter
		case "message_limit_exceeded":
			e.RetryAfter = longLimit
		case "missing_scope":
			e.Err = errors.New("the app lacks the scope " + refused.Needed)
		}
		return e
	}
	if status, ok := errors.AsType[slackapi.StatusCodeError](err); ok {
		e := &notify.Error{Class: notify.Unknown, Code: "http " + strconv.Itoa(status.Code), Err: err}
		if status.Code == http.StatusTooManyRequests {
			e.Class, e.RetryAfter = notify.Again, noRetryAfter
		}
		return e
	}
	if _, ok := errors.AsType[*strconv.NumError](err); ok { // a Retry-After that is no number
		return &notify.Error{Class: notify.Again, Code: "ratelimited", RetryAfter: noRetryAfter, Err: err}
	}
	if lost, ok := errors.AsType[unsent](err); ok {
		return &notify.Error{Class: notify.Again, Code: "not reached", Err: lost.error}
	}
	return &notify.Error{Class: notify.Unknown, Code: "no answer", Err: err}
}
