import Foundation
import MayflyCore
import MayflyStore

/// `audit search` in a state with very many records, which it makes itself: what a question takes once all is indexed.
extension Bench {
    func search(into report: inout Report) async throws {
        let path = world.directory + "/search/mayfly.db"
        try FileManager.default.createDirectory(
            atPath: world.directory + "/search", withIntermediateDirectories: true,
            attributes: [.posixPermissions: 0o700])
        let store = try SQLiteStore(path: path)
        say("a state with \(recordsToSearch) audit records")
        var start = ContinuousClock.now
        for first in stride(from: 0, to: recordsToSearch, by: 5000) {
            let count = min(5000, recordsToSearch - first)
            try await store.record((first..<(first + count)).map(Self.event))
        }
        report.facts.append(
            .init(name: "audit records", value: Double(recordsToSearch), unit: ""))
        report.facts.append(
            .init(name: "their writing", value: start.duration(to: .now) / .seconds(1), unit: "s"))
        say("their index")
        start = .now
        while try await store.indexAudit(limit: 5000) {}
        report.facts.append(
            .init(name: "their indexing", value: start.duration(to: .now) / .seconds(1), unit: "s"))
        let middle = recordsToSearch / 2
        for (name, text, edit) in [
            ("one ticket, by words", "INC-\(middle)", { _ in }),
            ("a common word, the newest 100", "charged", { _ in }),
            ("a common word and a person's name", "charged user\(middle % 2000)", { _ in }),
            ("denied in one database, by field", nil, { $0.outcome = .denied }),
            ("a word that is nowhere", "nowhere", { _ in }),
        ] as [(String, String?, (inout AuditQuery) -> Void)] {
            var query = AuditQuery(newest: true, limit: 100)
            query.text = text.flatMap(SearchText.init)
            edit(&query)
            var taken: [Double] = []
            for _ in 0..<max(5, rounds) {
                let asked = ContinuousClock.now
                _ = try await store.audit(query)
                taken.append(asked.duration(to: .now) / .milliseconds(1))
            }
            report.facts.append(.init(name: "search: \(name)", value: Figures.median(taken), unit: "ms"))
        }
        await store.close()
        try FileManager.default.removeItem(atPath: world.directory + "/search")
    }

    private static func event(_ number: Int) -> AuditEvent {
        AuditEvent(
            at: Date(timeIntervalSince1970: 1_760_000_000 + Double(number) / 10),
            actor: .person(
                Identity(
                    uid: UInt32(1000 + number % 2000), user: "user\(number % 2000)", groups: [], pid: nil)),
            action: number % 3 == 0 ? .requestCreated : .leaseActive,
            outcome: number % 50 == 0 ? .denied : .done,
            subject: .init(
                database: DatabaseName(rawValue: "orders"), profile: ProfileName(rawValue: "orders-read")),
            reason: "INC-\(number): order \(number % 9973) was charged twice", rule: "support reads",
            details: ["ttl": "1800", "ticket": "OPS-\(number % 100_003)"])
    }
}
