import JWTKit
import MayflyCore

/// One public key, for one algorithm: what a header says cannot make it another.
struct VerificationKey: Sendable {
    let id: String?
    let algorithm: SignatureAlgorithm
    private let key: any JWTAlgorithm

    init(id: String?, _ material: KeyMaterial) async throws {
        self.id = id
        algorithm = material.algorithm
        let collection = JWTKeyCollection()
        switch material {
        case .rsa(let key): await collection.add(rsa: key, digestAlgorithm: .sha256)
        case .p256(let key): await collection.add(ecdsa: key)
        case .ed25519(let key): await collection.add(eddsa: key)
        }
        key = try await collection.getKey()
    }

    func accepts(_ signature: [UInt8], over bytes: ArraySlice<UInt8>) -> Bool {
        switch algorithm {
        case .rs256: break
        // RFC 7518, section 3.4, and RFC 8032: two numbers of 32 bytes.
        case .es256, .eddsa: guard signature.count == 64 else { return false }
        }
        do { return try key.verify(signature, signs: bytes) } catch { return false }
    }
}
