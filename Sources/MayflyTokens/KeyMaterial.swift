import JWTKit
import MayflyCore

/// A public key as it stands in a key set.
enum KeyMaterial: Sendable {
    case rsa(Insecure.RSA.PublicKey)
    case p256(ES256PublicKey)
    case ed25519(EdDSA.PublicKey)

    var algorithm: SignatureAlgorithm {
        switch self {
        case .rsa: .rs256
        case .p256: .es256
        case .ed25519: .eddsa
        }
    }

    /// A larger modulus only costs time, which whoever sends tokens would spend for us.
    private static let largestModulus = 1024

    /// - Returns: nil for keys that are for something else: encryption, other algorithms, other curves, secrets.
    /// - Throws: what is wrong with one that would be for us.
    static func read(_ members: [String: JSONValue]) throws(KeySetFailure) -> KeyMaterial? {
        func text(_ name: String) throws(KeySetFailure) -> String {
            guard case .string(let text)? = members[name] else {
                throw KeySetFailure("a key has no \(name)")
            }
            return text
        }
        func bytes(_ name: String, _ count: ClosedRange<Int>) throws(KeySetFailure) -> String {
            let text = try text(name)
            guard let bytes = Base64URL.decode(text.utf8), count.contains(bytes.count) else {
                throw KeySetFailure("a key's \(name) is not valid")
            }
            return text
        }
        let wanted: SignatureAlgorithm
        switch (try text("kty"), members["crv"]) {
        case ("RSA", _): wanted = .rs256
        case ("EC", .string("P-256")): wanted = .es256
        case ("OKP", .string("Ed25519")): wanted = .eddsa
        default: return nil
        }
        if let use = members["use"], use != .string("sig") { return nil }
        if let algorithm = members["alg"], algorithm != .string(wanted.rawValue) { return nil }
        if case .array(let operations)? = members["key_ops"], !operations.contains(.string("verify")) {
            return nil
        }
        guard members["d"] == nil else {
            throw KeySetFailure("a key is a private one, which nobody else may have")
        }
        do {
            switch wanted {
            case .rs256:
                return .rsa(
                    try Insecure.RSA.PublicKey(
                        modulus: try bytes("n", 256...largestModulus), exponent: try bytes("e", 1...4)))
            case .es256:
                return .p256(
                    try ES256PublicKey(parameters: (x: try bytes("x", 32...32), y: try bytes("y", 32...32))))
            case .eddsa: return .ed25519(try EdDSA.PublicKey(x: try bytes("x", 32...32), curve: .ed25519))
            }
        } catch let failure as KeySetFailure {
            throw failure
        } catch {
            throw KeySetFailure("a key for \(wanted.rawValue) is not valid")
        }
    }
}
