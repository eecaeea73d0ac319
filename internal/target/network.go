package target

import (
	"context"
	"net"
	"net/netip"
)

// Kernel is what a machine's kernel tells besides files.
type Kernel interface {
	// Uname is what uname(2) tells.
	Uname() (Uname, error)
	// Loadavg is the number of tasks that ran or waited, averaged over 1, 5 and 15 minutes, as getloadavg(3) gives it.
	Loadavg() ([3]float64, error)
	// Statfs tells about the filesystem that holds name, as statvfs(3) does.
	Statfs(name string) (Filesystem, error)
	// Addresses returns the network addresses of all interfaces, in the order of the kernel.
	Addresses() ([]Address, error)
	// LocalRoutes returns the routes of type local in the table local.
	LocalRoutes() ([]Route, error)
	// RouteTo returns the route by which packets to dst leave. An unreachable dst is an error.
	RouteTo(dst netip.Addr) (Route, error)
	// Dial connects to an address ("host:port", or a path for the network "unix") from this machine.
	Dial(ctx context.Context, network, address string) (net.Conn, error)
	// FQDN is the full name of the machine whose host name is name: the first name with a dot that its address has,
	// else its first name, else name.
	FQDN(name string) string
}

// Uname is what uname(1) -a shows.
type Uname struct{ Sysname, Nodename, Release, Version, Machine string }

// Filesystem is the size of a filesystem.
type Filesystem struct {
	BlockSize            int64 // f_bsize, bytes
	FragmentSize         int64 // f_frsize, the unit of Blocks, bytes
	Blocks, BlocksAvail  int64
	Inodes, InodesFavail int64
}

// Address is a network address of an interface.
type Address struct {
	Link      string       // the interface
	Label     string       // of IPv4: the interface or an alias, as "eth0:1"; else ""
	Prefix    netip.Prefix // the own address and the length of the network's prefix
	Broadcast netip.Addr   // of IPv4, the zero Addr when there is none
	Scope     string       // global, site, link, host, or a number
	Secondary bool
}

// Route is an entry of a routing table.
type Route struct {
	Dst     netip.Prefix
	Gateway netip.Addr // the zero Addr when there is none
	Source  netip.Addr // the preferred source address
	Link    string
}
