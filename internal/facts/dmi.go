package facts

import (
	"strconv"
	"strings"
)

// formFactors are the chassis types of the SMBIOS specification (DSP0134, 7.4.1), as Ansible writes them.
var formFactors = strings.Split("Unknown,Other,Unknown,Desktop,Low Profile Desktop,Pizza Box,Mini Tower,Tower,Portable,Laptop,Notebook,"+
	"Hand Held,Docking Station,All In One,Sub Notebook,Space-saving,Lunch Box,Main Server Chassis,Expansion Chassis,Sub Chassis,"+
	"Bus Expansion Chassis,Peripheral Chassis,RAID Chassis,Rack Mount Chassis,Sealed-case PC,Multi-system,CompactPCI,AdvancedTCA,Blade,"+
	"Blade Enclosure,Tablet,Convertible,Detachable,IoT Gateway,Embedded PC,Mini PC,Stick PC", ",")

// dmiFacts are the facts by their file below /sys/devices/virtual/dmi/id, and dmidecode's names for them.
var dmiFacts = []struct{ fact, file, keyword string }{
	{"bios_date", "bios_date", "bios-release-date"},
	{"bios_vendor", "bios_vendor", "bios-vendor"},
	{"bios_version", "bios_version", "bios-version"},
	{"board_asset_tag", "board_asset_tag", "baseboard-asset-tag"},
	{"board_name", "board_name", "baseboard-product-name"},
	{"board_serial", "board_serial", "baseboard-serial-number"},
	{"board_vendor", "board_vendor", "baseboard-manufacturer"},
	{"board_version", "board_version", "baseboard-version"},
	{"chassis_asset_tag", "chassis_asset_tag", "chassis-asset-tag"},
	{"chassis_serial", "chassis_serial", "chassis-serial-number"},
	{"chassis_vendor", "chassis_vendor", "chassis-manufacturer"},
	{"chassis_version", "chassis_version", "chassis-version"},
	{"form_factor", "chassis_type", "chassis-type"},
	{"product_name", "product_name", "system-product-name"},
	{"product_serial", "product_serial", "system-serial-number"},
	{"product_uuid", "product_uuid", "system-uuid"},
	{"product_version", "product_version", "system-version"},
	{"system_vendor", "sys_vendor", "system-manufacturer"},
}

const dmiDir = "/sys/devices/virtual/dmi/id/"

// dmi tells what the firmware says of the machine: by sysfs, else by dmidecode.
func dmi(g *Gathering) {
	if !g.exists(dmiDir + "product_name") {
		dmidecode(g)
		return
	}
	for _, f := range dmiFacts {
		v, ok := g.line(dmiDir + f.file)
		switch {
		case !ok:
			v = "NA"
		case f.fact == "form_factor":
			if n, err := strconv.Atoi(v); err == nil && n < len(formFactors) {
				v = formFactors[n]
			} else {
				v = "unknown (" + v + ")"
			}
		}
		g.set(f.fact, v)
	}
}

func dmidecode(g *Gathering) {
	for _, f := range dmiFacts {
		v := "NA"
		if out, ok := g.run("dmidecode", "-s", f.keyword); ok {
			var lines []string
			for l := range strings.Lines(out) {
				if !strings.HasPrefix(l, "#") {
					lines = append(lines, strings.TrimRight(l, "\n"))
				}
			}
			if t := strings.Join(lines, ""); strings.TrimSpace(t) != "" {
				v = t
			}
		}
		g.set(f.fact, v)
	}
}
