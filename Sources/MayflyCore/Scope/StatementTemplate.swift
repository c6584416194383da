/// Raw SQL with places for values: `GRANT rds_iam TO {{group}}`, `CREATE ROLE {{name}} LOGIN PASSWORD {{verifier}} …`.
///
/// It is one statement, and sent as it is: never split. What is put in is quoted by whoever fills it in, an identifier
/// or a literal, so a place may not stand inside quotes or a comment: there the value's quotes would end what they
/// stand in. In a dollar-quoted body (`DO $$ … $$`) a place may stand where it might in the body itself.
package struct StatementTemplate: Hashable, Sendable {
    package enum Place: String, Sendable, CaseIterable {
        /// The login role; on MariaDB and MySQL with its host, as an account.
        case name
        /// The verifier or hash of its password. The password itself is never sent to a server.
        case verifier
        /// The end of the lease: `2026-11-30T17:00:00.000000Z` on PostgreSQL, `2026-11-30 17:00:00` (UTC) elsewhere.
        case expiration
        /// The group role, or several with commas between them.
        case group
    }

    /// What is wrong with one; safe to show.
    package enum Problem: Error, Hashable, Sendable {
        case empty
        case unknownPlace(String)
        case insideQuotes(Place)
        case unclosed(String)
        /// Servers, or their settings, read it in different ways.
        case ambiguous(String)
        /// Quotes of a body that end it, whatever stands around them.
        case endsBody(String)
        /// A word that would change the broker's own transaction or session.
        case brokersOwn(String)
    }

    enum Part: Hashable, Sendable {
        case text(String)
        /// With the quotes (`$$`, `$body$`) of the bodies that it stands in.
        case place(Place, within: [String])
    }

    private let parts: [Part]
    package let text: String

    /// - Parameter engine: whose quotes and comments count; nil for what all have.
    package init(
        _ text: String, allowing allowed: [Place], for engine: EngineKind? = nil
    ) throws(Problem) {
        guard !text.allSatisfy(\.isWhitespace) else { throw .empty }
        self.text = text
        var scan = StatementScan(text, allowing: allowed, engine: engine)
        parts = try scan.read()
        // What is run for a lease is run by the broker, within a transaction of its own.
        guard allowed.contains(.name) else { return }
        let words = StatementScan.firstWords(of: text)
        guard let word = words.first else { throw .empty }
        // MariaDB and MySQL set a role's default so, which is no setting of a session.
        if word == "SET", words.dropFirst().first == "DEFAULT", engine != .postgresql { return }
        if Self.brokersOwn.contains(word) { throw .brokersOwn(word) }
    }

    private static let brokersOwn: Set = [
        "BEGIN", "START", "COMMIT", "END", "ROLLBACK", "ABORT", "SAVEPOINT", "RELEASE", "PREPARE", "SET",
        "RESET",
        "DISCARD",
    ]

    /// The places that it has.
    package var places: Set<Place> {
        Set(parts.compactMap { part in if case .place(let place, _) = part { place } else { nil } })
    }

    /// The statement, each place replaced by what `value` says for it: quoted, as it is put in as it is.
    package func filled<Failure: Error>(
        _ value: (Place) throws(Failure) -> String
    ) throws(Failure) -> String {
        var result = ""
        for part in parts {
            switch part {
            case .text(let text): result += text
            case .place(let place, _): result += try value(place)
            }
        }
        return result
    }

    /// - Throws: `endsBody` for a value that would end the body that its place stands in.
    package func filled(with values: [Place: String]) throws(Problem) -> String {
        for case .place(let place, let bodies) in parts {
            guard let value = values[place] else { throw .unknownPlace(place.rawValue) }
            for body in bodies where value.unicodeScalars.contains(sequence: body.unicodeScalars) {
                throw .endsBody(body)
            }
        }
        return filled { values[$0] ?? "" }
    }
}

extension StatementTemplate.Problem {
    package var message: String {
        switch self {
        case .empty: "a statement is empty"
        case .unknownPlace(let name): "{{\(name)}} stands for nothing here"
        case .insideQuotes(let place): "{{\(place.rawValue)}} stands inside quotes or a comment"
        case .unclosed(let mark): "\(mark) is not closed"
        case .ambiguous(let what): "\(what) is read in different ways"
        case .endsBody(let body): "\(body) would end the body that it stands in"
        case .brokersOwn(let word): "\(word) would change the broker's own session"
        }
    }
}

extension Collection where Element: Equatable {
    fileprivate func contains(sequence other: some Collection<Element>) -> Bool {
        guard !other.isEmpty else { return true }
        return indices.contains { self[$0...].starts(with: other) }
    }
}
