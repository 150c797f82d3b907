package logexec

import (
	"net/netip"

	"skywatch/internal/lang/insights"
)

// funcInSubnet is isIpInSubnet(f, "cidr") and its forms for IPv4 and IPv6: 1
// when the address lies in the subnet, whose bits behind the mask do not count,
// else 0, also for what is no address. AWS: "IP address string functions".
func funcInSubnet(c *compiler, call *insights.Call, args []eval) eval {
	// The language has checked that the subnet is a valid constant of the family.
	subnet := netip.MustParsePrefix(call.Args[1].(*insights.String).Value).Masked()
	return ipTest(subnet.Contains)(c, call, args)
}
