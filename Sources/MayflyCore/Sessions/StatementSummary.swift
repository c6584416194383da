package import Foundation

/// What is on record of what a lease's sessions have run, put together from what the server said again and again.
///
/// A server's counters only grow, until somebody resets them or the server forgets: what was counted before stays.
package struct StatementSummary: Hashable, Sendable, Codable {
    package struct Counts: Hashable, Sendable, Codable {
        package var calls: Int64 = 0
        package var rows: Int64 = 0
        package var milliseconds: Double = 0

        static func + (a: Counts, b: Counts) -> Counts {
            Counts(
                calls: a.calls + b.calls, rows: a.rows + b.rows, milliseconds: a.milliseconds + b.milliseconds
            )
        }
    }

    package struct Entry: Hashable, Sendable, Codable {
        package var id: String
        package var database: String?
        package var text: String
        package var firstSeenAt: Date
        package var lastSeenAt: Date
        /// Since the counters were last reset.
        var current: Counts
        /// Before that.
        var before: Counts

        package var counts: Counts { before + current }
    }

    /// More are counted, and not kept.
    package static let most = 200

    package private(set) var source: StatementSource
    package private(set) var since: Date?
    /// How often the server was found to have begun anew.
    package private(set) var resets = 0
    /// In the order in which they were found.
    package private(set) var entries: [Entry] = []
    /// Statements beyond `most`.
    package private(set) var leftOut = 0

    package init(_ reading: StatementReading, at now: Date) {
        source = reading.source
        since = reading.since
        take(reading.statements, at: now)
    }

    /// - Returns: whether there is news.
    package mutating func take(_ reading: StatementReading, at now: Date) -> Bool {
        let before = self
        // Where it was told once, what is known stays.
        guard reading.source.tells else {
            if !source.tells { source = reading.source }
            return self != before
        }
        source = reading.source
        let isReset = since.map { known in reading.since.map { $0 > known } ?? false } ?? false
        since = reading.since ?? since
        let shrunk = take(reading.statements, at: now, isReset: isReset)
        if isReset || shrunk { resets += 1 }
        return self != before
    }

    /// - Returns: whether a counter went back.
    @discardableResult
    private mutating func take(
        _ statements: [StatementReading.Statement], at now: Date, isReset: Bool = false
    ) -> Bool {
        var shrunk = false
        var leftOut = 0
        if isReset {
            for index in entries.indices { entries[index].settle() }
        }
        for statement in statements.sorted(by: { $0.id < $1.id }) {
            let counts = Counts(
                calls: statement.calls, rows: statement.rows, milliseconds: statement.milliseconds)
            guard
                let index = entries.firstIndex(where: {
                    $0.id == statement.id && $0.database == statement.database
                })
            else {
                guard entries.count < Self.most else {
                    leftOut += 1
                    continue
                }
                entries.append(
                    Entry(
                        id: statement.id, database: statement.database, text: statement.text,
                        firstSeenAt: now,
                        lastSeenAt: now, current: counts, before: Counts()))
                continue
            }
            if counts.calls < entries[index].current.calls {
                shrunk = true
                entries[index].settle()
            }
            if counts.calls != entries[index].current.calls { entries[index].lastSeenAt = now }
            entries[index].current = counts
        }
        self.leftOut = max(self.leftOut, leftOut)
        return shrunk
    }
}

extension StatementSummary.Entry {
    /// What was counted so far is of before.
    fileprivate mutating func settle() {
        before = counts
        current = .init()
    }
}
