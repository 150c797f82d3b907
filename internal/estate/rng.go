package estate

import "math"

// mix is the finaliser of SplitMix64: every input bit changes about half of
// the output bits.
func mix(x uint64) uint64 {
	x ^= x >> 30
	x *= 0xbf58476d1ce4e5b9
	x ^= x >> 27
	x *= 0x94d049bb133111eb
	x ^= x >> 31
	return x
}

// hash2 and hash3 derive a seed from a parent seed and one or two numbers.
func hash2(seed, a uint64) uint64 {
	return mix(seed + 0x9e3779b97f4a7c15 + mix(a+0x2545f4914f6cdd1d))
}

func hash3(seed, a, b uint64) uint64 { return hash2(hash2(seed, a), b) }

// hashString derives a seed from a parent seed and a text.
func hashString(seed uint64, s string) uint64 {
	h := seed ^ 0xcbf29ce484222325
	for i := range len(s) {
		h = (h ^ uint64(s[i])) * 0x100000001b3
	}
	return mix(h)
}

// Salts part the random streams of one resource and minute, so that drawing
// more numbers in one place never changes what another place draws.
const (
	saltCount uint64 = iota + 1
	saltFacts
	saltText
	saltSlot
	saltDeploy
	saltDeployFactor
	saltEnv
	saltThrottle
	saltRun
	saltRunText
	saltGauge
	saltSize
	saltShape
)

// rng is a SplitMix64 generator: small enough to be made for each minute.
type rng struct{ s uint64 }

func (r *rng) next() uint64 {
	r.s += 0x9e3779b97f4a7c15
	return mix(r.s)
}

// float returns a number in [0, 1).
func (r *rng) float() float64 { return float64(r.next()>>11) / (1 << 53) }

// intn returns a number in [0, n). The bias of the multiplication is below
// n / 2^32, which no reader of a simulated log can see.
func (r *rng) intn(n int) int { return int((r.next() >> 32) * uint64(n) >> 32) }

// between returns a number in [lo, hi).
func (r *rng) between(lo, hi float64) float64 { return lo + (hi-lo)*r.float() }

// chance is true with probability p.
func (r *rng) chance(p float64) bool { return p > 0 && r.float() < p }

// norm returns about a standard normal number, never beyond ±3.5: the sum of
// four uniform ones. Bounded tails keep healthy resources healthy.
func (r *rng) norm() float64 {
	return (r.float() + r.float() + r.float() + r.float() - 2) * math.Sqrt(3)
}

// poisson returns a Poisson number with mean lambda.
func (r *rng) poisson(lambda float64) int {
	if lambda <= 0 {
		return 0
	}
	if lambda > 40 {
		n := lambda + math.Sqrt(lambda)*r.norm() + 0.5
		return int(max(n, 0))
	}
	u, p := r.float(), math.Exp(-lambda)
	n, sum := 0, p
	for u > sum && n < 200 {
		n++
		p *= lambda / float64(n)
		sum += p
	}
	return n
}

// pick returns one of the choices.
func pick[T any](r *rng, choices []T) T { return choices[r.intn(len(choices))] }
