import Foundation
import Logging
import MayflyAPI
package import MayflyCore
import MayflyCrypto

/// Packs that auditors review the access to one database by, and what they sign off.
extension Broker {
    package func accessReview(of database: DatabaseName, _ period: ReportPeriod, by identity: Identity)
        async throws(Refusal) -> SealedPack
    {
        let sealed = try await sealedPack(of: database, period, by: identity)
        try await recordRead(
            "review", ReportQuery(period, database: database), count: sealed.pack.leases.count, by: identity)
        return sealed
    }

    package func signOffs(of database: DatabaseName) async throws(Refusal) -> [MayflyCore.SignOff] {
        let query = SignOffQuery(database: database)
        return try await stored { () async throws(StoreError) in try await store.signOffs(query) }
    }

    /// Signs what was looked at, and nothing else.
    package func signOff(
        _ database: DatabaseName, _ period: ReportPeriod, sha256: String, note: Reason, by identity: Identity
    ) async throws(Refusal) -> MayflyCore.SignOff {
        guard !identity.isMachine else {
            throw Refusal(
                .denied, "a job signs nothing off", hint: "people do, over the socket, as themselves")
        }
        // A little for clocks that do not agree.
        guard period.to <= timekeeper.now().addingTimeInterval(60) else {
            throw Refusal(
                .invalidRequest,
                "the period ends at \(AuditEncoding.timestamp(period.to)), which is yet to come: nobody can sign for that",
                field: "to", hint: "sign what is over: leave it out, or give a time in the past")
        }
        let sealed = try await sealedPack(of: database, period, by: identity)
        guard sealed.sha256 == sha256 else {
            throw Refusal(
                .conflict, "the pack is not the one that was looked at: by now it is \(sealed.sha256)",
                field: "sha256", hint: "something of what it tells has changed; look at it again")
        }
        guard sealed.pack.findingsKnown else {
            throw Refusal(
                .conflict,
                "the server of \(database) does not answer, or was not looked at yet: what stands there is not known",
                field: "id", hint: "`mayfly status` says what keeps it; sign when it answers")
        }
        let now = timekeeper.now()
        let signOff = MayflyCore.SignOff(
            database: database, period: period, sha256: sha256,
            pack: String(decoding: sealed.bytes, as: UTF8.self), note: note,
            by: .init(identity, person: configuration.people.person(of: identity)), at: now)
        let event = AuditEvent(
            at: now, actor: .person(identity), action: .reviewSignedOff,
            subject: .init(database: database), reason: note.rawValue,
            details: [
                "sign_off": signOff.id.rawValue, "sha256": sha256,
                "from": AuditEncoding.timestamp(period.from), "to": AuditEncoding.timestamp(period.to),
            ])
        try await stored { () async throws(StoreError) in try await store.signOff(signOff, audit: event) }
        return signOff
    }

    /// By its id, or the beginning of one (at least 4 characters, unambiguous).
    package func signOff(_ name: String, by identity: Identity) async throws(Refusal) -> MayflyCore.SignOff {
        let missing = Refusal(
            .notFound, "no sign-off \(name.quoted(limit: 40))", field: "id",
            hint: "`mayfly report review --database NAME` lists them")
        guard (4...36).contains(name.utf8.count), name.utf8.allSatisfy(\.isHexOrDash) else { throw missing }
        let query = SignOffQuery(idPrefix: name, withPacks: true, limit: 2)
        let found = try await stored { () async throws(StoreError) in try await store.signOffs(query) }
        guard found.count < 2 else {
            throw Refusal(
                .notFound, "\(name.quoted()) is the beginning of several ids", field: "id",
                hint: "give more characters")
        }
        guard let signOff = found.first else { throw missing }
        try await recordRead(
            "sign-off", ReportQuery(signOff.period, database: signOff.database), count: 1, by: identity)
        return signOff
    }

    private func sealedPack(of name: DatabaseName, _ period: ReportPeriod, by identity: Identity)
        async throws(Refusal) -> SealedPack
    {
        let configuration = configuration
        guard let definition = configuration.databases[name] else {
            throw Refusal(
                .notFound, "no database is called \(name.rawValue.quoted())", field: "id",
                hint: "`mayfly status` lists them")
        }
        let query = ReportQuery(period, database: name)
        var leases: [ReportedLease] = []
        var before: LeaseID?
        repeat {
            let page = try await reported(
                query, before: before, limit: Self.reportPage, by: identity, asOf: period.to)
            leases += page
            try Self.checkSize(leases.count)
            before = page.count == Self.reportPage ? page.last?.lease.id : nil
        } while before != nil
        let health = try await databases(by: identity).first { $0.name == name }
        let pack = AccessReviewPack(
            definition, configuration, period, leases, health?.findings ?? [],
            findingsKnown: health?.checkedAt != nil && health?.health.reachable == true)
        return try SealedPack(pack)
    }
}
