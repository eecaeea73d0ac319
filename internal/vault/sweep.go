package vault

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// siblingPrefix is how the name of a new file begins until it takes the name base, before the number of the process.
func siblingPrefix(base string) string { return "." + base + siblingMark }

const siblingMark = ".kimai-"

// Sweep takes away what killed processes left beside files, by their paths: a new file that did not take its name yet,
// with the number of a process that does not live, and older than age.
func Sweep(paths []string, age time.Duration) {
	folders := map[string]map[string]bool{} // the names of the files in each
	for _, p := range paths {
		dir := filepath.Dir(p)
		if folders[dir] == nil {
			folders[dir] = map[string]bool{}
		}
		folders[dir][filepath.Base(p)] = true
	}
	for dir, bases := range folders {
		entries, err := os.ReadDir(dir)
		if err != nil {
			continue
		}
		for _, e := range entries {
			if i := strings.LastIndex(e.Name(), siblingMark); i > 0 && e.Name()[0] == '.' && bases[e.Name()[1:i]] {
				sweepOne(filepath.Join(dir, e.Name()), e.Name()[i+len(siblingMark):], age)
			}
		}
	}
}

// sweepOne removes a file unless the process whose number begins the suffix lives.
func sweepOne(path, suffix string, age time.Duration) {
	number, _, _ := strings.Cut(suffix, "-")
	pid, err := strconv.Atoi(number)
	info, ierr := os.Lstat(path)
	if err != nil || ierr != nil || !info.Mode().IsRegular() || time.Since(info.ModTime()) < age || startTime(pid) != "0" {
		return
	}
	_ = os.Remove(path)
}
