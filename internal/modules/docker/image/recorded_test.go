package image_test

import (
	"testing"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/moduletest"
)

func TestAsEngine(t *testing.T) { moduletest.RunEngine(t, modules.Find) }

// TestLive plays the cases on a real engine.
func TestLive(t *testing.T) { moduletest.RunEngineLive(t, modules.Find) }

// TestMachine: what drives the program docker, with a real one.
func TestMachine(t *testing.T) { moduletest.RunMachine(t, modules.Find) }
