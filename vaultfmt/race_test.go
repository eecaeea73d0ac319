//go:build race

package vaultfmt

const raceEnabled = true
