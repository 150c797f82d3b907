package logexec

import (
	"encoding/binary"
	"net/netip"
	"slices"
	"strings"

	"skywatch/internal/lang/insights"
)

var generalFunctions = map[string]function{
	"ispresent": func(_ *compiler, _ *insights.Call, args []eval) eval {
		x := args[0]
		return func(r *row) value { return truth(x(r).kind != null) }
	},
	"coalesce": func(_ *compiler, _ *insights.Call, args []eval) eval {
		return func(r *row) value {
			for _, x := range args {
				if v := x(r); v.kind != null {
					return v
				}
			}
			return value{}
		}
	},
	"if":   choose,
	"case": choose,
	// No masked data exists here, so there is nothing to take off.
	"unmask": func(_ *compiler, _ *insights.Call, args []eval) eval { return args[0] },
	"messageSize": func(c *compiler, _ *insights.Call, args []eval) eval {
		if len(args) > 0 {
			return onText(func(s string) value { return num(float64(len(s))) })(c, nil, args)
		}
		slot, _ := c.sourceSlot("@message")
		msg := c.slot(slot)
		return func(r *row) value { return num(float64(len(msg(r).str))) }
	},
}

// choose takes the value behind the first condition that holds; a last
// argument without a condition is the rest. if(c, a, b) is the short form.
func choose(_ *compiler, _ *insights.Call, args []eval) eval {
	var conds []cond
	var vals []eval
	rest := constant(value{})
	for i := 0; i < len(args); i += 2 {
		if i+1 == len(args) {
			rest = args[i]
			break
		}
		conds = append(conds, holds(args[i]))
		vals = append(vals, args[i+1])
	}
	return func(r *row) value {
		for i, f := range conds {
			if f(r) {
				return vals[i](r)
			}
		}
		return rest(r)
	}
}

var ipFunctions = map[string]function{
	"isValidIp":      ipTest(func(netip.Addr) bool { return true }),
	"isValidIpV4":    ipTest(netip.Addr.Is4),
	"isValidIpV6":    ipTest(netip.Addr.Is6),
	"isPrivateIP":    ipTest(netip.Addr.IsPrivate),
	"isReservedIP":   ipTest(isReserved),
	"isPublicIP":     ipTest(func(a netip.Addr) bool { return !a.IsPrivate() && !isReserved(a) }),
	"isIpInSubnet":   inSubnet,
	"isIpv4InSubnet": inSubnet,
	"isIpv6InSubnet": inSubnet,
	"ipv4ToNumber": onText(func(s string) value {
		a, ok := address(s)
		if !ok || !a.Is4() {
			return value{}
		}
		b := a.As4()
		return num(float64(binary.BigEndian.Uint32(b[:])))
	}),
}

// reserved are the ranges of IANA's special-purpose registries that are not
// for private use: this host, shared, loopback, link-local, protocol
// assignments, documentation, benchmarking, multicast and future use.
var reserved = func() (list []netip.Prefix) {
	for _, s := range []string{"0.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "192.0.0.0/24", "192.0.2.0/24",
		"192.88.99.0/24", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
		"::/128", "::1/128", "::ffff:0:0/96", "64:ff9b:1::/48", "100::/64", "2001::/23", "2001:db8::/32", "fe80::/10", "ff00::/8"} {
		list = append(list, netip.MustParsePrefix(s))
	}
	return list
}()

func isReserved(a netip.Addr) bool {
	return slices.ContainsFunc(reserved, func(p netip.Prefix) bool { return p.Contains(a) })
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

func inSubnet(c *compiler, call *insights.Call, args []eval) eval {
	// The language has checked that the subnet is a valid constant.
	subnet := netip.MustParsePrefix(call.Args[1].(*insights.String).Value).Masked()
	return ipTest(subnet.Contains)(c, call, args)
}
