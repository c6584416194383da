import Foundation
import GRDB
import MayflyCore
import MayflyCrypto

/// The audit table: records are put at its end, in the transaction of what they tell, and read back from the
/// very bytes that were hashed.
enum AuditLog {
    static func append(_ events: [AuditEvent], _ db: Database) throws {
        guard !events.isEmpty else { return }
        var (last, previous) = try head(db)
        let insert = try db.cachedStatement(
            sql: """
                INSERT INTO audit (sequence, at, actor_uid, action, lease, body, hash) VALUES (?, ?, ?, ?, ?, ?, ?)
                """)
        let concern = try db.cachedStatement(sql: "INSERT INTO audit_concerns VALUES (?, ?)")
        var owners = Owners(db)
        for event in events {
            last += 1
            let body = AuditEncoding.bytes(sequence: last, previousHash: previous, event: event)
            previous = try SHA256Digest(hashing: body).hex
            let index = Index(event)
            try insert.execute(
                arguments: [last, index.at, index.actorUID, index.action, index.lease, Data(body), previous])
            for uid in try owners.uids(event) { try concern.execute(arguments: [uid, last]) }
        }
    }

    static func head(_ db: Database) throws -> (sequence: Int64, hash: String) {
        let statement = try db.cachedStatement(sql: "SELECT sequence, hash FROM audit_head")
        guard let row = try Row.fetchOne(statement) else {
            throw StoreError.corrupt("the head of the audit log is missing")
        }
        return (row[0], row[1])
    }

    /// Nil when nothing was.
    static func pruned(_ db: Database) throws -> AuditCheckpoint.Pruned? {
        let statement = try db.cachedStatement(
            sql: "SELECT sequence, hash FROM audit_pruned WHERE sequence > 0")
        return try Row.fetchOne(statement).map { AuditCheckpoint.Pruned(sequence: $0[0], hash: $0[1]) }
    }

    /// Removes records from the beginning. What is left begins with one that names the hash of the last that is gone.
    static func prune(upTo last: Int64, _ db: Database) throws {
        let hash = try String.fetchOne(
            db, sql: "SELECT hash FROM audit WHERE sequence = ?", arguments: [last])
        guard let hash else { throw StoreError.other("there is no record \(last) to remove") }
        try AuditText.remove(upTo: last, db)
        try db.execute(sql: "UPDATE audit_pruned SET sequence = ?, hash = ?", arguments: [last, hash])
        let next = try db.cachedStatement(sql: "SELECT min(uid) FROM audit_concerns WHERE uid > ?")
        var uid: Int64 = -1
        // By uid, as the table is ordered by them.
        while let some = try Int64.fetchOne(next, arguments: [uid]) {
            uid = some
            try db.execute(
                sql: "DELETE FROM audit_concerns WHERE uid = ? AND sequence <= ?", arguments: [uid, last])
        }
        try db.execute(sql: "DELETE FROM audit WHERE sequence <= ?", arguments: [last])
    }

    /// Up to `limit` records after `sequence` as they are, with what is wrong with how they are kept.
    static func trail(
        after sequence: Int64, limit: Int, isThorough: Bool, _ db: Database
    ) throws -> [TrailEntry] {
        let statement = try db.cachedStatement(
            sql: """
                SELECT sequence, at, actor_uid, action, lease, body, hash FROM audit
                WHERE sequence > ? ORDER BY sequence LIMIT ?
                """)
        var entries: [TrailEntry] = []
        var concerned: Set<Concern> = []
        var owners = Owners(db)
        let rows = try Row.fetchCursor(statement, arguments: [sequence, max(limit, 0)])
        while let row = try rows.next() {
            var entry = TrailEntry(
                sequence: row[0], body: [UInt8](row[5] as Data), hash: row[6], record: nil)
            if let read = AuditEncoding.read(entry.body), read.sequence == entry.sequence {
                entry.record = AuditRecord(
                    sequence: read.sequence, event: read.event, previousHash: read.previousHash,
                    hash: entry.hash)
                if Index(row) != Index(read.event) {
                    entry.flaw = "the index that it is found by says otherwise"
                }
                for uid in isThorough ? try owners.uids(read.event) : [] {
                    concerned.insert(Concern(uid: uid, sequence: entry.sequence))
                }
            }
            entries.append(entry)
        }
        guard isThorough, let last = entries.last?.sequence else { return entries }
        let odd = Set(
            concerned.symmetricDifference(try concerns(after: sequence, upTo: last, db)).map(\.sequence))
        for index in entries.indices where odd.contains(entries[index].sequence) && entries[index].flaw == nil
        {
            entries[index].flaw = "it is hidden from whom it is about, or shown to others"
        }
        return entries
    }

