// Package kubectl is the connection into a container of a pod in Kubernetes, by its command line (kubectl exec).
// Source: https://docs.ansible.com/ansible/latest/collections/kubernetes/core/kubectl_connection.html
package kubectl

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/connection"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/connection/container"
)

func setting(name string, env ...string) connection.Setting {
	short := strings.TrimPrefix(name, "kubectl_")
	return connection.Setting{Name: name, Vars: []string{"ansible_kubectl_" + short}, Env: env}
}

// Type is the kind "kubectl".
var Type = connection.Type{
	Name: "kubectl", Full: "kubernetes.core.kubectl", Remote: true,
	Settings: []connection.Setting{
		setting("kubectl_pod", "K8S_AUTH_POD"),
		setting("kubectl_namespace", "K8S_AUTH_NAMESPACE"),
		setting("kubectl_container", "K8S_AUTH_CONTAINER"),
		setting("kubectl_context", "K8S_AUTH_CONTEXT"),
		{Name: "kubectl_kubeconfig", Vars: []string{"ansible_kubectl_kubeconfig", "ansible_kubectl_config"}, Env: []string{"K8S_AUTH_KUBECONFIG"}},
		{Name: "kubectl_host", Vars: []string{"ansible_kubectl_host", "ansible_kubectl_server"}, Env: []string{"K8S_AUTH_HOST", "K8S_AUTH_SERVER"}},
		setting("kubectl_username", "K8S_AUTH_USERNAME"),
		{Name: "ca_cert", Vars: []string{"ansible_kubectl_ssl_ca_cert", "ansible_kubectl_ca_cert"}, Env: []string{"K8S_AUTH_SSL_CA_CERT"}},
		{Name: "client_cert", Vars: []string{"ansible_kubectl_cert_file", "ansible_kubectl_client_cert"}, Env: []string{"K8S_AUTH_CERT_FILE"}},
		{Name: "client_key", Vars: []string{"ansible_kubectl_key_file", "ansible_kubectl_client_key"}, Env: []string{"K8S_AUTH_KEY_FILE"}},
		{Name: "validate_certs", Vars: []string{"ansible_kubectl_verify_ssl", "ansible_kubectl_validate_certs"}, Env: []string{"K8S_AUTH_VERIFY_SSL"}},
		{Name: "kubectl_token", Vars: []string{"ansible_kubectl_token", "ansible_kubectl_api_key"}, Env: []string{"K8S_AUTH_TOKEN", "K8S_AUTH_API_KEY"}, Secret: true},
		{Name: "kubectl_password", Vars: []string{"ansible_kubectl_password"}, Env: []string{"K8S_AUTH_PASSWORD"}, Secret: true},
		setting("kubectl_extra_args", "K8S_AUTH_EXTRA_ARGS"),
		setting("kubectl_local_env_vars"),
		{Name: "timeout", Option: "timeout", Config: "DEFAULT_TIMEOUT"},
	},
	Open: func(ctx context.Context, o connection.Options) (connection.Conn, error) {
		line, err := Line(o)
		if err != nil {
			return nil, err
		}
		return container.Open(ctx, o, line)
	},
}

// Line is the beginning of the command line that runs a command in the container. A token or a password would have to
// stand there, where everybody can read it: they are refused.
func Line(o connection.Options) (container.Line, error) {
	for _, name := range []string{"kubectl_token", "kubectl_password"} {
		if o.Settings[name] != "" {
			return nil, fmt.Errorf("%s would stand in the arguments of kubectl, which every user of this machine can read: put it into a kubeconfig", name)
		}
	}
	if o.Settings["kubectl_local_env_vars"] != "" {
		return nil, errors.New("ansible_kubectl_local_env_vars is not supported")
	}
	pod := o.Settings["kubectl_pod"]
	if pod == "" {
		return nil, fmt.Errorf("the host %s has no ansible_kubectl_pod", o.Host)
	}
	words := []string{"kubectl"}
	for _, f := range [][2]string{
		{"kubectl_kubeconfig", "--kubeconfig="},
		{"kubectl_context", "--context="},
		{"kubectl_host", "--server="},
		{"kubectl_namespace", "--namespace="},
		{"kubectl_username", "--username="},
		{"ca_cert", "--certificate-authority="},
		{"client_cert", "--client-certificate="},
		{"client_key", "--client-key="},
	} {
		if v := o.Settings[f[0]]; v != "" {
			words = append(words, f[1]+v)
		}
	}
	switch strings.ToLower(o.Settings["validate_certs"]) {
	case "false", "no", "off", "0", "n", "f":
		words = append(words, "--insecure-skip-tls-verify")
	}
	words = append(words, strings.Fields(o.Settings["kubectl_extra_args"])...)
	words = append(words, "exec")
	return func(tty bool) []string {
		how := "-i"
		if tty {
			how = "-it"
		}
		out := append(words[:len(words):len(words)], how, pod)
		if c := o.Settings["kubectl_container"]; c != "" {
			out = append(out, "-c", c)
		}
		return append(out, "--")
	}, nil
}
