package rotate

import (
	"crypto/sha256"
	"encoding/json"
)

// PlanOf gives a plan of a head and an entry with the tail that belongs to them.
func PlanOf(head, entry []byte) []byte {
	plan := append(append([]byte(nil), head...), entry...)
	sum := sha256.Sum256(plan)
	end, err := json.Marshal(tail{Files: 1, Sum: sum[:]})
	if err != nil {
		panic(err)
	}
	return append(append(plan, end...), '\n')
}
