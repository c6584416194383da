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

    /// Whether it tells anything.
    package var tells: Bool {
        switch self {
        case .pgStatStatements, .pgStatStatementsInPart, .performanceSchema: true
        case .notAllowed, .noExtension, .notLoaded: false
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

    package init(
        lease: LeaseID, source: StatementSource, since: Date? = nil, statements: [Statement] = []
    ) {
        self.lease = lease
        self.source = source
        self.since = since
        self.statements = statements
    }

    /// The same without values in its texts, each cut to 2,000 characters.
    package func redacted(as engine: EngineKind) -> StatementReading {
        var reading = self
        for index in reading.statements.indices {
            let text = StatementRedaction.redact(reading.statements[index].text, as: engine)
            reading.statements[index].text = text.count > 2000 ? text.prefix(2000) + "…" : text
        }
        return reading
    }
}
