package import Foundation

extension AuditEncoding {
    /// What canonical bytes say: the inverse of `bytes(sequence:previousHash:event:)`.
    ///
    /// - Returns: nil unless encoding what was read gives exactly the same bytes again.
    package static func read(_ bytes: [UInt8]) -> (sequence: Int64, previousHash: String, event: AuditEvent)?
    {
        guard let fields = CanonicalFields.read(bytes), let sequence = fields["sequence"].flatMap(Int64.init),
            let previous = fields["previous"],
            let at = fields["at"].flatMap(date), let actor = actor(fields),
            let action = fields["action"].flatMap(AuditEvent.Action.init),
            let outcome = fields["outcome"].flatMap(AuditEvent.Outcome.init)
        else { return nil }
        let subject = AuditEvent.Subject(
            request: fields["request"].flatMap(RequestID.init), lease: fields["lease"].flatMap(LeaseID.init),
            database: fields["database"].flatMap(DatabaseName.init),
            profile: fields["profile"].flatMap(ProfileName.init),
            role: fields["role"].flatMap(RoleName.init))
        let prefix = "details."
        var details: [String: String] = [:]
        for (name, value) in fields where name.hasPrefix(prefix) {
            guard let plain = unescaped(name.dropFirst(prefix.count)) else { return nil }
            details[plain] = value
        }
        let event = AuditEvent(
            at: at, actor: actor, action: action, outcome: outcome, subject: subject,
            reason: fields["reason"], rule: fields["rule"], duration: fields["duration"].flatMap(Int64.init),
            details: details)
        // Another version, a field that is unknown, twice there, out of order or not a name falls out here.
        guard self.bytes(sequence: sequence, previousHash: previous, event: event) == bytes else {
            return nil
        }
        return (sequence, previous, event)
    }

    /// The moment of `2026-11-21T14:19:30.123Z`.
    package static func date(_ timestamp: String) -> Date? {
        let parts = timestamp.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 2, parts[1].utf8.count == 4, parts[1].last == "Z",
            let rest = Int64(parts[1].dropLast()),
            let whole = try? Date("\(parts[0])Z", strategy: .iso8601)  // nil is this function's error
        else { return nil }
        return Date(milliseconds: whole.milliseconds + rest)
    }

    private static func actor(_ fields: [String: String]) -> AuditEvent.Actor? {
        switch fields["actor.kind"] {
        case "broker": return .broker
        case "person":
            guard let user = fields["actor.user"], let uid = fields["actor.uid"].flatMap(UInt32.init) else {
                return nil
            }
            return .person(
                Identity(
                    uid: uid, user: user, groups: [], pid: fields["actor.pid"].flatMap { Int32($0) },
                    token: token(fields),
                    call: fields["call"].map { CallTrace(id: $0, startedAt: nil) }))
        default: return nil
        }
    }

    /// What is on record of it: who its bearer was, and no claims.
    private static func token(_ fields: [String: String]) -> TokenIdentity? {
        guard let issuer = fields["actor.token.issuer"], let subject = fields["actor.token.subject"] else {
            return nil
        }
        return TokenIdentity(
            issuer: issuer, subject: subject, expiresAt: .distantPast, id: fields["actor.token.id"])
    }

    private static func unescaped(_ name: Substring) -> String? {
        var out: [UInt8] = []
        var rest = name.utf8[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                out.append(byte)
                continue
            }
            guard let code = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16) else {
                return nil
            }
            out.append(code)
            rest = rest.dropFirst(2)
        }
        return String(decoding: out, as: UTF8.self)
    }
}
