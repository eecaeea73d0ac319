package image

import (
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/docker/engine"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// platform is what an image is made for.
type platform struct{ os, arch, variant string }

// parsePlatform reads OS/ARCH/VARIANT, of which parts may be missing.
//
// Source: https://github.com/containerd/platforms, README: the names are brought to those of Go.
func parsePlatform(s string) platform {
	parts := strings.Split(strings.ToLower(s), "/")
	p := platform{os: "linux"}
	switch {
	case len(parts) > 1:
		p.os, parts = parts[0], parts[1:]
	case parts[0] == "linux" || parts[0] == "windows":
		p.os, parts = parts[0], nil
	}
	if len(parts) > 0 {
		p.arch = parts[0]
	}
	if len(parts) > 1 {
		p.variant = parts[1]
	}
	return p.plain()
}

// plain brings the names of architectures to one.
func (p platform) plain() platform {
	switch p.arch {
	case "x86_64", "x86-64":
		p.arch = "amd64"
	case "i386":
		p.arch = "386"
	case "aarch64":
		p.arch = "arm64"
	case "armhf":
		p.arch, p.variant = "arm", "v7"
	case "armel":
		p.arch, p.variant = "arm", "v6"
	}
	if p.arch == "arm64" && (p.variant == "8" || p.variant == "v8") || p.arch == "amd64" && p.variant == "v1" {
		p.variant = ""
	}
	if p.arch == "arm" && p.variant == "" {
		p.variant = "v7"
	}
	return p
}

// hasPlatform reports whether an image is made for a platform.
func hasPlatform(image *value.Dict, wanted string) bool {
	is := platform{engine.Str(image, "Os"), engine.Str(image, "Architecture"), engine.Str(image, "Variant")}.plain()
	want := parsePlatform(wanted)
	if want.arch == "" {
		want.arch, want.variant = is.arch, is.variant
	}
	return is == want
}
