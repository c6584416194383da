import MayflyCore

/// The public keys of a signer, from a JSON Web Key Set (RFC 7517).
package struct KeySet: Sendable {
    /// Bytes, at most: a set of a hundred keys stays below.
    package static let largest = 256 * 1024
    private static let mostKeys = 100

    let keys: [VerificationKey]

    package var count: Int { keys.count }

    /// - Throws: what is wrong. A set without a key for us is wrong too.
    package init(parsing bytes: [UInt8]) async throws(KeySetFailure) {
        var keys: [VerificationKey] = []
        for (id, material) in try Self.materials(bytes) {
            let key: VerificationKey
            do { key = try await VerificationKey(id: id, material) } catch {
                throw KeySetFailure("a key for \(material.algorithm.rawValue) is not valid")
            }
            // Which of the two would be meant?
            guard !keys.contains(where: { $0.id == key.id && $0.algorithm == key.algorithm }) else {
                throw KeySetFailure("two keys for \(key.algorithm.rawValue) have the same kid, or none")
            }
            keys.append(key)
        }
        self.keys = keys
    }

    /// Looks at a set without making anything of it.
    package static func check(_ bytes: [UInt8]) throws(KeySetFailure) { _ = try materials(bytes) }

    private static func materials(_ bytes: [UInt8]) throws(KeySetFailure) -> [(String?, KeyMaterial)] {
        guard bytes.count <= largest else { throw KeySetFailure("it is larger than \(largest) bytes") }
        let value: JSONValue
        do { value = try JSONParser.parse(bytes) } catch { throw KeySetFailure("it is not valid JSON") }
        guard case .object(let members) = value, case .array(let elements)? = members["keys"] else {
            throw KeySetFailure("it is not a JSON Web Key Set: an object with `keys`, a list")
        }
        guard elements.count <= mostKeys else { throw KeySetFailure("it has more than \(mostKeys) keys") }
        var found: [(String?, KeyMaterial)] = []
        for element in elements {
            guard case .object(let key) = element else { throw KeySetFailure("a key is not an object") }
            guard let material = try KeyMaterial.read(key) else { continue }
            switch key["kid"] {
            case .string(let id): found.append((id, material))
            case nil: found.append((nil, material))
            case .null, .bool, .integer, .number, .array, .object:
                throw KeySetFailure("a kid is not a string")
            }
        }
        guard !found.isEmpty else {
            throw KeySetFailure("it has no public key for RS256, ES256 or EdDSA")
        }
        return found
    }

    /// The one key that a header can mean. Without a `kid` that is the only one of the set.
    func key(_ id: String?, for algorithm: SignatureAlgorithm) -> VerificationKey? {
        guard let id else { return keys.count == 1 && keys[0].algorithm == algorithm ? keys[0] : nil }
        return keys.first { $0.id == id && $0.algorithm == algorithm }
    }
}
