package docker

import (
	"github.com/seed-6d8ad27c/kimai-ansible/internal/module"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/docker/engine"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// kind is what an option is, for comparing.
type kind int

const (
	single  kind = iota // one value
	ordered             // a list whose order counts
	set                 // a list whose order does not
	dicts               // a list of dicts whose order does not
	dict
)

// want is what the task says of one option of the container.
type want struct {
	name   string
	kind   kind
	value  value.Value                        // as it is compared, and told
	have   func(info *value.Dict) value.Value // the same of a container
	update string                             // the engine's name of it, where a container can be changed without being made anew
	weak   bool                               // not compared unless the task says how
}

// hostOption is an option that the engine has in HostConfig, or in Config, under a name of its own.
type hostOption struct {
	arg     string
	kind    kind
	key     string // in HostConfig; with config in Config
	config  bool
	update  bool
	convert func(p *module.Params, name string) (value.Value, error) // nil takes the argument as it is
}

func (o hostOption) have(info *value.Dict) value.Value {
	if o.config {
		return engine.At(info, "Config", o.key)
	}
	return engine.At(info, "HostConfig", o.key)
}

// simpleOptions are the options that need no more than a name, in the order in which the engine is told and differences are: "" stands
// for one with rules of its own, which specialOptions has by the argument's name.
var simpleOptions = []hostOption{
	{arg: "auto_remove", key: "AutoRemove"},
	{arg: "blkio_weight", key: "BlkioWeight", update: true},
	{arg: "capabilities", kind: set, key: "CapAdd"},
	{arg: "cap_drop", kind: set, key: "CapDrop"},
	{arg: "cgroupns_mode", key: "CgroupnsMode"},
	{arg: "cgroup_parent", key: "CgroupParent"},
	{arg: "command"},
	{arg: "entrypoint"},
	{arg: "cpu_period", key: "CpuPeriod", update: true},
	{arg: "cpu_quota", key: "CpuQuota", update: true},
	{arg: "cpuset_cpus", key: "CpusetCpus", update: true},
	{arg: "cpuset_mems", key: "CpusetMems", update: true},
	{arg: "cpu_shares", key: "CpuShares", update: true},
	{arg: "cpus", key: "NanoCpus", convert: nanoCPUs},
	{arg: "interactive"},
	{arg: "devices", kind: dicts, key: "Devices", convert: devices},
	{arg: "device_read_bps", kind: dicts, key: "BlkioDeviceReadBps", convert: deviceRates},
	{arg: "device_write_bps", kind: dicts, key: "BlkioDeviceWriteBps", convert: deviceRates},
	{arg: "device_read_iops", kind: dicts, key: "BlkioDeviceReadIOps", convert: deviceRates},
	{arg: "device_write_iops", kind: dicts, key: "BlkioDeviceWriteIOps", convert: deviceRates},
	{arg: "device_requests", kind: dicts, key: "DeviceRequests", convert: deviceRequests},
	{arg: "device_cgroup_rules", kind: ordered, key: "DeviceCgroupRules"},
	{arg: "dns_servers", kind: ordered, key: "Dns"},
	{arg: "dns_opts", kind: set, key: "DnsOptions"},
	{arg: "dns_search_domains", kind: ordered, key: "DnsSearch"},
	{arg: "domainname", key: "Domainname", config: true},
	{arg: "env"},
	{arg: "etc_hosts", kind: set, key: "ExtraHosts", convert: etcHosts},
	{arg: "groups", kind: set, key: "GroupAdd"},
	{arg: "healthcheck"},
	{arg: "hostname", key: "Hostname", config: true},
	{arg: "image"},
	{arg: "init", key: "Init"},
	{arg: "ipc_mode"},
	{arg: "kernel_memory", key: "KernelMemory", update: true, convert: byteCount},
	{arg: "labels"},
	{arg: "links"},
	{arg: "log_driver"},
	{arg: "mac_address"},
	{arg: "memory", key: "Memory", update: true, convert: byteCount},
	{arg: "memory_reservation", key: "MemoryReservation", update: true, convert: byteCount},
	{arg: "memory_swap", key: "MemorySwap", update: true, convert: byteCount},
	{arg: "memory_swappiness", key: "MemorySwappiness"},
	{arg: "stop_timeout"},
	{arg: "network_mode"},
	{arg: "oom_killer", key: "OomKillDisable"},
	{arg: "oom_score_adj", key: "OomScoreAdj"},
	{arg: "pid_mode"},
	{arg: "pids_limit", key: "PidsLimit"},
	{arg: "platform"},
	{arg: "privileged", key: "Privileged"},
	{arg: "read_only", key: "ReadonlyRootfs"},
	{arg: "restart_policy"},
	{arg: "runtime", key: "Runtime"},
	{arg: "security_opts", kind: set, key: "SecurityOpt"},
	{arg: "shm_size", key: "ShmSize", convert: byteCount},
	{arg: "stop_signal", key: "StopSignal", config: true},
	{arg: "storage_opts", kind: dict, key: "StorageOpt"},
	{arg: "sysctls", kind: dict, key: "Sysctls", convert: texts},
	{arg: "tmpfs", kind: dict, key: "Tmpfs", convert: tmpfs},
	{arg: "tty", key: "Tty", config: true},
	{arg: "ulimits", kind: dicts, key: "Ulimits", convert: ulimits},
	{arg: "user", key: "User", config: true},
	{arg: "userns_mode", key: "UsernsMode"},
	{arg: "uts", key: "UTSMode"},
	{arg: "volume_driver", key: "VolumeDriver"},
	{arg: "volumes_from", kind: set, key: "VolumesFrom"},
	{arg: "working_dir", key: "WorkingDir", config: true},
	{arg: "mounts"},
	{arg: "volumes"},
	{arg: "published_ports"},
}
