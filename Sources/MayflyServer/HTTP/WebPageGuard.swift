import HTTPTypes
import HummingbirdCore
import MayflyAPI

/// Keeps web pages out, which a browser or a proxy in front of the socket might let through: no `Origin`, no
/// foreign `Host` (DNS rebinding).
enum WebPageGuard {
    static func check(_ request: Request) throws(Rejection) {
        guard !request.headers.contains(.origin) else {
            throw .notServed(
                Problem(.foreignOrigin, detail: "calls from web pages are not served", field: "Origin"))
        }
        // The parser takes the first `Host` for the authority and leaves any other among the fields.
        let hosts = [request.head.authority ?? ""] + request.headers[values: .host]
        guard hosts.count == 1, isOurs(hosts[0]) else {
            throw .notServed(
                Problem(
                    .foreignOrigin, detail: "this host is not served here", field: "Host",
                    hint: "use localhost, mayfly, or none"))
        }
    }

    private static func isOurs(_ host: String) -> Bool {
        let parts = host.lowercased().split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count <= 2, parts.count == 1 || UInt16(parts[1]) != nil else { return false }
        return ["", "localhost", "mayfly"].contains(parts[0])
    }
}

extension HTTPField.Name {
    static var host: Self {
        guard let name = Self("Host") else { preconditionFailure("Host is a header field's name") }
        return name
    }

    static var mayflyCode: Self {
        guard let name = Self(MayflyHeader.code) else {
            preconditionFailure("\(MayflyHeader.code) is a header field's name")
        }
        return name
    }

    static var idempotencyKey: Self {
        guard let name = Self(MayflyHeader.idempotencyKey) else {
            preconditionFailure("Idempotency-Key is a header field's name")
        }
        return name
    }
}
