package logexec

import (
	"net/netip"
	"strings"

	"skywatch/internal/lang/insights"
)

// ipFunctions are those of IP addresses, which may have white space around them
// but no zone. AWS: "IP address string functions".
var ipFunctions = map[string]function{
	"isValidIp":      ipTest(func(netip.Addr) bool { return true }),
	"isValidIpV4":    ipTest(netip.Addr.Is4),
	"isValidIpV6":    ipTest(netip.Addr.Is6),
	"isPrivateIP":    ipTest(netip.Addr.IsPrivate),
	"isReservedIP":   ipTest(isReserved),
	"isPublicIP":     ipTest(func(a netip.Addr) bool { return !a.IsPrivate() && !isReserved(a) }),
	"isIpInSubnet":   funcInSubnet,
	"isIpv4InSubnet": funcInSubnet,
	"isIpv6InSubnet": funcInSubnet,
	"ipv4ToNumber":   onText(ipv4ToNumber),
}

// address reads an IP address without zone.
func address(s string) (netip.Addr, bool) {
	a, err := netip.ParseAddr(strings.TrimSpace(s))
	return a, err == nil && a.Zone() == ""
}

// ipTest is 1 for addresses that pass, 0 for everything else.
func ipTest(test func(netip.Addr) bool) function {
	return func(_ *compiler, _ *insights.Call, args []eval) eval {
		x := args[0]
		return func(r *row) value {
			s, ok := textOf(x, r)
			if !ok {
				return truth(false)
			}
			a, ok := address(s)
			return truth(ok && test(a))
		}
	}
}
