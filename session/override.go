package session

import (
	"fmt"
	"net"
	"net/netip"
	"strings"

	"tokenring/session/address"
	"tokenring/session/secret"
)

// Override replaces the addresses to dial for a host.
type Override struct {
	Host      string // lower-case; "*" for any
	Port      string
	Addresses []string // tried in this order
}

// ParseOverride parses HOST:PORT:ADDRESS[,ADDRESS]…, the syntax of curl's --resolve. IPv6
// addresses may be in brackets; a host that is one must be.
func ParseOverride(text string) (Override, error) {
	var o Override
	bad := func(why string) (Override, error) {
		return Override{}, fmt.Errorf("resolve %s: %s", secret.CleanLine(text), why)
	}
	rest, ok := strings.TrimSpace(text), false
	if strings.HasPrefix(rest, "[") {
		o.Host, rest, ok = strings.Cut(rest[1:], "]:")
	} else {
		o.Host, rest, ok = strings.Cut(rest, ":")
	}
	var list string
	if ok {
		o.Port, list, ok = strings.Cut(rest, ":")
	}
	o.Host = hostName(o.Host)
	port, isPort := address.Port(o.Port)
	switch {
	case !ok || o.Host == "" || strings.ContainsAny(o.Host, "/@ "):
		return bad("not HOST:PORT:ADDRESS")
	case port == "" || !isPort:
		return bad("the port is not a number from 1 to 65535")
	}
	o.Port = port
	for ip := range strings.SplitSeq(list, ",") {
		ip = strings.TrimSpace(ip)
		if inner, bracketed := strings.CutPrefix(ip, "["); bracketed {
			ip = strings.TrimSuffix(inner, "]")
		}
		if _, err := netip.ParseAddr(ip); err != nil {
			return bad("the part after the port is not an IP address")
		}
		o.Addresses = append(o.Addresses, ip)
	}
	return o, nil
}

// Wild reports whether the override is for any host.
func (o *Override) Wild() bool { return o.Host == "*" }

// Matches reports whether the override is for "host:port".
func (o *Override) Matches(hostPort string) bool {
	host, port, err := net.SplitHostPort(hostPort)
	return err == nil && o.Port == port && (o.Wild() || o.Host == hostName(host))
}

// hostName returns the canonical form of a host.
func hostName(host string) string {
	host = strings.TrimSuffix(host, ".")
	if known, err := address.Host(host); err == nil {
		return known
	}
	return host
}
