package audit_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/vault/audit"
)

// found audits one file and gives what is found, each as "rule key".
func found(t *testing.T, path, text string, p *audit.Policy) []string {
	t.Helper()
	r, err := audit.Run(context.Background(), audit.Options{
		Root: "/nowhere", Now: time.Unix(0, 0), Policy: p,
		Files: []audit.File{{Name: path, Path: path, Read: func() ([]byte, error) { return []byte(text), nil }}},
	})
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, f := range r.Findings {
		out = append(out, strings.TrimSpace(f.Rule+" "+f.Key))
	}
	return out
}

// TestPlainSecrets has what is to be found in variables, playbooks, inventories and settings.
func TestPlainSecrets(t *testing.T) {
	for _, c := range []struct{ name, path, text, want string }{
		{"a password", "group_vars/all.yml", "db_password: hunter2\n", "plain-secret db_password"},
		{"quoted", "group_vars/all.yml", "db_password: \"hunter2\"\n", "plain-secret db_password"},
		{"nested", "host_vars/web1/vars.yml", "db:\n  users:\n    - name: kimai\n      password: Xa91kk2\n", "plain-secret db.users[0].password"},
		{"in a flow mapping", "group_vars/all.yml", "db: {user: kimai, passwd: Xa91kk2}\n", "plain-secret db.passwd"},
		{"camel case", "group_vars/all.yml", "dbPassword: Xa91kk2\n", "plain-secret dbPassword"},
		{"dashes", "group_vars/all.yml", "admin-password: Xa91kk2\n", "plain-secret admin-password"},
		{"a number", "group_vars/all.yml", "mysql_root_password: 123456\n", "plain-secret mysql_root_password"},
		{"a passphrase", "group_vars/all.yml", "backup_passphrase: correct horse battery staple\n", "plain-secret backup_passphrase"},
		{"several", "group_vars/all.yml", "user_passwords: [Xa91kk2, Xa91kk3]\n", "plain-secret user_passwords[0];plain-secret user_passwords[1]"},
		{"unsafe", "group_vars/all.yml", "db_password: !unsafe 'a{%b1'\n", ""},
		{"unsafe literal", "group_vars/all.yml", "db_password: !unsafe 'hunter2'\n", "plain-secret db_password"},
		{"a hash", "group_vars/all.yml", "root_password: $6$rounds=65$abcdefgh$7aBcDeFgHiJkLmNoPq\n", "plain-secret root_password"},
		{"a token", "group_vars/all.yml", "deploy_token: 7f3b9ac2d1e84b60\n", "plain-secret deploy_token"},
		{"a connection", "group_vars/all.yml", "database_url: mysql://kimai:Xa91kk2@db/kimai\n", "plain-secret database_url"},
		{"an environment", "group_vars/all.yml", "env:\n  - name: DB_PASSWORD\n    value: Xa91kk2\n", "plain-secret env[0].value"},
		{"an environment as a list", "compose.yml", "environment:\n  - MYSQL_PASSWORD=Xa91kk2\n", "plain-secret environment[0]"},
		{"a module's argument", "playbooks/site.yml", "- hosts: all\n  tasks:\n    - mysql_user:\n        name: kimai\n        password: Xa91kk2\n", "plain-secret [0].tasks[0].mysql_user.password"},
		{"an option of a command", "playbooks/site.yml", "- hosts: all\n  tasks:\n    - command: mysqldump --password=Xa91kk2 kimai\n", "plain-secret [0].tasks[0].command"},
		{"become", "inventories/prod/hosts.yml", "all:\n  vars:\n    ansible_become_password: Xa91kk2\n", "plain-secret all.vars.ansible_become_password"},
		{"an inventory in INI", "inventories/prod/hosts", "[web]\nweb1 ansible_host=10.0.0.1 ansible_ssh_pass=Xa91kk2\n", "plain-secret ansible_ssh_pass"},
		{"variables in INI", "hosts.ini", "[all:vars]\nansible_become_pass = 'Xa91kk2'\n", "plain-secret ansible_become_pass"},
		{"an environment file", "files/app.env", "DB_HOST=db\nDB_PASSWORD=Xa91kk2\n", "plain-secret DB_PASSWORD"},
		{"a private key", "roles/x/files/id", "-----BEGIN OPENSSH PRIVATE KEY-----\n" + strings.Repeat("b3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQAAAAAAAAABAAAAMwAAAAtz\n", 4) + "-----END OPENSSH PRIVATE KEY-----\n", "leak/private-key"},
		{"a private key in YAML", "group_vars/all.yml", "tls_cert_pem: |\n  -----BEGIN PRIVATE KEY-----\n" + strings.Repeat("  MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7\n", 4) + "  -----END PRIVATE KEY-----\n", "leak/private-key"},
		{"a token of a provider", "roles/x/templates/aws.j2", "key = AKIA" + "Q3EGRZ7WXYM2K5TN\n", "leak/aws-access-token"},
		{"a vault file", "group_vars/all/vault.yml", "vault_db_user: kimai\nvault_port: 1\n", "plain-vault-file"},
		{"a vault file with a secret", "group_vars/all/vault.yml", "---\nvault_db_password: Xa91kk2\n", "plain-secret vault_db_password;plain-vault-file"},
		{"in defaults", "roles/db/defaults/main.yml", "db_password: Xa91kk2zQ\n", "plain-secret db_password"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := strings.Join(found(t, c.path, c.text, nil), ";"); got != c.want {
				t.Errorf("got  %q\nwant %q", got, c.want)
			}
		})
	}
}

