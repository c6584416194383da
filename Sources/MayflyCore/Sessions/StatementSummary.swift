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
    /// So many of each of these are kept in any case: the newest, those with most rows, with most time, with most calls. Nobody
    /// gets a statement off the record by many others before or after it, unless each outdoes it.
    private static let share = 50
    /// Of more than these it is not known whether they were met before.
    private static let mostKnown = 4000

    package private(set) var source: StatementSource
    package private(set) var since: Date?
    /// How often the server was found to have begun anew.
    package private(set) var resets = 0
    /// In the order in which they were found.
    package private(set) var entries: [Entry] = []
    /// Statements beyond `most`, at least.
    package private(set) var leftOut = 0
    /// Those that were met and are not kept.
    private var known: [StatementReading.Statement.Key]?

    package var isOverfull: Bool { leftOut > 0 }

    package init(_ reading: StatementReading, at now: Date) {
        source = reading.source
        since = reading.since
        take(reading, at: now, isReset: false)
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
        let shrunk = take(reading, at: now, isReset: isReset)
        if isReset || shrunk { resets += 1 }
        return self != before
    }

    /// The statements of a reading whose texts it would keep and does not have.
    package func news(in reading: StatementReading) -> Set<StatementReading.Statement.Key> {
        var after = self
        _ = after.take(reading, at: .distantPast)
        return Set(after.entries.map(\.key)).subtracting(entries.map(\.key))
    }

    /// - Returns: whether a counter went back.
    @discardableResult
    private mutating func take(_ reading: StatementReading, at now: Date, isReset: Bool) -> Bool {
        var shrunk = false
        if isReset {
            for index in entries.indices { entries[index].settle() }
        }
        var places = Dictionary(
            entries.indices.map { (entries[$0].key, $0) }, uniquingKeysWith: { first, _ in first })
        let met = Set(known ?? [])
        for statement in reading.statements.sorted(by: { $0.id < $1.id }) {
            let counts = Counts(
                calls: statement.calls, rows: statement.rows, milliseconds: statement.milliseconds)
            guard let index = places[statement.key] else {
                places[statement.key] = entries.count
                entries.append(
                    Entry(
                        id: statement.id, database: statement.database, text: statement.text,
                        firstSeenAt: now, lastSeenAt: now, current: counts, before: Counts()))
                continue
            }
            if counts.calls < entries[index].current.calls {
                shrunk = true
                entries[index].settle()
            }
            if counts.calls != entries[index].current.calls { entries[index].lastSeenAt = now }
            entries[index].current = counts
        }
        choose(met)
        let untold = max(0, (reading.total ?? 0) - reading.statements.count)
        leftOut = max(leftOut, known?.count ?? 0, untold)
        return shrunk
    }

    /// Keeps `most`. What was given up once comes back for what it did only: else the newest of each reading would drive out
    /// those of the one before.
    private mutating func choose(_ met: Set<StatementReading.Statement.Key>) {
        guard entries.count > Self.most else { return }
        let all = Array(entries.indices)
        var kept: Set<Int> = []
        func keep(_ indices: some Sequence<Int>, upTo count: Int) {
            var left = count
            for index in indices where left > 0 {
                if kept.insert(index).inserted { left -= 1 }
            }
        }
        func most(_ value: (Counts) -> Double) -> [Int] {
            all.sorted { (value(entries[$1].counts), $0) < (value(entries[$0].counts), $1) }
        }
        keep(most { Double($0.rows) }, upTo: Self.share)
        keep(most { $0.milliseconds }, upTo: Self.share)
        keep(most { Double($0.calls) }, upTo: Self.share)
        keep(all.reversed().filter { !met.contains(entries[$0].key) }, upTo: Self.share)
        // What is left is of those that were there first.
        keep(all, upTo: Self.most - kept.count)
        var list = known ?? []
        for index in all where !kept.contains(index) {
            let key = entries[index].key
            if list.count < Self.mostKnown, !met.contains(key) { list.append(key) }
        }
        let keys = Set(kept.map { entries[$0].key })
        known = list.filter { !keys.contains($0) }
        entries = all.filter(kept.contains).map { entries[$0] }
    }
}

extension StatementSummary.Entry {
    package var key: StatementReading.Statement.Key { .init(id: id, database: database) }

    /// What was counted so far is of before.
    fileprivate mutating func settle() {
        before = counts
        current = .init()
    }
}
