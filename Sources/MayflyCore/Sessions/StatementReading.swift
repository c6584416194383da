package import Foundation

/// From where it is known what a lease's sessions ran, or why it is not.
package enum StatementSource: String, Sendable, Codable, CaseIterable {
    case pgStatStatements = "pg_stat_statements"
    /// The lease may have run others in another role's name, which are counted as that one's.
    case pgStatStatementsInPart = "pg_stat_statements_in_part"
    /// How often each kind of statement was run.
    case performanceSchema = "performance_schema"
    /// The DBA has not allowed the guard to tell.
    case notAllowed = "not_allowed"
    case noExtension = "no_extension"
    case notLoaded = "not_loaded"
    /// The server, or what it answered, failed again and again.
    case unreadable

    /// Whether it tells anything.
    package var tells: Bool {
        switch self {
        case .pgStatStatements, .pgStatStatementsInPart, .performanceSchema: true
        case .notAllowed, .noExtension, .notLoaded, .unreadable: false
        }
    }

    /// What it does not tell, a sentence.
    package var limits: String {
        switch self {
        case .pgStatStatements:
            "statements are a summary by pg_stat_statements, not a log: no order, no values, none that failed, and those that"
                + " the server gave up room for are missing; times are when they were first found"
        case .pgStatStatementsInPart:
            Self.pgStatStatements.limits
                + "; what was run in another role's name (SET ROLE, as sessions that create in an owner's name begin with) is"
                + " missing too: the server counts it as that role's"
        case .performanceSchema:
            "statements are counts by kind, from performance_schema, not a log: no texts, no order; those before a restart or"
                + " a reset of the server's counters are known as far as they were read"
        case .notAllowed:
            "what was run is not known: the guard is not allowed to tell (mayfly.guard.statements)"
        case .noExtension:
            "what was run is not known: the extension pg_stat_statements is not in the guard's database"
        case .notLoaded:
            "what was run is not known: the server does not keep it (it is not loaded, or switched off)"
        case .unreadable:
            "what was run is not known: it could not be read from the server, again and again"
        }
    }
}

/// What a server says at one moment of what a lease's sessions have run.
package struct StatementReading: Hashable, Sendable {
    package struct Statement: Hashable, Sendable {
        /// The server's, of the normalized statement.
        package var id: String
        package var database: String?
        package var text: String
        package var calls: Int64
        package var rows: Int64
        package var milliseconds: Double

        package init(
            id: String, database: String? = nil, text: String, calls: Int64, rows: Int64, milliseconds: Double
        ) {
            self.id = id
            self.database = database
            self.text = text
            self.calls = calls
            self.rows = rows
            self.milliseconds = milliseconds
        }
    }

    package var lease: LeaseID
    package var source: StatementSource
    /// When the server began to count anew; nil where it does not tell.
    package var since: Date?
    package var statements: [Statement]
    /// How many the server has of the lease, where it told fewer.
    package var total: Int?

    package init(
        lease: LeaseID, source: StatementSource, since: Date? = nil, statements: [Statement] = [],
        total: Int? = nil
    ) {
        self.lease = lease
        self.source = source
        self.since = since
        self.statements = statements
        self.total = total
    }

    /// Whether there is more than a summary keeps.
    package var isOverfull: Bool { max(total ?? 0, statements.count) > StatementSummary.most }

    /// The same without values in its texts, each cut to 2,000 Unicode scalars. What was cut ends in the middle of something;
    /// so cutting comes first, and `StatementRedaction` takes what does not end for a value.
    /// - Parameter known: what is on record of the lease. Texts that are not news to it are left empty: it has them.
    package func redacted(as engine: EngineKind, known: StatementSummary? = nil) -> StatementReading {
        var reading = self
        let wanted =
            known?.news(in: self)
            ?? Set(StatementSummary(self, at: .distantPast).entries.map(\.key))
        for index in reading.statements.indices {
            guard wanted.contains(reading.statements[index].key) else {
                reading.statements[index].text = ""
                continue
            }
            let text = reading.statements[index].text
            let scalars = text.unicodeScalars.prefix(2001)
            let isLong = scalars.count > 2000
            let redacted = StatementRedaction.redact(String(scalars.prefix(2000)), as: engine)
            reading.statements[index].text = isLong ? redacted + "…" : redacted
        }
        return reading
    }
}

extension StatementReading.Statement {
    /// The server's, and the database that it was run in: the same statement in two of them is two.
    package struct Key: Hashable, Sendable, Codable {
        package var id: String
        package var database: String?
    }

    package var key: Key { Key(id: id, database: database) }
}

/// What was read of several leases; one that fails, fails alone.
package struct StatementReadings: Sendable {
    /// Of leases that the guard knows.
    package var readings: [StatementReading] = []
    package var failures: [LeaseID: EngineFailure] = [:]

    package init(readings: [StatementReading] = [], failures: [LeaseID: EngineFailure] = [:]) {
        self.readings = readings
        self.failures = failures
    }
}
