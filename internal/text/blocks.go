package text

// minBlock is how many letters a unit needs to be one: "He said so." recurs in
// honest stories.
const minBlock = 24

// Blocks returns the units in which recurring text is learned. A unit is a
// sentence, or a line without a full stop; a sentence too short to mean
// anything by itself is joined to the one before it in its line. Publishers
// glue an appeal to the story in one block, so a block would be too coarse.
func Blocks(s string) []Block {
	var out []Block
	for start := 0; start < len(s); {
		end := lineEnd(s, start)
		out = appendSentences(out, s, start, end)
		start = end + 1
	}
	return out
}

func lineEnd(s string, i int) int {
	for i < len(s) && s[i] != '\n' {
		i++
	}
	return i
}

func appendSentences(out []Block, s string, start, end int) []Block {
	first := len(out)
	for start < end {
		stop := start
		for stop < end && !isStop(s, stop) {
			stop++
		}
		stop = min(stop+1, end)
		for stop < end && (s[stop] == '"' || s[stop] == ')' || s[stop] == '\'') {
			stop++
		}
		r := Range{start, stop}
		for start = stop; start < end && s[start] == ' '; start++ {
		}
		hash, letters := hashWords(s[r.Start:r.End])
		if letters < minBlock {
			if n := len(out); n > first {
				out[n-1].End = r.End
				out[n-1].Hash, _ = hashWords(s[out[n-1].Start:r.End])
			}
			continue
		}
		out = append(out, Block{Range: r, Hash: hash})
	}
	return out
}

// hashWords hashes the folded words of s (FNV-1a over letter codes) and counts
// their letters.
func hashWords(s string) (hash uint64, letters int) {
	hash = 14695981039346656037
	word, gap := 0, false
	for i := 0; i < len(s); {
		p := Step(s, i, word)
		if p.A < Ignore {
			word, gap = p.Next, letters > 0
			i = p.Next
			continue
		}
		if p.A > Ignore {
			if gap {
				hash = (hash ^ uint64(Soft)) * 1099511628211
				gap = false
			}
			hash = (hash ^ uint64(p.A)) * 1099511628211
			if p.B != 0 {
				hash = (hash ^ uint64(p.B)) * 1099511628211
			}
			letters++
		}
		i = p.Next
	}
	return hash, letters
}
