import Foundation
import MayflyAPI

enum Fixtures {
    static let now = Date(timeIntervalSince1970: 1_785_412_800)

    static let reply = RequestReply(
        request: AccessRequest(
            id: "r", state: .issued, profile: "p", requester: "alice", requesterUid: 1, person: "alice",
            ttlSeconds: 60,
            createdAt: now, decision: .allow, rule: "x", leaseId: "l"),
        lease: nil,
        credential: Credential(
            engine: .postgresql, host: "h", port: 5432, database: "d", username: "u", password: "hunter2",
            tls: CredentialTLS(mode: .disable), validUntil: now))

    static let record = AuditRecord(
        seq: 1, at: now, actor: AuditActor(user: "alice", uid: 1), action: "lease.active", outcome: "done",
        details: [:], previousHash: "00", hash: "01")
}
