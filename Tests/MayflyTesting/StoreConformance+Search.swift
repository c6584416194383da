import Foundation
import MayflyCore
import Testing

private typealias Sample = StoreConformanceSample

extension StoreConformance {
    private static func filled(_ store: any Store) async throws {
        func event(
            _ reason: String?, database: String? = nil, outcome: AuditEvent.Outcome = .done,
            rule: String? = nil,
            details: [String: String] = [:], by uid: UInt32 = 7
        ) -> AuditEvent {
            AuditEvent(
                at: Sample.now,
                actor: .person(Identity(uid: uid, user: "Zoë", groups: [], pid: nil)),
                action: .requestCreated,
                outcome: outcome, subject: .init(database: database.map { DatabaseName(unchecked: $0) }),
                reason: reason, rule: rule, details: details)
        }
        try await store.record([
            event("INC-4711: order 2 was charged twice", database: "orders", rule: "support reads"),
            event("nightly job", database: "orders-archive", outcome: .denied),
            event(
                "INC-4712, \"quoted\" AND NOT (an) OR operator*", database: "orders",
                details: ["ticket": "OPS-9"]),
            event(nil, database: "stock", rule: "support", by: 8),
            event("Überprüfung der Aufträge", database: "orders", outcome: .denied),
            event("Nguyễn, Straße \u{D4E}\"x"),
        ])
    }

    /// The same before anything is indexed, when half is, and when all is.
    private static func searched(
        _ store: any Store, _ check: (@Sendable (AuditQuery) async throws -> [Int64]) async throws -> Void
    ) async throws {
        try await filled(store)
        for _ in 0..<4 {
            try await check { query in try await store.audit(query).map(\.sequence) }
            _ = try await store.indexAudit(limit: 2)
        }
        while try await store.indexAudit(limit: 1000) {}
        try await check { query in try await store.audit(query).map(\.sequence) }
        #expect(try await store.firstBrokenAuditRecord() == nil)
    }

    static let search = [
        StoreConformance(
            "records are found by words, whole or begun, in any case and with or without accents"
        ) {
            store in
            try await searched(store) { numbers async throws in
                func found(_ text: String) async throws -> [Int64] {
                    var query = AuditQuery()
                    query.text = SearchText(text)
                    #expect(query.text != nil)
                    return try await numbers(query)
                }
                #expect(try await found("inc-4711") == [1])
                #expect(try await found("INC") == [1, 3])
                #expect(try await found("inc-47") == [1, 3])
                #expect(try await found("charged twice") == [1])
                #expect(try await found("twice charged") == [1])
                #expect(try await found("charged nightly") == [])
                #expect(try await found("uberprufung") == [5])
                #expect(try await found("zoe") == [1, 2, 3, 4, 5, 6])
                #expect(try await found("OPS-9") == [3])
                #expect(try await found("ticket") == [3])
                #expect(try await found("harged") == [])
                // One letter is a word, and no beginning of one.
                #expect(try await found("i") == [])
                #expect(try await found("nguyen") == [6])
                #expect(try await found("Nguyễn") == [6])
                #expect(try await found("mayflyd") == [])
            }
        },
        StoreConformance("what a search is given is words, never a language") { store in
            try await searched(store) { numbers async throws in
                for text in [
                    "\"quoted\"", "AND", "NOT", "operator*", "(an)", "reason:inc", "a\" OR \"b", "*", "inc^2",
                    "\u{D4E}\" OR \u{D4E}\"",
                ] {
                    var query = AuditQuery()
                    guard let words = SearchText(text) else { continue }
                    query.text = words
                    let found = try await numbers(query)
                    #expect(Set(found).isSubset(of: [1, 3]), "\(text): \(found)")
                }
                #expect(SearchText("  -- ") == nil)
                #expect(SearchText(String(repeating: "a ", count: 11)) == nil)
                #expect(SearchText(String(repeating: "a", count: 201)) == nil)
            }
        },
        StoreConformance("records are found by what they are about, to the letter, together with all else") {
            store in
            try await searched(store) { numbers async throws in
                func found(_ edit: (inout AuditQuery) -> Void) async throws -> [Int64] {
                    var query = AuditQuery()
                    edit(&query)
                    return try await numbers(query)
                }
                let orders = DatabaseName(unchecked: "orders")
                #expect(try await found { $0.database = orders } == [1, 3, 5])
                #expect(try await found { $0.rule = "support" } == [4])
                #expect(try await found { $0.outcome = .denied } == [2, 5])
                #expect(
                    try await found {
                        $0.database = orders
                        $0.outcome = .denied
                    } == [5])
                #expect(
                    try await found {
                        $0.database = orders
                        $0.newest = true
                        $0.limit = 2
                    } == [3, 5])
                #expect(
                    try await found {
                        $0.database = orders
                        $0.newest = true
                        $0.limit = 2
                        $0.before = 5
                    } == [1, 3])
                #expect(
                    try await found {
                        $0.database = orders
                        $0.limit = 1
                        $0.after = 1
                    } == [3])
                #expect(
                    try await found {
                        $0.text = SearchText("support")
                        $0.concerning = 8
                    } == [4])
                #expect(
                    try await found {
                        $0.text = SearchText("zoe")
                        $0.actorUID = 8
                    } == [4])
                #expect(try await found { $0.profile = ProfileName(unchecked: "none") } == [])
            }
        },
    ]
}
