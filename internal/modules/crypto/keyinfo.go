package crypto

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/pem"
	"math/big"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/module"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// keyInfo gives what a diff tells of a private key: public parts alone. nil stands for one that can't be read.
func keyInfo(key crypto.PrivateKey) *value.Dict {
	if key == nil {
		return value.DictOf("can_parse_key", value.False, "key_is_consistent", value.None)
	}
	pub := publicOf(key)
	d := value.DictOf("can_parse_key", value.True, "key_is_consistent", value.None)
	for it := publicInfo(pub).Iterate(); it.Next(); {
		_ = d.Set(it.Key(), it.Stored())
	}
	return d
}

// publicInfo gives public_key, its fingerprint, type and the numbers of a public key.
func publicInfo(pub crypto.PublicKey) *value.Dict {
	d := value.NewDict()
	der, err := publicDER(pub)
	if err != nil {
		return d
	}
	sum := sha256.Sum256(der)
	d.SetStr("public_key", value.NewStr(string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}))))
	d.SetStr("public_key_fingerprints", value.DictOf("sha256", value.NewStr(colonHex(sum[:]))))
	d.SetStr("type", value.NewStr(kindOf(pub)))
	d.SetStr("public_data", publicNumbers(pub))
	return d
}

func publicNumbers(pub crypto.PublicKey) *value.Dict {
	switch k := pub.(type) {
	case *rsa.PublicKey:
		return value.DictOf("size", module.V(k.N.BitLen()), "modulus", value.NewBigInt(k.N), "exponent", module.V(k.E))
	case *ecdsa.PublicKey:
		point, err := k.Bytes() // a byte for the form, then both coordinates
		if err != nil {
			break
		}
		x, y := point[1:1+len(point)/2], point[1+len(point)/2:]
		return value.DictOf("curve", value.NewStr(curveName(k.Curve)), "x", number(x), "y", number(y),
			"exponent_size", module.V(k.Curve.Params().BitSize))
	}
	return value.NewDict()
}

// number reads a number as keys have it, the highest byte first.
func number(b []byte) value.Value { return value.NewBigInt(new(big.Int).SetBytes(b)) }
