#!/usr/bin/env python3
"""Signs an approval for Mayfly, as a chat bot or a ticket system would. Takes PyJWT and cryptography.

    openssl genpkey -algorithm ed25519 -out chat.pem      # the authority's key; keep it
    sign-approval.py jwks chat.pem > chat-jwks.json       # its public half, for approval_authorities
    sign-approval.py sign chat.pem < what.json > approval.jws

what.json says what was approved, by whom and for whom:

    { "issuer": "https://chat.internal", "audience": "mayfly-prod-eu",
      "requester": "user:alice", "profile": "orders-write", "ttl_seconds": 1800,
      "reason": "order 4711 is stuck", "ticket": "OPS-12", "approvers": ["user:bob", "user:carol"] }
"""
import json
import sys
import time
import uuid

import jwt
from cryptography.hazmat.primitives import serialization

KEY_ID = "chat-1"


def jwks(pem: bytes) -> str:
    key = serialization.load_pem_private_key(pem, password=None)
    public = json.loads(jwt.algorithms.OKPAlgorithm.to_jwk(key.public_key()))
    return json.dumps({"keys": [{**public, "kid": KEY_ID, "use": "sig", "alg": "EdDSA"}]})


def sign(pem: bytes, what: dict) -> str:
    now = int(time.time())
    claims = {
        "iss": what["issuer"],            # as under approval_authorities
        "aud": what["audience"],
        "jti": str(uuid.uuid4()),         # an approval is used once, for ever
        "iat": now,
        "nbf": now,
        "exp": now + 600,                 # to hand it in; the access has its own time
        "requester": what["requester"],   # exactly who asks: user:NAME, uid:NUMBER or sub:ISSUER:SUBJECT
        "profile": what["profile"],
        "ttl_seconds": what["ttl_seconds"],  # at most
        "approvers": what["approvers"],   # who said yes: user:NAME or uid:NUMBER, people of the broker's host
    }
    # As in the request, to the letter; left out where the request has none. `request` names one request by its id.
    # `tables` and `columns` are what a request for a part of the profile asks for: without them it is approved as a whole.
    for name in ("reason", "ticket", "scope", "tables", "columns", "request"):
        if what.get(name) is not None:
            claims[name] = what[name]
    return jwt.encode(
        claims, pem, algorithm="EdDSA", headers={"kid": KEY_ID, "typ": "mayfly-approval+jwt"})


if __name__ == "__main__":
    if len(sys.argv) != 3 or sys.argv[1] not in ("jwks", "sign"):
        sys.exit(__doc__)
    with open(sys.argv[2], "rb") as file:
        pem = file.read()
    print(jwks(pem) if sys.argv[1] == "jwks" else sign(pem, json.load(sys.stdin)))
