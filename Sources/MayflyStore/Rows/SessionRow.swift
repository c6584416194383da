import Foundation
import GRDB
import MayflyCore

/// A session as a row of `sessions`, there and back without loss but for fractions of milliseconds.
enum SessionRow {
    static let columns = """
        id, lease, database, profile, role, requester, uid, identity, user, host, server_number, since, started_at, \
        start_known, in_database, address, port, application, encrypted, tls_version, cipher, novelties, first_seen_at, \
        last_seen_at, ended_at, how, source
        """

    static func insert(_ session: Session, _ db: Database) throws {
        let marks = Array(repeating: "?", count: 27).joined(separator: ", ")
        let statement = try db.cachedStatement(sql: "INSERT INTO sessions (\(columns)) VALUES (\(marks))")
        let client = session.client
        try statement.execute(
            arguments: [
                session.id.rawValue, session.lease.rawValue, session.database.rawValue,
                session.profile.rawValue,
                session.role.rawValue, try JSONText.encode(session.requester), session.requester.uid,
                session.requester.key, session.requester.user, session.key.host, session.key.number,
                session.key.since, session.startedAt.milliseconds, session.startIsKnown, client.database,
                client.address, client.port, client.application, client.isEncrypted, client.tlsVersion,
                client.cipher, try JSONText.encode(session.novelties.map(\.rawValue).sorted()),
                session.firstSeenAt.milliseconds, session.lastSeenAt.milliseconds,
                session.ending?.at.milliseconds, session.ending?.how.rawValue, session.source.rawValue,
            ])
    }

    /// Writes what can change.
    static func end(_ session: Session, _ db: Database) throws {
        let statement = try db.cachedStatement(
            sql: "UPDATE sessions SET last_seen_at = ?, ended_at = ?, how = ? WHERE id = ?")
        try statement.execute(
            arguments: [
                session.lastSeenAt.milliseconds, session.ending?.at.milliseconds,
                session.ending?.how.rawValue,
                session.id.rawValue,
            ])
    }

    static func fetch(_ id: SessionID, _ db: Database) throws -> Session? {
        let statement = try db.cachedStatement(sql: "SELECT \(columns) FROM sessions WHERE id = ?")
        return try Row.fetchOne(statement, arguments: [id.rawValue]).map(session)
    }

    /// The same session of the same server, whoever has told of it: no two of one number began in the same second. Nil where the
    /// server does not tell when they began.
    static func same(as session: Session, _ db: Database) throws -> Session? {
        guard session.key.since > 0 else { return nil }
        let statement = try db.cachedStatement(
            sql: """
                SELECT \(columns) FROM sessions WHERE lease = ? AND host = ? AND server_number = ? AND since / 1000 = ?
                """)
        return try Row.fetchOne(
            statement,
            arguments: [
                session.lease.rawValue, session.key.host, session.key.number, session.key.since / 1000,
            ]
        ).map(Self.session)
    }

    /// In what a session differs from all earlier ones of the same requester.
    static func novelties(of session: Session, _ db: Database) throws -> Set<Session.Novelty> {
        let who: StatementArguments = [session.requester.uid, session.requester.key]
        func has(_ condition: String, _ value: String?) throws -> Bool {
            let statement = try db.cachedStatement(
                sql: "SELECT 1 FROM sessions WHERE uid = ? AND identity = ?\(condition) LIMIT 1")
            return try Row.fetchOne(statement, arguments: value.map { who + [$0] } ?? who) != nil
        }
        guard try has("", nil) else { return [] }
        var novelties: Set<Session.Novelty> = []
        if let address = session.client.address, try !has(" AND address = ?", address) {
            novelties.insert(.address)
        }
        if let application = session.client.application, try !has(" AND application = ?", application) {
            novelties.insert(.application)
        }
        return novelties
    }

    static func session(_ row: Row) throws -> Session {
        let id: String = row[0]
        guard let id = SessionID(rawValue: id), let lease = LeaseID(rawValue: row[1]),
            let database = DatabaseName(rawValue: row[2]), let profile = ProfileName(rawValue: row[3]),
            let role = RoleName(rawValue: row[4])
        else { throw StoreError.corrupt("the session \(id.quoted()) cannot be read") }
        var ending: Session.Ending?
        if let at: Int64 = row[24] {
            guard let how = Session.How(rawValue: row[25]) else {
                throw StoreError.corrupt("the end of session \(id.rawValue.quoted()) cannot be read")
            }
            ending = .init(at: Date(milliseconds: at), how: how)
        }
        let novelties = try JSONText.decode([String].self, row[21]).compactMap(
            Session.Novelty.init(rawValue:))
        return Session(
            id: id, lease: lease, database: database, profile: profile, role: role,
            requester: try JSONText.decode(Lease.Requester.self, row[5]),
            key: SessionKey(host: row[9], number: row[10], since: row[11]),
            startedAt: Date(milliseconds: row[12]),
            startIsKnown: row[13],
            client: SessionClient(
                database: row[14], address: row[15], port: row[16], application: row[17],
                isEncrypted: row[18],
                tlsVersion: row[19], cipher: row[20]), firstSeenAt: Date(milliseconds: row[22]),
            lastSeenAt: Date(milliseconds: row[23]), novelties: Set(novelties),
            source: Session.Source(rawValue: row[26]) ?? .look, ending: ending)
    }
}
