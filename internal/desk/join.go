package desk

import (
	"slices"

	"github.com/watcherd/watcherd/internal/news"
)

// join makes a story take over another that proved to be the same event: its
// reports, and the channels that were told it and not this one. What was told
// twice stays told twice; what comes now is told once.
func (m *Memory) join(st *news.Story, young news.StoryID) {
	other, ok := m.stories[young]
	if !ok || slices.Contains(st.Joined, young) {
		return
	}
	st.Joined = append(append(st.Joined, young), other.Joined...)
	for _, channel := range sortedKeys(other.Told) {
		if _, told := st.Told[channel]; !told {
			mark(&st.Told, channel, other.Told[channel])
			mark(&st.Telling, channel, other.Telling[channel])
			mark(&st.Seq, channel, max(st.Seq[channel], other.Seq[channel]))
		}
	}
	st.Count += other.Count
	st.Reports = append(st.Reports, other.Reports[:min(len(other.Reports), news.MaxReports-len(st.Reports))]...)
	for _, t := range other.Topics {
		if !slices.Contains(st.Topics, t) {
			st.Topics = append(st.Topics, t)
		}
	}
	if other.First.Before(st.First) {
		st.First = other.First
	}
	if st.Last.Before(other.Last) {
		st.Last = other.Last
	}
}

// part undoes what join did to the channels, for a story split off again.
func part(st, off *news.Story) {
	st.Joined = slices.DeleteFunc(st.Joined, func(id news.StoryID) bool { return id == off.ID || slices.Contains(off.Joined, id) })
	for channel, told := range off.Told {
		if st.Told[channel] == told {
			delete(st.Told, channel)
			delete(st.Telling, channel)
		}
	}
}
