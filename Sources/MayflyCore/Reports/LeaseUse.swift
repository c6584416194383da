package import Foundation

/// What is known of how a lease was used. What is not known is nil, and never zero.
package struct LeaseUse: Hashable, Sendable {
    /// Connections of its role that were seen: one between two looks at the server was not.
    package var sessions: Int?
    /// Statements that ran in them.
    package var statements: Int?
    /// Tables that they touched, by name.
    package var tables: [String]?
    /// When it was connected, in order; where one has no end it goes on.
    package var spans: [Span]?

    package struct Span: Hashable, Sendable {
        package var from: Date
        package var to: Date?

        package init(from: Date, to: Date?) {
            self.from = from
            self.to = to
        }
    }

    package init(
        sessions: Int? = nil, statements: Int? = nil, tables: [String]? = nil, spans: [Span]? = nil
    ) {
        self.sessions = sessions
        self.statements = statements
        self.tables = tables
        self.spans = spans
    }

    package static let unknown = LeaseUse()
}
