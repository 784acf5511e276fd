package store

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/klauspost/compress/zstd"

	"github.com/watcherd/watcherd/internal/news"
)

// The first byte of a record's value says how the rest is written: its time,
// then its JSON, plain or compressed. Values written once are read for ever,
// so a new form is a new number.
const (
	formPlain  = 1
	formPacked = 2 // zstd with packedDict
)

var errForm = errors.New("unknown form of value")

// packedDict is what records have in common, given to zstd as if it had stood
// before each of them: without it a record of 1 kB hardly shrinks. It is part
// of the format and must never change; a better one is a new form.
const packedDict = `"Moscow","Washington","European Union","military","president","minister","government","said on Monday that the ` +
	`on Tuesday, according to a statement from the foreign ministry. The talks, which were expected to ","at_time":` +
	`"authors":["],"categories":["Politics","World","Europe","Ukraine","Russia","business","sport","culture"],"source":"` +
	`"matches":[{"topic":"","name":"","score":2,"hits":[{"term":"","entity":"","field":"content","start":1,"end":,"text":"` +
	`","weight":2,"place":"lead","rule":{"file":"topics/","line":1,"col":1}},{"term":"","field":"title","start":0,"end":,"text":"` +
	`","weight":4,"place":"title","reason":"boilerplate"}],"threshold":2,"discounted":[{"term":"` +
	`"story":{"id":"s","reason":"further report","likeness":0.` +
	`"parts":{"` + `"nearest":"s","detail":"` +
	`"outcome":"update","detail":"","routes":[{"channel":"#","topics":["],"alert":"a","kind":"update","urgent":true,"note":"` +
	`"outcome":"alert","outcome":"repeat","outcome":"baseline","outcome":"late","boilerplate":[{"field":"content","start":` +
	`"tags":["en","wire"],"guid":"https://www.","url":"https://www.example.org/news/world/2026/11/","title":"` +
	`"summary":"The of the and to in a that for on with as was by has at from his it is have are an been said who will were would their more after which its he not but they about when one ` +
	`","content":"` + `\n\n` + `","published":"2026-11-22T10:00:00Z","updated":"2026-11-22T10:00:00Z","first_seen":"2026-11-22T10:00:00.` +
	`Z","lang":"en","version":1` +
	`},"verdict":{"item":"i","matches":null,"story":{"id":"s","reason":"new story"},"outcome":"nomatch","at":"2026-11-22T10:00:00.Z","rules":"` +
	`"},"keys":["` + `{"item":{"id":"i","feed":"https://www.example.com/rss.xml","outlet":"`

// A codec packs and unpacks records. It may be used from any goroutine.
type codec struct {
	enc *zstd.Encoder
	dec *zstd.Decoder
}

const dictID = 1

// maxRecord bounds what one record may unpack to.
const maxRecord = 64 << 20

func newCodec() (*codec, error) {
	enc, err := zstd.NewWriter(nil,
		zstd.WithEncoderDictRaw(dictID, []byte(packedDict)), zstd.WithEncoderConcurrency(2),
		zstd.WithEncoderLevel(zstd.SpeedDefault), zstd.WithEncoderCRC(true), zstd.WithWindowSize(128<<10), zstd.WithLowerEncoderMem(true))
	if err != nil {
		return nil, err
	}
	dec, err := zstd.NewReader(nil,
		zstd.WithDecoderDictRaw(dictID, []byte(packedDict)), zstd.WithDecoderConcurrency(2), zstd.WithDecoderMaxMemory(maxRecord))
	if err != nil {
		return nil, err
	}
	return &codec{enc, dec}, nil
}

// Record is an item as stored: with its verdict, and what it said before.
type Record struct {
	Seq       uint64       `json:"-"` // its place in the order of judgement; set by the store
	Item      news.Item    `json:"item"`
	Verdict   news.Verdict `json:"verdict"`
	Revisions []Revision   `json:"revisions,omitempty"` // oldest first
}

// Revision is an earlier wording of an item, with the verdict it got.
type Revision struct {
	At      time.Time    `json:"at"` // when it was replaced
	Title   string       `json:"title"`
	Version uint64       `json:"version"`
	Verdict news.Verdict `json:"verdict,omitzero"`
	// Item is the item as it was judged first, with the first revision only:
	// the stories that followed were judged beside that text.
	Item *news.Item `json:"item,omitempty"`
}

// FirstJudged is the item and the verdict that its story was placed by: those
// of before all revisions, unless it was only a revision that was told.
func (r *Record) FirstJudged() (news.Item, news.Verdict) {
	if len(r.Revisions) == 0 || r.Revisions[0].Item == nil {
		return r.Item, r.Verdict
	}
	first := r.Revisions[0]
	if first.Verdict.Outcome == news.OutcomeNoMatch && r.Verdict.Outcome != news.OutcomeNoMatch {
		return r.Item, r.Verdict
	}
	it := *first.Item
	it.Keys = r.Item.Keys
	return it, first.Verdict
}