// idioms are what roles and playbooks are full of, and no secrets.
const idioms = `---
db_password: "{{ vault_db_password }}"
db_password_again: "{{ lookup('env', 'DB_PASSWORD') | default(omit) }}"
db_root_password: !vault |
  $ANSIBLE_VAULT;1.1;AES256
  6162
db_password_file: /run/secrets/db
db_password_length: 32
password_policy: strong
api_key: ""
api_key_name: kimai
secret_name: kimai-tls
secret: my-tls-secret
token: ~
auth_token: null
client_secret: changeme
admin_password: CHANGE_ME
root_password: <your password here>
ldap_bind_password: "${LDAP_PASSWORD}"
update_password: always
generate_password: true
require_password: yes
ask_pass: False
proxy_pass: http://backend:8080
nginx_proxy_pass: http://localhost:3000
no_log: true
become_ask_pass: no
ssh_private_key: ~/.ssh/id_ed25519
tls_private_key: /etc/ssl/private/kimai.key
ssl_key: "{{ inventory_hostname }}.key"
key_passphrase: ""
user_password: "!"
locked_password: "*"
password: "{{ 'x' | password_hash('sha512') }}"
passwd: files systemd
permit_root_login: without-password
pam_password: required
registry_password: "{{ lookup('community.hashi_vault.vault_kv2_get', 'ci').secret.password }}"
psk: env:PSK
access_token: vault:secret/data/x#token
sops_password: ENC[AES256_GCM,data:xxx]
password_hash: sha512
authorized_keys:
  - ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ0 admin@example
apt_key_id: 9DC858229FC7DD38854AE2D88D81803C0EBFCD88
docker_gpg_key: https://download.docker.com/linux/debian/gpg
checksum: sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08
url: https://user:{{ vault_token }}@example.com/
database_url: mysql://kimai:password@localhost/kimai
message: The password is wrong.
vars_prompt_like:
  - name: db_password
    prompt: The password of the database
    private: true
options:
  password: {type: str, no_log: true, description: The password.}
  token:
    type: str
    required: false
`

const idiomTasks = `---
- name: Create the database user
  community.mysql.mysql_user:
    name: "{{ kimai_db_user }}"
    password: "{{ kimai_db_password }}"
    login_password: "{{ mysql_root_password }}"
    update_password: on_create
  no_log: true
  when: kimai_db_password | length > 0
- name: Set the password in the settings
  ansible.builtin.lineinfile:
    path: /etc/app.conf
    regexp: '^password='
    line: "password={{ app_password }}"
- name: Log in
  ansible.builtin.command: docker login --username {{ user }} --password-stdin
  args:
    stdin: "{{ registry_password }}"
- name: Check
  ansible.builtin.assert:
    that:
      - db_password is defined
      - db_password != 'changeme'
- name: Token
  ansible.builtin.uri:
    url: https://example.com/api
    headers:
      Authorization: "Bearer {{ token }}"
  environment:
    MYSQL_PWD: "{{ mysql_root_password }}"
- name: Generate
  ansible.builtin.set_fact:
    secret_key: "{{ lookup('ansible.builtin.password', '/dev/null', length=32) }}"
`

const idiomDefaults = `---
mysql_root_password: root
mysql_password: password
grafana_admin_password: admin
postgresql_password: secret
redis_password: changeme
elastic_password: elastic
rabbitmq_default_pass: guest
`

// TestIdioms has what is not to be found.
func TestIdioms(t *testing.T) {
	for _, c := range []struct{ name, path, text string }{
		{"variables", "group_vars/all/vars.yml", idioms},
		{"tasks", "roles/kimai/tasks/main.yml", idiomTasks},
		{"defaults", "roles/kimai/defaults/main.yml", idiomDefaults},
		{"tests", "roles/kimai/molecule/default/converge.yml", "db_password: hunter2\n"},
		{"settings", "ansible.cfg", "[defaults]\nvault_password_file = ~/.vault_pass\nask_pass = False\nbecome_ask_pass = false\nprivate_key_file=/x/key\n"},
		{"an inventory", "inventories/prod/hosts", "[web]\nweb1 ansible_host=10.0.0.1 ansible_ssh_pass='{{ vault_pass }}' ansible_ssh_private_key_file=~/.ssh/id\n"},
		{"a workflow", ".github/workflows/ci.yml", "jobs:\n  x:\n    steps:\n      - uses: docker/login-action\n        with:\n          password: ${{ secrets.TOKEN }}\n"},
		{"a compose file", "docker-compose.yml", "services:\n  db:\n    environment:\n      MYSQL_PASSWORD: ${MYSQL_PASSWORD}\n      MYSQL_RANDOM_ROOT_PASSWORD: 'yes'\n"},
		{"a playbook that is called vault", "playbooks/vars/vault.yml", "- hosts: all\n  roles: [vault]\n"},
		{"a vault file with inline values", "group_vars/all/vault.yml", "x: !vault |\n  $ANSIBLE_VAULT;1.1;AES256\n  6162\ny: '{{ x }}'\n"},
		{"allowed in its line", "group_vars/all.yml", "db_password: hunter2 # gitleaks:allow\n"},
		{"no YAML", "group_vars/all.yml", "a: [\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			for _, f := range found(t, c.path, c.text, nil) {
				if !strings.HasPrefix(f, "broken-vault") { // of the shortened vaults
					t.Error(f)
				}
			}
		})
	}
}
