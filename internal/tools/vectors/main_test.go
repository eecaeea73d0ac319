package main

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
)

// TestVectorsAreUpToDate writes the vectors into a copy of the folder: the program must make what is checked in.
func TestVectorsAreUpToDate(t *testing.T) {
	const checkedIn = "../../../vaultfmt/testdata/vectors"
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(checkedIn)); err != nil {
		t.Fatal(err)
	}
	if err := run(dir, false); err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join(dir, "*.vector"))
	if err != nil || len(files) < 60 {
		t.Fatalf("%d vectors, %v", len(files), err)
	}
	for _, file := range files {
		got, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		want, err := os.ReadFile(filepath.Join(checkedIn, filepath.Base(file)))
		if err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s: run go run ./internal/tools/vectors (%v)", filepath.Base(file), err)
		}
	}
}

func TestClassify(t *testing.T) {
	cases := map[string]string{
		"[ERROR]: Input is not vault encrypted data. for x":                                              notAVault,
		"[ERROR]: Cipher 'AES' could not be found. for x":                                                unsupport,
		"[ERROR]: Vault envelope format error: list index out of range for x":                            malformed,
		"[ERROR]: Vault format unhexlify error: Odd-length string for x":                                 malformed,
		"ERROR! Decryption failed (no vault secrets were found that could decrypt) on x for x":           wrong,
		"[ERROR]: Invalid padding bytes. for x":                                                          badPadding,
		"[ERROR]: Decryption failed (no vault secrets were found that could decrypt). Invalid signature": wrong,
	}
	for message, want := range cases {
		if got, err := classify(message); got != want || err != nil {
			t.Errorf("%s: got %q, %v", message, got, err)
		}
	}
	if got, err := classify("Killed"); err == nil {
		t.Errorf("an unknown message is %q", got)
	}
}
