package executor

import (
	"context"
	"sync"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/agent/client"
)

// lazyClient connects when the first module runs: what an action does on the control node needs no host.
type lazyClient struct {
	once    sync.Once
	connect func(ctx context.Context) (client.Client, error)
	client  client.Client
	err     error
}

func (l *lazyClient) get(ctx context.Context) (client.Client, error) {
	l.once.Do(func() { l.client, l.err = l.connect(ctx) })
	return l.client, l.err
}
