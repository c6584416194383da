import Foundation
import MayflyCore
import Testing

private typealias Sample = StoreConformanceSample

extension StoreConformance {
    private static let mail = Exporter(notifying: "mail")
    private static let chat = Exporter(notifying: "chat")

    static let export = [
        StoreConformance("an exporter reads the records of some actions, in order, and how far it has looked")
        { store in
            try await store.record([
                Sample.event(.daemonStarted), Sample.event(.leaseRevoked), Sample.event(.leaseLocked),
                Sample.event(.leaseRevoked), Sample.event(.configurationLoaded),
            ])
            func read(_ after: Int64, _ actions: Set<AuditEvent.Action>, _ limit: Int = 10) async throws
                -> [Int64]
            {
                let export = try await store.export(after: after, actions, limit: limit)
                return export.records.map(\.sequence) + [export.upTo]
            }
            #expect(try await read(0, [.leaseRevoked, .leaseLocked]) == [2, 3, 4, 5])
            #expect(try await read(2, [.leaseRevoked, .leaseLocked]) == [3, 4, 5])
            #expect(try await read(0, [.leaseRevoked], 1) == [2, 2])
            #expect(try await read(2, [.leaseRevoked], 1) == [4, 4])
            #expect(try await read(4, [.leaseRevoked], 1) == [5])
            #expect(try await read(0, [.accessDenied]) == [5])
            #expect(try await read(0, []) == [5])
            #expect(try await read(5, [.leaseRevoked]) == [5])
            #expect(try await read(99, [.leaseRevoked]) == [99])
            #expect(try await store.lastDurable() == 5)
            let record = try #require(
                try await store.export(after: 1, [.leaseRevoked], limit: 1).records.first)
            #expect(try await store.audit(AuditQuery(after: 1, limit: 1)) == [record])
        },
        StoreConformance("a new exporter begins at the end of the log, and one that is known where it stands")
        { store in
            try await store.record([Sample.event(.daemonStarted), Sample.event(.daemonStopped)])
            #expect(try await store.cursors() == [:])
            #expect(try await store.beginCursor(mail) == 2)
            try await store.record([Sample.event(.daemonStarted)])
            #expect(try await store.beginCursor(mail) == 2)
            #expect(try await store.beginCursor(chat) == 3)
            #expect(try await store.cursors() == [mail: 2, chat: 3])
        },
        StoreConformance(
            "cursors begin and end in one commit with what is recorded of it, and only those that are news"
        ) {
            store in
            try await store.record([Sample.event(.daemonStarted)])
            _ = try await store.beginCursor(mail)
            @Sendable func told(
                _ action: AuditEvent.Action, _ exporter: Exporter, _ place: Int64
            ) -> AuditEvent {
                var event = Sample.event(action)
                event.details = [exporter.rawValue: String(place)]
                return event
            }
            func change(_ new: [Exporter], _ old: [Exporter]) async throws {
                try await store.changeCursors(beginning: new, ending: old) { begun, ended in
                    begun.map { told(.exporterBegun, $0.key, $0.value) }
                        + ended.map {
                            told(.exporterEnded, $0.key, $0.value)
                        }
                }
            }
            try await change([mail, chat], [])
            #expect(try await store.cursors() == [mail: 1, chat: 1])
            try await change([mail, chat], [Exporter(exporting: "none")])
            let events = try await store.audit(AuditQuery(after: 1)).map(\.event)
            #expect(events.map(\.action) == [.exporterBegun])
            #expect(events.first?.details == [chat.rawValue: "1"])
            try await change([], [mail])
            #expect(try await store.cursors() == [chat: 1])
            #expect(
                try await store.audit(AuditQuery(after: 2)).map(\.event.details) == [[mail.rawValue: "1"]])
        },
        StoreConformance("an exporter goes on and never back; one that ended is forgotten") { store in
            try await store.record((0..<5).map { _ in Sample.event(.accessDenied) })
            _ = try await store.beginCursor(mail)
            try await store.record((0..<5).map { _ in Sample.event(.accessDenied) })
            try await store.moveCursor(mail, to: 8)
            try await store.moveCursor(mail, to: 6)
            try await store.moveCursor(chat, to: 6)
            #expect(try await store.cursors() == [mail: 8])
            try await store.endCursor(mail)
            #expect(try await store.cursors() == [:])
            #expect(try await store.beginCursor(mail) == 10)
        },
        StoreConformance("a lease that ends soon is on record as such once, and again when its end was moved")
        { store in
            let now = Sample.now
            let at = { (seconds: TimeInterval) in now.addingTimeInterval(seconds) }
            let lease = try await store.admitted(Sample.admission(seconds: 1800), activeAt: now)
            func warned(_ seconds: TimeInterval, _ limit: Int = 10) async throws -> [LeaseID] {
                try await store.warnExpiring(now: at(seconds), before: 300, limit: limit).map(\.id)
            }
            #expect(try await warned(1499) == [])
            #expect(try await warned(1500, 0) == [])
            #expect(try await warned(1500) == [lease.id])
            #expect(try await warned(1501) == [])
            let renewed = Lease.Event.renewed(expiresAt: at(3000), validUntil: at(3000))
            #expect(try await store.step(lease, renewed, at: at(1600)).change == .changed)
            #expect(try await warned(2000) == [])
            #expect(try await warned(2800) == [lease.id])
            #expect(try await warned(2900) == [])
            let records = try await store.audit(AuditQuery(lease: lease.id, action: .leaseExpiring))
            #expect(records.map(\.event.at) == [at(1500), at(2800)])
            #expect(
                records.map { $0.event.details["expires_at"] }
                    == [at(1800), at(3000)].map(AuditEncoding.timestamp))
            #expect(try await store.firstBrokenAuditRecord() == nil)
        },
        StoreConformance(
            "nobody is warned of the end of a short lease, one that ended, or one that is renewed"
        ) { store in
            let now = Sample.now
            let at = { (seconds: TimeInterval) in now.addingTimeInterval(seconds) }
            let short = try await store.admitted(Sample.admission(seconds: 300), activeAt: now)
            let ended = try await store.admitted(Sample.admission(seconds: 400), activeAt: now)
            _ = try await store.admitted(Sample.admission(seconds: 400))
            let held = try await store.admitted(Sample.admission(seconds: 400), activeAt: now)
            #expect(
                try await store.step(ended, .ending(.revoked, attemptAt: at(9)), at: at(9)).change == .changed
            )
            #expect(try await store.step(held, .tethered, at: at(1)).change == .changed)
            #expect(try await store.warnExpiring(now: at(299), before: 300, limit: 10).isEmpty)
            #expect(try await store.warnExpiring(now: at(401), before: 300, limit: 10).isEmpty)
            #expect(
                try await store.warnExpiring(now: at(200), before: 250, limit: 10).map(\.id) == [short.id])
            // Its holder cannot renew it any further.
            let last = Lease.Event.renewed(expiresAt: held.endsLatestAt, validUntil: held.endsLatestAt)
            #expect(try await store.step(held, last, at: at(2)).change == .changed)
            let soon = held.endsLatestAt.addingTimeInterval(-10)
            #expect(try await store.warnExpiring(now: soon, before: 300, limit: 10).map(\.id) == [held.id])
        },
    ]
}
