import Crypto
import CryptoExtras
package import Foundation
import JWTKit
package import MayflyCore

/// A key pair of an issuer's, or of an attacker's.
package struct ForgedKey: Sendable {
    package let id: String?
    package let algorithm: SignatureAlgorithm
    /// The public half, as in a key set.
    package let jwk: [String: String]
    /// The public half in PEM, where there is such a thing to be misused as a secret.
    package let publicPEM: String
    private let signer: any JWTAlgorithm

    package init(_ algorithm: SignatureAlgorithm, id: String? = "key-1") async throws {
        self.id = id
        self.algorithm = algorithm
        let collection = JWTKeyCollection()
        var jwk = ["use": "sig", "alg": algorithm.rawValue]
        jwk["kid"] = id
        switch algorithm {
        case .rs256:
            let key = try Insecure.RSA.PrivateKey(backing: .init(keySize: .bits2048))
            let (modulus, exponent) = try key.publicKey.getKeyPrimitives()
            jwk.merge(["kty": "RSA", "n": Self.text(modulus), "e": Self.text(exponent)]) { $1 }
            publicPEM = key.publicKey.pemRepresentation
            await collection.add(rsa: key, digestAlgorithm: .sha256)
        case .es256:
            let key = P256.Signing.PrivateKey()
            let point = key.publicKey.rawRepresentation
            jwk.merge([
                "kty": "EC", "crv": "P-256", "x": Self.text(point.prefix(32)),
                "y": Self.text(point.suffix(32)),
            ]) { $1 }
            publicPEM = key.publicKey.pemRepresentation
            await collection.add(ecdsa: try ES256PrivateKey(backing: key))
        case .eddsa:
            let key = Curve25519.Signing.PrivateKey()
            jwk.merge([
                "kty": "OKP", "crv": "Ed25519", "x": Self.text(key.publicKey.rawRepresentation),
            ]) { $1 }
            publicPEM = ""
            await collection.add(eddsa: EdDSA.PrivateKey(backing: key))
        }
        self.jwk = jwk
        signer = try await collection.getKey()
    }

    /// A key set of public halves.
    package static func set(_ keys: ForgedKey...) throws -> [UInt8] {
        Array(try JSONSerialization.data(withJSONObject: ["keys": keys.map(\.jwk)]))
    }

    /// What is right, with whatever is to be wrong about it.
    /// - Parameter header: added to, or in place of, `alg`, `kid` and `typ`.
    package func token(_ claims: [String: Any], header: [String: Any] = [:]) throws -> String {
        var fields: [String: Any] = ["alg": algorithm.rawValue, "typ": "JWT"]
        fields["kid"] = id
        fields.merge(header) { $1 }
        return try sign(
            JSONSerialization.data(withJSONObject: fields), JSONSerialization.data(withJSONObject: claims))
    }

    /// Signs bytes that need be no JSON.
    package func sign(_ header: Data, _ payload: Data) throws -> String {
        let signed = Self.text(header) + "." + Self.text(payload)
        return signed + "." + Self.text(Data(try signer.sign(Data(signed.utf8))))
    }

    package static func text(_ bytes: some Sequence<UInt8>) -> String {
        Data(bytes).base64EncodedString().replacing("+", with: "-").replacing("/", with: "_").replacing(
            "=", with: "")
    }

    /// HMAC with a text that everybody knows as the secret (CVE-2015-9235).
    package static func hmac(_ claims: [String: Any], header: [String: Any], secret: String) throws -> String
    {
        let signed =
            text(try JSONSerialization.data(withJSONObject: header)) + "."
            + text(try JSONSerialization.data(withJSONObject: claims))
        let code = HMAC<SHA256>.authenticationCode(
            for: Data(signed.utf8), using: SymmetricKey(data: Data(secret.utf8)))
        return signed + "." + text(code)
    }
}
