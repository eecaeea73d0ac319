package vars

import (
	"maps"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// Inventory is what variables need of the hosts.
type Inventory interface {
	// HostNames returns the names of all hosts in the inventory's order.
	HostNames() []string
	// Layers returns the variables of a host as frozen mappings, the weakest first; ok is false for an unknown host.
	Layers(host string) (layers []*value.Dict, ok bool)
	// GroupNames returns the names of the groups that the host is in, sorted and without "all".
	GroupNames(host string) []string
	// GroupHosts returns the names of all groups in order, "all" first, and of the hosts in each.
	GroupHosts() (groups []string, hosts map[string][]string)
	// SourceOf returns the inventory source that the host comes from and the folder of that: inventory_file and
	// inventory_dir; "" when there is none.
	SourceOf(host string) (file, dir string)
}

// besidePlaybook is an Inventory that knows the group_vars and host_vars beside a playbook too.
type besidePlaybook interface {
	LayersIn(host, playbookDir string) (layers []*value.Dict, ok bool)
}

// Play is a play as variables see it; *playbook.Play is one.
type Play interface {
	// EachVars visits the variables that stand on the play and its roles: the level's name, to whom they belong, the mapping.
	EachVars(visit func(level string, owner any, d *value.Dict))
	// RoleNames returns the names of the play's roles: its own, and those that come as dependencies.
	RoleNames() (own, dependencies []string)
	// Folder returns the folder of the playbook.
	Folder() string
}

// Task is a task as variables see it; *playbook.Task is one.
type Task interface {
	// EachVars visits the variables that the tree gives the task beyond those of its play, within a level the weakest first.
	EachVars(visit func(level string, owner any, d *value.Dict))
	// RoleFacts returns what magic variables say of the task's role; ok is false outside of roles.
	RoleFacts() (name, full, path, collection string, parents, parentPaths []string, ok bool)
	// VarScope returns the task's play.
	VarScope() any
}

// Role is a role as variables see it; *playbook.Role is one.
type Role interface {
	EachVars(visit func(level string, owner any, d *value.Dict))
}

// Evaluator evaluates the variables of a view when they are read; *templating.Scope is one.
type Evaluator interface {
	// Lookup returns the value of a variable, evaluated.
	Lookup(name string) (v value.Value, ok bool, err error)
	// Resolve evaluates what is stored.
	value.Resolver
}

// Settings are those of the run that variables show or obey.
type Settings struct {
	Merge bool // hash_behaviour=merge: mappings of one name are merged over the levels

	Check, Diff       bool
	Forks, Verbosity  int
	RunTags, SkipTags []string // RunTags is never empty: ["all"]
	Limit             string   // --limit, "" for none
	ConfigFile        string   // ansible.cfg, "" for none
	InventorySources  []string
	Version           string // of ansible-core, such as "2.19.11"
	Python            string // ansible_playbook_python, "" for none
	NoInject          bool   // inject_facts_as_vars=false: facts are seen under ansible_facts alone
}

// Store holds the variables of a run. One goroutine writes; any number may read at the same time.
type Store struct {
	settings  Settings
	inventory Inventory
	extra     *value.Dict
	// scope makes what evaluates the variables of another host for hostvars.
	scope func(v *View) Evaluator

	cache     FactCache // nil: facts are not kept
	cacheTold func(host string, err error)

	mu         sync.RWMutex
	hosts      map[string]*hostVars
	play       *playVars
	params     map[any]*value.Dict // loop variables of includes, by their scope
	ofTask     map[any][]layer     // layers of tasks that are the same for all hosts
	age        atomic.Int64        // grows with each change of the inventory
	weak       sync.Map            // host -> *value.Dict: what the host says of itself
	groupsOnce sync.Mutex
	groups     value.Value // guarded by groupsOnce: the magic variable, made when first asked for
}

// playVars is what the running play adds.
type playVars struct {
	key      any
	play     Play
	name     string
	layers   []layer // of the play and its roles, in the order visited
	files    map[string][]*value.Dict
	all      []string // ansible_play_hosts_all
	batch    []string // ansible_play_batch
	failed   map[string]bool
	prompted *value.Dict // the answers of vars_prompt
	included []string    // names of roles that include_role brought
}

// layer is one mapping at a level.
type layer struct {
	level Level
	d     *value.Dict
}

// NewStore gives the variables of a run. extra are the extra vars (nil: none), frozen from now on. scope makes the evaluator
// of a host's variables for hostvars: such as a *templating.Scope.
func NewStore(s Settings, inv Inventory, extra *value.Dict, scope func(v *View) Evaluator) *Store {
	if extra == nil {
		extra = value.NewDict()
	}
	if len(s.RunTags) == 0 {
		s.RunTags = []string{"all"}
	}
	return &Store{
		settings: s, inventory: inv, extra: extra, scope: scope, hosts: map[string]*hostVars{},
		params: map[any]*value.Dict{}, ofTask: map[any][]layer{},
	}
}

// StartPlay begins a batch of a play: all are the play's hosts, batch those of them that are worked at now. It forgets what the play
// before it had beyond the hosts' own variables.
func (s *Store) StartPlay(p Play, all, batch []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.play == nil || s.play.key != any(p) {
		s.play = newPlayVars(p)
		s.params, s.ofTask = map[any]*value.Dict{}, map[any][]layer{}
	}
	s.changePlay(func(pv *playVars) { pv.all, pv.batch, pv.failed = all, batch, map[string]bool{} })
}

// Playing reports whether p is the running play.
func (s *Store) Playing(p Play) bool {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.play != nil && s.play.key == any(p)
}

// EndPlay forgets the running play: what StartPlay begins next is read anew, though it be the same one.
func (s *Store) EndPlay() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.play = nil
}

