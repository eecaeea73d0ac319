package docker

import (
	"context"
	"strconv"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/docker/engine"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// reconcile compares a container with what it should be, and tells whether it has to be made anew.
func (ct *container) reconcile(ctx context.Context, info *value.Dict) (anew bool, err error) {
	image := ct.image
	if image == nil || ct.p.Str("image_comparison") == "current-image" {
		if image, err = ct.c.Find(ctx, engine.Request{Path: "/images/" + engine.Escape(engine.Str(info, "Image")) + "/json"}); err != nil {
			return false, err
		}
	}
	if err := ct.imageLabels(image); err != nil {
		return false, err
	}
	ct.withImage(image)
	differ, update := ct.differing(info)
	byID, byName := ct.imageDiffers(info)
	if len(differ) == 0 && !byID && !byName && !ct.p.Bool("recreate") {
		return false, nil
	}
	ct.differences = value.NewList()
	ct.note(info, differ, true)
	ct.note(info, update, true)
	if byID {
		ct.otherImage = true
		ct.show("image", engine.At(info, "Image"), ct.image.Stored("Id"))
	}
	if byName {
		ct.show("image_name", engine.At(info, "Config", "Image"), ct.p.Value("image"))
	}
	return true, nil
}

// imageLabels refuses labels that only the image has, where the task wants that.
func (ct *container) imageLabels(image *value.Dict) error {
	if ct.p.Str("image_label_mismatch") != "fail" || ct.compare["labels"] != strict {
		return nil
	}
	var only []string
	if d := engine.Dict(image, "Config", "Labels"); d != nil {
		for _, name := range keys(d) {
			if own := ct.p.Dict("labels"); own == nil || !own.Has(name) {
				only = append(only, name)
			}
		}
	}
	if len(only) == 0 {
		return nil
	}
	for i, name := range only {
		only[i] = strconv.Quote(name)
	}
	return refuse("Some labels should be removed but are present in the base image. You can set image_label_mismatch to 'ignore' to ignore this error. Labels: %s", strings.Join(only, ", "))
}

// imageDiffers reports whether the image that is wanted is another than the container has, by its id, and by its name.
func (ct *container) imageDiffers(info *value.Dict) (byID, byName bool) {
	if ct.compare["image"] == ignore || ct.image == nil {
		return false, false
	}
	byID = engine.Str(ct.image, "Id") != engine.Str(info, "Image")
	byName = ct.p.Str("image_name_mismatch") == "recreate" && ct.p.Str("image") != engine.Str(info, "Config", "Image")
	return byID, byName
}

// updateLimits changes what can be changed of a container as it is.
func (ct *container) updateLimits(ctx context.Context, info *value.Dict) error {
	_, update := ct.differing(info)
	if len(update) == 0 {
		return nil
	}
	ct.note(info, update, false)
	if ct.p.Check {
		return nil // as Ansible's module has it, this is in the diff alone then
	}
	body := value.NewDict()
	for _, w := range ct.wants { // those that are as they should be too: memory counts for memory_swap
		if w.update != "" {
			body.SetStr(w.update, ct.host.Stored(w.update))
		}
	}
	ct.did("updated", value.NewStr(idOf(info)), "update_parameters", body)
	_, err := ct.ask(ctx, "POST", "/containers/"+idOf(info)+"/update", nil, body)
	return refuseAs(err, "Error updating container %s", idOf(info))
}
