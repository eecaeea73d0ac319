"""A strict reader of the Ansible Vault format, written from docs/vault-format.md, run on the test vectors.

    python3 strict_reader.py vectors/*.vector

It shares nothing with the Go package, so that the "expect:" column has two witnesses. Needs the package cryptography.
"""
import hashlib
import hmac
import re
import sys

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

MAGIC = b"$ANSIBLE_VAULT"
LABEL = rb"[!-:<-~](?:[ -:<-~]*[!-:<-~])?"
BODY = re.compile(rb"(?:[0-9a-f]{80}\n)*(?:[0-9a-f]{2}){1,40}\n?", re.ASCII)
INNER = re.compile(rb"((?:[0-9a-f]{2})+)\n([0-9a-f]{64})\n((?:[0-9a-f]{32})+)")


def read(text, password):
    """Gives the outcome and, for a success, label and plaintext."""
    if not text.startswith(MAGIC):
        return "not-a-vault", b"", b""
    header, newline, body = text.partition(b"\n")
    fields = header.split(b";", 3)
    if not newline or fields[0] != MAGIC or len(fields) < 3 or re.search(rb"[\x00-\x1f\x7f]", header):
        return "malformed", b"", b""
    version, cipher, label = fields[1], fields[2], fields[3:]
    if version != version.strip() or cipher != cipher.strip():
        return "malformed", b"", b""
    if version not in (b"1.1", b"1.2") or cipher != b"AES256":
        return "unsupported", b"", b""
    if bool(label) != (version == b"1.2") or label and not re.fullmatch(LABEL, label[0]):
        return "malformed", b"", b""
    if not BODY.fullmatch(body):
        return "malformed", b"", b""
    inner = INNER.fullmatch(bytes.fromhex(body.replace(b"\n", b"").decode()))
    if not inner:
        return "malformed", b"", b""
    salt, mac, ciphertext = (bytes.fromhex(f.decode()) for f in inner.groups())
    key = hashlib.pbkdf2_hmac("sha256", password, salt, 10000, 80)
    if not hmac.compare_digest(hmac.digest(key[32:64], ciphertext, "sha256"), mac):
        return "wrong-password", b"", b""
    decryptor = Cipher(algorithms.AES(key[:32]), modes.CTR(key[64:])).decryptor()
    padded = decryptor.update(ciphertext) + decryptor.finalize()
    n = padded[-1]
    if not 1 <= n <= 16 or padded[-n:] != bytes([n]) * n:
        return "bad-padding", b"", b""
    return "success", label[0] if label else b"", padded[:-n]


def main(paths):
    bad = 0
    for path in paths:
        with open(path, "rb") as f:
            head, _, text = f.read().partition(b"\n\n")
        want = dict(line.split(b": ", 1) for line in head.split(b"\n"))
        password = want.get(b"password") or bytes.fromhex(want[b"password-hex"].decode())
        outcome, label, plaintext = read(text, password)
        good = outcome == want[b"expect"].decode()
        if good and outcome == "success":
            good = label == want.get(b"label", b"") and hashlib.sha256(plaintext).hexdigest() == want[b"payload"].decode()
        if not good:
            bad += 1
            print(f"{path}: {outcome}, expected {want[b'expect'].decode()}")
    print(f"{len(paths)} vectors, {bad} wrong")
    return 1 if bad or not paths else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
