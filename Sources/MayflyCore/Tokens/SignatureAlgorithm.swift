/// The signatures that are taken (RFC 7518, RFC 8037), each with its kind of key. None of them is made with a secret
/// that both sides know, and `none` is none.
package enum SignatureAlgorithm: String, Hashable, Sendable, CaseIterable {
    /// RSASSA-PKCS1-v1_5 with SHA-256: keys of `kty` RSA.
    case rs256 = "RS256"
    /// ECDSA with P-256 and SHA-256: keys of `kty` EC, `crv` P-256.
    case es256 = "ES256"
    /// Ed25519: keys of `kty` OKP, `crv` Ed25519.
    case eddsa = "EdDSA"
}
