package insights

import "testing"

func TestSmoke(t *testing.T) {
	for _, s := range []string{
		"fields @timestamp, @message | filter @message like /Memory/ | sort @timestamp desc | limit 5",
		`filter @type="REPORT" | stats max(@memorySize/1000/1000) as a, max(@maxMemoryUsed/1000/1000) as b, a - b as over`,
		"stats sum(n) as s by bin(5m) as @t | stats max(s) by dateceil(@t, 10m)",
		"stats count(*) by bin(5m) | sort bin(5m), count(*) desc",
	} {
		q, err := Parse(s)
		if err != nil {
			t.Errorf("%s: %v", s, err)
			continue
		}
		t.Log(q)
	}
}