    /// - Parameter row: sequence, body, hash.
    static func record(_ row: Row) throws -> AuditRecord {
        let sequence: Int64 = row[0]
        guard let read = AuditEncoding.read([UInt8](row[1] as Data)), read.sequence == sequence else {
            throw StoreError.corrupt("audit record \(sequence) cannot be read")
        }
        return AuditRecord(
            sequence: sequence, event: read.event, previousHash: read.previousHash, hash: row[2])
    }

    /// Up to `limit` records after `sequence`, checked against `hash` of the one before.
    static func walk(after sequence: Int64, hash: String, limit: Int, _ db: Database) throws -> Walk {
        let statement = try db.cachedStatement(
            sql: """
                SELECT sequence, at, actor_uid, action, lease, body, hash FROM audit
                WHERE sequence > ? ORDER BY sequence LIMIT ?
                """)
        var (last, previous, count) = (sequence, hash, 0)
        var concerned: Set<Concern> = []
        var owners = Owners(db)
        let rows = try Row.fetchCursor(statement, arguments: [sequence, limit])
        while let row = try rows.next() {
            let body = [UInt8](row[5] as Data)
            let found: String = row[6]
            guard row[0] == last + 1, let read = AuditEncoding.read(body), read.sequence == last + 1,
                read.previousHash == previous, found == (try SHA256Digest(hashing: body)).hex,
                Index(row) == Index(read.event)
            else { return .broken(last + 1) }
            last += 1
            previous = found
            count += 1
            for uid in try owners.uids(read.event) { concerned.insert(Concern(uid: uid, sequence: last)) }
        }
        // Whoever looks for their own records finds them through these: none may lack, none be made up.
        let odd = concerned.symmetricDifference(try concerns(after: sequence, upTo: last, db))
        if let first = odd.map(\.sequence).min() { return .broken(first) }
        if count == limit { return .more(after: last, hash: previous) }
        return try head(db) == (last, previous) ? .whole : .broken(last + 1)
    }

    private struct Concern: Hashable {
        let uid: UInt32
        let sequence: Int64
    }

    /// Read uid by uid, as the table is ordered by them.
    private static func concerns(after: Int64, upTo last: Int64, _ db: Database) throws -> Set<Concern> {
        let next = try db.cachedStatement(sql: "SELECT min(uid) FROM audit_concerns WHERE uid > ?")
        let those = try db.cachedStatement(
            sql: "SELECT sequence FROM audit_concerns WHERE uid = ? AND sequence > ? AND sequence <= ?")
        var found: Set<Concern> = []
        var uid: Int64 = -1
        while let some = try Int64.fetchOne(next, arguments: [uid]) {
            uid = some
            for sequence in try Int64.fetchAll(those, arguments: [uid, after, last]) {
                // One that is no uid is in no record.
                found.insert(Concern(uid: UInt32(exactly: uid) ?? .max, sequence: sequence))
            }
        }
        return found
    }

    enum Walk: Sendable {
        case more(after: Int64, hash: String)
        case whole
        case broken(Int64)
    }

    /// What a record is found by.
    private struct Index: Equatable {
        let at: Int64
        let actorUID: UInt32?
        let action: String
        let lease: String?

        init(_ event: AuditEvent) {
            at = event.at.milliseconds
            switch event.actor {
            case .person(let identity): actorUID = identity.uid
            case .broker: actorUID = nil
            }
            action = event.action.rawValue
            lease = event.subject.lease?.rawValue
        }

        init(_ row: Row) {
            (at, actorUID, action, lease) = (row[1], row[2], row[3], row[4])
        }
    }

    /// Whose leases and requests records are about; events that come together are mostly about the same.
    private struct Owners {
        private let db: Database
        private var ofLeases: [LeaseID: UInt32?] = [:]
        private var ofRequests: [RequestID: UInt32?] = [:]

        init(_ db: Database) { self.db = db }

        /// Who did it, and whose lease or request it was done to.
        mutating func uids(_ event: AuditEvent) throws -> Set<UInt32> {
            var uids: Set<UInt32> = []
            if case .person(let identity) = event.actor { uids.insert(identity.uid) }
            if let lease = event.subject.lease, let uid = try owner(of: lease) { uids.insert(uid) }
            if let request = event.subject.request, let uid = try owner(of: request) { uids.insert(uid) }
            return uids
        }

        private mutating func owner(of lease: LeaseID) throws -> UInt32? {
            if let known = ofLeases[lease] { return known }
            let owner = try db.cachedStatement(sql: "SELECT uid FROM leases WHERE id = ?")
            let uid = try UInt32.fetchOne(owner, arguments: [lease.rawValue])
            ofLeases[lease] = .some(uid)
            return uid
        }

        private mutating func owner(of request: RequestID) throws -> UInt32? {
            if let known = ofRequests[request] { return known }
            let owner = try db.cachedStatement(sql: "SELECT uid FROM requests WHERE id = ?")
            let uid = try UInt32.fetchOne(owner, arguments: [request.rawValue])
            ofRequests[request] = .some(uid)
            return uid
        }
    }
}
