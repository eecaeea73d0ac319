// Package yaml turns YAML 1.1 texts into values as PyYAML reads them, and values into YAML as PyYAML writes them. It
// stands below everything that reads playbooks, inventories and variables, and knows no more of Ansible than its two
// tags, !vault and !unsafe.
//
// Load and LoadAll read documents: every str, int, float, list and dict carries its origin (file, line and column, at the
// place where PyYAML starts the node: before a tag or an anchor), text is marked trusted and secret as Options say. Scalars finds the
// scalars of a text by byte range, for those who replace single values and keep every other byte. Dump writes.
//
// # The parser beneath
//
// The tree of nodes comes from go.yaml.in/yaml/v3, because it is a faithful port of libyaml, which PyYAML (and so Ansible)
// parses with. Of 60,000 mutated documents it differed from PyYAML with libyaml 0.2.5 in 137: 27 other trees, 42 refused,
// 68 accepted. Version 4 of the same library follows YAML 1.2 in several places and differed in 3,179 of them; most of
// all it refuses a comment that follows a quoted scalar or a bracket without a blank, which PyYAML reads. Resolving plain
// scalars, merging, tags and duplicate keys are this package's own: the library does them as its own YAML 1.2 flavour wants.
//
// Version 3 tells only the line of an error, and not always. So when it refuses a text, version 4, which keeps line and
// column, is asked for the place of the same complaint.
package yaml
