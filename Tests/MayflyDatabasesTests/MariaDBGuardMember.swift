import Foundation
import MayflyCrypto
import MayflyTesting
import Testing

/// One member of a batch for `mayfly.issue`, in good order until an attack changes a field.
///
///     MariaDBGuardMember().with("ttl_seconds", "\"60\"")
struct MariaDBGuardMember: Sendable, CustomTestStringConvertible {
    let lease: String
    let role: String
    /// Name and JSON text.
    private var fields: [String: String]

    /// `mysql_native_password` of `MariaDBGuardServer.password`.
    static let nativeVerifier = "*D6DECDFC1812AE36CB7882BE6808D4EB6EBAD659"
    static let otherVerifier = "*" + String(repeating: "A", count: 40)

    init(groups: [String] = ["orders_readonly"]) {
        lease = UUID().uuidString.lowercased()
        role = GuardAttackMember.randomRole()
        fields = [
            "lease": #""\#(lease)""#, "role": #""\#(role)""#, "plugin": #""mysql_native_password""#,
            "verifier": #""\#(Self.nativeVerifier)""#,
            "groups": "[" + groups.map(Self.string).joined(separator: ", ") + "]", "ttl_seconds": "600",
            "connection_limit": "5", "settings": "{}", "requester": #""ann""#, "reason": #""because""#,
        ]
    }

    /// JSON text of a string.
    static func string(_ text: String) -> String {
        "\"" + text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"") + "\""
    }

    /// With the hash that the server understands, where nobody chose another.
    func fitting(_ server: MariaDBServer) -> MariaDBGuardMember {
        guard server.isMySQL else { return self }
        var copy = self
        if fields["plugin"] == #""mysql_native_password""# {
            copy.fields["plugin"] = #""caching_sha2_password""#
        }
        if fields["verifier"] == "\"\(Self.nativeVerifier)\"" {
            copy.fields["verifier"] = "\"\(Self.sha2Verifier)\""
        }
        return copy
    }

    /// `caching_sha2_password` of `MariaDBGuardServer.password`.
    static let sha2Verifier: String = {
        var bytes = Array(MariaDBGuardServer.password.utf8)
        do {
            return try bytes.withUnsafeMutableBytes {
                try CachingSHA2Hash(password: UnsafeRawBufferPointer($0)).text
            }
        } catch {
            preconditionFailure("a hash of a constant: \(error)")
        }
    }()
    static let otherSHA2Verifier = "$A$005$" + String(repeating: "b", count: 63)

    func with(_ name: String, _ json: String) -> MariaDBGuardMember {
        var copy = self
        copy.fields[name] = json
        return copy
    }

    func without(_ name: String) -> MariaDBGuardMember {
        var copy = self
        copy.fields[name] = nil
        return copy
    }

    var json: String {
        "{" + fields.sorted { $0.key < $1.key }.map { #""\#($0)": \#($1)"# }.joined(separator: ", ") + "}"
    }

    var testDescription: String { json }
}

/// A lease as the tests know it.
struct MariaDBGuardLease: Sendable {
    var id: String
    var role: String
}
