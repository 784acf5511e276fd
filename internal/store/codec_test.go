package store

import (
	"bytes"
	"encoding/json"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/watcherd/watcherd/internal/news"
)

func testCodec(t testing.TB) *codec {
	c, err := newCodec()
	must(t, err)
	return c
}

func FuzzARecordComesBackAsItWas(f *testing.F) {
	f.Add("Talks resume", "The ministers met.", "\n\n«НАТО»", "k", int64(1), uint64(7))
	f.Add("", "", "", "", int64(-1), uint64(0))
	f.Add("<b>\x00", "\u2028 \\\"", "é", "\t", int64(1<<62), uint64(1)<<63)
	c := testCodec(f)
	f.Fuzz(func(t *testing.T, title, summary, content, key string, sec int64, version uint64) {
		at := time.Unix(sec%(1<<33), 0).UTC()
		in := Record{Seq: 9, Item: news.Item{
			ID: "i", Feed: "f", Title: title, Summary: summary, Content: content, Version: version, Published: at,
			Keys: []news.Key{news.NewKey(key)}, Authors: []string{key},
		}, Verdict: news.Verdict{Item: "i", Outcome: news.OutcomeAlert, At: at, Matches: []news.Match{{Topic: "t", Score: 2.5}}}}
		value, err := c.encode(&in, at)
		must(t, err)
		if want := nanos(at); recordAt(value) != want {
			t.Errorf("time %d, want %d", recordAt(value), want)
		}
		out, _, err := c.decode(9, value, nil)
		must(t, err)
		// JSON puts U+FFFD in place of bytes that are not text.
		plain, _ := json.Marshal(in.Item)
		must(t, json.Unmarshal(plain, &in.Item))
		if diff := cmp.Diff(in, out, cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("\n%s", diff)
		}
	})
}

func FuzzDecodingNeverPanics(f *testing.F) {
	c := testCodec(f)
	rec := record("f", "1", "Title")
	value, err := c.encode(&rec, monday)
	must(f, err)
	f.Add(value)
	f.Add(encodeSeen(Seen{Item: "i", Story: "s", Title: "t", keys: rec.Item.Keys}))
	f.Add(encodeHabits(&news.Habits{Identity: news.Identity{Last: rec.Item.Keys, Said: []uint32{1}}, Blocks: news.Blocks{Once: []uint64{2}, Again: map[uint64]news.Block{3: {}}}}))
	f.Add([]byte{formPlain, 0, 0, 0, 0, 0, 0, 0, 0, '{', '}'})
	// A time that no int64 counts.
	f.Add(append([]byte{seenForm}, "\x80000000000000000\x010\x00\x010\x00\x010"...))
	f.Fuzz(func(t *testing.T, b []byte) {
		c.decode(1, b, nil)
		decodeStory(b)
		decodeDelivery(b)
		if h, err := decodeHabits("f", b); err == nil {
			again, err := decodeHabits("f", encodeHabits(&h))
			if diff := cmp.Diff(h, again, cmpopts.EquateEmpty()); err != nil || diff != "" {
				t.Errorf("%v\n%s", err, diff)
			}
		}
		if s, err := decodeSeen(b); err == nil {
			again, err := decodeSeen(encodeSeen(s))
			if err != nil || cmp.Diff(s, again, cmp.AllowUnexported(Seen{})) != "" {
				t.Errorf("%+v became %+v (%v)", s, again, err)
			}
		}
	})
}

func TestSmallAndLargeValuesBothHaveAForm(t *testing.T) {
	c := testCodec(t)
	for name, rec := range map[string]Record{"nearly empty": {}, "usual": record("f", "1", "Title")} {
		value, err := c.encode(&rec, monday)
		must(t, err)
		out, _, err := c.decode(rec.Seq, value, nil)
		if diff := cmp.Diff(rec, out, cmpopts.EquateEmpty()); err != nil || diff != "" {
			t.Errorf("%s: %v\n%s", name, err, diff)
		}
	}
	plain := append([]byte{formPlain, 0, 0, 0, 0, 0, 0, 0, 1}, `{"item":{"id":"i","feed":"f","url":"","title":"t"}}`...)
	if r, _, err := c.decode(3, plain, nil); err != nil || r.Item.Title != "t" || r.Seq != 3 {
		t.Errorf("plain form: %+v %v", r, err)
	}
	if _, _, err := c.decode(3, append([]byte{99}, plain[1:]...), nil); err == nil {
		t.Error("an unknown form was read")
	}
	if _, _, err := c.decode(3, bytes.Repeat([]byte{formPacked}, 40), nil); err == nil {
		t.Error("garbage was unpacked")
	}
}
