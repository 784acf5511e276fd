package store

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
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
		out, err := c.decode(9, value, new(unpacker))
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
		c.decode(1, b, new(unpacker))
		if quick, ok := new(unpacker).decodeRecord(b); ok {
			// Of a repeated key the two may make different things.
			if again, err := json.Marshal(quick); err != nil || !bytes.Equal(again, b) {
				return
			}
			var slow recordJSON
			if err := json.Unmarshal(b, &slow); err != nil || cmp.Diff(slow, quick) != "" {
				t.Errorf("%v\n%s", err, cmp.Diff(slow, quick))
			}
		}
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
		out, err := c.decode(rec.Seq, value, new(unpacker))
		if diff := cmp.Diff(rec, out, cmpopts.EquateEmpty()); err != nil || diff != "" {
			t.Errorf("%s: %v\n%s", name, err, diff)
		}
	}
	plain := append([]byte{formPlain, 0, 0, 0, 0, 0, 0, 0, 1}, `{"item":{"id":"i","feed":"f","url":"","title":"t"}}`...)
	if r, err := c.decode(3, plain, new(unpacker)); err != nil || r.Item.Title != "t" || r.Seq != 3 {
		t.Errorf("plain form: %+v %v", r, err)
	}
	if _, err := c.decode(3, append([]byte{99}, plain[1:]...), new(unpacker)); err == nil {
		t.Error("an unknown form was read")
	}
	if _, err := c.decode(3, bytes.Repeat([]byte{formPacked}, 40), new(unpacker)); err == nil {
		t.Error("garbage was unpacked")
	}
}

// TestRecordsAreReadAsPackageJSONReadsThem holds the quick reader to the slow
// one, on every field and on text that it has to leave to that.
func TestRecordsAreReadAsPackageJSONReadsThem(t *testing.T) {
	var full Record
	n := 0
	fill(reflect.ValueOf(&full).Elem(), 0, &n)
	full.Verdict.Placement.Parts = news.Parts{{Name: "copy", Value: 0.25}, {Name: "words", Value: 1e-7}}
	text, err := json.Marshal(recordJSON{full, []news.Key{news.NewKey("k"), {}}})
	must(t, err)
	var u unpacker
	var want recordJSON
	must(t, json.Unmarshal(text, &want))
	got, ok := u.decodeRecord(text)
	if diff := cmp.Diff(want, got); !ok || diff != "" {
		t.Errorf("quick: %v\n%s", ok, diff)
	}
	// Every number that a field's first value is made of came through.
	if again, err := json.Marshal(got); err != nil || !bytes.Equal(again, text) {
		t.Errorf("%v\n%s\n%s", err, again, text)
	}
	for _, text := range []string{
		`{}`, `{"item":{"id":"i","tags":[],"authors":null},"verdict":{"matches":[]}}`, `{"item":{"title":"\u003ca\u003e \"b\\ \/ \n\t\u2028 ж"}}`,
	} {
		var want recordJSON
		must(t, json.Unmarshal([]byte(text), &want))
		got, ok := u.decodeRecord([]byte(text))
		if diff := cmp.Diff(want, got); !ok || diff != "" {
			t.Errorf("%s: %v\n%s", text, ok, diff)
		}
	}
	for _, text := range []string{
		``, `{`, `null`, `{"item":null}`, `{ }`, `{"new":1}`, `{"Item":{}}`, `{"item":{"title":"\ud83d\ude00"}}`, `{"item":{"title":"\u12"}}`, `{"item":{"title":"\`,
		`{"item":{"version":01}}`, `{"item":{"version":+1}}`, `{"item":{"version":-1}}`, `{"item":{"title":"a` + "\n" + `"}}`, `{"item":{"title":"\x"}}`, `{"keys":["?"]}`,
		`{"verdict":{"story":{"likeness":1.}}}`, `{"verdict":{"story":{"parts":{}}`, `{"item":{"title":"` + "\xff" + `"}}`, `{}x`, `{"item":{"tags":["a",]}}`, `{"item":{"published":"soon"}}`,
	} {
		if _, ok := u.decodeRecord([]byte(text)); ok {
			t.Errorf("%s is read quickly", text)
		}
	}
	for i := range text {
		if _, ok := u.decodeRecord(text[:i]); ok {
			t.Fatalf("cut off at %d it is read", i)
		}
	}
}

// fill gives every field a value of its own.
func fill(v reflect.Value, depth int, n *int) {
	*n++
	switch v.Kind() {
	case reflect.Struct:
		if v.Type() == reflect.TypeFor[time.Time]() {
			v.Set(reflect.ValueOf(monday.Add(time.Duration(*n) * time.Millisecond)))
			return
		}
		for i := range v.NumField() {
			if tag := v.Type().Field(i).Tag.Get("json"); tag != "-" {
				fill(v.Field(i), depth+1, n)
			}
		}
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 2, 2))
		for i := range v.Len() {
			fill(v.Index(i), depth+1, n)
		}
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(v.Elem(), depth+1, n)
	case reflect.String:
		v.SetString(fmt.Sprintf("text %d <&> «ж» \"\\\n\u2028", *n))
	case reflect.Int:
		v.SetInt(int64(-*n))
	case reflect.Uint64:
		v.SetUint(1<<63 + uint64(*n))
	case reflect.Float64:
		v.SetFloat(float64(*n) / 7)
	case reflect.Bool:
		v.SetBool(true)
	default:
		panic(v.Kind().String())
	}
}
