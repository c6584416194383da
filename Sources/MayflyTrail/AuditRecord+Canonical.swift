package import MayflyAPI
import MayflyCore

extension MayflyAPI.AuditRecord {
    /// What its hash is to be of, by its members alone (`AuditEncoding`): words that this program does not know, of a
    /// newer one, are taken as they are.
    package var canonicalBytes: [UInt8] {
        var out = CanonicalFields()
        out.add("v", String(version))
        out.add("sequence", String(seq))
        out.add("previous", previousHash)
        out.add("at", AuditEncoding.timestamp(at))
        if let uid = actor.uid {
            out.add("actor.kind", "person")
            out.add("actor.user", actor.user)
            out.add("actor.uid", String(uid))
            out.add("actor.pid", actor.pid.map(String.init))
            out.add("actor.token.issuer", actor.token?.issuer)
            out.add("actor.token.subject", actor.token?.subject)
            out.add("actor.token.id", actor.token?.id)
        } else {
            out.add("actor.kind", "broker")
        }
        out.add("action", action)
        out.add("outcome", outcome)
        out.add("call", callId)
        out.add("request", requestId)
        out.add("lease", leaseId)
        out.add("database", database)
        out.add("profile", profile)
        out.add("role", role)
        out.add("reason", reason)
        out.add("rule", rule)
        out.add("duration", durationMs.map(String.init))
        for name in details.keys.sorted(by: { $0.utf8.lexicographicallyPrecedes($1.utf8) }) {
            out.add("details.\(AuditEncoding.escaped(name))", details[name])
        }
        return out.bytes
    }
}
