package desk

import (
	"slices"

	"github.com/watcherd/watcherd/internal/news"
	"github.com/watcherd/watcherd/internal/story"
)

// confirmedBy begins the note of a story that is confirmed.
const confirmedBy = "Confirmed: "

// confirmed says by whom a story is confirmed, once it has the independent
// sources that one of the topics asks for before it is urgent; "" until then.
func (d *Desk) confirmed(st *news.Story, it *Reading, p news.Placement, r route) string {
	need := 0
	for _, t := range r.topics {
		if n := d.topics[t].Confirm; n > 1 && (need == 0 || n < need) {
			need = n
		}
	}
	if need == 0 || r.urgent {
		return ""
	}
	reports := st.Reports
	if !slices.ContainsFunc(reports, func(o news.Report) bool { return o.Item == it.Item.ID }) {
		reports = append(slices.Clip(reports), it.part(p))
	}
	tally := story.Sources(reports)
	if tally.Independent() < need {
		return ""
	}
	return confirmedBy + tally.Named()
}