// maxRevisions bounds the wordings kept of an item: live pages change theirs
// at every poll. The first stays, and the latest.
const maxRevisions = 20

// recordJSON adds the keys, which news.Item keeps out of its JSON.
type recordJSON struct {
	Record
	Keys []news.Key `json:"keys,omitempty"`
}

// encode gives the value of a record first judged at a moment.
func (c *codec) encode(r *Record, at time.Time) ([]byte, error) {
	text, err := json.Marshal(recordJSON{*r, r.Item.Keys})
	if err != nil {
		return nil, fmt.Errorf("item %s: %w", r.Item.ID, err)
	}
	value := binary.BigEndian.AppendUint64(append(make([]byte, 0, 9+len(text)/2), formPacked), nanos(at))
	value = c.enc.EncodeAll(text, value)
	if len(value) >= 9+len(text) {
		value = append(append(value[:0], formPlain), number(nanos(at))...)
		value = append(value, text...)
	}
	return value, nil
}

// decode reads a record's value. Nothing of value is kept.
func (c *codec) decode(seq uint64, value []byte, u *unpacker) (Record, error) {
	if len(value) < 9 {
		return Record{}, errForm
	}
	text := value[9:]
	switch value[0] {
	case formPlain:
	case formPacked:
		var err error
		if u.scratch, err = c.dec.DecodeAll(text, u.scratch[:0]); err != nil {
			return Record{}, fmt.Errorf("record %d: %w", seq, err)
		}
		text = u.scratch
	default:
		return Record{}, fmt.Errorf("record %d: %w %d", seq, errForm, value[0])
	}
	r, ok := u.decodeRecord(text)
	if !ok {
		r = recordJSON{}
		if err := json.Unmarshal(text, &r); err != nil {
			return Record{}, fmt.Errorf("record %d: %w", seq, err)
		}
	}
	r.Seq, r.Item.Keys = seq, r.Keys
	return r.Record, nil
}

// recordAt is the moment a record was first judged, without decoding it.
func recordAt(value []byte) uint64 {
	if len(value) < 9 {
		return 0
	}
	return binary.BigEndian.Uint64(value[1:])
}

// Seen is what is remembered of an item as long as it may be met again, which
// may be longer than its text is kept. The zero Seen means "never seen".
type Seen struct {
	Item    news.ItemID
	Feed    news.FeedID // that told it first
	Story   news.StoryID
	Outcome news.Outcome // of its latest verdict
	Version uint64
	First   time.Time
	Title   string

	keys    []news.Key
	carried bool // a copy; the item's text stands in an older week
}

const (
	seenForm    = 1
	seenCarried = 1 << 7 // set in the form byte
)

func encodeSeen(s Seen) []byte {
	form := byte(seenForm)
	if s.carried {
		form |= seenCarried
	}
	texts := [...]string{string(s.Item), string(s.Feed), string(s.Story), string(s.Outcome), s.Title}
	b := make([]byte, 0, 32+len(s.Item)+len(s.Feed)+len(s.Story)+len(s.Outcome)+len(s.Title)+16*len(s.keys))
	b = append(b, form)
	b = binary.BigEndian.AppendUint64(b, nanos(s.First))
	b = binary.BigEndian.AppendUint64(b, s.Version)
	for _, text := range texts {
		b = binary.AppendUvarint(b, uint64(len(text)))
		b = append(b, text...)
	}
	for _, k := range s.keys {
		b = append(b, k[:]...)
	}
	return b
}

func decodeSeen(b []byte) (Seen, error) {
	if len(b) < 17 || b[0]&^seenCarried != seenForm {
		return Seen{}, errForm
	}
	s := Seen{
		First:   fromNanos(binary.BigEndian.Uint64(b[1:])),
		Version: binary.BigEndian.Uint64(b[9:]),
		carried: b[0]&seenCarried != 0,
	}
	rest := b[17:]
	var texts [5]string
	for i := range texts {
		n, size := binary.Uvarint(rest)
		if size <= 0 || n > uint64(len(rest)-size) {
			return Seen{}, errForm
		}
		texts[i] = string(rest[size : size+int(n)])
		rest = rest[size+int(n):]
	}
	if len(rest)%len(news.Key{}) != 0 {
		return Seen{}, errForm
	}
	s.Item, s.Feed, s.Story = news.ItemID(texts[0]), news.FeedID(texts[1]), news.StoryID(texts[2])
	s.Outcome, s.Title = news.Outcome(texts[3]), texts[4]
	for len(rest) > 0 {
		s.keys = append(s.keys, news.Key(rest))
		rest = rest[len(news.Key{}):]
	}
	return s, nil
}

// decodeJSON reads a small value that is kept as plain JSON.
func decodeJSON[T any](what string, b []byte) (T, error) {
	var v T
	if err := json.Unmarshal(b, &v); err != nil {
		return v, fmt.Errorf("%s: %w", what, err)
	}
	return v, nil
}
