package facts

var _ = Set.Add(Collector{
	Name: "user", Min: true, Run: user,
	Also: []string{"effective_group_ids", "effective_user_id", "real_user_id", "user_dir", "user_gecos", "user_gid", "user_id", "user_shell", "user_uid"},
})

func user(g *Gathering) {
	uid, gid := g.Sys.Getuid(), g.Sys.Getgid()
	u, ok, err := g.Sys.UserByID(uid)
	if ok && err == nil {
		g.set("user_id", u.Name)
		g.set("user_uid", u.UID)
		g.set("user_gid", u.GID)
		g.set("user_gecos", u.Gecos)
		g.set("user_dir", u.Home)
		g.set("user_shell", u.Shell)
	}
	g.set("real_user_id", uid)
	g.set("effective_user_id", uid)
	g.set("real_group_id", gid)
	g.set("effective_group_id", gid)
}
