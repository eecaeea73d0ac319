package target

import "strings"

// accounts gives the lines of a file of accounts; without the file those that were added.
func accounts[T any](s *Memory, file string, added []T, parse func(string) (T, bool)) []T {
	text, err := ReadFile(s, file)
	if err != nil {
		return added
	}
	var out []T
	for line := range strings.Lines(string(text)) {
		if v, ok := parse(strings.TrimSuffix(line, "\n")); ok {
			out = append(out, v)
		}
	}
	return out
}

func firstOf[T any](list []T, match func(T) bool) (T, bool, error) {
	for _, v := range list {
		if match(v) {
			return v, true, nil
		}
	}
	var zero T
	return zero, false, nil
}

// UserByName finds an account by its name: in /etc/passwd, if there is one, else among those of AddUser.
func (s *Memory) UserByName(name string) (User, bool, error) {
	return firstOf(accounts(s, "/etc/passwd", s.m.users, parseUser), func(u User) bool { return u.Name == name })
}

// UserByID finds an account by its number.
func (s *Memory) UserByID(uid int) (User, bool, error) {
	return firstOf(accounts(s, "/etc/passwd", s.m.users, parseUser), func(u User) bool { return u.UID == uid })
}

// GroupByName finds a group by its name.
func (s *Memory) GroupByName(name string) (Group, bool, error) {
	return firstOf(accounts(s, "/etc/group", s.m.groups, parseGroup), func(g Group) bool { return g.Name == name })
}

// GroupByID finds a group by its number.
func (s *Memory) GroupByID(gid int) (Group, bool, error) {
	return firstOf(accounts(s, "/etc/group", s.m.groups, parseGroup), func(g Group) bool { return g.GID == gid })
}
