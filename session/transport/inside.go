package transport

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"slices"
	"syscall"

	"tokenring/session/address"
)

// Inside reports whether an origin names this machine, or an address that the internet
// does not route. Of a name, only the address that is dialled says it.
func Inside(o Origin) bool {
	u, err := url.Parse(string(o))
	return err == nil && isInside(u.Hostname())
}

func isInside(host string) bool {
	addr, err := netip.ParseAddr(host)
	addr = addr.Unmap()
	return address.IsLoopback(host) || err == nil && (addr.IsPrivate() || addr.IsLinkLocalUnicast() || addr.IsUnspecified())
}

// insideError is a name that leads to an address inside, and was named by a server that is
// not.
type insideError struct {
	by string // "": it is link-local, where no server of an account is, but the metadata of a cloud's machine
}

func (e *insideError) Error() string { return "an address inside" }

type namedBy struct{}

// judgeAddress refuses an address that is about to be dialled, after its name was looked
// up, if the call must not lead there.
func judgeAddress(ctx context.Context, _, to string, _ syscall.RawConn) error {
	by, _ := ctx.Value(namedBy{}).([]Origin)
	host, _ := splitHostPort(to)
	if addr, err := netip.ParseAddr(host); err == nil && addr.Unmap().IsLinkLocalUnicast() {
		return &insideError{}
	}
	if by == nil || !isInside(host) || slices.ContainsFunc(by, func(o Origin) bool { return leadsInside(ctx, o) }) {
		return nil
	}
	return &insideError{by[0].Host()}
}

// leadsInside reports whether an origin is inside, by name or once its name is looked up.
func leadsInside(ctx context.Context, o Origin) bool {
	u, err := url.Parse(string(o))
	if err != nil || Inside(o) {
		return err == nil
	}
	addresses, _ := net.DefaultResolver.LookupHost(ctx, u.Hostname())
	return slices.ContainsFunc(addresses, isInside)
}

func explainInside(e *Error, err error) bool {
	var inside *insideError
	if errors.As(err, &inside) && inside.by == "" {
		return e.set(KindOrigin, e.peer+" leads to a link-local address, which is never called", "enter another address of the server")
	}
	return inside != nil && e.set(KindOrigin, fmt.Sprintf("%s is on this machine or in a private network, and %s, which names it, is not", e.peer, inside.by),
		"if you trust it, enter its address yourself")
}
