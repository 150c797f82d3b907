package timetext

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

// Each conversion, for a Sunday at the turn of a year, where the weeks differ.
func TestStrftime(t *testing.T) {
	at := time.Date(2023, 1, 1, 15, 4, 5, 67_008_009, time.FixedZone("KST", 9*3600))
	for pattern, want := range map[string]string{
		"%Y-%m-%d %H:%M:%S": "2023-01-01 15:04:05",
		"%C|%y|%e|%k|%I|%l": "20|23| 1|15|03| 3",
		"%L|%f|%N|%s":       "067|067008|067008009|1672553045",
		"%j|%u|%w":          "001|7|0",
		"%U|%W|%V|%G|%g":    "01|00|52|2022|22",
		"%a %A %b %B %p %P": "Sun Sunday Jan January PM pm",
		"%Z %z":             "KST +0900",
		"%-d/%-m/%-H:%-L":   "1/1/15:67",
		"%F %T|%D %R|%r":    "2023-01-01 15:04:05|01/01/23 15:04|03:04:05 PM",
		"100%%%n%t|%":       "100%\n\t|%",
	} {
		if got := Strftime(at, pattern); got != want {
			t.Errorf("%q: got %q, want %q", pattern, got, want)
		}
	}
}

func TestParse(t *testing.T) {
	seoul := time.FixedZone("", 9*3600)
	for _, c := range []struct{ pattern, text, want string }{
		{"yyyy-MM-dd HH:mm:ss.SSS", "2024-02-29 23:59:58.123", "2024-02-29T23:59:58.123+09:00"},
		{"yyyy-MM-dd'T'HH:mm:ssXXX", "2024-02-29T23:59:58Z", "2024-02-29T23:59:58Z"},
		{"dd/MMM/yyyy:HH:mm:ss Z", "06/Feb/2019:00:00:38 -0330", "2019-02-06T00:00:38-03:30"},
		{"yyyyMMddHHmm", "202402291530", "2024-02-29T15:30:00+09:00"},
		{"h:mm a", "12:05 am", "1970-01-01T00:05:00+09:00"},
		{"yyyy-DDD", "2024-060", "2024-02-29T00:00:00+09:00"},
		{"yyyy-MM-dd[ HH:mm]", "2024-02-29", "2024-02-29T00:00:00+09:00"},
		{"yyyy-MM-dd[ HH:mm]", "2024-02-29 07:08", "2024-02-29T07:08:00+09:00"},
		{"yyyy-MM-dd", "2023-02-29", ""},     // no such day
		{"yyyy-MM-dd", "2024-02-29 ...", ""}, // more than the pattern
		{"HH:mm", "24:61", ""},
	} {
		got := ""
		if at, ok := NewLayout(c.pattern).Parse(c.text, seoul); ok {
			got = at.Format(time.RFC3339Nano)
		}
		if got != c.want {
			t.Errorf("%q read as %q: got %q, want %q", c.text, c.pattern, got, c.want)
		}
	}
}

// What Strftime writes in full, a Layout of the same parts reads back.
func TestRoundTrip(t *testing.T) {
	layout := NewLayout("yyyy-MM-dd HH:mm:ss.SSSSSS Z")
	rapid.Check(t, func(t *rapid.T) {
		zone := time.FixedZone("", 60*rapid.IntRange(-18*60, 18*60).Draw(t, "minutes"))
		at := time.UnixMicro(rapid.Int64Range(0, 4e15).Draw(t, "time")).In(zone)
		text := Strftime(at, "%Y-%m-%d %H:%M:%S.%f %z")
		if got, ok := layout.Parse(text, time.UTC); !ok || !got.Equal(at) {
			t.Fatalf("%s was written as %q and read as %s, %v", at, text, got, ok)
		}
	})
}

func FuzzParse(f *testing.F) {
	f.Add("yyyy-MM-dd'T'HH:mm:ss[.SSS][XXX]", "2024-02-29T23:59:58.1Z")
	f.Add("EEE, d MMM yy h:mm a VV", "Thu, 29 Feb 24 3:04 PM Asia/Seoul")
	f.Fuzz(func(t *testing.T, pattern, text string) {
		NewLayout(pattern).Parse(text, time.UTC)
	})
}
