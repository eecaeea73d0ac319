package cli

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/vault/audit"
)

// tellText tells the values as a table and the findings as lines that editors can follow.
func (a *auditSession) tellText(r *audit.Report) error {
	for _, n := range r.Notes {
		a.warn(n)
	}
	if a.opts.staged && len(r.Findings) == 0 {
		return nil // a hook that has nothing to say says nothing
	}
	var b strings.Builder
	if !a.opts.onlyFindings && !a.opts.staged && len(r.Values) > 0 {
		auditTable(&b, r)
		b.WriteByte('\n')
	}
	for _, f := range r.Findings {
		colour := "red"
		if f.Level == audit.Warning {
			colour = "bright purple"
		}
		at := ""
		switch {
		case f.File != "" && f.Line > 0:
			at = fmt.Sprintf("%s:%d: ", f.File, f.Line)
		case f.File != "":
			at = f.File + ": "
		}
		fmt.Fprintf(&b, "%s%s: %s [%s]\n", at, a.paint(string(f.Level), colour), f.Message, f.Rule)
		if a.vaultSession.opts.verbosity > 0 {
			for _, p := range f.Related {
				fmt.Fprintf(&b, "   %s:%d %s\n", p.File, p.Line, p.Key)
			}
		}
	}
	if len(r.Findings) > 0 {
		b.WriteByte('\n')
		auditHints(&b, r)
	}
	fmt.Fprintf(&b, "%s in %s, %s searched", count(len(r.Findings), "finding"), count(len(r.Values), "vaulted value"), count(r.Files, "file"))
	if r.Allowed > 0 {
		fmt.Fprintf(&b, ", %s allowed by the policy", count(r.Allowed, "finding"))
	}
	b.WriteString(".\n")
	_, err := io.WriteString(a.env.Stdout, b.String())
	return err
}

// auditTable lists the values.
func auditTable(b *strings.Builder, r *audit.Report) {
	w := tabwriter.NewWriter(b, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "VALUE\tKEY\tVAULT ID\tVERSION\tOPENED BY\tCHANGED\tAGE")
	for _, v := range r.Values {
		key, opened, changed, age := v.Key, v.OpenedBy, "-", "-"
		if key == "" {
			key = "(whole file)"
		}
		if opened == "" {
			opened = "-"
		} else {
			opened += " (" + v.OpenedWith + ")"
		}
		if v.Changed != nil {
			changed, age = v.Changed.Format("2006-01-02"), fmt.Sprintf("%dd", *v.Days)
			if v.From == "file" {
				changed += "*"
			}
		}
		fmt.Fprintf(w, "%s:%d\t%s\t%s\t%s\t%s\t%s\t%s\n", v.File, v.Line, key, v.ID, v.Version, opened, changed, age)
	}
	w.Flush()
}

// auditHints tells once for each kind of finding what to do.
func auditHints(b *strings.Builder, r *audit.Report) {
	told := map[string]bool{}
	for _, f := range r.Findings {
		told[f.Rule] = true
	}
	for _, rule := range audit.Rules() {
		if told[rule.ID] {
			fmt.Fprintf(b, "%s: %s\n", rule.ID, rule.Help)
		}
	}
	b.WriteByte('\n')
}
