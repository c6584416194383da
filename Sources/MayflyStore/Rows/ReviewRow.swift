import Foundation
import GRDB
import MayflyCore

/// A review as a row of `reviews`.
enum ReviewRow {
    static let columns = """
        id, lease, request, person, requester, database, profile, rule, reviewers, suspends, created_at, due_at, \
        overdue_at, nag_at, finding
        """
    static let due = """
        SELECT \(columns) FROM reviews INDEXED BY reviews_nag WHERE nag_at <= ? AND nag_at IS NOT NULL
        ORDER BY nag_at, number LIMIT ?
        """
    static let openOfPerson = """
        SELECT \(columns) FROM reviews INDEXED BY reviews_open_of_person WHERE person = ? AND nag_at IS NOT NULL
        """

    static func insert(_ review: Review, _ db: Database) throws {
        let statement = try db.cachedStatement(
            sql: """
                INSERT INTO reviews (\(columns)) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                """)
        try statement.execute(
            arguments: [
                review.id.rawValue, review.leaseID.rawValue, review.requestID.rawValue,
                review.person.rawValue, try JSONText.encode(review.identity), review.database.rawValue,
                review.profile.rawValue, review.rule, try JSONText.encode(review.terms.reviewers),
                review.terms.suspends, review.createdAt.milliseconds, review.dueAt.milliseconds,
                review.overdueAt?.milliseconds, review.nagAt?.milliseconds,
                try review.finding.map(JSONText.encode),
            ])
    }

    /// Writes what can change.
    static func update(_ review: Review, _ db: Database) throws {
        let statement = try db.cachedStatement(
            sql: "UPDATE reviews SET overdue_at = ?, nag_at = ?, finding = ? WHERE id = ?")
        try statement.execute(
            arguments: [
                review.overdueAt?.milliseconds, review.nagAt?.milliseconds,
                try review.finding.map(JSONText.encode), review.id.rawValue,
            ])
    }

    static func fetch(_ id: ReviewID, _ db: Database) throws -> Review? {
        let statement = try db.cachedStatement(sql: "SELECT \(columns) FROM reviews WHERE id = ?")
        return try Row.fetchOne(statement, arguments: [id.rawValue]).map(review)
    }

    /// Under whatever name the record has the person.
    static func open(of identities: Identities, _ db: Database) throws -> [Review] {
        let statement = try db.cachedStatement(sql: openOfPerson)
        return try Recorded(identities, db).names.flatMap { name in
            let keys = try name.keys.map { try JSONText.decode([String].self, $0) }
            return try Row.fetchAll(statement, arguments: [name.person]).map(review)
                .filter { keys?.contains($0.identity.key) ?? true }
        }
    }

    static func review(_ row: Row) throws -> Review {
        let id: String = row[0]
        guard let id = ReviewID(rawValue: id), let lease = LeaseID(rawValue: row[1]),
            let request = RequestID(rawValue: row[2]), let database = DatabaseName(rawValue: row[5]),
            let profile = ProfileName(rawValue: row[6])
        else { throw StoreError.corrupt("the review \(id.quoted()) cannot be read") }
        let (created, due) = (Date(milliseconds: row[10]), Date(milliseconds: row[11]))
        let terms = ReviewTerms(
            reviewers: try JSONText.decode([Principal].self, row[8]),
            dueWithin: Int(due.timeIntervalSince(created).rounded()), suspends: row[9])
        return Review(
            id: id, leaseID: lease, requestID: request,
            identity: try JSONText.decode(Identity.self, row[4]), person: Person(rawValue: row[3]),
            database: database, profile: profile, rule: row[7], terms: terms, createdAt: created,
            dueAt: due, overdueAt: (row[12] as Int64?).map(Date.init(milliseconds:)),
            nagAt: (row[13] as Int64?).map(Date.init(milliseconds:)),
            finding: try (row[14] as String?).map { try JSONText.decode(Review.Finding.self, $0) })
    }
}
