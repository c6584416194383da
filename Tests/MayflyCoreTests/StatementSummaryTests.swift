import Foundation
import MayflyCore
import MayflyTesting
import Testing

private typealias Sample = StoreConformanceSample

/// What is kept of what a lease ran, also of one who wants nothing kept.
@Suite struct StatementSummaryTests {
    private let lease = LeaseID()

    private func cheap(_ numbers: Range<Int>, calls: Int64 = 2) -> [StatementReading.Statement] {
        numbers.map {
            .init(
                id: "cheap \($0)", database: "orders", text: "SELECT $1 AS a\($0)", calls: calls, rows: calls,
                milliseconds: 0.01)
        }
    }

    private let copy = StatementReading.Statement(
        id: "copy", database: "orders", text: "COPY secrets TO STDOUT", calls: 1, rows: 90_000,
        milliseconds: 12)

    private func reading(_ statements: [StatementReading.Statement], total: Int? = nil) -> StatementReading {
        StatementReading(
            lease: lease, source: .pgStatStatements, since: Sample.now, statements: statements, total: total)
    }

    @Test("A statement that did much is kept, whatever ran before it or after it, and how often")
    func crowded() {
        var summary = StatementSummary(reading(cheap(0..<500)), at: Sample.now)
        #expect(summary.entries.count == StatementSummary.most && summary.leftOut == 300)
        _ = summary.take(reading(cheap(0..<500) + [copy]), at: Sample.now)
        #expect(summary.entries.contains { $0.id == "copy" } && summary.leftOut == 301)
        for round in 1...10 {
            _ = summary.take(
                reading(cheap(round * 500..<(round + 1) * 500, calls: 1000) + [copy]), at: Sample.now)
        }
        #expect(
            summary.entries.contains { $0.id == "copy" } && summary.entries.count == StatementSummary.most)
        // Also once the server tells it no more.
        _ = summary.take(reading(cheap(9000..<9100, calls: 5000)), at: Sample.now)
        #expect(summary.entries.contains { $0.id == "copy" })
    }

    @Test("The newest are kept too, and the same reading again is no news")
    func newest() {
        var summary = StatementSummary(reading(cheap(0..<500)), at: Sample.now)
        let late = StatementReading.Statement(
            id: "late", database: "orders", text: "DELETE FROM secrets", calls: 1, rows: 0, milliseconds: 0)
        let all = reading(cheap(0..<500) + [late])
        let isNews = summary.take(all, at: Sample.now)
        #expect(isNews)
        #expect(summary.entries.contains { $0.id == "late" })
        for _ in 0..<3 {
            let isNews = summary.take(all, at: Sample.now.addingTimeInterval(30))
            #expect(!isNews)
        }
    }

    @Test("That there were more is told at least, also where the server did not tell them")
    func total() throws {
        let summary = StatementSummary(reading(cheap(0..<100), total: 5000), at: Sample.now)
        #expect(summary.leftOut == 4900 && summary.isOverfull)
        let body = try JSONEncoder().encode(summary)
        #expect(try JSONDecoder().decode(StatementSummary.self, from: body) == summary)
    }

    @Test("Only what is news is redacted, and nothing of it is left that it should not have")
    func redacted() {
        let secret = StatementReading.Statement(
            id: "new", database: "orders", text: "ALTER ROLE x PASSWORD 'hunter2'", calls: 1, rows: 0,
            milliseconds: 1)
        let first = reading(cheap(0..<500)).redacted(as: .postgresql)
        #expect(first.statements.count { !$0.text.isEmpty } == StatementSummary.most)
        var summary = StatementSummary(first, at: Sample.now)
        let second = reading(cheap(0..<500) + [secret]).redacted(as: .postgresql, known: summary)
        #expect(second.statements.filter { !$0.text.isEmpty }.map(\.text) == ["ALTER ROLE x PASSWORD ?"])
        _ = summary.take(second, at: Sample.now)
        #expect(summary.entries.allSatisfy { !$0.text.isEmpty && !$0.text.contains("hunter2") })
        // One character of a megabyte is cut as what it is.
        let long = StatementReading.Statement(
            id: "long", text: "SELECT e" + String(repeating: "\u{301}", count: 1 << 20), calls: 1, rows: 0,
            milliseconds: 0)
        let cut = reading([long]).redacted(as: .postgresql).statements[0].text
        #expect(cut.unicodeScalars.count <= 2001 && cut.hasSuffix("…"))
        #expect(
            (SessionClient(application: "e" + String(repeating: "\u{301}", count: 1 << 20)).application ?? "")
                .utf8.count < 1000)
    }
}
