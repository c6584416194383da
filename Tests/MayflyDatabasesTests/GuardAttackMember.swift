import Foundation
import Testing

/// One member of a batch for `mayfly.issue`, in good order until an attack changes a field.
///
///     GuardAttackMember().with("ttl_seconds", "\"60\"")
struct GuardAttackMember: Sendable, CustomTestStringConvertible {
    let lease: String
    let role: String
    /// Name and JSON text.
    private var fields: [String: String]

    init(groups: [String] = ["orders_readonly"], verifier: String = GuardAttackServer.verifier) {
        lease = UUID().uuidString.lowercased()
        role = Self.randomRole()
        fields = [
            "lease": #""\#(lease)""#, "role": #""\#(role)""#, "verifier": #""\#(verifier)""#,
            "groups": "[" + groups.map { #""\#($0)""# }.joined(separator: ", ") + "]", "ttl_seconds": "600",
            "connection_limit": "5", "settings": "{}", "requester": #""ann""#, "reason": #""because""#,
        ]
    }

    static func randomRole() -> String {
        let letters = Array("abcdefghijklmnopqrstuvwxyz234567")
        // A constant alphabet is never empty.
        return "mf_t1_ann_" + String((0..<13).map { _ in letters.randomElement()! })
    }

    func with(_ name: String, _ json: String) -> GuardAttackMember {
        var copy = self
        copy.fields[name] = json
        return copy
    }

    func without(_ name: String) -> GuardAttackMember {
        var copy = self
        copy.fields[name] = nil
        return copy
    }

    var json: String {
        "{" + fields.sorted { $0.key < $1.key }.map { #""\#($0)": \#($1)"# }.joined(separator: ", ") + "}"
    }

    var testDescription: String { json }
}
