package import Foundation
import GRDB
package import MayflyCore

extension SQLiteStore {
    package func enrol(_ new: MFAEnrolment, events: [AuditEvent]) async throws(StoreError) -> MFAEnrolment? {
        try await writes.write(.record, durable: true) { db in
            // Two at most: the person's, and one that the uid made under another name.
            while var before = try MFARow.fetch(of: MFAHolder(person: new.person, uid: new.uid), db) {
                guard before.state == .pending else { return before }
                _ = before.remove(now: new.createdAt)
                try MFARow.update(before, db)
            }
            try MFARow.insert(new, db)
            try AuditLog.append(events, db)
            return nil
        }
    }

    package func moveEnrolment<Outcome: Sendable>(
        of holder: MFAHolder, _ move: @escaping @Sendable (inout MFAEnrolment) -> MFAMove<Outcome>
    ) async throws(StoreError) -> Outcome? {
        try await writes.write(.record, durable: true) { db in
            guard let before = try MFARow.fetch(of: holder, db) else { return nil }
            var enrolment = before
            let moved = move(&enrolment)
            if enrolment != before { try MFARow.update(enrolment, db) }
            try AuditLog.append(moved.events, db)
            return moved.outcome
        }
    }

    package func removeEnrolments(
        of holders: Set<MFAHolder>, unlessOf own: Set<MFAHolder>, now: Date,
        _ event: @escaping @Sendable (MFAEnrolment) -> AuditEvent
    ) async throws(StoreError) -> MFAEnrolment? {
        try await writes.write(.record, durable: true) { db in
            let found = try MFARow.fetchAll(db).filter { row in holders.contains { $0.holds(row) } }
            if let kept = found.first(where: { row in own.contains { $0.holds(row) } }) { return kept }
            for var enrolment in found {
                _ = enrolment.remove(now: now)
                try MFARow.update(enrolment, db)
                try AuditLog.append([event(enrolment)], db)
            }
            return nil
        }
    }

    package func enrolment(of holder: MFAHolder) async throws(StoreError) -> MFAEnrolment? {
        try await read { db in try MFARow.fetch(of: holder, db) }
    }

    package func enrolments() async throws(StoreError) -> [MFAEnrolment] {
        try await read { db in try MFARow.fetchAll(db) }
    }
}
