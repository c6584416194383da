import Foundation

/// A URL that notifications may go to: `https://`, or `http://` to this machine itself.
package struct WebhookAddress: Hashable, Sendable {
    package let text: String

    /// Why a URL is none.
    package enum Objection: Error, Hashable, Sendable {
        case notURL
        /// Not encrypted, and not to this machine.
        case plain
        /// With a user's name or password in it.
        case credentials
    }

    /// - Returns: nil where `objection(to:)` has one.
    package init?(_ text: String) {
        guard Self.objection(to: text) == nil else { return nil }
        self.text = text
    }

    package static func objection(to text: String) -> Objection? {
        guard text.utf8.count <= 2000, text.utf8.allSatisfy({ (0x21...0x7E).contains($0) }),
            let url = URLComponents(string: text), let scheme = url.scheme, let host = url.host,
            !host.isEmpty,
            url.fragment == nil
        else { return .notURL }
        guard url.user == nil, url.password == nil else { return .credentials }
        switch scheme {
        case "https": return nil
        case "http":
            return Loopback.contains(host.trimmingCharacters(in: ["[", "]"])) ? nil : .plain
        default: return .notURL
        }
    }
}
