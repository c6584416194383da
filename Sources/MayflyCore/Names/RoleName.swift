/// The name of a login role: `mf_` + tag + `_` + requester (≤8) + `_` + 13 random base32 characters.
///
/// At most 31 characters, so that MySQL's limit of 32 is never met and nothing is ever cut; 65 random bits, so
/// that a name is never met twice.
package struct RoleName: RawRepresentable, Hashable, Sendable, Codable, CustomStringConvertible {
    package static let randomLength = 13
    /// RFC 4648 base32, in lower case.
    package static let alphabet = Array("abcdefghijklmnopqrstuvwxyz234567".utf8)

    package let rawValue: String

    /// - Parameter random: at least 13 random bytes; the low five bits of each become a character.
    package init(tag: InstallationTag, requester: String, random: [UInt8]) {
        precondition(random.count >= Self.randomLength, "a role name needs \(Self.randomLength) random bytes")
        var short = requester.lowercased().utf8.filter(\.isLowercaseASCIIOrDigit).prefix(8)
        if short.isEmpty { short = [UInt8(ascii: "x")] }
        let tail = random.prefix(Self.randomLength).map { Self.alphabet[Int($0 & 31)] }
        rawValue =
            "mf_\(tag)_\(String(decoding: short, as: UTF8.self))_\(String(decoding: tail, as: UTF8.self))"
    }

    package init?(rawValue: String) {
        let parts = rawValue.utf8.split(separator: UInt8(ascii: "_"), omittingEmptySubsequences: false)
        guard parts.count == 4, parts[0].elementsEqual("mf".utf8),
            (1...5).contains(parts[1].count), (1...8).contains(parts[2].count),
            parts[1].allSatisfy(\.isLowercaseASCIIOrDigit), parts[2].allSatisfy(\.isLowercaseASCIIOrDigit),
            parts[3].count == Self.randomLength, parts[3].allSatisfy(Self.alphabet.contains)
        else { return nil }
        self.rawValue = rawValue
    }

    package var description: String { rawValue }
}
