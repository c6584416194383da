import MayflyCore

/// Something signed in compact form (RFC 7515): taken apart, and not believed yet.
struct CompactJWS: Sendable {
    /// Bytes, at most.
    static let largest = 16 * 1024

    let algorithm: String
    let keyID: String?
    let type: String?
    let claims: Claims
    /// What the signature is made over: header, dot and payload as they came.
    let signed: ArraySlice<UInt8>
    let signature: [UInt8]

    init(parsing text: String) throws(TokenFailure) {
        let bytes = Array(text.utf8)
        guard bytes.count <= Self.largest else { throw .tooLarge }
        let parts = bytes.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard parts.count == 3, let signature = Base64URL.decode(parts[2]) else { throw .malformed }
        let header = try Self.object(parts[0])
        // No extension of the header is known here, and one that is critical must not be passed over.
        guard header["crit"] == nil, header["b64"] == nil else { throw .type }
        guard case .string(let algorithm)? = header["alg"] else { throw .malformed }
        self.algorithm = algorithm
        keyID = try Self.optional("kid", header)
        type = try Self.optional("typ", header)
        claims = Claims(try Self.object(parts[1]))
        signed = bytes[..<parts[1].endIndex]
        self.signature = signature
    }

    private static func optional(_ name: String, _ header: [String: JSONValue]) throws(TokenFailure)
        -> String?
    {
        guard let value = header[name] else { return nil }
        guard case .string(let text) = value, !text.isEmpty, text.utf8.count <= 256 else { throw .malformed }
        return text
    }

    /// Members given twice, and whatever else two readers could understand differently, are refused.
    private static func object(_ part: ArraySlice<UInt8>) throws(TokenFailure) -> [String: JSONValue] {
        guard let bytes = Base64URL.decode(part) else { throw .malformed }
        let value: JSONValue
        do { value = try JSONParser.parse(bytes) } catch { throw .malformed }
        guard case .object(let members) = value else { throw .malformed }
        return members
    }
}
