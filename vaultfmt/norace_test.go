//go:build !race

package vaultfmt

const raceEnabled = false