// PlayHosts sets the hosts that the play's pattern means, after the inventory was changed.
func (s *Store) PlayHosts(all []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.changePlay(func(pv *playVars) { pv.all = all })
}

// changePlay replaces what is kept of the play by a changed copy: views that are in use keep what they saw. The caller holds
// the lock.
func (s *Store) changePlay(change func(pv *playVars)) {
	if s.play == nil {
		return
	}
	c := *s.play
	change(&c)
	s.play = &c
}

func newPlayVars(p Play) *playVars {
	pv := &playVars{key: p, play: p, failed: map[string]bool{}, files: map[string][]*value.Dict{}}
	p.EachVars(func(level string, _ any, d *value.Dict) {
		if d != nil && d.Len() > 0 {
			pv.layers = append(pv.layers, layer{levelByName[level], d})
		}
	})
	return pv
}

// NamePlay sets ansible_play_name, templated.
func (s *Store) NamePlay(name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.changePlay(func(pv *playVars) { pv.name = name })
}

// HasExtra reports whether the extra vars have a variable.
func (s *Store) HasExtra(name string) bool { return s.extra.Has(name) }

// ExtraNames returns the names of the extra vars, in order.
func (s *Store) ExtraNames() []string {
	var names []string
	for it := s.extra.Iterate(); it.Next(); {
		if name, ok := it.Key().(value.Str); ok {
			names = append(names, name.String())
		}
	}
	return names
}

// InventoryLayers returns what the inventory says of a host in the running play, the weakest first.
func (s *Store) InventoryLayers(host string) []*value.Dict {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.inventoryLayers(host, s.play)
}

// Prompted sets the answers of the play's vars_prompt.
func (s *Store) Prompted(answers *value.Dict) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.changePlay(func(pv *playVars) { pv.prompted = answers })
}

// SetVarsFiles sets what the play's vars_files gave a host, in their order; host "" is for all hosts, where names of files don't
// depend on the host.
func (s *Store) SetVarsFiles(host string, files []*value.Dict) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.changePlay(func(pv *playVars) {
		pv.files = maps.Clone(pv.files)
		pv.files[host] = files
	})
}

// PublicRole makes the variables of a role that include_role brought with public: true visible to the rest of the play.
func (s *Store) PublicRole(p Play, r Role) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.play == nil || s.play.key != any(p) {
		return
	}
	s.changePlay(func(pv *playVars) {
		pv.layers = slices.Clip(pv.layers)
		r.EachVars(func(level string, _ any, d *value.Dict) {
			if d != nil {
				pv.layers = append(pv.layers, layer{levelByName[level], d})
			}
		})
	})
	s.ofTask = map[any][]layer{}
}

// RoleIncluded adds a role's name to ansible_play_role_names.
func (s *Store) RoleIncluded(name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.changePlay(func(pv *playVars) { pv.included = appendOnce(slices.Clip(pv.included), name) })
}

// IncludeParams gives the tasks within an include the variables of its loop. scope is the owner that Task.EachVars names
// for the include.
func (s *Store) IncludeParams(scope any, d *value.Dict) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.params[scope] = d
	s.ofTask = map[any][]layer{}
}

// HostFailed takes a host out of ansible_play_hosts.
func (s *Store) HostFailed(host string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.changePlay(func(pv *playVars) {
		pv.failed = maps.Clone(pv.failed)
		pv.failed[host] = true
	})
}

func appendOnce(list []string, s string) []string {
	for _, e := range list {
		if e == s {
			return list
		}
	}
	return append(list, s)
}
